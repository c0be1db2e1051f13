import Foundation

/// The Swift sources of this package as text, found from this file's own place.
struct SourceFile: CustomStringConvertible {
  /// The name of the target that the file belongs to.
  let target: String
  /// The path from the root of the repository.
  let path: String
  let lines: [String]

  var description: String { path }

  /// The repository's root.
  static let root = URL(fileURLWithPath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

  /// The names of the folders in Sources/, one per target.
  static func targets() throws -> [String] {
    let sources = root.appendingPathComponent("Sources")
    return try FileManager.default.contentsOfDirectory(atPath: sources.path).sorted()
  }

  /// Every Swift file in Sources/. Throws when there is none: a rule checked on nothing holds for nothing.
  static func all() throws -> [SourceFile] {
    let files = try targets().flatMap { target -> [SourceFile] in
      let folder = root.appendingPathComponent("Sources/\(target)")
      let paths = try FileManager.default.subpathsOfDirectory(atPath: folder.path)
      return try paths.filter { $0.hasSuffix(".swift") }.sorted().map { path in
        let text = try String(
          contentsOf: folder.appendingPathComponent(path), encoding: .utf8)
        return SourceFile(
          target: target, path: "Sources/\(target)/\(path)",
          lines: text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init))
      }
    }
    guard !files.isEmpty else { throw NoSources(root: root.path) }
    return files
  }

  struct NoSources: Error {
    let root: String
  }

  /// The modules that the file imports, with the number of the line, counted from 1.
  func imports() -> [(module: String, line: Int)] {
    let kinds: Set = ["struct", "class", "enum", "protocol", "func", "var", "let", "typealias"]
    return code().compactMap { line in
      var words = line.text.split(separator: " ").map(String.init)[...]
      guard let keyword = words.firstIndex(of: "import"),
        words[..<keyword].allSatisfy({ $0.hasPrefix("@") || Self.accessLevels.contains($0) })
      else { return nil }
      words = words[(keyword + 1)...]
      if let first = words.first, kinds.contains(first) { words = words.dropFirst() }
      guard let module = words.first?.split(separator: ".").first else { return nil }
      return (String(module), line.number)
    }
  }

  private static let accessLevels: Set = [
    "public", "package", "internal", "fileprivate", "private",
  ]

  /// The lines without comments and without the text of string literals: what the compiler acts on.
  func code() -> [(text: String, number: Int)] {
    var stripper = CommentStripper()
    return lines.enumerated().map { (stripper.strip($0.element), $0.offset + 1) }
  }
}

/// Removes comments and the contents of string literals, line by line. Interpolations count as text.
struct CommentStripper {
  private var commentDepth = 0
  private var insideMultilineString = false

  mutating func strip(_ line: String) -> String {
    var kept = ""
    var rest = Substring(line)
    while !rest.isEmpty {
      if insideMultilineString {
        guard let end = rest.range(of: "\"\"\"") else { return kept }
        insideMultilineString = false
        rest = rest[end.upperBound...]
      } else if commentDepth > 0 {
        if rest.hasPrefix("*/") {
          commentDepth -= 1
          rest = rest.dropFirst(2)
        } else if rest.hasPrefix("/*") {
          commentDepth += 1
          rest = rest.dropFirst(2)
        } else {
          rest = rest.dropFirst()
        }
      } else if rest.hasPrefix("//") {
        return kept
      } else if rest.hasPrefix("/*") {
        commentDepth += 1
        rest = rest.dropFirst(2)
      } else if rest.hasPrefix("\"\"\"") {
        insideMultilineString = true
        kept += "\"\""
        rest = rest.dropFirst(3)
      } else if rest.first == "\"" {
        kept += "\"\""
        rest = Self.afterString(rest.dropFirst())
      } else {
        kept.append(rest.removeFirst())
      }
    }
    return kept
  }

  /// What follows the closing quote of a one-line string whose opening quote is already taken.
  private static func afterString(_ text: Substring) -> Substring {
    var rest = text
    while let character = rest.popFirst() {
      if character == "\\" {
        rest = rest.dropFirst()
      } else if character == "\"" {
        break
      }
    }
    return rest
  }
}
