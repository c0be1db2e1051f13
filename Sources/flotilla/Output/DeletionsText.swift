internal import HubAPI

/// What a rollout deletes last, for people: how much, why it needs an approval, and which objects.
struct DeletionsText {
  private static let mostLists = 4
  private static let mostObjects = 12
  private static let mostClusters = 6

  let width: Int

  func lines(_ deletions: DeletionsDocument) -> [StyledLine] {
    var head = StyledLine("What it deletes last", .strong)
    head.append(
      "  \(count(deletions.objects, "object")) on \(count(deletions.clusters, "cluster"))"
        + (deletions.list.map { ", list \($0.prefix(12))" } ?? " so far"), .faint)
    var lines = [StyledLine(), head]
    for objection in deletions.objections {
      lines += wrapped("needs an approval: \(objection)", indent: 2, .warning)
    }
    for list in deletions.lists.prefix(DeletionsText.mostLists) { lines += self.lines(list) }
    let hidden = deletions.lists.count - DeletionsText.mostLists
    if hidden > 0 {
      lines.append(StyledLine("  and \(count(hidden, "other list")): -o json has all", .faint))
    }
    return lines
  }

  private func lines(_ list: DeletionsDocument.List) -> [StyledLine] {
    let shown = list.clusters.prefix(DeletionsText.mostClusters).joined(separator: ", ")
    let others = list.clusters.count - DeletionsText.mostClusters
    var lines = wrapped(
      others > 0 ? "\(shown) and \(others) more" : shown, indent: 2, .plain)
    for object in list.objects.prefix(DeletionsText.mostObjects) {
      var line = StyledLine("    \(TextWidth.withoutControls(object.text))")
      if object.isReplaced { line.append("  replaced under another name", .faint) }
      lines.append(line)
    }
    let hidden = list.objects.count - DeletionsText.mostObjects
    if hidden > 0 { lines.append(StyledLine("    and \(hidden) more: -o json has all", .faint)) }
    return lines
  }

  private func wrapped(_ text: String, indent: Int, _ tone: Tone) -> [StyledLine] {
    TextWidth.wrap(TextWidth.withoutControls(text), width: max(width - indent, 12))
      .map { StyledLine(String(repeating: " ", count: indent) + $0, tone) }
  }

  private func count(_ number: Int, _ noun: String) -> String {
    "\(number) \(noun)\(number == 1 ? "" : "s")"
  }
}
