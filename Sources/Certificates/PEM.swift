internal import Manifests

/// The text form of keys and certificates (RFC 7468).
enum PEM {
  static let key = "PRIVATE KEY"
  static let certificate = "CERTIFICATE"
  static let request = "CERTIFICATE REQUEST"

  static func encode(_ der: [UInt8], label: String) -> String {
    let text = Array(Base64.encode(der).utf8)
    let lines = stride(from: 0, to: text.count, by: 64).map { start in
      String(decoding: text[start..<min(start + 64, text.count)], as: UTF8.self)
    }
    return "-----BEGIN \(label)-----\n\(lines.joined(separator: "\n"))\n-----END \(label)-----\n"
  }

  /// The first block with that label; `nil` where there is none or it is malformed.
  static func decode(_ text: String, label: String) -> [UInt8]? {
    let lines = text.split(whereSeparator: \.isNewline)
    guard let first = lines.firstIndex(of: "-----BEGIN \(label)-----"),
      let last = lines[first...].firstIndex(of: "-----END \(label)-----")
    else { return nil }
    return Base64.decode(lines[(first + 1)..<last].joined())
  }
}
