import Manifests
import Testing

@Suite struct YAMLEmitterTests {
  private func emitted(_ node: Node) throws -> String {
    String(decoding: try YAML.serialize(node), as: UTF8.self)
  }

  @Test(arguments: [
    ("plain", "plain"), ("", "\"\""), ("yes", "\"yes\""), ("n", "\"n\""), ("True", "\"True\""),
    ("TrUe", "TrUe"), ("~", "\"~\""), ("null", "\"null\""), ("1", "\"1\""), ("0x1F", "\"0x1F\""),
    ("1_0", "\"1_0\""), ("08", "\"08\""), ("1.5", "\"1.5\""), ("1e400", "1e400"),
    (".inf", "\".inf\""),
    ("12:30", "\"12:30\""), ("12:99", "12:99"), ("2020-01-01", "\"2020-01-01\""),
    ("a: b", "'a: b'"), ("a:", "'a:'"), ("a #b", "'a #b'"), ("a#b", "a#b"), ("- a", "'- a'"),
    ("-a", "-a"),
    ("-", "'-'"), ("?", "'?'"), ("---", "'---'"), ("--", "--"), (" a", "' a'"), ("a ", "'a '"),
    ("it's", "it's"), ("'a", "'''a'"), ("@a", "'@a'"), ("a,b", "a,b"), ("{a", "'{a'"), ("=", "="),
    ("<<", "<<"), ("_1", "_1"), ("a\tb", "\"a\\tb\""), ("a\u{1F600}", "\"a\\U0001F600\""),
    ("é", "é"),
    ("a\u{85}b", "a b"), ("NaN", "NaN"), ("a\r\nb", "\"a\\r\\nb\""), ("\\", "\\"),
    ("\"", "'\"'"),
  ])
  func quotesExactlyWhereKustomizeDoes(text: String, expected: String) throws {
    #expect(try emitted(.object(["a": .string(text)])) == "a: \(expected)\n")
  }

  @Test(arguments: [
    ("x\n", "|\n  x\n"), ("x\ny", "|-\n  x\n  y\n"), ("x\n\n", "|+\n  x\n\n"), ("\n", "|2+\n\n"),
    (" x\ny\n", "|2\n   x\n  y\n"), ("x \ny", "\"x \\ny\"\n"), ("x\n\ny\n", "|\n  x\n\n  y\n"),
    ("x\ny ", "\"x\\ny \"\n"),
  ])
  func writesTextOfSeveralLines(text: String, expected: String) throws {
    #expect(try emitted(.object(["a": .string(text)])) == "a: \(expected)")
  }

  @Test(arguments: [
    ("0644", "420"), ("1_000", "1000"), ("1.0", "1"), ("1e3", "1000"), ("1e20", "1e+20"),
    ("0.0001", "0.0001"), ("0.00001", "1e-05"), ("123456.5", "123456.5"),
    ("1234567.891", "1.234567891e+06"),
    ("18446744073709551616", "1.8446744073709552e+19"), ("-0.5", "-0.5"), ("0x10", "16"),
    ("-5", "-5"),
    ("18446744073709551615", "18446744073709551615"),
    ("2020-01-01 10:00:00", "\"2020-01-01T10:00:00Z\""),
    ("!!binary aGk=", "hi"), ("~", "null"), ("TRUE", "true"),
  ])
  func writesScalarsByTheirMeaning(text: String, expected: String) throws {
    let node = try YAML.parse("a: \(text)\n")[0]
    #expect(try emitted(node) == "a: \(expected)\n")
  }

  @Test func sortsKeysWithNumbersInsideThem() throws {
    let keys = ["a10", "a2", "B", "a", "-x", "file-a", "file1", "file.txt", "file10", "file9"]
    let node = Node.mapping(Mapping(keys.map { Mapping.Pair($0, .int(1)) }))
    let expected = ["-x", "B", "a", "a2", "a10", "file-a", "file.txt", "file1", "file9", "file10"]
    #expect(try emitted(node) == expected.map { "\($0): 1\n" }.joined())
  }

  @Test func keepsListsAtTheColumnOfTheirKey() throws {
    let node = try YAML.parse("a: {b: [x, {k: v, l: [[1, 2], []]}], c: {}}")[0]
    #expect(
      try emitted(node)
        == "a:\n  b:\n  - x\n  - k: v\n    l:\n    - - 1\n      - 2\n    - []\n  c: {}\n")
  }

  @Test func foldsAtTheFirstSpaceBeyondColumnEighty() throws {
    let words = Array(repeating: "word", count: 40).joined(separator: " ")
    let lines = try emitted(.object(["key": .string(words)])).split(separator: "\n")
    #expect(lines[0].count == 84 && lines[1].hasPrefix("  word word"))
    let quoted = try emitted(.object(["key": .string("a: " + words)])).split(separator: "\n")
    #expect(quoted[0].hasPrefix("key: 'a: word") && quoted[1].hasPrefix("  word"))
  }

  @Test func writesLongKeysInTheExplicitForm() throws {
    let key = String(repeating: "k", count: 129)
    #expect(try emitted(.object(["a": .object([key: .int(1)])])) == "a:\n  ? \(key)\n  : 1\n")
  }

  @Test func refusesWhatJSONCannotHold() throws {
    for text in ["a: .nan", "a: {1: x}", "a: {true: x}", "a: !!binary '%'"] {
      let node = try YAML.parse(text)[0]
      #expect(throws: YAML.SerializeError.self) { try YAML.serialize(node) }
    }
  }
}

@Suite struct YAMLRoundTripTests {
  private func again(_ text: String) throws -> String {
    String(decoding: try YAML.serialize(try YAML.parse(text)[0]), as: UTF8.self)
  }

  @Test func addsABreakToFoldedTextWithDeeperLines() throws {
    #expect(try again("c: >\n x\n  y\n z\n") == "c: |\n  x\n\n   y\n  z\n")
    #expect(try again("c: >\n x\n y\n\n z\n") == "c: |\n  x y\n  z\n")
    #expect(try again("c: >+\n\n") == "c: |2+\n\n")
  }

  @Test func writesMissingValuesOfFlowMappingsAsEmptyStrings() throws {
    #expect(try again("a: {x, y: }\nb:\n") == "a:\n  x: \"\"\n  \"y\": \"\"\nb: null\n")
  }
}
