internal import Rendering

/// A fleet difference for a terminal.
struct DifferenceText {
  let report: DifferenceReport
  let glyphs: Glyphs
  /// Columns for remarks at the right; lines of a change may be wider.
  let width: Int
  /// Clusters of a class that are named.
  private static let namedClusters = 6

  func lines() -> [StyledLine] {
    var lines = [StyledLine(report.title + ": ", .faint)]
    lines[0].append(report.summary, .strong)
    let failures = report.difference.failures
    if !failures.isEmpty {
      lines.append(StyledLine())
      for failure in failures {
        var line = StyledLine("\(glyphs.failed) ", .bad)
        if failure.side == .before { line.append("before: ", .faint) }
        line.append("\(failure.error)")
        lines.append(line)
      }
    }
    let callouts = report.callouts
    if !callouts.isEmpty {
      lines.append(StyledLine())
      let phraseWidth = callouts.map { TextWidth.of($0.impact.phrase) }.max() ?? 0
      for callout in callouts {
        var line = StyledLine("  ")
        line.append(callout.impact.phrase, callout.impact.isGrave ? .bad : .warning)
        line.pad(to: phraseWidth + 4)
        line.append("\(callout.clusters) \(callout.clusters == 1 ? "cluster" : "clusters")")
        line.pad(to: phraseWidth + 18)
        let shown = callout.objects.prefix(5).joined(separator: ", ")
        let more = callout.objects.count > 5 ? " and \(callout.objects.count - 5) more" : ""
        line.append(shown + more)
        lines.append(line)
      }
    }
    for (index, item) in report.difference.classes.enumerated() {
      lines.append(StyledLine())
      lines += self.lines(of: item, number: index + 1)
    }
    return lines
  }

  private func lines(of item: FleetDifference.ChangeClass, number: Int) -> [StyledLine] {
    var head = StyledLine("\(number)  ", .active)
    head.append(item.title(naming: DifferenceText.namedClusters), .strong)
    var lines = [head]
    if let headline = item.headline { lines.append(StyledLine("   \(headline)")) }
    for object in item.change.objects {
      var line = StyledLine("   ")
      line.append(object.kind.rawValue, tone(of: object.kind))
      line.pad(to: 12)
      line.append("\(object.identity)")
      let remarks = object.remarks.joined(separator: ", ")
      if !remarks.isEmpty {
        line.append("  ")
        let isGrave = object.impacts.contains(where: \.isGrave)
        line.pad(to: width - TextWidth.of(remarks))
        line.append(remarks, isGrave ? .bad : .faint)
      }
      lines.append(line)
      if item.change.kind == .changed { lines += object.lines.map(styled) }
    }
    return lines
  }

  private func tone(of kind: ObjectChange.Kind) -> Tone {
    switch kind {
    case .created: .good
    case .changed: .active
    case .deleted: .bad
    }
  }

  private func styled(_ line: ChangeLine) -> StyledLine {
    let (sign, tone): (String, Tone) =
      switch line.kind {
      case .place: ("", .faint)
      case .before: ("- ", .bad)
      case .after: ("+ ", .good)
      case .context: ("  ", .plain)
      case .gap: ("  ", .faint)
      }
    let text = line.kind == .gap ? glyphs.ellipsis : line.text
    var result = StyledLine(String(repeating: " ", count: 12))
    result.append(sign + text, tone)
    return result
  }
}
