import Manifests
import Testing

/// A small generator whose runs repeat from their seed (SplitMix64).
struct SeededGenerator: RandomNumberGenerator {
  var state: UInt64

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }
}

@Suite struct YAMLPropertyTests {
  private static let pieces = [
    "a", "b: ", "- ", "\n", "\n  ", "\n    ", "'", "\"", "{", "}", "[", "]", ",", ": ", "#", " #",
    "|",
    ">-", "&x ", "*x", "!!int ", "? ", "---\n", "...", "\\", "é", "😀", "\t", "1", "0x", "<<: ",
    "yes", "~",
    "\r\n", "%", "@", " ",
  ]
  /// Line breaks of Unicode, which kustomize does not write so that they read back.
  private static let oddPieces = pieces + ["\u{85}", "\u{2028}"]

  private func text(
    _ generator: inout SeededGenerator, from pieces: [String] = pieces
  ) -> String {
    (0..<Int.random(in: 0...12, using: &generator))
      .map { _ in pieces.randomElement(using: &generator) ?? "" }.joined()
  }

  private func node(_ depth: Int, _ generator: inout SeededGenerator) -> Node {
    switch Int.random(in: 0...(depth > 4 ? 3 : 6), using: &generator) {
    case 0: return .int(Int.random(in: -1000...1000, using: &generator))
    case 1: return .bool(Bool.random(using: &generator))
    case 2: return .null
    case 3, 4: return .string(text(&generator).replacing("\r", with: ""))
    case 5:
      return .sequence(
        (0..<Int.random(in: 0...3, using: &generator)).map { _ in node(depth + 1, &generator) })
    default:
      var mapping = Mapping()
      for _ in 0..<Int.random(in: 0...4, using: &generator) {
        mapping[text(&generator)] = node(depth + 1, &generator)
      }
      return .mapping(mapping)
    }
  }

  @Test func whatIsWrittenReadsBackEqual() throws {
    let seed = UInt64.random(in: 0...UInt64.max)
    var generator = SeededGenerator(state: seed)
    for round in 0..<2000 {
      let node = node(0, &generator)
      let bytes = try YAML.serialize(node)
      let text = String(decoding: bytes, as: UTF8.self)
      let again = try YAML.parse(bytes)
      #expect(again == [node], "seed \(seed) round \(round)\n\(text)")
    }
  }

  @Test func anyBytesAreReadOrRefused() {
    let seed = UInt64.random(in: 0...UInt64.max)
    var generator = SeededGenerator(state: seed)
    for round in 0..<20_000 {
      var bytes = Array((0..<4).map { _ in text(&generator, from: Self.oddPieces) }.joined().utf8)
      if round % 3 == 0, !bytes.isEmpty {
        for _ in 0..<3 {
          bytes[Int.random(in: 0..<bytes.count, using: &generator)] = UInt8.random(
            in: 0...255, using: &generator)
        }
      }
      let plain = Result { try YAML.parse(bytes, duplicateKeys: .lastWins) }
      let located = Result { try YAML.parseLocated(bytes) }
      switch (plain, located) {
      case (.success(let a), .success(let b)):
        #expect(a.count == b.count, "seed \(seed) round \(round): \(bytes)")
        for node in a {
          // Output may be refused (NaN, keys that are no strings) and must not crash.
          _ = try? YAML.serialize(node)
        }
      case (.failure, .failure): break
      default: Issue.record("readers disagree; seed \(seed) round \(round): \(bytes)")
      }
    }
  }
}
