public import Manifests

/// What an agent joins with, once: which invitation it is, the secret that proves it, and whom to
/// trust. The digest of the hub's authority lets the agent tell the hub from anybody else before it
/// sends the secret.
///
/// As text: `flotilla-join.ID.SECRET.AUTHORITY`, all in hexadecimal digits.
public struct JoinToken: Sendable, CustomStringConvertible, CustomReflectable {
  /// Names the invitation; no secret.
  public let id: String
  /// SHA-256 of the certificate of the hub's authority.
  public let authority: Digest
  private let secret: [UInt8]

  private static let prefix = "flotilla-join"
  private static let idBytes = 16
  private static let secretBytes = 32

  /// Makes a new token with 256 random bits.
  public init(authority: Digest) {
    var random = SystemRandomNumberGenerator()
    func bytes(_ count: Int) -> [UInt8] { (0..<count).map { _ in random.next() } }
    id = JoinToken.hex(bytes(JoinToken.idBytes))
    secret = bytes(JoinToken.secretBytes)
    self.authority = authority
  }

  /// Reads ``text``; `nil` where it is none. White space around it does not count.
  public init?(_ text: String) {
    let parts = text.filter { !$0.isWhitespace }.split(separator: ".").map(String.init)
    guard parts.count == 4, parts[0] == JoinToken.prefix,
      let id = JoinToken.bytes(parts[1]), id.count == JoinToken.idBytes,
      let secret = JoinToken.bytes(parts[2]), secret.count == JoinToken.secretBytes,
      let authority = Digest(hex: parts[3])
    else { return nil }
    self.id = parts[1]
    self.secret = secret
    self.authority = authority
  }

  /// For whoever is to join, and nobody else.
  public var text: String {
    "\(JoinToken.prefix).\(id).\(JoinToken.hex(secret)).\(authority.hex)"
  }

  /// What the hub keeps of the secret: enough to know it again, too little to guess it.
  public var proof: Digest { Digest(hashing: secret) }

  /// A token shows nothing of itself by accident.
  public var description: String { "join token \(id) (hidden)" }
  public var customMirror: Mirror { Mirror(self, children: [:]) }

  private static func hex(_ bytes: [UInt8]) -> String {
    let digits = Array("0123456789abcdef")
    return String(bytes.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] })
  }

  private static func bytes(_ text: String) -> [UInt8]? {
    let digits = text.compactMap(\.hexDigitValue)
    guard digits.count == text.count, digits.count.isMultiple(of: 2) else { return nil }
    return stride(from: 0, to: digits.count, by: 2).map { UInt8(digits[$0] << 4 | digits[$0 + 1]) }
  }
}
