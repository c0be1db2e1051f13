internal import FleetModel
internal import HubAPI

/// The wave ladder of a rollout: what it is, how far each wave is, and why it waits.
struct RolloutStatusText: Sendable {
  var now: Timestamp
  var width: Int
  var glyphs: Glyphs
  /// Appended to commands that people paste, where the hub is not the default one.
  var commandSuffix = ""

  private static let widestBar = 20
  private static let mostBlockers = 25
  private static let narrowestBar = 6

  func lines(_ rollout: RolloutDocument) -> [StyledLine] {
    var lines = [title(rollout), change(rollout)] + state(rollout)
    if !rollout.isOver {
      if let pause = rollout.pause {
        lines += resumption(pause, command: resumeCommand(rollout))
      }
      for wave in rollout.waves { lines += resumption(of: wave) }
      if rollout.phase == "halted" { lines += labelled("retry", command: retryCommand(rollout)) }
    }
    lines.append(StyledLine())
    lines += ladder(rollout)
    if let deletions = rollout.deletions { lines += DeletionsText(width: width).lines(deletions) }
    let blockers = rollout.blockers.filter { !isSaidAbove($0, rollout) }
    if !blockers.isEmpty {
      lines.append(StyledLine())
      lines.append(StyledLine("What it waits for", .strong))
      for blocker in blockers { lines += explanation(of: blocker) }
    }
    return lines.map { $0.truncated(to: max(width, 20), ellipsis: glyphs.ellipsis) }
  }

  /// Everything that waits, or one object.
  func lines(_ explanation: ExplanationDocument) -> [StyledLine] {
    var lines = [StyledLine(explanation.summary, .strong)]
    let shown = explanation.blockers.prefix(RolloutStatusText.mostBlockers)
    for blocker in shown { lines += self.explanation(of: blocker) }
    let hidden = explanation.blockers.count - shown.count
    if hidden > 0 { lines.append(StyledLine("  and \(hidden) more: -o json has all", .faint)) }
    return lines.map { $0.truncated(to: max(width, 20), ellipsis: glyphs.ellipsis) }
  }

  /// What waits, why, and what to do, indented by two.
  func explanation(of blocker: BlockerDocument) -> [StyledLine] {
    var facts: [String] = []
    if let since = blocker.since { facts.append("for \((now.instant - since.instant).age)") }
    if let until = blocker.until, until > now {
      facts.append("ends in \((until.instant - now.instant).countdown) at the latest")
    }
    var lines: [StyledLine] = []
    var head = StyledLine("  \(blocker.object)", .warning)
    if !facts.isEmpty { head.append("  \(facts.joined(separator: ", "))", .faint) }
    lines.append(head)
    lines += TextWidth.wrap(TextWidth.withoutControls(blocker.message), width: width - 4)
      .map { StyledLine("    \($0)") }
    if let command = blocker.command {
      lines.append(self.command(command, indent: "    "))
    } else {
      lines.append(StyledLine("    cleared by \(blocker.clearedBy)", .faint))
    }
    return lines
  }

  // MARK: Head

  private func title(_ rollout: RolloutDocument) -> StyledLine {
    var line = StyledLine("rollout ", .faint)
    line.append(rollout.name, .strong)
    line.append("  \(rollout.app) \(glyphs.arrow) \(rollout.environment)")
    return line
  }

  private func change(_ rollout: RolloutDocument) -> StyledLine {
    var line = StyledLine("change  ", .faint)
    line.append(String(rollout.change.prefix(12)), .active)
    if !rollout.subject.isEmpty { line.append("  \(rollout.subject)") }
    return line
  }

  private func state(_ rollout: RolloutDocument) -> [StyledLine] {
    var line = StyledLine("state   ", .faint)
    line.append(Phase.words(rollout.phase), Phase.tone(rollout.phase))
    if let pause = rollout.pause, !rollout.isOver {
      line.append(by(pause))
      if rollout.phase == "pausing" {
        let count = rollout.counts.inFlight
        line.append("; \(count) in flight \(count == 1 ? "finishes" : "finish") first", .faint)
      }
      return [line]
    }
    if rollout.phase == "halted" {
      line.append(" \(ago(rollout.phaseSince))")
    } else if let ended = rollout.ended {
      line.append(" \(ago(ended))")
      if let started = rollout.started {
        line.append(", after \((ended.instant - started.instant).age)", .faint)
      }
    } else if let started = rollout.started {
      line.append(" for \((now.instant - started.instant).age)")
    }
    return [line] + (rollout.reason.map { labelled("reason", $0) } ?? []) + debt(rollout)
  }

  private func debt(_ rollout: RolloutDocument) -> [StyledLine] {
    let names = rollout.debt.keys.sorted()
    guard rollout.isOver, !names.isEmpty else { return [] }
    let most = RolloutStatusText.mostBlockers
    let more = names.count > most ? " and \(names.count - most) more: -o yaml has all" : ""
    return labelled("debt", names.prefix(most).joined(separator: ", ") + more)
  }

  /// A fact of the head, continued below itself where it is long.
  private func labelled(_ label: String, _ text: String) -> [StyledLine] {
    let wrapped = TextWidth.wrap(TextWidth.withoutControls(text), width: max(width - 8, 12))
    return wrapped.enumerated().map { index, part in
      var line = StyledLine(index == 0 ? label : "", .faint)
      line.pad(to: 8)
      line.append(part)
      return line
    }
  }

  private func labelled(_ label: String, command text: String) -> [StyledLine] {
    var line = StyledLine(label, .faint)
    line.pad(to: 8)
    line.append(command(text, indent: ""))
    line.isWhole = true
    return [line]
  }

  private func resumption(_ pause: DecisionDocument, command text: String) -> [StyledLine] {
    let reason = pause.reason.flatMap { $0.isEmpty ? nil : labelled("reason", $0) } ?? []
    return reason + labelled("resume", command: text)
  }

  /// Waves can be paused by themselves, while their rollout runs.
  private func resumption(of wave: WaveDocument) -> [StyledLine] {
    guard let pause = wave.pause, Phase.isUnfinished(wave.phase) else { return [] }
    var line = StyledLine("wave    ", .faint)
    line.append(wave.name, .strong)
    line.append(" paused", .warning)
    line.append(by(pause))
    return [line] + resumption(pause, command: resumeCommand(wave))
  }

  private func by(_ pause: DecisionDocument) -> String {
    var text = " by \(pause.by) \(ago(pause.since))"
    if let until = pause.until, until > now {
      text += ", resumes by itself in \((until.instant - now.instant).countdown)"
    }
    return text
  }

  private func resumeCommand(_ rollout: RolloutDocument) -> String {
    "flotilla rollout resume \(rollout.name) --reason 'WHY'"
  }

  private func resumeCommand(_ wave: WaveDocument) -> String {
    "flotilla rollout resume \(wave.rollout) --wave \(wave.name) --reason 'WHY'"
  }

  private func retryCommand(_ rollout: RolloutDocument) -> String {
    "flotilla rollout retry \(rollout.name) --reason 'WHY'"
  }

  /// The head says it already, with the command.
  private func isSaidAbove(_ blocker: BlockerDocument, _ rollout: RolloutDocument) -> Bool {
    let told =
      (rollout.pause == nil ? [] : [resumeCommand(rollout)])
      + (rollout.phase == "halted" ? [retryCommand(rollout)] : [])
      + rollout.waves.filter { $0.pause != nil }.map { resumeCommand($0) }
    return told.contains { $0 == blocker.command }
  }

  private func command(_ text: String, indent: String) -> StyledLine {
    var line = StyledLine("\(indent)\(text)\(commandSuffix)", .command)
    line.isWhole = true
    return line
  }

  private func ago(_ time: Timestamp) -> String { "\((now.instant - time.instant).age) ago" }

  // MARK: Ladder

  private func ladder(_ rollout: RolloutDocument) -> [StyledLine] {
    // The bar takes what the other columns leave.
    let bare = ladder(rollout, bar: 0)
    let room = width - (bare.map(\.width).max() ?? 0) - 1
    let bar = min(RolloutStatusText.widestBar, room)
    return ladder(rollout, bar: bar < RolloutStatusText.narrowestBar ? 0 : bar)
  }

  private func ladder(_ rollout: RolloutDocument, bar: Int) -> [StyledLine] {
    var table = Table([
      .init("  WAVE", isFlexible: true), .init("STATE"), .init("PROGRESS"),
      .init("IN FLIGHT", .right), .init("FAILED", .right), .init("SOAK"),
    ])
    let digits = String(rollout.waves.map(\.counts.total).max() ?? 0).count
    for wave in rollout.waves {
      let tone = Phase.tone(wave.phase)
      let isHalted = rollout.phase == "halted" && Phase.isOpen(wave.phase)
      var name = StyledLine(glyph(wave, in: rollout) + " ", isHalted ? .bad : tone)
      name.append(wave.name, Phase.isOpen(wave.phase) ? .strong : .plain)
      if rollout.pauseAt.contains(wave.name) { name.append(" \(glyphs.waiting)", .warning) }
      table.rows.append([
        name, StyledLine(Phase.words(wave.phase), tone), progress(wave, bar, digits),
        StyledLine("\(wave.counts.inFlight)", wave.counts.inFlight > 0 ? .active : .faint),
        failures(wave), soak(wave),
      ])
    }
    return table.lines(width: bar == 0 ? nil : width, ellipsis: glyphs.ellipsis)
  }

  private func glyph(_ wave: WaveDocument, in rollout: RolloutDocument) -> String {
    switch wave.phase {
    case "passed": glyphs.done
    case "skipped", "cancelled": glyphs.left
    case "halted": glyphs.failed
    case "pending": wave.pause == nil ? glyphs.pending : glyphs.waiting
    default:
      if rollout.phase == "halted" {
        glyphs.failed
      } else {
        rollout.pause == nil && wave.pause == nil ? glyphs.active : glyphs.waiting
      }
    }
  }

  private func progress(_ wave: WaveDocument, _ bar: Int, _ digits: Int) -> StyledLine {
    let counts = wave.counts
    var line = StyledLine()
    if bar > 0 {
      let failed = counts.failed
      // Anything that is there shows, and only a complete wave fills the bar.
      func cells(_ count: Int) -> Int {
        guard count > 0, counts.total > 0 else { return 0 }
        return max(1, bar * count / counts.total)
      }
      let bad = min(cells(failed), bar)
      let full = min(cells(counts.done), bar - bad)
      let active = min(cells(counts.inFlight), bar - bad - full)
      line.append(String(repeating: glyphs.barFull, count: full), .good)
      line.append(String(repeating: glyphs.barFull, count: bad), .bad)
      line.append(String(repeating: glyphs.barEmpty, count: active), .active)
      line.append(String(repeating: glyphs.barEmpty, count: bar - full - bad - active), .faint)
      line.append(" ")
    }
    let done = String(counts.done)
    line.append(String(repeating: " ", count: max(0, digits - done.count)))
    line.append("\(done)/\(counts.total)")
    return line
  }

  private func failures(_ wave: WaveDocument) -> StyledLine {
    let tone: Tone =
      wave.counts.failed > wave.maxFailures ? .bad : wave.counts.failed > 0 ? .warning : .faint
    return StyledLine("\(wave.counts.failed) of \(wave.maxFailures)", tone)
  }

  private func soak(_ wave: WaveDocument) -> StyledLine {
    if wave.soak == "0s" { return StyledLine(glyphs.dash, .faint) }
    if let ends = wave.soakEnds, wave.phase == "soaking" {
      return StyledLine("\((ends.instant - now.instant).countdown) to go", .active)
    }
    return StyledLine(wave.soak, .faint)
  }
}

/// How phases of rollouts, waves and targets read and look.
enum Phase {
  /// `succeededWithDebt` as words.
  static func words(_ phase: String) -> String {
    var words = ""
    for character in phase {
      if character.isUppercase { words += " " }
      words += character.lowercased()
    }
    return words
  }

  static func isUnfinished(_ phase: String) -> Bool { isOpen(phase) || phase == "pending" }

  static func isOpen(_ phase: String) -> Bool {
    !["pending", "passed", "skipped", "cancelled"].contains(phase)
  }

  static func tone(_ phase: String) -> Tone {
    switch phase {
    case "succeeded", "passed", "done", "healthy", "unchanged": .good
    case "running", "progressing", "open", "dispatched", "applied", "soaking", "verifying",
      "rollingBack":
      .active
    case "paused", "pausing", "planned", "succeededWithDebt", "deferred", "skipped": .warning
    case "halted", "failed", "timedOut", "regressed", "rolledBack": .bad
    default: .faint
    }
  }

  /// What `rollout status` exits with for a rollout in `phase`.
  static func exit(_ phase: String, isOver: Bool) -> ExitStatus {
    switch phase {
    case "succeeded", "succeededWithDebt": .done
    case "halted": .halted
    default: isOver ? .error : .waiting
    }
  }
}

/// What the process tells its caller.
enum ExitStatus: Int32, Sendable {
  case done = 0
  case error = 1
  /// Not over yet; nothing is wrong.
  case waiting = 2
  /// Stopped by the hub; a person has to look.
  case halted = 3
  /// The rules of the fleet forbid the command now.
  case refused = 4
}
