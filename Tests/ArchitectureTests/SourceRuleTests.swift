import Foundation
import Testing

/// A name that must not occur in code as a word of its own, and what to do instead.
private struct Ban {
  let pattern: String
  let instead: String

  func occurs(in code: String) -> Bool {
    var rest = code[...]
    while let found = rest.range(of: pattern) {
      let before = code[..<found.lowerBound].last
      let after = code[found.upperBound...].first
      if !continues(before, pattern.first) && !continues(after, pattern.last) { return true }
      rest = code[found.upperBound...]
    }
    return false
  }

  /// Whether the character beside the pattern belongs to the same word as the pattern's edge.
  private func continues(_ neighbour: Character?, _ edge: Character?) -> Bool {
    func isWord(_ character: Character?) -> Bool {
      character.map { $0.isLetter || $0.isNumber || $0 == "_" } ?? false
    }
    return isWord(neighbour) && isWord(edge)
  }
}

private let crashes = [
  Ban(pattern: "fatalError(", instead: "throw a typed error"),
  Ban(pattern: "try!", instead: "throw a typed error"),
]

private let outsideWorld = [
  Ban(pattern: "Date()", instead: "take the time as a parameter"),
  Ban(pattern: "Date.now", instead: "take the time as a parameter"),
  Ban(pattern: "Instant.now", instead: "take the time as a parameter"),
  Ban(pattern: "(.now", instead: "take the time as a parameter"),
  Ban(pattern: "= .now", instead: "take the time as a parameter"),
  Ban(pattern: "clock_gettime", instead: "take the time as a parameter"),
  Ban(pattern: "ContinuousClock", instead: "take the time as a parameter"),
  Ban(pattern: "SuspendingClock", instead: "take the time as a parameter"),
  Ban(pattern: "random(", instead: "take the choice as a parameter"),
  Ban(pattern: "randomElement(", instead: "take the choice as a parameter"),
  Ban(pattern: "SystemRandomNumberGenerator", instead: "take the choice as a parameter"),
  Ban(pattern: "shuffled(", instead: "take the order as a parameter"),
  Ban(pattern: "UUID()", instead: "take the identifier as a parameter"),
  Ban(pattern: "FileManager", instead: "read through FileTree"),
]

private let pureTargets: Set = [
  "RolloutEngine", "Forecast", "Kustomize", "ObjectSchema", "FleetModel", "Manifests",
  "CommonExpressions",
]

private func findings(_ bans: [Ban], in files: [SourceFile]) -> [String] {
  files.flatMap { file in
    file.code().flatMap { line in
      bans.filter { $0.occurs(in: line.text) }.map {
        "\(file):\(line.number): \($0.pattern): \($0.instead)"
      }
    }
  }
}

@Suite struct SourceRuleTests {
  @Test func `no source can crash the process on purpose`() throws {
    let found = findings(crashes, in: try SourceFile.all())
    #expect(found.isEmpty, "\(found.joined(separator: "\n"))")
  }

  @Test func `pure engines know no clock, no randomness and no disk`() throws {
    let files = try SourceFile.all().filter { pureTargets.contains($0.target) }
    let found = findings(outsideWorld, in: files)
    #expect(found.isEmpty, "\(found.joined(separator: "\n"))")
  }

  @Test func `no source is left unfinished`() throws {
    let marks = ["TODO", "FIXME"]
    var found: [String] = []
    for file in try SourceFile.all() {
      for (index, line) in file.lines.enumerated() where marks.contains(where: line.contains) {
        found.append("\(file):\(index + 1): \(line)")
      }
    }
    #expect(found.isEmpty, "\(found.joined(separator: "\n"))")
  }

  @Test func `no source file is longer than 700 lines`() throws {
    let long = try SourceFile.all().filter { $0.lines.count > 700 }
    #expect(long.isEmpty, "split by mechanism: \(long)")
  }
}

@Suite struct SourceFileTests {
  private func code(_ lines: String...) -> [String] {
    SourceFile(target: "T", path: "T.swift", lines: lines).code().map(\.text)
  }

  @Test func `comments and string texts are not code`() {
    #expect(code("a // Date()", "b") == ["a ", "b"])
    #expect(code("a /* x", "Date() /* y */ z", "*/ b") == ["a ", "", " b"])
    #expect(code(#"f("Date() \" // ") + g"#) == [#"f("") + g"#])
    #expect(code(#"let t = """"#, "Date()", #"""" + u"#) == [#"let t = """#, "", " + u"])
  }

  @Test func `imports are found with attributes, access levels and kinds`() {
    let file = SourceFile(
      target: "T", path: "T.swift",
      lines: [
        "public import Foundation", "@testable import Hub", "import struct Manifests.Node",
        "// import Nothing", "let text = \"import Nothing\"", "important()",
      ])
    #expect(file.imports().map(\.module) == ["Foundation", "Hub", "Manifests"])
    #expect(file.imports().map(\.line) == [1, 2, 3])
  }

  @Test func `a banned name is found as a word of its own`() {
    let ban = Ban(pattern: "Date()", instead: "")
    #expect(ban.occurs(in: "let now = Date()"))
    #expect(!ban.occurs(in: "let next = updatedDate()"))
    #expect(ban.occurs(in: "f(lastDate(), Date())"))
    #expect(Ban(pattern: "(.now", instead: "").occurs(in: "decide(.now)"))
    #expect(!Ban(pattern: "(.now", instead: "").occurs(in: "decide(.nowhere)"))
  }
}
