internal import Foundation

/// What the output can show, found out once at the start of a command.
struct Terminal: Sendable {
  /// Whether standard output is a terminal that can be redrawn.
  var isInteractive: Bool
  var hasColour: Bool
  var glyphs: Glyphs
  /// Columns when nothing is known about the output.
  static let assumedWidth = 80

  /// Looks at standard output, `NO_COLOR`, `TERM` and the locale.
  static func current(environment: [String: String] = ProcessInfo.processInfo.environment)
    -> Terminal
  {
    let isTerminal = isatty(STDOUT_FILENO) == 1 && environment["TERM"] != "dumb"
    let noColour = environment["NO_COLOR"].map { !$0.isEmpty } ?? false
    // The first that is set and not empty counts, as in setlocale(3).
    let locale =
      ["LC_ALL", "LC_CTYPE", "LANG"].lazy.compactMap { environment[$0] }
      .first { !$0.isEmpty } ?? ""
    let isUnicode =
      locale.uppercased().replacingOccurrences(of: "-", with: "").contains("UTF8")
    return Terminal(
      isInteractive: isTerminal, hasColour: isTerminal && !noColour,
      glyphs: isUnicode ? .unicode : .ascii)
  }

  /// Plain text without a terminal.
  static let plain = Terminal(isInteractive: false, hasColour: false, glyphs: .unicode)

  /// Columns and rows now; a terminal may be resized while a command runs.
  static var size: (columns: Int, rows: Int)? {
    var size = winsize()
    guard ioctl(STDOUT_FILENO, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else { return nil }
    return (Int(size.ws_col), Int(size.ws_row))
  }

  /// Columns that status text is laid out for.
  var width: Int { isInteractive ? Terminal.size?.columns ?? Terminal.assumedWidth : 100 }
}

/// The signs that status text is drawn with.
struct Glyphs: Sendable, Hashable {
  var done: String
  var active: String
  var pending: String
  var waiting: String
  var failed: String
  var left: String
  var barFull: String
  var barEmpty: String
  var arrow: String
  var ellipsis: String
  var prompt: String
  var dash: String

  static let unicode = Glyphs(
    done: "✔", active: "●", pending: "○", waiting: "‖", failed: "✘", left: "–", barFull: "█",
    barEmpty: "░", arrow: "→", ellipsis: "…", prompt: "$", dash: "·")
  static let ascii = Glyphs(
    done: "+", active: "*", pending: "o", waiting: "=", failed: "x", left: "-", barFull: "#",
    barEmpty: ".", arrow: "->", ellipsis: "~", prompt: "$", dash: "-")
}
