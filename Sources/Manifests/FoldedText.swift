/// Folded texts (`>`) with lines that are indented deeper do not survive kustomize: it writes them
/// folded again, with one line break too many or too few, and reads that.
enum FoldedText {
  /// What kustomize makes of the value of a folded scalar.
  static func rewritten(_ text: String) -> String {
    let bytes = Array(text.utf8)
    guard isAffected(bytes), isWrittenFolded(bytes) else { return text }
    // What does not read back is left alone.
    guard let node = try? YAML.parse(written(bytes)).first, let result = node["a"]?.string else {
      return text
    }
    return result
  }

  private static func isBlank(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x09 }

  /// Whether any line starts with a blank or the text ends in several breaks.
  private static func isAffected(_ bytes: [UInt8]) -> Bool {
    guard let first = bytes.first, bytes.contains(0x0A) else { return false }
    return isBlank(first) || first == 0x0A || bytes.suffix(2) == [0x0A, 0x0A]
      || bytes.indices.dropFirst().contains { bytes[$0 - 1] == 0x0A && isBlank(bytes[$0]) }
  }

  private static func isWrittenFolded(_ bytes: [UInt8]) -> Bool {
    bytes.withUnsafeBufferPointer { text in
      if text.last == 0x20 { return false }
      for index in text.indices {
        if text[index] & 0xC0 != 0x80, !Printable.isPrintable(text, index) { return false }
        if text[index] == 0x20, index + 1 < text.count, text[index + 1] == 0x0A { return false }
      }
      return true
    }
  }

  /// The text as go-yaml v3 writes it, in which a break that starts a new paragraph is doubled
  /// only while the text as a whole does not start with a blank.
  private static func written(_ bytes: [UInt8]) -> [UInt8] {
    var output = Array("a: >".utf8)
    if let first = bytes.first, first == 0x20 || first == 0x0A { output.append(0x32) }
    if bytes.last != 0x0A {
      output.append(0x2D)
    } else if bytes.count == 1 || bytes[bytes.count - 2] == 0x0A {
      output.append(0x2B)
    }
    output.append(0x0A)
    let firstContent = bytes.first { $0 != 0x0A }
    let doubles = firstContent.map { !isBlank($0) } ?? false
    var afterBreak = true
    var startsBlank = true
    for byte in bytes {
      if byte == 0x0A {
        if !afterBreak, !startsBlank, doubles { output.append(0x0A) }
        output.append(0x0A)
        afterBreak = true
      } else {
        if afterBreak {
          output.append(contentsOf: [0x20, 0x20])
          startsBlank = isBlank(byte)
        }
        output.append(byte)
        afterBreak = false
      }
    }
    if output.last != 0x0A { output.append(0x0A) }
    return output
  }
}
