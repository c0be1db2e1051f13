/// Forms of texts that API servers check while they decode.
enum ScalarForms {
  /// Whether a server reads `text` as a quantity: a decimal number with a binary or decimal suffix
  /// or an exponent (`resource.ParseQuantity` of k8s.io/apimachinery).
  static func isQuantity(_ text: String) -> Bool {
    var bytes = Array(text.utf8)[...]
    if let sign = bytes.first, sign == UInt8(ascii: "+") || sign == UInt8(ascii: "-") {
      bytes.removeFirst()
    }
    let whole = digits(&bytes)
    var fraction = 0
    if bytes.first == UInt8(ascii: ".") {
      bytes.removeFirst()
      fraction = digits(&bytes)
    }
    guard whole + fraction > 0 else { return false }
    if suffixes.contains(Array(bytes)) { return true }
    guard let mark = bytes.popFirst(), mark | 0x20 == UInt8(ascii: "e") else { return false }
    if let sign = bytes.first, sign == UInt8(ascii: "+") || sign == UInt8(ascii: "-") {
      bytes.removeFirst()
    }
    return digits(&bytes) > 0 && bytes.isEmpty
  }

  private static let suffixes: Set<[UInt8]> = Set(
    ["", "n", "u", "m", "k", "M", "G", "T", "P", "E", "Ki", "Mi", "Gi", "Ti", "Pi", "Ei"].map {
      Array($0.utf8)
    })

  private static func digits(_ bytes: inout ArraySlice<UInt8>) -> Int {
    let count = bytes.prefix { UInt8(ascii: "0")...UInt8(ascii: "9") ~= $0 }.count
    bytes.removeFirst(count)
    return count
  }

  /// Whether a server reads `text` as base64: the standard alphabet with padding; line breaks are
  /// left out.
  static func isBase64(_ text: String) -> Bool {
    var count = 0
    var padding = 0
    for byte in text.utf8 where byte != UInt8(ascii: "\n") && byte != UInt8(ascii: "\r") {
      count += 1
      switch byte {
      case UInt8(ascii: "="): padding += 1
      case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"),
        UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "+"), UInt8(ascii: "/"):
        guard padding == 0 else { return false }
      default: return false
      }
    }
    return count % 4 == 0 && padding <= 2
  }
}
