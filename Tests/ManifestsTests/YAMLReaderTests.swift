import Manifests
import Testing

@Suite struct YAMLReaderTests {
  private func json(_ text: String, _ dialect: YAML.Dialect = .resource) throws -> String {
    try YAML.parse(text, dialect: dialect)
      .map { String(decoding: JSON.serialize($0), as: UTF8.self) }.joined(separator: " | ")
  }

  @Test(
    arguments: [
      (
        "a: 1\nb:\n- x\n- y: z\n  w: [1, {k: v}]\n",
        #"{"a":1,"b":["x",{"y":"z","w":[1,{"k":"v"}]}]}"#
      ),
      ("- - a\n  - b\n- c\n", #"[["a","b"],"c"]"#),
      ("a:\n  - b\nc: d\n", #"{"a":["b"],"c":"d"}"#),
      ("a: |\n  x\n   y\n\nb: >-\n  x\n  y\n\n  z\n", #"{"a":"x\n y\n","b":"x y\nz"}"#),
      ("a: |+\n  x\n\nb: |2-\n   x\n", #"{"a":"x\n\n","b":" x"}"#),
      ("a: x\n  y\n\n  z\nb: 'it''s'\n", #"{"a":"x y\nz","b":"it's"}"#),
      ("a: \"x\\ty\\u00e9 \\\n   z\n  w\"\n", "{\"a\":\"x\\tyé z w\"}"),
      ("? a\n: b\n? c\n", #"{"a":"b","c":null}"#),
      ("a: &x {k: v}\nb: *x\n", #"{"a":{"k":"v"},"b":{"k":"v"}}"#),
      ("x: &x {a: 1, b: 2}\ny:\n  <<: *x\n  b: 3\n", #"{"x":{"a":1,"b":2},"y":{"a":1,"b":3}}"#),
      ("a: !!str 1\nb: !custom x\nc: !!int 3\n", #"{"a":"1","b":"x","c":3}"#),
      ("a:\nb: ~\nc: null\n", #"{"a":null,"b":null,"c":null}"#),
      ("{\"a\":1,\"b\":[true,null]}", #"{"a":1,"b":[true,null]}"#),
      ("[a: b, c]", #"[{"a":"b"},"c"]"#),
      ("a: b # comment\n# all\nc: 'd' # e\n", #"{"a":"b","c":"d"}"#),
      ("--- x\n---\ny: 1\n...\n---\n# none\n", #""x" | {"y":1} | null"#),
      ("a: http://x:80/#y\nb: -1\nc: a:b\n", #"{"a":"http://x:80/#y","b":-1,"c":"a:b"}"#),
      ("&k a: &v b\nc: *v\n*k : d\n", nil as String?),
      ("\"a b\": 1\n'c': 2\n", #"{"a b":1,"c":2}"#),
      ("a:\n  \n  # c\n  b: 1\n", #"{"a":{"b":1}}"#),
      ("a: [\n  x,\n  y z,\n]\n", #"{"a":["x","y z"]}"#),
      ("a: {x: 1,\n  y: }\n", #"{"a":{"x":1,"y":null}}"#),
      ("a\r\n", #""a""#),
      ("\u{FEFF}a: 1\r\nb: 2\r\n", #"{"a":1,"b":2}"#),
      ("", ""), ("# only\n", ""),
      (
        "a: &anchor\n  b: 1\nc:\n  <<: [*anchor, {b: 2, d: 3}]\n",
        #"{"a":{"b":1},"c":{"b":1,"d":3}}"#
      ),
    ] as [(String, String?)])
  func readsTheFormsOfYAML(text: String, expected: String?) throws {
    if let expected {
      #expect(try json(text) == expected)
    } else {
      #expect(throws: YAML.ParseError.self) { try json(text) }
    }
  }

  @Test(arguments: [
    ("yes", ScalarTag.string, ScalarTag.bool), ("on", .string, .bool), ("n", .string, .bool),
    ("0644", .int, .int), ("08", .float, .float), ("0o17", .int, .int), ("1_000", .int, .int),
    ("12:30", .string, .string), ("2020-01-01", .timestamp, .string), (".5", .float, .float),
    ("1e3", .float, .float), ("1e400", .string, .string), ("~", .null, .null),
    (".inf", .float, .float),
    ("-.inf", .float, .float), ("+.nan", .string, .string), ("TrUe", .string, .string),
    ("TRUE", .bool, .bool), ("0x1F", .int, .int), ("18446744073709551615", .int, .int),
    ("18446744073709551616", .float, .float), ("-", .string, .string), ("1.2.3", .string, .string),
    ("2001-02-30", .string, .string), ("2001-12-14t21:59:43.10-05:00", .timestamp, .string),
  ])
  func resolvesPlainScalarsByDialect(text: String, resource: ScalarTag, yaml11: ScalarTag) throws {
    let place = text == "-" ? "a: '-'" : "a: \(text)"
    #expect(try YAML.parse(place)[0]["a"]?.scalar?.tag == resource)
    #expect(try YAML.parse(place, dialect: .yaml11)[0]["a"]?.scalar?.tag == yaml11)
  }

  @Test(arguments: [
    ("a: b: c\n", 1, 5), ("a: 'x\n", 1, 4), ("a:\n\tb: 1\n", 2, 1), ("a: 1\na: 2\n", 1, 1),
    ("a: *nope\n", 1, 4), ("a:\n  b: 1\n c: 2\n", 3, 2), ("- a\nb: 1\n", 2, 1),
    ("a: [1, 2\n", 1, 4),
    ("a: @x\n", 1, 4), ("%YAML 1.1\n---\na: 1\n", 1, 1), ("a: \"\\q\"\n", 1, 5),
    ("é: 1\nb\u{7}: 1\n", 2, 2),
    ("{a: 1}: b\n", 1, 7), ("a: 1\n<<: 3\n", 1, 1), ("key without colon\nb: 1\n", 2, 2),
  ])
  func namesThePlaceOfAFault(text: String, line: Int, column: Int) {
    let error = #expect(throws: YAML.ParseError.self) { try YAML.parse(text) }
    #expect(error?.line == line && error?.column == column, "\(String(describing: error))")
  }

  @Test func keepsTheLastOfDuplicateKeysWhereAskedTo() throws {
    let nodes = try YAML.parse("a: 1\nb: 2\na: 3\n", duplicateKeys: .lastWins)
    #expect(String(decoding: JSON.serialize(nodes[0]), as: UTF8.self) == #"{"b":2,"a":3}"#)
  }

  @Test func locatesKeysAndValuesAndReportsDuplicates() throws {
    let text = "é: 1\nspec:\n  - name: x # c\n    n: [1, 2]\n  -  {k: v}\nspec: again\n"
    let root = try #require(try YAML.parseLocated(text).first?.mapping)
    #expect(root.entries[0].value.position == YAML.Position(line: 1, column: 4))
    #expect(root.entries[1].keyPosition == YAML.Position(line: 2, column: 1))
    let items = try #require(root["spec"]?.sequence)
    let first = try #require(items[0].mapping)
    #expect(first.entries[0].value.position == YAML.Position(line: 3, column: 11))
    #expect(first.entries[1].value.sequence?[1].position == YAML.Position(line: 4, column: 12))
    #expect(items[1].position == YAML.Position(line: 5, column: 6))
    #expect(root.duplicates.map(\.keyPosition) == [YAML.Position(line: 6, column: 1)])
  }

  @Test func refusesAnAliasBomb() {
    var text = "a0: &a0 [x, x, x, x, x, x, x, x, x]\n"
    for level in 1..<40 {
      text +=
        "a\(level): &a\(level) ["
        + Array(repeating: "*a\(level - 1)", count: 9).joined(separator: ", ") + "]\n"
    }
    #expect(throws: YAML.ParseError.self) { try YAML.parse(text) }
    #expect(throws: YAML.ParseError.self) { try YAML.parseLocated(text) }
  }

  @Test(arguments: ["[", "{a: ", "- ", "? ", "&a ", "!!x ", "a: ["])
  func refusesNestingTenThousandDeep(piece: String) {
    let text = String(repeating: piece, count: 10_000)
    #expect(throws: YAML.ParseError.self) { try YAML.parse(text) }
  }

  @Test func refusesDepthByIndentation() {
    let lines = (0..<1000).map { String(repeating: " ", count: $0) + "a:\n" }.joined()
    #expect(throws: YAML.ParseError.self) { try YAML.parse(lines) }
  }

  @Test func refusesDepthBuiltOfAliases() {
    var text = "a0: &a0 x\n"
    for level in 1..<100 {
      text +=
        "a\(level): &a\(level) " + String(repeating: "[", count: 20) + "*a\(level - 1)"
        + String(repeating: "]", count: 20) + "\n"
    }
    #expect(throws: YAML.ParseError.self) { try YAML.parse(text) }
  }

  @Test func refusesFiftyMegabytes() {
    let text = [UInt8](repeating: UInt8(ascii: "a"), count: 50_000_000)
    #expect(throws: YAML.ParseError.self) { try YAML.parse(text) }
  }
}
