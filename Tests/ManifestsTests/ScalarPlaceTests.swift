import Manifests
import Testing

/// A place inside of a scalar is told as a place of its file.
struct ScalarPlaceTests {
  private func position(of word: String, in yaml: String) throws -> String {
    let root = try #require(try YAML.parseLocated(yaml).first)
    let scalar = try #require(root["a"]?["b"])
    let text = try #require(scalar.scalar?.text)
    let range = try #require(text.firstRange(of: word))
    let offset = text.utf8.distance(from: text.startIndex, to: range.lowerBound)
    return YAML.position(of: offset, in: scalar, source: Array(yaml.utf8)).description
  }

  @Test(arguments: [
    ("a:\n  b: one two THREE four\n", "2:14"),
    ("a: {b: THREE}\n", "1:8"),
    ("a:\n  b: one é two THREE\n", "2:16"),
    ("a:\n  b: one\n    two THREE\n", "3:9"),
    ("a:\n  b: one\n\n\n    two\n   THREE\n", "6:4"),
    ("a:\n  b: 'it''s one THREE'\n", "2:17"),
    ("a:\n  b: \"one \\\"two\\\" \\u00e9 THREE\"\n", "2:26"),
    ("a:\n  b: \"one\\\n    two THREE\"\n", "3:9"),
    ("a:\n  b: |\n    one\n    two THREE\n", "4:9"),
    ("a:\n  b: |\n    one\n      THREE\n", "4:7"),
    ("a:\n  b: >- # folded\n    one\n\n    two\n    THREE\n", "6:5"),
    ("a:\n  b: >2\n      one\n    THREE\n", "4:5"),
    ("a:\r\n  b: |\r\n    one\r\n    THREE\r\n", "4:5"),
    ("x: &x one THREE\na:\n  b: one two THREE\n", "3:14"),
  ])
  func isFound(yaml: String, place: String) throws {
    #expect(try position(of: "THREE", in: yaml) == place)
  }

  @Test func behindAnAliasItIsThePlaceInTheAnchoredText() throws {
    #expect(try position(of: "THREE", in: "x: &x one THREE\na: {b: *x}\n") == "1:11")
  }

  @Test func theEndIsAPlaceToo() throws {
    let yaml = "a:\n  b: one\n"
    let scalar = try #require(try YAML.parseLocated(yaml).first?["a"]?["b"])
    #expect(
      YAML.position(of: 3, in: scalar, source: Array(yaml.utf8)).description == "2:9")
  }
}
