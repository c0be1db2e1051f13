internal import Glibc

/// Reads a secret, without the line end that editors add. The error names the file, never its
/// content.
func readSecret(_ path: String, action: String) throws -> String {
  func refuse(_ reason: String) -> GitError {
    GitError(
      .configuration, action: action, reason: "the credential file \(path) \(reason)",
      advice: "put the secret there and nothing else")
  }
  let descriptor = Glibc.open(path, O_RDONLY | O_CLOEXEC)
  guard descriptor >= 0 else {
    throw refuse("cannot be opened (\(String(cString: strerror(errno))))")
  }
  defer { close(descriptor) }
  var bytes = [UInt8](repeating: 0, count: 64 << 10)
  var used = 0
  while used < bytes.count {
    let count = bytes.withUnsafeMutableBytes { buffer in
      Glibc.read(descriptor, buffer.baseAddress.map { $0 + used }, buffer.count - used)
    }
    if count == 0 { break }
    guard count > 0 else { throw refuse("cannot be read (\(String(cString: strerror(errno))))") }
    used += count
  }
  guard used < bytes.count else { throw refuse("is larger than any secret") }
  let text = String(decoding: bytes[..<used], as: UTF8.self)
  let secret = text.split(whereSeparator: \.isNewline).map { String($0) }
  guard secret.count == 1, let line = secret.first, !line.allSatisfy(\.isWhitespace) else {
    throw refuse(secret.isEmpty ? "is empty" : "holds more than one line")
  }
  return line
}
