/// What a piece of text means; the terminal decides how that looks.
enum Tone: Sendable, Hashable {
  case plain, strong, faint, good, active, warning, bad, command

  /// The parameters of the SGR escape sequence.
  var codes: String {
    switch self {
    case .plain: ""
    case .strong: "1"
    case .faint: "2"
    case .good: "32"
    case .active: "36"
    case .warning: "33"
    case .bad: "31"
    case .command: "1;36"
    }
  }
}

/// One line of output: pieces of text with a tone each. Control characters never get in, so
/// what a commit message or an API server says cannot steer the terminal.
struct StyledLine: Sendable, Hashable {
  struct Piece: Sendable, Hashable {
    var text: String
    var tone: Tone
  }

  private(set) var pieces: [Piece] = []
  /// Never cut: a command that is to be pasted is of no use without its end.
  var isWhole = false

  init() {}
  init(_ text: String, _ tone: Tone = .plain) { append(text, tone) }

  mutating func append(_ text: String, _ tone: Tone = .plain) {
    let clean = TextWidth.withoutControls(text)
    if !clean.isEmpty { pieces.append(Piece(text: clean, tone: tone)) }
  }

  mutating func append(_ line: StyledLine) { pieces += line.pieces }

  /// Fills up with spaces.
  mutating func pad(to width: Int) {
    let missing = width - self.width
    if missing > 0 { append(String(repeating: " ", count: missing)) }
  }

  var width: Int { pieces.reduce(0) { $0 + TextWidth.of($1.text) } }
  var plainText: String { pieces.map(\.text).joined() }

  /// The line cut to `limit` columns, the last of which says that something is missing.
  func truncated(to limit: Int, ellipsis: String) -> StyledLine {
    guard width > limit, !isWhole else { return self }
    var line = StyledLine()
    var room = max(0, limit - TextWidth.of(ellipsis))
    for piece in pieces {
      let part = TextWidth.prefix(of: piece.text, columns: room)
      line.append(part, piece.tone)
      room -= TextWidth.of(part)
      if part.count < piece.text.count { break }
    }
    line.append(ellipsis, .faint)
    return line
  }

  /// The bytes for a terminal, without trailing spaces.
  func rendered(colour: Bool) -> String {
    var pieces = pieces
    while let last = pieces.last, last.text.allSatisfy({ $0 == " " }) { pieces.removeLast() }
    if let last = pieces.indices.last {
      while pieces[last].text.last == " " { pieces[last].text.removeLast() }
    }
    return pieces.map { piece in
      guard colour, piece.tone != .plain else { return piece.text }
      return "\u{1B}[\(piece.tone.codes)m\(piece.text)\u{1B}[0m"
    }.joined()
  }
}
