internal import SourceTree

/// Where something was written.
struct SourcePlace: Sendable, Hashable {
  var file: TreePath
  /// Counted from 1.
  var line: Int
}

/// Where a resource comes from or what has changed it, for `buildMetadata`.
struct Origin: Sendable, Hashable {
  struct Configuration: Sendable, Hashable {
    var apiVersion: String
    var kind: String
    var name: String
    var namespace = ""
  }

  var path = ""
  var configuredIn = ""
  var configuredBy: Configuration?

  /// The lines of the annotation, empty fields left out.
  var lines: [String] {
    var lines: [String] = []
    if !path.isEmpty { lines.append("path: \(path)") }
    if !configuredIn.isEmpty { lines.append("configuredIn: \(configuredIn)") }
    if let configuredBy {
      lines.append("configuredBy:")
      lines.append("  apiVersion: \(configuredBy.apiVersion)")
      lines.append("  kind: \(configuredBy.kind)")
      if !configuredBy.name.isEmpty { lines.append("  name: \(configuredBy.name)") }
      if !configuredBy.namespace.isEmpty {
        lines.append("  namespace: \(configuredBy.namespace)")
      }
    }
    return lines
  }

  /// Joins two paths as they are written, with `.` and `..` worked out as far as that goes.
  static func join(_ base: String, _ path: String) -> String {
    var parts: [Substring] = []
    for part in base.split(separator: "/") + path.split(separator: "/") where part != "." {
      if part == "..", let last = parts.last, last != ".." {
        parts.removeLast()
      } else {
        parts.append(part)
      }
    }
    return parts.isEmpty ? "." : parts.joined(separator: "/")
  }
}
