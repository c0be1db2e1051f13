import Foundation
import Testing

@testable import FleetModel

/// docs/fleet-files.md tells what the code does. `UPDATE_DOCS=1 swift test --filter
/// DocumentationTests` writes the reference anew.
@Suite struct DocumentationTests {
  private let path = Repository.root + "docs/fleet-files.md"
  private static let heading = "\n## All fields\n"

  @Test func theReferenceIsTheDecodersOwn() throws {
    let text = try String(contentsOfFile: path, encoding: .utf8)
    let parts = text.split(separator: Self.heading, maxSplits: 1, omittingEmptySubsequences: false)
    let expected = "\n" + FleetSchema.fieldReference()
    if ProcessInfo.processInfo.environment["UPDATE_DOCS"] != nil {
      let updated = (parts.first ?? "") + Self.heading + expected
      try updated.write(toFile: path, atomically: true, encoding: .utf8)
    } else {
      #expect(parts.count == 2)
      #expect(parts.last.map(String.init) == expected, "run with UPDATE_DOCS=1 to write it anew")
    }
  }

  /// An example follows the path of the sample's file that it shows.
  @Test func examplesAreTheSamplesOwn() throws {
    let text = try String(contentsOfFile: path, encoding: .utf8)
    let examples = text.matches(of: /`(fleet\/[^`]+\.yaml)`:\n\n```yaml\n((?s:.*?))```\n/)
    #expect(examples.count >= 4)
    for example in examples {
      let file = try String(
        contentsOfFile: Repository.root + String(example.output.1), encoding: .utf8)
      #expect(file == String(example.output.2), "\(example.output.1)")
    }
  }
}
