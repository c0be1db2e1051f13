/// The order of texts by their UTF-8 bytes: that of Go's strings and of canonical JSON.
package enum ByteOrder {
  /// Whether `a` comes before `b`.
  package static func precedes(_ a: String, _ b: String) -> Bool {
    // Most texts differ in their first byte, which costs no access to the others.
    if let x = a.utf8.first, let y = b.utf8.first, x != y { return x < y }
    var (first, second) = (a, b)
    return first.withUTF8 { x in second.withUTF8 { y in precedes(x, y) } }
  }

  @inline(__always)
  static func precedes(_ a: UnsafeBufferPointer<UInt8>, _ b: UnsafeBufferPointer<UInt8>) -> Bool {
    let shared = min(a.count, b.count)
    var index = 0
    while index < shared {
      if a[index] != b[index] { return a[index] < b[index] }
      index += 1
    }
    return a.count < b.count
  }
}
