import Manifests
import SourceTree

extension Codec where Value == String {
  /// A directory of the repository, written from its root.
  static let repositoryPath = text(
    "a path inside the repository, relative to its root", pattern: "^[^/]"
  ) { text in
    !text.isEmpty && !text.contains("\0") && TreePath(text) != nil
  }

  /// A file of the hub's credentials directory.
  static let credentialsPath = text(
    "the path of a file relative to the hub's credentials directory, without '..'",
    pattern: "^[^/\\n][^\\n]*$", isConfidential: true
  ) { text in
    guard !text.isEmpty, text.utf8.count <= 1024, !text.hasPrefix("/") else { return false }
    return !text.utf8.contains { $0 < 0x20 }
      && !text.split(separator: "/").contains("..") && !text.hasPrefix("~")
  }

  /// A directory pattern such as `clusters/{cluster}`.
  static let overlayPattern = text(
    "a path below the app's path, in which {cluster} and {environment} stand for names",
    pattern: "^[^/]"
  ) { OverlayPattern.isValid($0) }
}

/// Patterns of ``App/overlays``.
enum OverlayPattern {
  static let placeholders = ["{cluster}", "{environment}"]

  static func isValid(_ pattern: String) -> Bool {
    let plain = placeholders.reduce(pattern) { $0.replacing($1, with: "x") }
    return !pattern.isEmpty && !pattern.contains("\0") && !plain.contains { "{}".contains($0) }
      && TreePath(plain) != nil
  }

  static func path(_ pattern: String, cluster: String, environment: String) -> String {
    pattern.replacing("{cluster}", with: cluster).replacing("{environment}", with: environment)
  }
}
