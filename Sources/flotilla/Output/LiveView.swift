/// Lines that are redrawn in place at the end of a terminal's scroll-back.
struct LiveView: Sendable {
  /// Widths of the lines that stand on the screen now.
  private var drawn: [Int] = []

  /// The bytes that replace what was drawn last by `lines`, cut to the terminal.
  mutating func frame(_ lines: [StyledLine], columns: Int, rows: Int, terminal: Terminal) -> String
  {
    let visible = fitted(lines, columns: columns, rows: rows, terminal: terminal)
    // Synchronised output (DEC mode 2026) and a hidden cursor: no flicker where it is understood.
    var bytes = "\u{1B}[?2026h\u{1B}[?25l" + erasure(columns: columns)
    for line in visible { bytes += line.rendered(colour: terminal.hasColour) + "\u{1B}[K\r\n" }
    drawn = visible.map(\.width)
    return bytes + "\u{1B}[?2026l"
  }

  /// The bytes that leave the last frame standing and give the cursor back.
  func end() -> String { drawn.isEmpty ? "" : "\u{1B}[?25h" }

  private func erasure(columns: Int) -> String {
    // After the terminal became narrower a line that was drawn takes more than one row.
    let rows = drawn.reduce(0) { $0 + LiveView.rows($1, columns) }
    return rows == 0 ? "\r" : "\r\u{1B}[\(rows)A\u{1B}[J"
  }

  private func fitted(_ lines: [StyledLine], columns: Int, rows: Int, terminal: Terminal)
    -> [StyledLine]
  {
    let ellipsis = terminal.glyphs.ellipsis
    let lines = lines.map { $0.truncated(to: columns, ellipsis: ellipsis) }
    // The cursor waits in the row below the last line.
    let room = max(1, rows - 1)
    func height(_ lines: some Sequence<StyledLine>) -> Int {
      lines.reduce(0) { $0 + LiveView.rows($1.width, columns) }
    }
    if height(lines) <= room { return lines }
    var visible = lines
    while !visible.isEmpty, height(visible) > room - 1 { visible.removeLast() }
    visible.append(StyledLine("\(ellipsis) \(lines.count - visible.count) more lines", .faint))
    return visible
  }

  private static func rows(_ width: Int, _ columns: Int) -> Int {
    max(1, (width + columns - 1) / max(1, columns))
  }
}
