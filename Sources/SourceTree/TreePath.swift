/// A normalised path inside a ``FileTree``: no `.`, no `..`, no empty component, never absolute.
public struct TreePath: Hashable, Sendable, Comparable, CustomStringConvertible {
  /// The components joined by `/`; empty for the root. One text, because paths are the keys of
  /// everything that a build remembers.
  let text: String

  public static let root = TreePath(unchecked: "")

  private init(unchecked text: String) { self.text = text }

  /// Normalises `path`, which is relative to the root of the tree. `nil` when `..` climbs out of
  /// the tree or when it is absolute.
  public init?(_ path: String) {
    guard let joined = TreePath.root.joined(path) else { return nil }
    self = joined
  }

  private static let slash = UInt8(ascii: "/")

  /// Components from the root; empty for the root itself.
  public var components: [String] {
    text.utf8.split(separator: Self.slash).map { String(Substring($0)) }
  }

  /// The components behind those of `directory`, which this path lies below.
  func components(below directory: TreePath) -> ArraySlice<String> {
    text.utf8.dropFirst(directory.text.utf8.count).split(separator: Self.slash)
      .map { String(Substring($0)) }[...]
  }

  public var isRoot: Bool { text.isEmpty }

  private var lastSlash: String.Index? { text.utf8.lastIndex(of: Self.slash) }

  /// The last component; empty for the root.
  public var name: String {
    lastSlash.map { String(text[text.utf8.index(after: $0)...]) } ?? text
  }

  /// The directory that holds this entry; the root is its own parent.
  public var parent: TreePath { TreePath(unchecked: lastSlash.map { String(text[..<$0]) } ?? "") }

  /// ``components`` joined by `/`; `.` for the root.
  public var description: String { isRoot ? "." : text }

  /// This path and `relative` below it, with `.` and `..` worked out. `nil` when `..` climbs out
  /// of the tree or when `relative` is absolute.
  public func joined(_ relative: String) -> TreePath? {
    if relative.utf8.first == Self.slash { return nil }
    var result = Array(text.utf8)
    for part in relative.utf8.split(separator: Self.slash) {
      if part.elementsEqual(".".utf8) { continue }
      if part.elementsEqual("..".utf8) {
        if result.isEmpty { return nil }
        result.removeSubrange((result.lastIndex(of: Self.slash) ?? 0)...)
      } else {
        if !result.isEmpty { result.append(Self.slash) }
        result.append(contentsOf: part)
      }
    }
    return TreePath(unchecked: String(decoding: result, as: UTF8.self))
  }

  /// This path and one more component, which must be a plain name.
  public func appending(component name: String) -> TreePath {
    TreePath(unchecked: isRoot ? name : "\(text)/\(name)")
  }

  /// Whether this path is `directory` or lies below it.
  public func isWithin(_ directory: TreePath) -> Bool {
    if directory.isRoot { return true }
    let rest = text.utf8.dropFirst(directory.text.utf8.count)
    return text.utf8.starts(with: directory.text.utf8) && (rest.first ?? Self.slash) == Self.slash
  }

  /// Byte for byte. Text that only looks the same, as composed and decomposed letters do, names
  /// different files.
  public static func == (a: TreePath, b: TreePath) -> Bool {
    a.text.isSameBytes(as: b.text)
  }

  /// Component by component: what lies below a directory comes before its longer-named siblings.
  public static func < (a: TreePath, b: TreePath) -> Bool {
    func rank(_ byte: UInt8) -> UInt8 { byte == slash ? 0 : byte }
    return a.text.utf8.lexicographicallyPrecedes(b.text.utf8) { rank($0) < rank($1) }
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
