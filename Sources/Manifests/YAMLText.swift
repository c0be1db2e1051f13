/// The characters of a YAML text: checked before anything else looks at them.
enum YAMLText {
  /// Refuses what is too long, no UTF-8 or not printable, drops a byte order mark, and makes every
  /// line break a line feed.
  static func checked(_ bytes: [UInt8]) throws(YAML.ParseError) -> [UInt8] {
    guard bytes.count <= YAML.maximumSize else {
      throw YAML.ParseError(
        line: 1, column: 1,
        problem: "the text has \(bytes.count) bytes; at most \(YAML.maximumSize) are read")
    }
    let start = bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? 3 : 0
    let scan = bytes.withUnsafeBufferPointer { scanned($0, from: start) }
    if let fault = scan.fault {
      let before = bytes[start..<fault.index]
      let lineStart = before.lastIndex(of: 0x0A).map { $0 + 1 } ?? start
      throw YAML.ParseError(
        line: before.lazy.filter { $0 == 0x0A }.count + 1,
        column: bytes[lineStart..<fault.index].lazy.filter { $0 & 0xC0 != 0x80 }.count + 1,
        problem: fault.problem)
    }
    if !scan.hasCarriageReturn { return start == 0 ? bytes : Array(bytes[start...]) }
    var result: [UInt8] = []
    result.reserveCapacity(bytes.count)
    for index in start..<bytes.count {
      if bytes[index] != 0x0D {
        result.append(bytes[index])
      } else if index + 1 == bytes.count || bytes[index + 1] != 0x0A {
        result.append(0x0A)
      }
    }
    return result
  }

  private struct Scan {
    var hasCarriageReturn = false
    var fault: (index: Int, problem: String)?
  }

  private static func scanned(_ bytes: UnsafeBufferPointer<UInt8>, from start: Int) -> Scan {
    var scan = Scan()
    var index = start
    while index < bytes.count {
      let byte = bytes[index]
      if byte >= 0x20 && byte < 0x7F || byte == 0x0A || byte == 0x09 {
        index += 1
      } else if byte == 0x0D {
        scan.hasCarriageReturn = true
        index += 1
      } else if byte < 0x80 {
        scan.fault = (index, "expected printable characters, found a control character")
        return scan
      } else {
        guard let (code, width) = decode(bytes, at: index) else {
          scan.fault = (index, "expected UTF-8")
          return scan
        }
        let printable =
          code == 0x85 || code >= 0xA0 && code != 0xFEFF && code != 0xFFFE && code != 0xFFFF
        guard printable else {
          scan.fault = (index, "expected printable characters, found a control character")
          return scan
        }
        index += width
      }
    }
    return scan
  }

  /// The code point at `index` and its width, or `nil` when the bytes are no UTF-8.
  private static func decode(
    _ bytes: UnsafeBufferPointer<UInt8>, at index: Int
  ) -> (code: UInt32, width: Int)? {
    let first = bytes[index]
    let width = first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : 2
    guard first >= 0xC2, first <= 0xF4, index + width <= bytes.count else { return nil }
    var code = UInt32(first) & (width == 2 ? 0x1F : width == 3 ? 0x0F : 0x07)
    for offset in 1..<width {
      let byte = bytes[index + offset]
      guard byte & 0xC0 == 0x80 else { return nil }
      code = code << 6 | UInt32(byte & 0x3F)
    }
    let smallest: UInt32 = width == 2 ? 0x80 : width == 3 ? 0x800 : 0x10000
    guard code >= smallest, code <= 0x10FFFF, code & 0xFFFF_F800 != 0xD800 else { return nil }
    return (code, width)
  }
}
