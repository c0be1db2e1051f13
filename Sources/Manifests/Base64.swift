/// Base64 with the standard alphabet (RFC 4648).
public enum Base64 {
  private static let alphabet = Array(
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)

  private static let values: [UInt8] = {
    var table = [UInt8](repeating: 0xFF, count: 256)
    for (value, byte) in alphabet.enumerated() { table[Int(byte)] = UInt8(value) }
    return table
  }()

  /// Padded text without line breaks.
  public static func encode(_ bytes: [UInt8]) -> String {
    var text: [UInt8] = []
    text.reserveCapacity((bytes.count + 2) / 3 * 4)
    var index = 0
    while index < bytes.count {
      let rest = bytes.count - index
      let group =
        UInt32(bytes[index]) << 16 | (rest > 1 ? UInt32(bytes[index + 1]) << 8 : 0)
        | (rest > 2 ? UInt32(bytes[index + 2]) : 0)
      text.append(alphabet[Int(group >> 18)])
      text.append(alphabet[Int(group >> 12 & 63)])
      text.append(rest > 1 ? alphabet[Int(group >> 6 & 63)] : 0x3D)
      text.append(rest > 2 ? alphabet[Int(group & 63)] : 0x3D)
      index += 3
    }
    return String(decoding: text, as: UTF8.self)
  }

  /// The bytes of a padded text, in which line breaks are ignored; `nil` for anything else.
  public static func decode(_ text: String) -> [UInt8]? {
    var bytes: [UInt8] = []
    var group: UInt32 = 0
    var count = 0
    var padding = 0
    for byte in text.utf8 {
      if byte == 0x0A || byte == 0x0D { continue }
      if byte == 0x3D {
        padding += 1
        count += 1
        group <<= 6
      } else {
        guard values[Int(byte)] != 0xFF, padding == 0 else { return nil }
        group = group << 6 | UInt32(values[Int(byte)])
        count += 1
      }
      if count == 4 {
        guard padding <= 2 else { return nil }
        bytes.append(UInt8(group >> 16 & 0xFF))
        if padding < 2 { bytes.append(UInt8(group >> 8 & 0xFF)) }
        if padding < 1 { bytes.append(UInt8(group & 0xFF)) }
        group = 0
        count = 0
      }
    }
    return count == 0 ? bytes : nil
  }
}
