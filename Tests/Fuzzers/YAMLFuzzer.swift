import Manifests

/// libFuzzer's entry: whatever the reader accepts and the writer can write reads back as the same
/// text, in both dialects.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzz(_ start: UnsafePointer<UInt8>?, _ count: Int) -> Int32 {
  let bytes = Array(UnsafeBufferPointer(start: start, count: count))
  for dialect in [YAML.Dialect.resource, .yaml11] {
    // A text that is refused is no finding.
    guard let nodes = try? YAML.parse(bytes, dialect: dialect) else { continue }
    for node in nodes {
      // Nor is one that has no written form.
      guard let first = try? YAML.serialize(node), !OddLineBreaks.occur(in: first) else { continue }
      guard let again = try? YAML.parse(first), again.count == 1,
        let second = try? YAML.serialize(again[0])
      else { preconditionFailure("what was written does not read back") }
      precondition(first == second, "what was written reads back as something else")
    }
  }
  return 0
}
