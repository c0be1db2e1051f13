internal import HubAPI
internal import Rendering

/// A fleet difference for a terminal.
struct DifferenceText {
  let report: DifferenceReport
  let glyphs: Glyphs
  /// Columns for remarks at the right; lines of a change may be wider.
  let width: Int

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
    let text = ChangeText(glyphs: glyphs, width: width)
    let callouts = text.callouts(report.callouts.map(ImpactDocument.init))
    if !callouts.isEmpty { lines += [StyledLine()] + callouts }
    for (index, item) in report.difference.classes.enumerated() {
      lines.append(StyledLine())
      lines += text.lines(of: ChangeClassDocument(item), number: index + 1)
    }
    return lines
  }
}
