internal import HubAPI

/// Plans for a terminal: what changes, how much of the fleet with it, in which waves, and what
/// should be looked at first.
struct PlanText {
  let width: Int
  let glyphs: Glyphs
  /// Every cluster and every commit is named.
  var isWide = false
  private static let namedClusters = 6
  private static let namedCommits = 10
  private static let namedFailures = 10

  func lines(_ preview: PlanPreviewDocument) -> [StyledLine] {
    var lines: [StyledLine] = []
    if preview.plans.count > 1 {
      lines += [StyledLine("\(preview.plans.count) plans: \(preview.summary)", .strong)]
    }
    for plan in preview.plans {
      if !lines.isEmpty { lines.append(StyledLine()) }
      lines += self.lines(plan)
    }
    let simulation = SimulationText(width: width, glyphs: glyphs, isWide: isWide)
    for item in preview.simulations ?? [] { lines += [StyledLine()] + simulation.lines(item) }
    return lines
  }

  func lines(_ plan: PlanDocument) -> [StyledLine] {
    var lines = [title(plan), fact("plan", plan.summary, .strong)]
    lines.append(fact("digest", plan.digest, .faint))
    if let refusal = plan.refusal {
      lines += wrapped("refused", "\(refusal.why); \(refusal.remedy)", .bad)
    }
    if let behind = plan.behind {
      lines += wrapped("behind", "\(behind) is open and comes first", .warning)
    }
    let sections = [
      commits(plan), failures(plan), radius(plan.blastRadius), waves(plan), remarks(plan),
    ]
    for section in sections where !section.isEmpty { lines += [StyledLine()] + section }
    let text = ChangeText(glyphs: glyphs, width: width)
    for (index, item) in plan.classes.enumerated() {
      lines.append(StyledLine())
      lines += text.lines(of: item, number: index + 1)
    }
    return lines
  }

  private func title(_ plan: PlanDocument) -> StyledLine {
    var line = StyledLine(plan.rollout.map { "rollout \($0)  " } ?? "preview  ", .faint)
    line.append("\(plan.app) \(glyphs.arrow) \(plan.environment)", .strong)
    line.append("  \(plan.from ?? "nothing") \(glyphs.arrow) \(plan.release)")
    return line
  }

  private func fact(_ label: String, _ text: String, _ tone: Tone = .plain) -> StyledLine {
    var line = StyledLine(label, .faint)
    line.pad(to: 9)
    line.append(text, tone)
    return line
  }

  private func wrapped(_ label: String, _ text: String, _ tone: Tone) -> [StyledLine] {
    TextWidth.wrap(TextWidth.withoutControls(text), width: max(width - 9, 20)).enumerated().map {
      fact($0.offset == 0 ? label : "", $0.element, tone)
    }
  }

  private func commits(_ plan: PlanDocument) -> [StyledLine] {
    guard !plan.commits.isEmpty else { return [] }
    let count = plan.commits.count == 1 ? "1 commit" : "\(plan.commits.count) commits"
    // The newest say most; the oldest give way.
    let shown = isWide ? plan.commits[...] : plan.commits.suffix(PlanText.namedCommits)
    var lines = [StyledLine(count + (plan.takesBack ? ", taken back" : ""), .strong)]
    for commit in shown.reversed() {
      var line = StyledLine("  ")
      line.append(String(commit.commit.prefix(12)), .active)
      line.append("  \(commit.subject)")
      line.append("  \(commit.author)", .faint)
      lines.append(line.truncated(to: max(width, 20), ellipsis: glyphs.ellipsis))
    }
    let hidden = plan.commits.count - shown.count
    if hidden > 0 { lines.append(StyledLine("  and \(hidden) older: -o wide has all", .faint)) }
    return lines
  }

  private func failures(_ plan: PlanDocument) -> [StyledLine] {
    guard !plan.failures.isEmpty else { return [] }
    let shown = isWide ? plan.failures[...] : plan.failures.prefix(PlanText.namedFailures)
    var lines = [StyledLine("What cannot be told", .strong)]
    for failure in shown {
      var line = StyledLine("\(glyphs.failed) ", .bad)
      if failure.side == "before" { line.append("before: ", .faint) }
      line.append(failure.message)
      lines.append(line)
    }
    let hidden = plan.failures.count - shown.count
    if hidden > 0 { lines.append(StyledLine("  and \(hidden) more: -o wide has all", .faint)) }
    return lines
  }

  private func radius(_ radius: BlastRadiusDocument) -> [StyledLine] {
    guard radius.clusters > 0 else { return [] }
    var lines = [StyledLine("Blast radius", .strong)]
    let clusters = radius.clusters == 1 ? "1 cluster" : "\(radius.clusters) clusters"
    let parts = [
      (radius.created, "created"), (radius.changed, "changed"), (radius.deleted, "deleted"),
    ].filter { $0.0 > 0 }.map { "\($0.0) \($0.0 == 1 ? "object" : "objects") \($0.1)" }
    lines.append(StyledLine("  \(([clusters] + parts).joined(separator: ", "))"))
    return lines + ChangeText(glyphs: glyphs, width: width).callouts(radius.impacts)
  }

  private func waves(_ plan: PlanDocument) -> [StyledLine] {
    var table = Table([
      .init("  WAVE"), .init("CLUSTERS", .right), .init("AT ONCE", .right),
      .init("FAILURES", .right), .init("SOAK"), .init("GATES"), .init("TRIES"),
      .init("WHICH", isFlexible: true),
    ])
    for wave in plan.waves {
      let named = isWide ? wave.clusters[...] : wave.clusters.prefix(PlanText.namedClusters)
      let more = wave.clusters.count - named.count
      let gates = wave.before.map { "\($0) before" } + wave.after.map { "\($0) after" }
      let columns = [
        "  \(wave.name)", "\(wave.clusters.count)", wave.maxConcurrent.map { "\($0)" } ?? "all",
        "\(wave.maxFailures)", wave.soak == "0s" ? glyphs.dash : wave.soak,
        gates.isEmpty ? glyphs.dash : gates.joined(separator: ", "),
        wave.tries.isEmpty ? glyphs.dash : wave.tries.map { "\($0)" }.joined(separator: ","),
        named.joined(separator: " ") + (more > 0 ? " and \(more) more" : ""),
      ]
      table.rows.append(columns.map { StyledLine($0) })
    }
    return table.lines(width: isWide ? nil : width, ellipsis: glyphs.ellipsis)
  }

  /// What should be looked at before anybody agrees.
  private func remarks(_ plan: PlanDocument) -> [StyledLine] {
    let first = plan.waves.first { !$0.clusters.isEmpty }?.name ?? ""
    let untried = plan.untried.map { number in
      let size = plan.classes[number - 1].clusters.count
      let wave = plan.waves.first { $0.tries.contains(number) }?.name ?? ""
      return "change \(number) (\(size) \(size == 1 ? "cluster" : "clusters")) is not tried before "
        + "wave '\(wave)': no cluster of wave '\(first)' gets it"
    }
    let remarks = untried + plan.lints.map { "\($0.message); \($0.remedy)" }
    guard !remarks.isEmpty else { return [] }
    return [StyledLine("Look at this first", .strong)]
      + remarks.flatMap { remark in
        TextWidth.wrap(TextWidth.withoutControls(remark), width: max(width - 4, 20)).enumerated()
          .map { StyledLine(($0.offset == 0 ? "! " : "  ") + $0.element, .warning) }
      }
  }
}
