/// The order in which kustomize writes mapping keys: numbers inside keys count as numbers, and
/// letters come after everything else.
enum YAMLKeyOrder {
  static func sorted(_ pairs: [Mapping.Pair]) -> [Mapping.Pair] {
    if pairs.count < 2 { return pairs }
    let isSorted = pairs.indices.dropFirst().allSatisfy { index in
      !precedes(pairs[index].key, pairs[index - 1].key)
    }
    if isSorted { return pairs }
    return pairs.sorted { precedes($0.key, $1.key) }
  }

  static func precedes(_ a: String, _ b: String) -> Bool {
    // Lower-case and upper-case words, which most keys are, need no more than their bytes.
    var first = a
    var second = b
    return first.withUTF8 { x in second.withUTF8 { y in precedes(x, y) } }
  }

  private static func isLetter(_ byte: UInt8) -> Bool { (byte | 0x20) &- 97 < 26 }

  private static func precedes(
    _ a: UnsafeBufferPointer<UInt8>, _ b: UnsafeBufferPointer<UInt8>
  ) -> Bool {
    let shared = min(a.count, b.count)
    var index = 0
    while index < shared, a[index] == b[index] { index += 1 }
    if index == shared { return a.count < b.count }
    if a[index] < 0x80, b[index] < 0x80 {
      let aIsLetter = isLetter(a[index])
      let bIsLetter = isLetter(b[index])
      if aIsLetter && bIsLetter { return a[index] < b[index] }
      if aIsLetter || bIsLetter { return bIsLetter }
    }
    return precedes(
      Array(String(decoding: a, as: UTF8.self).unicodeScalars),
      Array(String(decoding: b, as: UTF8.self).unicodeScalars))
  }

  /// go-yaml's comparison, character by character, at the first difference.
  private static func precedes(_ a: [Unicode.Scalar], _ b: [Unicode.Scalar]) -> Bool {
    let shared = min(a.count, b.count)
    guard let index = (0..<shared).first(where: { a[$0] != b[$0] }) else {
      return a.count < b.count
    }
    let aIsLetter = a[index].properties.isAlphabetic
    let bIsLetter = b[index].properties.isAlphabetic
    if aIsLetter && bIsLetter { return a[index] < b[index] }
    if aIsLetter || bIsLetter { return bIsLetter }
    var aNumber: Int64 = 0
    var bNumber: Int64 = 0
    if a[index] == "0" || b[index] == "0" {
      var back = index - 1
      while back >= 0, isDigit(a[back]) {
        if a[back] != "0" {
          aNumber = 1
          bNumber = 1
          break
        }
        back -= 1
      }
    }
    var aEnd = index
    while aEnd < a.count, isDigit(a[aEnd]) {
      aNumber = aNumber &* 10 &+ Int64(a[aEnd].value) &- 48
      aEnd += 1
    }
    var bEnd = index
    while bEnd < b.count, isDigit(b[bEnd]) {
      bNumber = bNumber &* 10 &+ Int64(b[bEnd].value) &- 48
      bEnd += 1
    }
    if aNumber != bNumber { return aNumber < bNumber }
    if aEnd != bEnd { return aEnd < bEnd }
    return a[index] < b[index]
  }

  private static func isDigit(_ scalar: Unicode.Scalar) -> Bool {
    scalar.properties.generalCategory == .decimalNumber
  }
}
