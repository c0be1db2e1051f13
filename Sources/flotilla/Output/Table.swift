/// Rows under upper-case headers, columns as wide as needed and two spaces apart, as kubectl prints.
struct Table: Sendable {
  struct Column: Sendable {
    enum Alignment: Sendable { case left, right }
    var title: String
    var alignment: Alignment = .left
    /// Gives way first where the table is wider than the terminal; the last of them first.
    var isFlexible = false

    init(_ title: String, _ alignment: Alignment = .left, isFlexible: Bool = false) {
      self.title = title
      self.alignment = alignment
      self.isFlexible = isFlexible
    }
  }

  var columns: [Column]
  var rows: [[StyledLine]] = []

  init(_ columns: [Column]) { self.columns = columns }

  /// The lines of the table. `width` limits them where it is given.
  func lines(width: Int?, ellipsis: String = "…") -> [StyledLine] {
    var widths = columns.map { TextWidth.of($0.title) }
    for row in rows {
      for (index, cell) in zip(widths.indices, row) {
        widths[index] = max(widths[index], cell.width)
      }
    }
    if let width { shrink(&widths, to: width) }
    let header = columns.map { StyledLine($0.title, .strong) }
    return ([header] + rows).map { row in
      var line = StyledLine()
      for (index, cell) in zip(columns.indices, row) {
        if index > 0 { line.append("  ") }
        let cell = cell.truncated(to: widths[index], ellipsis: ellipsis)
        let gap = widths[index] - cell.width
        if columns[index].alignment == .right {
          line.append(String(repeating: " ", count: gap))
          line.append(cell)
        } else {
          line.append(cell)
          if index < columns.count - 1 { line.append(String(repeating: " ", count: gap)) }
        }
      }
      return line
    }
  }

  private func shrink(_ widths: inout [Int], to limit: Int) {
    var excess = widths.reduce(0, +) + 2 * (columns.count - 1) - limit
    for index in columns.indices.reversed() where columns[index].isFlexible && excess > 0 {
      let least = max(TextWidth.of(columns[index].title), 8)
      let given = min(excess, max(0, widths[index] - least))
      widths[index] -= given
      excess -= given
    }
  }
}
