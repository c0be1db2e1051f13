import CommonExpressions
import Testing

/// What is said about an expression before there is an object, with its place.
struct FaultTests {
  private static let fields = ["apiVersion", "kind", "metadata", "spec", "status", "data"]

  @Test(arguments: [
    ("", 0, "expected an expression, found the end"),
    ("status.phase ==", 15, "expected an expression, found the end"),
    ("status.phase = 'x'", 13, "unexpected character '='"),
    ("a & b", 2, "unexpected character '&'"),
    ("kind == 'x", 8, "a string that begins here does not end"),
    ("kind == 'a\nb'", 8, "a string that begins here does not end"),
    ("kind == '\\q'", 9, "a backslash begins an escape, and this is none"),
    ("kind == '\\ud800'", 9, "this escape stands for no character of Unicode"),
    ("kind == '\\x4'", 9, "this escape takes 2 digits of base 16"),
    ("kind == b'x'", 8, "bytes are not part of this language"),
    ("9223372036854775808 == 1", 0, "the number exceeds the range of int"),
    ("18446744073709551616u == 1u", 0, "the number 18446744073709551616 exceeds 64 bits"),
    ("1e400 > 1.0", 0, "the number 1e400 is too large"),
    ("(kind == 'a'", 12, "expected ')' to close '(', found the end"),
    ("[1, 2", 5, "expected ',' or ']', found the end"),
    ("{'a' 1}", 5, "expected ':' after the key, found a number"),
    ("status.", 7, "expected the name of a field, found the end"),
    ("status.in", 7, "expected the name of a field, found 'in'"),
    ("kind kind", 5, "expected an operator or the end, found 'kind'"),
    ("true ? false", 12, "expected ':' and what holds otherwise, found the end"),
    ("has(status)", 4, "'has' takes the field of a value, such as has(status.phase)"),
    ("has(status['a'])", 4, "'has' takes the field of a value, such as has(status.phase)"),
    (
      "status.conditions.exists(c.x, true)", 26,
      "expected ',' after the variable of 'exists', found '.'"
    ),
    (
      "status.conditions.exists('c', true)", 25,
      "expected the name of a variable for the elements, as in exists(e, …), found a string"
    ),
    ("status.conditions.exists(c)", 26, "expected ',' after the variable of 'exists', found ')'"),
    ("status.exist(c, true)", 7, "unknown function 'exist'"),
    ("kind.startwith('W')", 5, "unknown function 'startwith'"),
    ("startsWith(kind, 'W')", 0, "unknown function 'startsWith'"),
    ("kind.matches('W.*')", 5, "'matches' of CEL is not part of this language"),
    ("timestamp(status.at) > 1", 0, "'timestamp' of CEL is not part of this language"),
    ("size() == 1", 0, "'size' takes 1 argument, found 0"),
    ("kind.size(1) == 1", 5, "'size' takes no argument, found 1"),
    ("namespace == 'a'", 0, "'namespace' is a reserved word of the language"),
    ("Foo{a: 1}", 3, "expected an operator or the end, found '{'"),
    ("!-kind", 2, "expected an expression, found 'kind'"),
  ])
  func isNoExpression(text: String, offset: Int, message: String) throws {
    let fault = try #require(throws: ExpressionFault.self) { try CommonExpression(parsing: text) }
    #expect(fault.offset == offset)
    #expect(fault.message == message)
  }

  @Test(arguments: [
    ("staus.phase == 'x'", 0, "unknown variable 'staus'"),
    ("status.conditions.exists(c, e.type == 'x')", 28, "unknown variable 'e'"),
    ("results.size() == 1", 0, "unknown variable 'results'"),
    ("kind", -1, ""),
    ("spec.replicas + 1", 14, "expected true or false, but spec.replicas + 1 is an int"),
    ("'a'", 0, "expected true or false, but 'a' is a string"),
    (
      "status.conditions.filter(c, true)", 18,
      "expected true or false, but status.conditions.filter(c, true) is a list"
    ),
    ("size(status.conditions) == 'a'", 24, "an int and a string are never equal"),
    ("kind == 3", 5, "a string and an int are never equal"),
    ("kind < 3", 5, "there is no < of a string and an int"),
    ("1 + 1u == 2", 2, "there is no + of an int and a uint"),
    ("1 + 1.5 > 2", 2, "there is no + of an int and a double"),
    ("5.0 % 2.0 == 1.0", 4, "there is no % of a double and a double"),
    ("-kind == kind", 0, "there is no - of a string"),
    ("!size(spec.x)", 1, "expected true or false, but size(spec.x) is an int"),
    ("true && 1", 8, "expected true or false, but 1 is an int"),
    ("1 ? true : false", 0, "expected true or false, but 1 is an int"),
    ("kind.foo == 1", 5, "a string has no field 'foo'"),
    ("status.c.filter(c, true).type == 'x'", 25, "a list has no field 'type'"),
    ("[1]['a'] == 1", 4, "expected the number of an element, found a string"),
    (
      "kind.exists(c, true)", 5,
      "'exists' goes through lists and maps, but kind is a string"
    ),
    (
      "status.?conditions.exists(c, true)", 19,
      "'exists' goes through lists and maps, but status.?conditions is an optional value"
    ),
    ("status.conditions.all(c, size(c))", 25, "expected true or false, but size(c) is an int"),
    ("[1].exists(x, x.startsWith('a'))", 14, "'startsWith' takes no int"),
    ("size(1) == 1", 5, "'size' takes no int"),
    ("1 in kind", 2, "there is no in of an int and a string"),
    ("{1: 2, 1u: 3} == {}", 7, "the key 1u stands in this map twice"),
    ("{null: 2} == {}", 1, "null is no key of a map"),
  ])
  func cannotComeOutWell(text: String, offset: Int, message: String) throws {
    let faults = try CommonExpression(parsing: text).faults(fields: Self.fields)
    if offset < 0 {
      #expect(faults.map(\.message) == ["expected true or false, but kind is a string"])
    } else {
      #expect(faults.map(\.message) == [message])
      #expect(faults.first?.offset == offset)
    }
  }

  @Test(arguments: [
    "status.ready", "status.conditions.exists(e, e.type == 'Ready' && e.status == 'True')",
    "has(status.observedGeneration) && status.observedGeneration != metadata.generation",
    "status.conditions.filter(e, e.type == 'Ready').all(e, e.status == 'True')",
    "status.?conditions.orValue([]).exists(e, e.type == 'Ready' && e.status == 'True')",
    "spec.replicas == status.replicas", ".results.size() > 0", "spec.x == null || kind == null",
    "status.phase in ['Running', 'Healthy']", "data.size() > 0", "has(status.a) ? status.a : false",
  ])
  func isGood(text: String) throws {
    #expect(try CommonExpression(parsing: text).faults(fields: Self.fields).isEmpty)
  }

  @Test func allThatIsWrongIsToldInTheOrderOfTheText() throws {
    let faults = try CommonExpression(parsing: "stats.a == 1 && kind > 2 && 3")
      .faults(fields: Self.fields)
    #expect(faults.map(\.offset) == [0, 21, 28])
    #expect(faults.first?.unknown?.name == "stats")
  }

  @Test func whatIsTooLongOrTooDeepIsRefused() throws {
    func message(_ text: String) -> String? {
      do {
        _ = try CommonExpression(parsing: text)
        return nil
      } catch { return error.message }
    }
    let long = String(repeating: " ", count: CommonExpression.maximumLength)
    #expect(
      message(long + "true") == "the expression has 8196 bytes, more than the 8192 that it may have"
    )
    func nested(_ count: Int) -> String {
      String(repeating: "(", count: count) + "true" + String(repeating: ")", count: count)
    }
    #expect(message(nested(CommonExpression.maximumNesting - 1)) == nil)
    #expect(message(nested(5000 / 2)) == "more than 50 expressions inside each other")
    #expect(message(String(repeating: "!", count: 99) + "true") == nil)
    #expect(
      message(String(repeating: "!", count: 5000) + "true")
        == "the expression is nested more than 100 deep")
    #expect(message("1" + String(repeating: " + 1", count: 98) + " > 0") == nil)
    #expect(
      message("1" + String(repeating: " + 1", count: 1000) + " > 0")
        == "the expression is nested more than 100 deep")
  }
}
