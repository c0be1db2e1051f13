import Foundation
import Testing

/// The faults that `scripts/mutants` plants one at a time in a copy of the engine, to see whether the
/// simulated fleet finds them. Here: that the text which they change is still there.
@Suite struct MutantTests {
  private static let root = URL(fileURLWithPath: #filePath).resolvingSymlinksInPath()
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

  @Test func everyFaultCanStillBePlanted() throws {
    let folder = MutantTests.root.appendingPathComponent("Tests/Mutants")
    let files = try FileManager.default.contentsOfDirectory(atPath: folder.path)
      .filter { $0.hasSuffix(".mutant") }.sorted()
    #expect(files.count >= 20)
    var sources: [String: String] = [:]
    for file in files {
      let text = try String(contentsOf: folder.appendingPathComponent(file), encoding: .utf8)
      let lines = text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
      let path = try #require(lines.dropFirst().first)
      let source = MutantTests.root.appendingPathComponent("Sources/RolloutEngine/\(path)")
      var code = try sources[path] ?? String(contentsOf: source, encoding: .utf8)
      for change in changes(in: lines.dropFirst(2)) {
        let parts = code.components(separatedBy: change.find)
        #expect(parts.count == 2, "\(file): \(path) holds \(parts.count - 1) times\n\(change.find)")
        code = parts.joined(separator: change.plant)
      }
      sources[path] = code
    }
  }

  /// Blocks of lines after `- ` with the lines after `+ ` that take their place.
  private func changes(in lines: ArraySlice<String>) -> [(find: String, plant: String)] {
    var changes: [(find: String, plant: String)] = []
    var find: [String] = []
    var plant: [String] = []
    for line in lines + ["- "] where !line.isEmpty {
      if line.hasPrefix("-"), !plant.isEmpty {
        changes.append((find.joined(separator: "\n"), plant.joined(separator: "\n")))
        (find, plant) = ([], [])
      }
      if line.hasPrefix("-") {
        find.append(String(line.dropFirst(2)))
      } else {
        plant.append(String(line.dropFirst(2)))
      }
    }
    return changes
  }
}
