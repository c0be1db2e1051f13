internal import Foundation
internal import HubAPI

/// What is to be expected of rollouts, for a terminal.
struct SimulationText {
  let width: Int
  let glyphs: Glyphs
  /// Every event of a rehearsal, not only what decides.
  var isWide = false

  static func show(_ list: SimulationListDocument, as format: OutputFormat?) throws {
    switch format {
    case .json?: StandardOutput.write(try MachineOutput.json(list))
    case .yaml?: StandardOutput.write(try MachineOutput.yaml(list))
    case .name?:
      for item in list.simulations { StandardOutput.print("plan/\(item.plan)") }
    case .wide?, nil:
      let terminal = Terminal.current()
      let text = SimulationText(
        width: terminal.width, glyphs: terminal.glyphs, isWide: format == .wide)
      StandardOutput.print(text.lines(list), on: terminal)
    }
  }

  func lines(_ list: SimulationListDocument) -> [StyledLine] {
    Array(list.simulations.map(lines).joined(separator: [StyledLine()]))
  }

  func lines(_ simulation: SimulationDocument) -> [StyledLine] {
    var title = StyledLine(
      simulation.rehearsal == nil ? "simulation  " : "rehearsal  ", .faint)
    title.append("\(simulation.app) \(glyphs.arrow) \(simulation.environment)", .strong)
    title.append("  \(simulation.rollout ?? simulation.release)")
    var lines = [title] + facts(simulation)
    if let expectation = simulation.expectation { lines += self.lines(expectation) }
    if let rehearsal = simulation.rehearsal { lines += self.lines(rehearsal) }
    return lines.map { $0.truncated(to: max(width, 20), ellipsis: glyphs.ellipsis) }
  }

  private func facts(_ simulation: SimulationDocument) -> [StyledLine] {
    let model = simulation.model
    let source =
      model.durationSamples.map { "of \($0) recorded attempts" } ?? "as given"
    var facts = [("attempts", "healthy after \(model.p50) (P50), \(model.p95) (P95), \(source)")]
    if simulation.rehearsal == nil {
      let ends =
        [
          (model.failed, "fail"), (model.timedOut, "time out"), (model.regressed, "regress"),
          (model.unreachable, "do not answer"),
        ].filter { $0.0 > 0 }.map { "\(SimulationText.percent($0.0)) \($0.1)" }
      let sum = ends.isEmpty ? "none fails" : ends.joined(separator: ", ")
      let bound = model.troubleBound.map {
        "; up to \(SimulationText.percent($0)) would not surprise (95 %)"
      }
      facts.append(
        ("failures", sum + (model.endSamples.map { " of \($0)" } ?? " as given") + (bound ?? "")))
    } else {
      facts[0].1 = "all after \(model.p50), the median \(source)"
    }
    if !simulation.people.isEmpty {
      facts.append(("people", "agree at once: " + simulation.people.joined(separator: ", ")))
    }
    return facts.flatMap { label, text in
      TextWidth.wrap(text, width: max(width - 12, 20)).enumerated().map { index, part in
        var line = StyledLine(index == 0 ? label : "", .faint)
        line.pad(to: 12)
        line.append(part)
        return line
      }
    }
  }

  // MARK: - Many runs

  private func lines(_ expectation: ExpectationDocument) -> [StyledLine] {
    var lines: [StyledLine] = []
    var ends = StyledLine("runs", .faint)
    ends.pad(to: 12)
    ends.append("\(expectation.runs), seed \(expectation.seed): ")
    let succeeded = SimulationText.percent(expectation.succeeded)
    ends.append("\(succeeded) succeed", expectation.succeeded > 0 ? .good : .bad)
    if expectation.withDebt > 0 {
      ends.append(" (\(SimulationText.percent(expectation.withDebt)) with debt)")
    }
    if expectation.halted > 0 {
      ends.append(", ")
      ends.append("\(SimulationText.percent(expectation.halted)) halt", .bad)
    }
    lines.append(ends)
    if let finish = expectation.finish {
      var line = StyledLine("finish", .faint)
      line.pad(to: 12)
      line.append("after \(finish.p50) (P50), \(finish.p95) (P95)", .strong)
      lines.append(line)
    }
    lines.append(StyledLine())
    lines += waves(expectation)
    for (heading, items) in [
      (
        "It will wait for",
        expectation.waits.map {
          "\($0.what): \($0.span.p50) (P50), \($0.span.p95) (P95), in "
            + "\(SimulationText.percent($0.chance)) of the runs"
        }
      ),
      (
        "It comes to no end",
        expectation.stuck.map { "\(SimulationText.percent($0.chance)): \($0.what)" }
      ),
    ] where !items.isEmpty {
      lines += [StyledLine(), StyledLine(heading, .strong)]
      lines += items.map { StyledLine("  \($0)", .warning) }
    }
    return lines
  }

  private func waves(_ expectation: ExpectationDocument) -> [StyledLine] {
    var table = Table([
      .init("  WAVE"), .init("CLUSTERS", .right), .init("HALTS", .right),
      .init("OPENS P50", .right), .init("PASSES P50", .right), .init("PASSES P95", .right),
    ])
    for wave in expectation.waves {
      let columns = [
        "  \(wave.name)", "\(wave.clusters)", SimulationText.percent(wave.halts),
        wave.opens?.p50 ?? glyphs.dash, wave.passes?.p50 ?? glyphs.dash,
        wave.passes?.p95 ?? glyphs.dash,
      ]
      table.rows.append(
        columns.enumerated().map { StyledLine($1, $0 == 2 && wave.halts > 0 ? .bad : .plain) })
    }
    return table.lines(width: width, ellipsis: glyphs.ellipsis)
  }

  // MARK: - One run

  private func lines(_ rehearsal: RehearsalDocument) -> [StyledLine] {
    let clusters = Set(
      rehearsal.injections.compactMap { text in
        text.split(separator: "=").last?.split(separator: ":").first.map(String.init)
      })
    let shown = rehearsal.events.filter { event in
      isWide || event.cluster.map(clusters.contains) ?? true
    }
    let margin = shown.map { TextWidth.of($0.after) }.max() ?? 0
    var lines = [StyledLine()]
    lines += shown.map { event in
      var line = StyledLine("  +\(event.after)", .faint)
      line.pad(to: margin + 5)
      line.append(event.message)
      return line
    }
    let hidden = rehearsal.events.count - shown.count
    if hidden > 0 {
      lines.append(StyledLine("  \(hidden) events of other clusters: -o wide has all", .faint))
    }
    var end = StyledLine("end", .faint)
    end.pad(to: 12)
    end.append(Phase.words(rehearsal.phase), Phase.tone(rehearsal.phase))
    lines += [StyledLine(), end]
    for blocker in rehearsal.blockers {
      lines += TextWidth.wrap(blocker.message, width: max(width - 12, 20)).map {
        StyledLine("            \($0)", .warning)
      }
      if let command = blocker.command {
        var line = StyledLine("            \(command)", .command)
        line.isWhole = true
        lines.append(line)
      }
    }
    return lines
  }

  /// `3%`, `0.4%`; what is more than nothing is never `0%`.
  static func percent(_ share: Double) -> String {
    let percent = share * 100
    if percent == 0 || percent >= 10 || percent == percent.rounded() {
      return "\(Int(percent.rounded()))%"
    }
    return percent < 0.1 ? "<0.1%" : String(format: "%.1f%%", percent)
  }
}
