/// Gives the files of commits of other repositories.
public protocol RemoteTrees: Sendable {
  /// The files of `commit`, a full id, of the repository at `url`. Throws an error whose description
  /// is one line for the user.
  func tree(of url: String, at commit: String) throws -> any FileTree
}

/// A tree that also holds commits of other repositories, each in a directory of its own whose path
/// says which: so they can be read, named and remembered like everything else.
public struct MountedTree: FileTree {
  private let tree: any FileTree
  private let remotes: any RemoteTrees

  /// Where the commits lie; a directory of this name in the tree itself is hidden.
  private static let folder = ".flotilla-remote"

  public init(_ tree: any FileTree, remotes: any RemoteTrees) {
    self.tree = tree
    self.remotes = remotes
  }

  /// The directory of a commit.
  public static func mount(of url: String, at commit: String) -> TreePath {
    TreePath.root.appending(component: folder).appending(component: encoded(url))
      .appending(component: commit)
  }

  /// The directory of the commit that `path` lies in; `nil` for the tree's own paths.
  public static func mount(holding path: TreePath) -> TreePath? {
    guard path.components.count >= 3, path.components[0] == folder else { return nil }
    return TreePath.root.appending(component: folder).appending(component: path.components[1])
      .appending(component: path.components[2])
  }

  private enum Place {
    case own
    /// One of the directories above the commits.
    case above
    case inside(any FileTree, TreePath)
  }

  private func place(_ path: TreePath) throws -> Place {
    guard path.components.first == Self.folder else { return .own }
    guard path.components.count >= 3 else { return .above }
    guard let url = Self.decoded(path.components[1]),
      let rest = TreePath.root.joined(path.components.dropFirst(3).joined(separator: "/"))
    else { throw FileTreeError.notFound(path) }
    return .inside(try remotes.tree(of: url, at: path.components[2]), rest)
  }

  public func entry(at path: TreePath) throws -> TreeEntry? {
    switch try place(path) {
    case .own: try tree.entry(at: path)
    case .above: .directory(identity: nil)
    case .inside(let remote, let rest): try remote.entry(at: rest)
    }
  }

  public func contents(of path: TreePath) throws -> [UInt8] {
    switch try place(path) {
    case .own: try tree.contents(of: path)
    case .above: throw FileTreeError.notAFile(path)
    case .inside(let remote, let rest): try remote.contents(of: rest)
    }
  }

  public func children(of path: TreePath) throws -> [String] {
    switch try place(path) {
    case .own: try tree.children(of: path).filter { !path.isRoot || $0 != Self.folder }
    case .above: []
    case .inside(let remote, let rest): try remote.children(of: rest)
    }
  }

  public func entries(in path: TreePath) throws -> [String: TreeEntry]? {
    guard case .own = try place(path), !path.isRoot else { return nil }
    return try tree.entries(in: path)
  }

  public func absolute(_ target: String) -> TreePath? { tree.absolute(target) }

  // MARK: Names

  /// `url` as the name of one directory: everything but letters, digits, `.`, `-` and `_` in
  /// hexadecimal, as `%2F`.
  public static func encoded(_ url: String) -> String {
    let digits = Array("0123456789ABCDEF".utf8)
    var name: [UInt8] = []
    for byte in url.utf8 {
      let isPlain =
        byte &- 48 < 10 || (byte | 0x20) &- 97 < 26
        || [UInt8(ascii: "."), UInt8(ascii: "-"), UInt8(ascii: "_")].contains(byte)
      if isPlain {
        name.append(byte)
      } else {
        name += [UInt8(ascii: "%"), digits[Int(byte >> 4)], digits[Int(byte & 15)]]
      }
    }
    return String(decoding: name, as: UTF8.self)
  }

  private static func decoded(_ name: String) -> String? {
    var bytes: [UInt8] = []
    var rest = Array(name.utf8)[...]
    while let byte = rest.popFirst() {
      guard byte == UInt8(ascii: "%") else {
        bytes.append(byte)
        continue
      }
      guard rest.count >= 2,
        let value = UInt8(String(decoding: rest.prefix(2), as: UTF8.self), radix: 16)
      else { return nil }
      bytes.append(value)
      rest = rest.dropFirst(2)
    }
    return String(validating: bytes, as: UTF8.self)
  }
}
