extension DifferenceReport {
  /// One HTML page that needs nothing else: no script, no font, no request.
  public func page() -> String {
    """
    <!doctype html>
    <html lang="en">
    <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
    <title>\(Page.escape(title)) · fleet diff</title>
    <style>\(Page.style)</style>
    </head>
    <body>
    <header>
    <p class="title">\(Page.escape(title))</p>
    <h1>\(Page.escape(summary))</h1>
    </header>
    <main>
    \(failures)\(calloutTable)\(classes)\(untouched)</main>
    </body>
    </html>

    """
  }

  private var failures: String {
    guard !difference.failures.isEmpty else { return "" }
    let items = difference.failures.map { failure in
      "<li>\(failure.side == .before ? "before: " : "")\(Page.escape("\(failure.error)"))</li>\n"
    }
    return """
      <section class="failures">
      <h2>\(count(difference.failures.count, "target")) cannot be rendered</h2>
      <ul>
      \(items.joined())</ul>
      </section>

      """
  }

  private var calloutTable: String {
    if callouts.isEmpty { return "" }
    let rows = callouts.map { callout in
      """
      <tr\(callout.impact.isGrave ? " class=\"grave\"" : "")><th scope="row">\
      \(Page.escape(callout.impact.phrase))</th>\
      <td class="number">\(count(callout.clusters, "cluster"))</td>\
      <td>\(callout.objects.map { "<code>\(Page.escape($0))</code>" }.joined(separator: " "))</td></tr>

      """
    }
    return """
      <table>
      <caption>To be known first</caption>
      \(rows.joined())</table>

      """
  }

  private var classes: String {
    difference.classes.enumerated().map { Page.section($0.offset + 1, $0.element) }.joined()
  }

  private var untouched: String {
    guard !difference.untouched.isEmpty else { return "" }
    return """
      <details class="untouched"><summary>\(count(difference.untouched.count, "cluster")) \
      untouched</summary>
      \(Page.clusters(difference.untouched))</details>

      """
  }
}

private enum Page {
  static func section(_ number: Int, _ item: FleetDifference.ChangeClass) -> String {
    var text = """
      <section>
      <h2><span class="ordinal">\(number)</span> \(escape(item.app)), \
      \(count(item.clusters.count, "cluster"))</h2>
      \(clusters(item.clusters))
      """
    if let headline = item.headline { text += "<p class=\"headline\">\(escape(headline))</p>\n" }
    if item.clusters.count > 1 {
      text += "<p class=\"example\">as on <b>\(escape(item.example))</b></p>\n"
    }
    for object in item.change.objects { text += self.object(object, in: item) }
    return text + "</section>\n"
  }

  private static func object(
    _ object: ObjectChange, in item: FleetDifference.ChangeClass
  ) -> String {
    let isGrave = object.impacts.contains(where: \.isGrave)
    let remarks = object.remarks.map { "<span class=\"remark\">\(escape($0))</span>" }
    let head =
      "<span class=\"verb \(object.kind.rawValue)\">\(object.kind.rawValue)</span> "
      + "<b>\(escape("\(object.identity)"))</b> \(remarks.joined(separator: " "))"
    let lines = item.change.kind == .changed ? object.lines : []
    let mark = isGrave ? " grave" : ""
    if lines.isEmpty { return "<p class=\"object\(mark)\">\(head)</p>\n" }
    return """
      <details class="object\(mark)" open><summary>\(head)</summary>
      <pre>\(lines.map(line).joined())</pre>
      </details>

      """
  }

  private static func line(_ line: ChangeLine) -> String {
    switch line.kind {
    case .place: "<span class=\"place\">\(escape(line.text))</span>"
    case .before: "<del>- \(escape(line.text))</del>"
    case .after: "<ins>+ \(escape(line.text))</ins>"
    case .context, .gap: "<span class=\"context\">  \(escape(line.text))</span>"
    }
  }

  static func clusters(_ names: [String]) -> String {
    let items = names.map { "<li>\(escape($0))</li>" }.joined()
    if names.count <= 24 { return "<ul class=\"clusters\">\(items)</ul>\n" }
    let first = names.prefix(12).map { "<li>\(escape($0))</li>" }.joined()
    return """
      <details class="many"><summary><ul class="clusters">\(first)</ul> \
      and \(names.count - 12) more</summary>
      <ul class="clusters">\(names.dropFirst(12).map { "<li>\(escape($0))</li>" }.joined())</ul>
      </details>

      """
  }

  static func escape(_ text: String) -> String {
    text.reduce(into: "") { result, character in
      switch character {
      case "<": result += "&lt;"
      case ">": result += "&gt;"
      case "&": result += "&amp;"
      case "\"": result += "&quot;"
      case "'": result += "&#39;"
      default: result.append(character)
      }
    }
  }

  static let style = """

    :root { color-scheme: light dark; --line: #d8dee4; --soft: #57606a; --panel: #f6f8fa;
      --before: #ffebe9; --after: #dafbe1; --grave: #cf222e; --accent: #0969da; }
    @media (prefers-color-scheme: dark) {
      :root { --line: #30363d; --soft: #8b949e; --panel: #161b22; --before: #3d1d20;
        --after: #12331e; --grave: #ff7b72; --accent: #58a6ff; }
      body { background: #0d1117; color: #e6edf3; }
    }
    * { box-sizing: border-box; }
    body { font: 15px/1.5 system-ui, sans-serif; margin: 0 auto; max-width: 72rem; padding: 1.5rem; }
    header { border-bottom: 1px solid var(--line); margin-bottom: 1.5rem; }
    h1 { font-size: 1.35rem; line-height: 1.3; margin: 0 0 1rem; }
    h2 { font-size: 1.05rem; margin: 0 0 .5rem; }
    .title { color: var(--soft); font-family: ui-monospace, monospace; margin: 0; overflow-wrap: anywhere; }
    section, table { margin: 0 0 2rem; }
    table { border-collapse: collapse; width: 100%; }
    caption { font-weight: 600; padding-bottom: .35rem; text-align: left; }
    th, td { border-top: 1px solid var(--line); padding: .35rem .75rem .35rem 0; text-align: left;
      vertical-align: top; font-weight: normal; }
    .number { white-space: nowrap; }
    tr.grave th, .grave .verb { color: var(--grave); font-weight: 600; }
    .failures { border-left: 4px solid var(--grave); padding-left: 1rem; }
    .failures li { overflow-wrap: anywhere; }
    .ordinal { background: var(--accent); border-radius: 1em; color: #fff; display: inline-block;
      font-size: .8em; min-width: 1.7em; padding: 0 .4em; text-align: center; }
    @media (prefers-color-scheme: dark) { .ordinal { color: #0d1117; } }
    .clusters { display: inline-flex; flex-wrap: wrap; gap: .3rem; list-style: none; margin: 0 0 .5rem; padding: 0; }
    .clusters li { background: var(--panel); border: 1px solid var(--line); border-radius: .3rem;
      font-size: .85em; padding: 0 .4rem; }
    .many summary { cursor: pointer; }
    .example, .headline { color: var(--soft); margin: 0 0 .5rem; }
    .object { border: 1px solid var(--line); border-radius: .4rem; margin: 0 0 .6rem; overflow: hidden; }
    .object summary, p.object { background: var(--panel); padding: .4rem .75rem; overflow-wrap: anywhere; }
    .object summary { cursor: pointer; }
    .object.grave { border-color: var(--grave); }
    .verb { color: var(--soft); display: inline-block; min-width: 4.5em; }
    .remark { border: 1px solid currentColor; border-radius: 1em; color: var(--soft); font-size: .8em;
      padding: 0 .5em; white-space: nowrap; }
    .grave .remark { color: var(--grave); }
    pre { font: 13px/1.45 ui-monospace, monospace; margin: 0; overflow-x: auto; padding: .5rem 0; }
    pre > * { display: block; min-width: max-content; padding: 0 .75rem; text-decoration: none; white-space: pre; }
    pre .place { color: var(--accent); }
    pre .context { color: var(--soft); }
    del { background: var(--before); }
    ins { background: var(--after); }
    :focus-visible { outline: 2px solid var(--accent); outline-offset: -2px; }
    .untouched { color: var(--soft); }

    """
}
