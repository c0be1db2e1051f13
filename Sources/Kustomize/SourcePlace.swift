internal import SourceTree

/// Where something was written.
struct SourcePlace: Sendable, Hashable {
  var file: TreePath
  /// Counted from 1.
  var line: Int
}

/// Where a resource comes from, for `buildMetadata`.
struct Origin: Sendable, Hashable {
  var path = ""
  var configuredIn = ""
  var configuredBy: (apiVersion: String, kind: String, name: String)?

  static func == (a: Origin, b: Origin) -> Bool { a.path == b.path && a.text == b.text }
  func hash(into hasher: inout Hasher) { hasher.combine(text) }

  /// The value of the annotation: keys in alphabetic order, empty ones left out.
  var text: String { lines.map { $0 + "\n" }.joined() }

  var lines: [String] {
    var lines: [String] = []
    if let configuredBy {
      lines.append("configuredBy:")
      lines.append("  apiVersion: \(configuredBy.apiVersion)")
      lines.append("  kind: \(configuredBy.kind)")
      if !configuredBy.name.isEmpty {
        lines.append("  name: \(configuredBy.name)")
      }
    }
    if !configuredIn.isEmpty { lines.append("configuredIn: \(configuredIn)") }
    if !path.isEmpty { lines.append("path: \(path)") }
    return lines
  }
}
