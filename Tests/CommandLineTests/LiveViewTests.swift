import Testing

@testable import flotilla

@Suite("The live view")
struct LiveViewTests {
  private let terminal = Terminal(isInteractive: true, hasColour: false, glyphs: .unicode)

  private func lines(_ texts: String...) -> [StyledLine] { texts.map { StyledLine($0) } }

  @Test func theSecondFrameReplacesTheFirst() {
    var view = LiveView()
    var screen = Screen(columns: 20, rows: 6)
    screen.feed(view.frame(lines("one", "two"), columns: 20, rows: 6, terminal: terminal))
    #expect(screen.text == ["one", "two"])
    screen.feed(view.frame(lines("1"), columns: 20, rows: 6, terminal: terminal))
    #expect(screen.text == ["1"])
    screen.feed(view.frame(lines("1", "2", "3"), columns: 20, rows: 6, terminal: terminal))
    #expect(screen.text == ["1", "2", "3"])
  }

  @Test func whatStoodAboveTheViewStays() {
    var view = LiveView()
    var screen = Screen(columns: 20, rows: 6)
    screen.feed("$ flotilla\r\n")
    for frame in [["a", "b"], ["c"], ["d", "e", "f"]] {
      screen.feed(
        view.frame(frame.map { StyledLine($0) }, columns: 20, rows: 6, terminal: terminal))
    }
    #expect(screen.text == ["$ flotilla", "d", "e", "f"])
  }

  @Test func aViewThatIsTooTallSaysHowMuchIsMissing() {
    var view = LiveView()
    var screen = Screen(columns: 20, rows: 4)
    let many = (1...9).map { StyledLine("line \($0)") }
    screen.feed(view.frame(many, columns: 20, rows: 4, terminal: terminal))
    screen.feed(view.frame(many, columns: 20, rows: 4, terminal: terminal))
    #expect(screen.text == ["line 1", "line 2", "… 7 more lines"])
  }

  @Test func theCursorIsHiddenWhileDrawingAndGivenBackAtTheEnd() {
    var view = LiveView()
    #expect(view.end() == "")
    let frame = view.frame(lines("a"), columns: 20, rows: 4, terminal: terminal)
    #expect(frame.contains("\u{1B}[?25l"))
    #expect(view.end() == "\u{1B}[?25h")
  }
}

/// As much of a terminal as the live view uses.
private struct Screen {
  private var cells: [String] = [""]
  private var row = 0
  private var column = 0
  let columns: Int
  let rows: Int

  init(columns: Int, rows: Int) {
    self.columns = columns
    self.rows = rows
  }

  var text: [String] {
    var lines = cells
    while lines.last == "" { lines.removeLast() }
    return lines
  }

  mutating func feed(_ bytes: String) {
    var rest = Array(bytes.unicodeScalars)[...]
    while let scalar = rest.popFirst() {
      switch scalar {
      case "\r": column = 0
      case "\n":
        row += 1
        if row == cells.count { cells.append("") }
      case "\u{1B}":
        rest.removeFirst()
        let sequence = rest.prefix { !("A"..."z").contains($0) || $0 == "?" }
        rest = rest.dropFirst(sequence.count)
        perform(rest.popFirst(), Int(String(String.UnicodeScalarView(sequence))))
      default:
        cells[row] = String(cells[row].prefix(column)) + String(scalar)
        column += 1
      }
    }
  }

  private mutating func perform(_ command: Unicode.Scalar?, _ number: Int?) {
    switch command {
    case "A": row -= number ?? 1
    case "J": cells = Array(cells.prefix(row)) + [String(cells[row].prefix(column))]
    case "K": cells[row] = String(cells[row].prefix(column))
    default: break  // modes and colours
    }
  }
}
