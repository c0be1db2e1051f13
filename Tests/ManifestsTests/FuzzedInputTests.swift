import Manifests
import Testing

/// Inputs on which `scripts/fuzz yaml` once found something.
@Suite struct FuzzedInputTests {
  static let inputs = [
    // A text of digits longer than 50 bytes was written without quotes and read back as a number.
    "\"0622222222222222222222222222222222222222244\""
  ]

  @Test(arguments: inputs)
  func whatIsWrittenReadsBackAsTheSame(input: String) throws {
    for dialect in [YAML.Dialect.resource, .yaml11] {
      for node in try YAML.parse(Array(input.utf8), dialect: dialect) {
        let written = try YAML.serialize(node)
        let again = try #require(try YAML.parse(written).first)
        #expect(try YAML.serialize(again) == written)
      }
    }
  }

  @Test(arguments: ["?\t<<\r?\t", "? <<\n", "{<<}", "<<:\n"])
  func aMergeOfNothingIsRefused(input: String) {
    for dialect in [YAML.Dialect.resource, .yaml11] {
      let error = #expect(throws: YAML.ParseError.self) {
        try YAML.parse(Array(input.utf8), dialect: dialect)
      }
      #expect(error?.description.contains("as the value of '<<'") == true, "\(input)")
    }
  }
}
