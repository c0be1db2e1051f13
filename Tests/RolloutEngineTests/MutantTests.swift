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
      for change in changes(in: lines.dropFirst()) {
        let source = MutantTests.root.appendingPathComponent("Sources/RolloutEngine/\(change.file)")
        let code = try sources[change.file] ?? String(contentsOf: source, encoding: .utf8)
        let parts = code.components(separatedBy: change.find)
        #expect(
          parts.count == 2, "\(file): \(change.file) holds \(parts.count - 1) times\n\(change.find)"
        )
        sources[change.file] = parts.joined(separator: change.plant)
      }
    }
  }

  /// Lines after `- ` with the lines after `+ ` that take their place, in the file after `@ `.
  private func changes(
    in lines: ArraySlice<String>
  ) -> [(file: String, find: String, plant: String)] {
    var changes: [(file: String, find: String, plant: String)] = []
    var file = ""
    var find: [String] = []
    var plant: [String] = []
    for line in lines + ["@ "] where !line.isEmpty {
      let text = String(line.dropFirst(2))
      if !line.hasPrefix("+"), !plant.isEmpty {
        changes.append((file, find.joined(separator: "\n"), plant.joined(separator: "\n")))
        (find, plant) = ([], [])
      }
      switch line.first {
      case "@": file = text
      case "-": find.append(text)
      default: plant.append(text)
      }
    }
    return changes
  }
}
