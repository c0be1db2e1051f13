import CommonExpressions
import Manifests
import Testing

/// What expressions come to, feature by feature as the conformance tests of cel-spec have them.
struct EvaluationTests {
  /// A variable of every kind that JSON has.
  static let object = """
    apiVersion: example.test/v1
    kind: Widget
    metadata: {name: w, generation: 3, labels: {app.kubernetes.io/name: shop}}
    spec: {replicas: 2, ratio: 0.5, huge: 18446744073709551615, none: null, paused: false}
    status:
      phase: Running
      conditions:
        - {type: Ready, status: 'True', reason: Fine}
        - {type: Synced, status: 'False', reason: Broken, message: no way}
      replicas: {ready: 2, wanted: 2}
      empty: []
    results: [1, 2, 3]
    """

  private func holds(_ text: String) throws -> Bool {
    let object = try #require(try YAML.parse(Self.object).first)
    return try CommonExpression(parsing: text).isTrue(for: object)
  }

  @Test(arguments: [
    // Literals
    "1 == 0x1", "-9223372036854775808 < 0", "0xFFu == 255u", "1.5e1 == 15.0", ".5 == 0.5",
    "'a' == \"a\"", "r'\\n' == '\\\\n'", "'\\x41\\u0042\\U00000043\\104' == 'ABCD'",
    "'''a\n'b'\"''' == 'a\\n\\'b\\'\"'", "size('\\U0001F600é') == 2", "[1, 2,] == [1, 2]",
    "{'a': 1, 2: 'b'}[2] == 'b'", "null == null", "size({}) == 0 && size([]) == 0",
    "true // and nothing else",
    // Arithmetic
    "2 + 3 * 4 == 14", "(2 + 3) * 4 == 20", "7 / 2 == 3 && -7 / 2 == -3", "-7 % 3 == -1",
    "7u / 2u == 3u", "1.0 / 0.0 > 1e300", "'a' + 'b' == 'ab'", "[1] + [2] == [1, 2]",
    "10 - 3 - 2 == 5", "--5 == 5", "-(-5) == 5", "!!true",
    // Comparisons
    "1 < 2 && 2 <= 2 && 3 > 2 && 3 >= 3", "1 < 2u && 1u < 1.5 && 2.0 == 2 && 2u == 2",
    "9223372036854775807 < 9223372036854775808.0", "18446744073709551615u > -1",
    "'a' < 'b' && 'Z' < 'a' && 'a' < 'ab'", "'\\u00e9' != 'e\\u0301'", "false < true",
    "1 != 'a' && [1] != {} && null != 0", "0.0 / 0.0 != 0.0 / 0.0", "!(0.0 / 0.0 < 1.0)",
    "[1, [2u]] == [1.0, [2]]", "{'a': 1} == {'a': 1.0}", "{'a': 1} != {'b': 1}",
    "{1: 'a'}[1.0] == 'a' && {1u: 'a'}[1] == 'a'",
    // Logic absorbs errors
    "true || 1 / 0 == 1", "1 / 0 == 1 || true", "!(false && 1 / 0 == 1)", "!(1 / 0 == 1 && false)",
    "'x' == 'x' || 3", "3 || true", "status.nothing.at.all || true",
    "true ? true : 1 / 0 == 1", "false ? 1 / 0 == 1 : true",
    // Membership and indices
    "2 in [1, 2, 3]", "!(4 in [1, 2, 3])", "2.0 in [1, 2]", "'a' in {'a': 1}", "!('b' in {'a': 1})",
    "'name' in metadata", "[1, 2, 3][1] == 2", "[1, 2][0u] == 1", "[1, 2][1.0] == 2",
    "metadata.labels['app.kubernetes.io/name'] == 'shop'",
    // Fields
    "spec.replicas == 2", "spec.ratio == 0.5", "spec.huge > 9223372036854775807",
    "spec.none == null", "has(spec.none)", "has(status.phase)", "!has(status.nothing)",
    ".results == [1, 2, 3]", "metadata.generation == 3", "kind == 'Widget'", "!spec.paused",
    "has({'a': {'b': 1}}.a.b)", "{'namespace': 1}.namespace == 1",
    // Conversions
    "int('42') == 42 && int(4.9) == 4 && int(-4.9) == -4 && int(7u) == 7",
    "uint(7) == 7u && uint('7') == 7u", "double(3) == 3.0 && double('1e3') == 1000.0",
    "string(42) == '42' && string(1.5) == '1.5' && string(true) == 'true' && string(7u) == '7'",
    "bool('true') && !bool('False') && bool('1')", "dyn(1) == 1",
    "type(1) == int && type('') == string && type([]) == list && type({}) == map",
    "type(null) == null_type && type(type(1)) == type && type(1u) == uint && type(1.0) == double",
    // Strings
    "'hello'.startsWith('he') && 'hello'.endsWith('lo') && 'hello'.contains('ell')",
    "'hello'.contains('') && ''.startsWith('')", "!'ababab'.contains('abb')",
    "'abababc'.contains('ababc')", "'hello'.size() == 5 && size('héllo') == 5",
    // Macros
    "[1, 2, 3].exists(x, x == 2)", "!([].exists(x, true))", "[].all(x, false)",
    "[1, 2].all(x, x > 0)", "[1, 2, 3].exists_one(x, x > 2)", "![1, 2].existsOne(x, x > 0)",
    "[1, 2, 3].filter(x, x > 1) == [2, 3]", "[1, 2].map(x, x * 2) == [2, 4]",
    "[1, 2, 3].map(x, x > 1, x * 10) == [20, 30]", "{'a': 1, 'b': 2}.exists(k, k == 'b')",
    "{'a': 1}.map(k, k) == ['a']", "[[1, 2], [3]].map(x, x.map(x, x + 1)) == [[2, 3], [4]]",
    "[0, 1].exists(x, 1 / x == 1)", "[1, 0].exists(x, 1 / x == 1)",
    "![0, 2].all(x, 4 / x == 1)", "status.conditions.exists(c, c.type == 'Ready')",
    "status.conditions.filter(c, c.type == 'Synced').all(c, c.message == 'no way')",
    "['status'].exists(status, status == 'status')",
    "[1].exists(kind, kind == 1 && .kind == 'Widget')",
    // Optional values
    "status.?phase.orValue('') == 'Running'", "status.?nothing.orValue([]).all(c, false)",
    "!status.?nothing.hasValue()", "status.?nothing.deeper.orValue(1) == 1",
    "status.?replicas.ready.value() == 2", "status.conditions[?9].orValue({}) == {}",
    "status[?'phase'].value() == 'Running'", "optional.none().or(optional.of(2)).value() == 2",
    "!has(status.?nothing.field)", "optional.of(1) == optional.of(1)",
  ])
  func holdsTrue(text: String) throws {
    #expect(try holds(text), "\(text)")
  }

  @Test(arguments: [
    ("1 / 0 == 1", "division by zero"),
    ("1 % 0 == 1", "division by zero"),
    ("9223372036854775807 + 1 == 0", "the result exceeds the range of int"),
    ("-9223372036854775808 / -1 == 0", "the result exceeds the range of int"),
    ("-(-9223372036854775808) == 0", "the result exceeds the range of int"),
    ("0u - 1u == 0u", "the result exceeds the range of uint"),
    ("status.nothing == 1", "status has no 'nothing'"),
    ("status.phase.deeper == 1", "expected a map, but status.phase is a string"),
    (
      "status.conditions.type == 1",
      "status.conditions is a list; its elements have numbers, found a string"
    ),
    ("status.conditions[2].type == 'x'", "status.conditions has no [2]"),
    ("metadata.labels['x'] == 'y'", "metadata.labels has no ['x']"),
    (".nothing == 1", "the object has no 'nothing'"),
    ("spec.replicas", "expected true or false, but spec.replicas is an int"),
    ("spec.replicas && true", "expected true or false, but spec.replicas is an int"),
    ("spec.replicas ? true : false", "expected true or false, but spec.replicas is an int"),
    ("!status.phase", "expected true or false, but status.phase is a string"),
    ("status.phase < 1", "there is no < of a string and an int"),
    ("spec.replicas + 1.5 > 0.0", "there is no + of an int and a double"),
    ("status.phase in status.phase", "there is no in of a string and a string"),
    ("size(spec.replicas) == 1", "an int has no size"),
    ("int(status.phase) == 1", "a string has no conversion to int"),
    ("int(1e30) == 1", "a double has no conversion to int"),
    ("uint(-1) == 1u", "an int has no conversion to uint"),
    ("bool('yes')", "a string has no conversion to bool"),
    ("spec.replicas.startsWith('a')", "'startsWith' takes two strings, found an int and a string"),
    ("status.phase.exists(c, true)", "expected a list or a map, but status.phase is a string"),
    ("[0, 2].exists(x, 4 / x == 1)", "division by zero"),
    ("[0, 4].all(x, 4 / x == 1)", "division by zero"),
    ("[1, 0].exists_one(x, 1 / x == 1)", "division by zero"),
    ("1 / 0 == 1 || 2 % 0 == 1 || false", "division by zero"),
    ("status.nothing || spec.replicas", "status has no 'nothing'"),
    ("{spec.replicas: 1, 2: 3} == {}", "a map has a key twice, or one that is no key"),
    ("{spec.none: 1} == {}", "a map has a key twice, or one that is no key"),
    ("status.?nothing.value()", "there is no value"),
    ("status.orValue(1) == 1", "expected an optional value before '.orValue', found a map"),
  ])
  func isAnError(text: String, message: String) throws {
    let failure = try #require(throws: EvaluationFailure.self) { try holds(text) }
    #expect(failure.message == message)
    #expect(!failure.isOutOfSteps)
  }

  @Test func anErrorHasItsPlace() throws {
    let failure = try #require(throws: EvaluationFailure.self) {
      try holds("kind == 'Widget' && status.nothing == 1")
    }
    #expect(failure.offset == "kind == 'Widget' && status.".utf8.count)
  }

  @Test func anEvaluationThatTakesTooLongIsEndedAndNothingAbsorbsThat() throws {
    let ten = "[0, 1, 2, 3, 4, 5, 6, 7, 8, 9]"
    var text = "a == 10"
    for name in "abcdef" { text = "\(ten).exists(\(name), \(text))" }
    let failure = try #require(throws: EvaluationFailure.self) { try holds("\(text) || true") }
    #expect(failure.isOutOfSteps)
    #expect(failure.message == "the evaluation took more than 100000 steps")
  }

  @Test func textCountsTowardsTheSteps() throws {
    let long = Node.object([
      "spec": .object(["text": .string(String(repeating: "ab", count: 500_000))])
    ])
    let twice = try CommonExpression(
      parsing: "spec.text.contains('abb') || spec.text.contains('ba')")
    let failure = try #require(throws: EvaluationFailure.self) { try twice.isTrue(for: long) }
    #expect(failure.isOutOfSteps)
    #expect(try CommonExpression(parsing: "spec.text.contains('ba')").isTrue(for: long))
  }

  @Test func anExpressionIsStoredAsItsText() throws {
    let expression = try CommonExpression(parsing: "has( status.phase )")
    #expect(expression.text == "has( status.phase )")
    #expect(expression.canonicalText == "has(status.phase)")
    #expect(expression != (try CommonExpression(parsing: "has(status.phase)")))
  }
}
