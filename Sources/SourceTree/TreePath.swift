/// A normalised path inside a ``FileTree``: no `.`, no `..`, no empty component, never absolute.
public struct TreePath: Hashable, Sendable, Comparable, CustomStringConvertible {
  /// Components from the root; empty for the root itself.
  public let components: [String]

  public static let root = TreePath(unchecked: [])

  private init(unchecked components: [String]) { self.components = components }

  /// Normalises `path`, which is relative to the root of the tree. `nil` when `..` climbs out of
  /// the tree or when it is absolute.
  public init?(_ path: String) {
    guard !path.hasPrefix("/"), let joined = TreePath.root.joined(path) else { return nil }
    self = joined
  }

  public var isRoot: Bool { components.isEmpty }

  /// The last component; empty for the root.
  public var name: String { components.last ?? "" }

  /// The directory that holds this entry; the root is its own parent.
  public var parent: TreePath { TreePath(unchecked: Array(components.dropLast())) }

  /// `components` joined by `/`; `.` for the root.
  public var description: String { isRoot ? "." : components.joined(separator: "/") }

  /// This path and `relative` below it, with `.` and `..` worked out. `nil` when `..` climbs out
  /// of the tree or when `relative` is absolute.
  public func joined(_ relative: String) -> TreePath? {
    guard !relative.hasPrefix("/") else { return nil }
    var result = components
    for part in relative.split(separator: "/", omittingEmptySubsequences: true) {
      switch part {
      case ".": continue
      case "..":
        if result.isEmpty { return nil }
        result.removeLast()
      default: result.append(String(part))
      }
    }
    return TreePath(unchecked: result)
  }

  /// This path and one more component, which must be a plain name.
  public func appending(component name: String) -> TreePath {
    TreePath(unchecked: components + [name])
  }

  /// Whether this path is `directory` or lies below it.
  public func isWithin(_ directory: TreePath) -> Bool {
    components.starts(with: directory.components)
  }

  /// Byte for byte. Text that only looks the same, as composed and decomposed letters do, names
  /// different files.
  public static func == (a: TreePath, b: TreePath) -> Bool {
    a.components.count == b.components.count
      && zip(a.components, b.components).allSatisfy { $0.isSameBytes(as: $1) }
  }

  public static func < (a: TreePath, b: TreePath) -> Bool {
    a.components.lexicographicallyPrecedes(b.components)
  }
}

extension String {
  /// Whether both are the same bytes; `==` also holds for composed and decomposed letters.
  func isSameBytes(as other: String) -> Bool {
    guard self == other else { return false }
    let isSame = utf8.withContiguousStorageIfAvailable { first in
      other.utf8.withContiguousStorageIfAvailable { second in first.elementsEqual(second) }
    }
    return (isSame ?? nil) ?? utf8.elementsEqual(other.utf8)
  }
}
