extension DifferenceReport {
  /// GitHub-flavoured Markdown for a comment.
  ///
  /// - Parameter limit: characters at most. Forges refuse longer comments (GitHub 65,536); what does
  ///   not fit is left out from the end and said to be.
  public func markdown(limit: Int = 60_000) -> String {
    var parts = ["### Fleet: \(Markdown.escape(summary))\n"]
    if !difference.failures.isEmpty {
      parts.append(
        "\n**\(count(difference.failures.count, "target")) cannot be rendered**\n\n"
          + difference.failures.map { failure in
            "- \(failure.side == .before ? "before: " : "")`\(Markdown.code("\(failure.error)"))`\n"
          }.joined())
    }
    if !callouts.isEmpty {
      parts.append(
        "\n| | clusters | objects |\n|---|---|---|\n"
          + callouts.map { callout in
            let mark =
              callout.impact.isGrave ? "**\(callout.impact.phrase)**" : callout.impact.phrase
            return "| \(mark) | \(callout.clusters) | \(Markdown.list(callout.objects, 8)) |\n"
          }.joined())
    }
    parts += difference.classes.enumerated().map { Markdown.section($0.offset + 1, $0.element) }
    var text = ""
    for (index, part) in parts.enumerated() {
      if text.count + part.count > limit - 200 {
        text +=
          "\n_\(count(parts.count - index, "part")) left out here; run `flotilla diff` to see all._\n"
        break
      }
      text += part
    }
    return text
  }
}

private enum Markdown {
  static func section(_ number: Int, _ item: FleetDifference.ChangeClass) -> String {
    var text = "\n<details><summary><b>\(number)</b> \(escape(item.title(naming: 6)))</summary>\n\n"
    if let headline = item.headline { text += "\(escape(headline))\n\n" }
    for object in item.change.objects {
      let remarks = object.remarks.isEmpty ? "" : " — " + object.remarks.joined(separator: ", ")
      text += "- \(object.kind.rawValue) `\(code("\(object.identity)"))`\(escape(remarks))\n"
      if item.change.kind != .changed { continue }
      let lines = object.lines
      if lines.isEmpty { continue }
      text += "\n" + fenced(lines)
    }
    return text + "\n</details>\n"
  }

  private static func fenced(_ lines: [ChangeLine]) -> String {
    let body = lines.map { line in
      switch line.kind {
      case .place: "@@ \(line.text) @@"
      case .before: "- \(line.text)"
      case .after: "+ \(line.text)"
      case .context, .gap: "  \(line.text)"
      }
    }
    // A fence must be longer than any run of back quotes inside.
    var fence = "```"
    while body.contains(where: { $0.contains(fence) }) { fence += "`" }
    return ([fence + "diff"] + body + [fence]).map { "  \($0)\n" }.joined() + "\n"
  }

  static func list(_ items: [String], _ limit: Int) -> String {
    let shown = items.prefix(limit).map { "`\(code($0))`" }.joined(separator: ", ")
    return items.count > limit ? "\(shown) and \(items.count - limit) more" : shown
  }

  /// Text in which nothing is Markdown or HTML.
  static func escape(_ text: String) -> String {
    text.reduce(into: "") { result, character in
      switch character {
      case "<": result += "&lt;"
      case ">": result += "&gt;"
      case "&": result += "&amp;"
      case "\\", "`", "*", "_", "[", "]", "|", "#", "~", "@": result += "\\\(character)"
      case "\n", "\r", "\r\n": result += " "
      default: result.append(character)
      }
    }
  }

  static func code(_ text: String) -> String {
    text.replacing("`", with: "'").replacing("|", with: "\\|").replacing("\n", with: " ")
  }
}
