internal import CLibgit2

/// The id of a Git object as libgit2 has it: 20 bytes.
struct ObjectID: Hashable, Sendable {
  private let first: UInt64
  private let second: UInt64
  private let third: UInt32

  init(_ oid: git_oid) {
    (first, second, third) = withUnsafeBytes(of: oid) {
      (
        $0.loadUnaligned(as: UInt64.self), $0.loadUnaligned(fromByteOffset: 8, as: UInt64.self),
        $0.loadUnaligned(fromByteOffset: 16, as: UInt32.self)
      )
    }
  }

  /// Reads 40 hexadecimal digits of either case.
  init?(hex: some StringProtocol) {
    var oid = git_oid()
    let digits = Array(hex.utf8)
    guard digits.count == 40 else { return nil }
    let complete = withUnsafeMutableBytes(of: &oid) { bytes in
      for index in 0..<20 {
        guard let high = nibble(digits[2 * index]), let low = nibble(digits[2 * index + 1]) else {
          return false
        }
        bytes[index] = high << 4 | low
      }
      return true
    }
    guard complete else { return nil }
    self.init(oid)
  }

  var raw: git_oid {
    var oid = git_oid()
    withUnsafeMutableBytes(of: &oid) {
      $0.storeBytes(of: first, as: UInt64.self)
      $0.storeBytes(of: second, toByteOffset: 8, as: UInt64.self)
      $0.storeBytes(of: third, toByteOffset: 16, as: UInt32.self)
    }
    return oid
  }

  var hex: String {
    let digits = StaticDigits.lowercase
    return withUnsafeBytes(of: raw) { bytes in
      String(unsafeUninitializedCapacity: 40) { buffer in
        for index in 0..<20 {
          buffer[2 * index] = digits[Int(bytes[index] >> 4)]
          buffer[2 * index + 1] = digits[Int(bytes[index] & 15)]
        }
        return 40
      }
    }
  }
}

private enum StaticDigits {
  static let lowercase = Array("0123456789abcdef".utf8)
}

private func nibble(_ digit: UInt8) -> UInt8? {
  switch digit {
  case UInt8(ascii: "0")...UInt8(ascii: "9"): digit - UInt8(ascii: "0")
  case UInt8(ascii: "a")...UInt8(ascii: "f"): digit - UInt8(ascii: "a") + 10
  case UInt8(ascii: "A")...UInt8(ascii: "F"): digit - UInt8(ascii: "A") + 10
  default: nil
  }
}

/// The id of a commit: 40 lowercase hexadecimal digits (SHA-1).
public struct CommitID: Hashable, Sendable, Codable, CustomStringConvertible {
  let object: ObjectID

  init(_ object: ObjectID) { self.object = object }

  /// Reads a full id; `nil` unless `hex` is exactly 40 hexadecimal digits.
  public init?(_ hex: String) {
    guard let object = ObjectID(hex: hex) else { return nil }
    self.object = object
  }

  /// All 40 digits.
  public var hex: String { object.hex }

  /// The first 12 digits, for people.
  public var short: String { String(hex.prefix(12)) }

  public var description: String { hex }

  public init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    let text = try container.decode(String.self)
    guard let object = ObjectID(hex: text) else {
      throw DecodingError.dataCorruptedError(
        in: container, debugDescription: "expected 40 hexadecimal digits of a commit id")
    }
    self.object = object
  }

  public func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(hex)
  }
}
