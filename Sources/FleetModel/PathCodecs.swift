import Manifests

extension Codec where Value == String {
  /// A directory of the repository, written from its root.
  static let repositoryPath = text(
    "a path inside the repository, relative to its root and without '..'",
    pattern: PathSyntax.pattern
  ) { PathSyntax.isRelative($0) }

  /// A file of the hub's credentials directory.
  static let credentialsPath = text(
    "the path of a file relative to the hub's credentials directory, without '..'",
    pattern: PathSyntax.pattern, isConfidential: true
  ) { PathSyntax.isRelative($0) }

  /// A folder below the hub's export directory.
  static let exportPath = text(
    "the path of a folder relative to the hub's export directory, without '..'",
    pattern: PathSyntax.pattern
  ) { PathSyntax.isRelative($0) }

  /// A directory pattern such as `clusters/{cluster}`.
  static let overlayPattern = text(
    "a path below the app's path, without '..', in which {cluster} and {environment} stand for "
      + "names",
    pattern: PathSyntax.pattern
  ) { OverlayPattern.isValid($0) }
}

/// Relative paths that lead down only.
enum PathSyntax {
  static let pattern = "^(?!.*(^|/)[.][.](/|$))[^/~\\x00-\\x1f][^\\x00-\\x1f]*$"

  static func isRelative(_ text: String) -> Bool {
    guard let first = text.first, first != "/", first != "~", text.utf8.count <= 1024 else {
      return false
    }
    return !text.utf8.contains { $0 < 0x20 } && !text.split(separator: "/").contains("..")
  }
}

/// Patterns of ``App/overlays``.
enum OverlayPattern {
  static let placeholders = ["{cluster}", "{environment}"]

  static func isValid(_ pattern: String) -> Bool {
    let plain = placeholders.reduce(pattern) { $0.replacing($1, with: "x") }
    return PathSyntax.isRelative(pattern) && !plain.contains { "{}".contains($0) }
  }

  static func path(_ pattern: String, cluster: String, environment: String) -> String {
    filled(filled(pattern, "{cluster}", cluster), "{environment}", environment)
  }

  /// `replacing(_:with:)` over bytes: overlays are looked for in the hundred thousands.
  private static func filled(_ pattern: String, _ placeholder: String, _ value: String) -> String {
    let sought = Array(placeholder.utf8)
    var rest = pattern.utf8[...]
    guard rest.contains(sought[0]) else { return pattern }
    var result: [UInt8] = []
    while let byte = rest.first {
      if byte == sought[0], rest.starts(with: sought) {
        result.append(contentsOf: value.utf8)
        rest = rest.dropFirst(sought.count)
      } else {
        result.append(byte)
        rest = rest.dropFirst()
      }
    }
    return String(decoding: result, as: UTF8.self)
  }
}
