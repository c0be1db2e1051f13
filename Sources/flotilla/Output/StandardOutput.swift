internal import Foundation

/// Unbuffered writing: what was printed is out, whatever ends the process.
enum StandardOutput {
  /// Writes all of `text`. Ends the process quietly when nobody reads any more, as
  /// `flotilla get … | head` expects.
  static func write(_ text: String) { write(text, to: STDOUT_FILENO) }

  static func print(_ line: StyledLine, on terminal: Terminal) {
    write(line.rendered(colour: terminal.hasColour) + "\n")
  }

  static func print(_ lines: [StyledLine], on terminal: Terminal) {
    write(lines.map { $0.rendered(colour: terminal.hasColour) + "\n" }.joined())
  }

  static func print(_ text: String) { write(text + "\n") }

  /// Writes bytes as they are.
  static func write(result bytes: [UInt8]) { write(bytes[...], to: STDOUT_FILENO) }

  /// One line on standard error.
  static func complain(_ text: String) { write(text + "\n", to: STDERR_FILENO) }

  private static func write(_ text: String, to descriptor: Int32) {
    write(Array(text.utf8)[...], to: descriptor)
  }

  private static func write(_ bytes: ArraySlice<UInt8>, to descriptor: Int32) {
    var rest = bytes
    while !rest.isEmpty {
      let count = rest.withUnsafeBytes { Foundation.write(descriptor, $0.baseAddress, $0.count) }
      if count > 0 {
        rest = rest.dropFirst(count)
      } else if errno == EAGAIN {
        // A terminal that another program switched to non-blocking mode.
        var poll = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
        _ = Foundation.poll(&poll, 1, -1)
      } else if errno == EPIPE, descriptor == STDOUT_FILENO {
        // 128 + SIGPIPE, as a shell reports a program that the signal ended.
        exit(141)
      } else if errno != EINTR {
        if descriptor == STDOUT_FILENO { exit(ExitStatus.error.rawValue) }
        return
      }
    }
  }
}
