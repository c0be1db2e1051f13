internal import CShims

/// A SHA-256 value. Names target states, objects and plans by their content.
public struct Digest: Sendable, Hashable, Comparable, CustomStringConvertible {
  private let words: (UInt64, UInt64, UInt64, UInt64)

  /// Hashes `bytes`.
  public init(hashing bytes: [UInt8]) {
    self = bytes.withUnsafeBufferPointer { Digest(hashing: $0) }
  }

  /// Hashes `bytes`.
  public init(hashing bytes: UnsafeBufferPointer<UInt8>) {
    var output: (UInt64, UInt64, UInt64, UInt64) = (0, 0, 0, 0)
    withUnsafeMutableBytes(of: &output) { buffer in
      cssl_sha256(
        bytes.baseAddress, bytes.count, buffer.baseAddress?.assumingMemoryBound(to: UInt8.self))
    }
    words = (
      UInt64(bigEndian: output.0), UInt64(bigEndian: output.1), UInt64(bigEndian: output.2),
      UInt64(bigEndian: output.3)
    )
  }

  /// Hashes the UTF-8 of `text`.
  public init(hashing text: String) {
    var text = text
    self = text.withUTF8 { Digest(hashing: $0) }
  }

  /// Hashes the concatenation of other digests, in order.
  public init(combining digests: some Sequence<Digest>) {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(32 * digests.underestimatedCount)
    for digest in digests { digest.append(to: &bytes) }
    self.init(hashing: bytes)
  }

  /// Takes over 32 bytes; `nil` for any other number.
  public init?(bytes: [UInt8]) {
    guard bytes.count == 32 else { return nil }
    self.init(unchecked: bytes)
  }

  private init(unchecked bytes: [UInt8]) {
    func word(_ start: Int) -> UInt64 {
      bytes[start..<start + 8].reduce(0) { $0 << 8 | UInt64($1) }
    }
    words = (word(0), word(8), word(16), word(24))
  }

  /// Reads 64 hexadecimal digits; `nil` for anything else.
  public init?(hex: String) {
    let digits = hex.utf8.compactMap { byte -> UInt8? in
      switch byte {
      case UInt8(ascii: "0")...UInt8(ascii: "9"): byte - UInt8(ascii: "0")
      case UInt8(ascii: "a")...UInt8(ascii: "f"): byte - UInt8(ascii: "a") + 10
      default: nil
      }
    }
    guard digits.count == 64, hex.utf8.count == 64 else { return nil }
    self.init(unchecked: stride(from: 0, to: 64, by: 2).map { digits[$0] << 4 | digits[$0 + 1] })
  }

  public var bytes: [UInt8] {
    var bytes: [UInt8] = []
    append(to: &bytes)
    return bytes
  }

  private func append(to bytes: inout [UInt8]) {
    let bigEndian = (
      words.0.bigEndian, words.1.bigEndian, words.2.bigEndian, words.3.bigEndian
    )
    withUnsafeBytes(of: bigEndian) { bytes.append(contentsOf: $0) }
  }

  /// 64 lower-case hexadecimal digits.
  public var hex: String {
    String(unsafeUninitializedCapacity: 64) { buffer in
      for (index, byte) in bytes.enumerated() {
        for (offset, digit) in [(0, byte >> 4), (1, byte & 15)] {
          buffer[2 * index + offset] = digit < 10 ? digit + 48 : digit + 87
        }
      }
      return 64
    }
  }

  /// The first 12 digits, for people.
  public var short: String { String(hex.prefix(12)) }
  public var description: String { hex }

  public static func == (a: Digest, b: Digest) -> Bool { a.words == b.words }
  public static func < (a: Digest, b: Digest) -> Bool { a.words < b.words }
  public func hash(into hasher: inout Hasher) { hasher.combine(words.0) }
}

extension Digest: Codable {
  public init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    let hex = try container.decode(String.self)
    guard let digest = Digest(hex: hex) else {
      throw DecodingError.dataCorruptedError(
        in: container, debugDescription: "expected 64 hexadecimal digits")
    }
    self = digest
  }

  public func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(hex)
  }
}
