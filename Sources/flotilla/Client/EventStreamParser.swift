/// Reads server-sent events (WHATWG HTML, section 9.2) from bytes in pieces of any size.
struct EventStreamParser: Sendable {
  struct Message: Sendable, Hashable {
    var id: String?
    /// `message` where the server names none.
    var event: String
    var data: String
  }

  private var line: [UInt8] = []
  private var endedWithReturn = false
  private var isFirstLine = true
  private var id: String?
  private var event = ""
  private var data: [String] = []

  /// The messages that `bytes` complete.
  mutating func feed(_ bytes: [UInt8]) -> [Message] {
    var messages: [Message] = []
    for byte in bytes {
      let follows = endedWithReturn
      endedWithReturn = byte == UInt8(ascii: "\r")
      switch byte {
      case UInt8(ascii: "\n") where follows: break  // the second half of a CR LF
      case UInt8(ascii: "\n"), UInt8(ascii: "\r"):
        if let message = endLine() { messages.append(message) }
      default: line.append(byte)
      }
    }
    return messages
  }

  private mutating func endLine() -> Message? {
    defer { line.removeAll(keepingCapacity: true) }
    if isFirstLine, line.starts(with: [0xEF, 0xBB, 0xBF]) { line.removeFirst(3) }
    isFirstLine = false
    guard !line.isEmpty else { return dispatch() }
    let colon = line.firstIndex(of: UInt8(ascii: ":")) ?? line.endIndex
    var value = line[min(colon + 1, line.endIndex)...]
    if value.first == UInt8(ascii: " ") { value = value.dropFirst() }
    let text = String(decoding: value, as: UTF8.self)
    switch String(decoding: line[..<colon], as: UTF8.self) {
    case "event": event = text
    case "data": data.append(text)
    case "id": if !value.contains(0) { id = text }
    default: break  // comments and `retry`
    }
    return nil
  }

  private mutating func dispatch() -> Message? {
    defer {
      event = ""
      data = []
    }
    guard !data.isEmpty else { return nil }
    return Message(
      id: id, event: event.isEmpty ? "message" : event, data: data.joined(separator: "\n"))
  }
}
