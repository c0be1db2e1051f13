import FleetSimulation
import FoundationEssentials
import Testing

@testable import RolloutEngine

/// Any JSON, as an encoder is told it.
private indirect enum Value: Codable, Equatable {
  case null
  case flag(Bool)
  case number(Int)
  case text(String)
  case list([Value])
  case members([String: Value])

  static func random(depth: Int, using random: inout SeededRandom) -> Value {
    switch Int.random(in: 0..<(depth > 0 ? 7 : 4), using: &random) {
    case 0: .null
    case 1: .flag(Bool.random(using: &random))
    case 2: .number(Int.random(in: -1_000_000...1_000_000_000_000, using: &random))
    case 3: .text(text(using: &random))
    case 4:
      .list(
        (0..<Int.random(in: 0...4, using: &random)).map { _ in
          Value.random(depth: depth - 1, using: &random)
        })
    default:
      .members(
        Dictionary(
          (0..<Int.random(in: 0...14, using: &random)).map { number in
            ("k\(number)x\(random.next() % 50)", Value.random(depth: depth - 1, using: &random))
          }, uniquingKeysWith: { first, _ in first }))
    }
  }

  private static func text(using random: inout SeededRandom) -> String {
    let parts = [
      "a", "\"", "\\", "/", "\n", "\r", "\t", "\u{1}", "\u{1f}", "ü", "日", "𝄞", " ", "{",
    ]
    return (0..<Int.random(in: 0...20, using: &random)).map { _ in
      parts.randomElement(using: &random) ?? ""
    }.joined()
  }

  init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    self =
      if container.decodeNil() {
        .null
      } else if let flag = try? container.decode(Bool.self) {  // tells what it is
        .flag(flag)
      } else if let number = try? container.decode(Int.self) {  // tells what it is
        .number(number)
      } else if let text = try? container.decode(String.self) {  // tells what it is
        .text(text)
      } else if let list = try? container.decode([Value].self) {  // tells what it is
        .list(list)
      } else {
        .members(try container.decode([String: Value].self))
      }
  }

  func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    switch self {
    case .null: try container.encodeNil()
    case .flag(let flag): try container.encode(flag)
    case .number(let number): try container.encode(number)
    case .text(let text): try container.encode(text)
    case .list(let list): try container.encode(list)
    case .members(let members): try container.encode(members)
    }
  }
}

/// Encodes itself by all the ways that `Encoder` offers.
private struct Ways: Encodable {
  enum Key: String, CodingKey { case zeta, alpha, nested, list, up, base, nothing }

  func encode(to encoder: any Encoder) throws {
    var members = encoder.container(keyedBy: Key.self)
    try members.encode(1.5, forKey: .zeta)
    var nested = members.nestedContainer(keyedBy: Key.self, forKey: .nested)
    var list = members.nestedUnkeyedContainer(forKey: .list)
    try list.encodeNil()
    try nested.encode(UInt8(7), forKey: .zeta)
    try list.encode("one")
    try nested.encode(true, forKey: .alpha)
    var inner = list.nestedUnkeyedContainer()
    try inner.encode(-1)
    var object = list.nestedContainer(keyedBy: Key.self)
    try object.encode("b", forKey: .base)
    try 3.encode(to: list.superEncoder())
    try members.encodeNil(forKey: .nothing)
    try "s".encode(to: members.superEncoder(forKey: .up))
    try Int64.max.encode(to: members.superEncoder())
    // A second container of one value goes on with its object.
    var more = encoder.container(keyedBy: Key.self)
    try more.encode([String](), forKey: .alpha)
    try more.encode([String: Int](), forKey: .base)
  }
}

@Suite struct CanonicalEncoderTests {
  @Test func anyValueIsWrittenAsFoundationWritesItAndReadBack() throws {
    let seed = UInt64.random(in: 0...UInt64.max)
    var random = SeededRandom(seed: seed)
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    for round in 0..<300 {
      let value = Value.members(["value": .random(depth: 3, using: &random)])
      let text = CanonicalJSON.encode(value)
      #expect(try text == Array(encoder.encode(value)), "seed \(seed) round \(round)")
      #expect(
        try CanonicalJSON.decode(Value.self, from: text) == value, "seed \(seed) round \(round)")
    }
  }

  @Test func allContainersOfAnEncoderEndInOneOrderedObject() {
    #expect(
      String(decoding: CanonicalJSON.encode(Ways()), as: UTF8.self)
        == #"{"alpha":[],"base":{},"list":[null,"one",[-1],{"base":"b"},3],"#
        + #""nested":{"alpha":true,"zeta":7},"nothing":null,"super":9223372036854775807,"#
        + #""up":"s","zeta":1.5}"#)
  }

  /// Foundation has shorter forms of these two; logs have had these from the first version on.
  @Test func controlCharactersAreWrittenByNumber() {
    #expect(
      String(decoding: CanonicalJSON.encode("\u{8}\u{c}\u{7f}"), as: UTF8.self)
        == "\"\\u0008\\u000c\u{7f}\"")
  }
}
