internal import HubAPI

/// Changes of objects for a terminal, each distinct one once.
struct ChangeText {
  let glyphs: Glyphs
  /// Columns for remarks at the right; lines of a change may be wider.
  let width: Int
  /// Clusters of a class that are named.
  private static let namedClusters = 6

  /// What is called out before the changes themselves.
  func callouts(_ impacts: [ImpactDocument]) -> [StyledLine] {
    let phraseWidth = impacts.map { TextWidth.of($0.phrase) }.max() ?? 0
    return impacts.map { impact in
      var line = StyledLine("  ")
      line.append(impact.phrase, impact.isGrave ? .bad : .warning)
      line.pad(to: phraseWidth + 4)
      line.append("\(impact.clusters) \(impact.clusters == 1 ? "cluster" : "clusters")")
      line.pad(to: phraseWidth + 18)
      let shown = impact.objects.prefix(5).joined(separator: ", ")
      let more = impact.objects.count > 5 ? " and \(impact.objects.count - 5) more" : ""
      line.append(shown + more)
      return line
    }
  }

  func lines(of item: ChangeClassDocument, number: Int) -> [StyledLine] {
    var head = StyledLine("\(number)  ", .active)
    head.append(title(item), .strong)
    var lines = [head]
    if let headline = item.headline { lines.append(StyledLine("   \(headline)")) }
    for object in item.objects {
      var line = StyledLine("   ")
      line.append(object.change, tone(of: object.change))
      line.pad(to: 12)
      line.append(object.title)
      let remarks = object.remarks.joined(separator: ", ")
      if !remarks.isEmpty {
        line.append("  ")
        line.pad(to: width - TextWidth.of(remarks))
        line.append(remarks, object.isGrave ? .bad : .faint)
      }
      lines.append(line)
      lines += object.lines.map(styled)
    }
    return lines
  }

  /// `webshop, 7 clusters: dev-1, dev-2 and 5 more`
  private func title(_ item: ChangeClassDocument) -> String {
    let shown = item.clusters.prefix(ChangeText.namedClusters).joined(separator: ", ")
    let rest = item.clusters.count - ChangeText.namedClusters
    return
      "\(item.app), \(item.clusters.count) \(item.clusters.count == 1 ? "cluster" : "clusters")"
      + ": \(shown)" + (rest > 0 ? " and \(rest) more" : "")
  }

  private func tone(of change: String) -> Tone {
    switch change {
    case "created": .good
    case "deleted": .bad
    default: .active
    }
  }

  private func styled(_ line: ChangeLineDocument) -> StyledLine {
    let (sign, tone): (String, Tone) =
      switch line.kind {
      case "place": ("", .faint)
      case "before": ("- ", .bad)
      case "after": ("+ ", .good)
      case "gap": ("  ", .faint)
      default: ("  ", .plain)
      }
    var result = StyledLine(String(repeating: " ", count: 12))
    result.append(sign + (line.kind == "gap" ? glyphs.ellipsis : line.text), tone)
    return result
  }
}
