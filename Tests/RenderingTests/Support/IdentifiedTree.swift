import Manifests
import SourceTree

/// Files in memory that have identities as in a Git commit: a file is named by its content, a
/// directory by everything below it.
struct IdentifiedTree: FileTree {
  enum Item: Hashable {
    case file(String)
    case link(String)
  }

  private let tree: MemoryTree
  private let identities: [TreePath: String]

  init(_ items: [String: Item]) throws {
    var tree = MemoryTree()
    for (path, item) in items {
      switch item {
      case .file(let text): try tree.write(Array(text.utf8), to: path)
      case .link(let target): try tree.link(path, to: target)
      }
    }
    self.tree = tree
    var identities: [TreePath: String] = [:]
    _ = try Self.name(.root, in: tree, &identities)
    self.identities = identities
  }

  private static func name(
    _ path: TreePath, in tree: MemoryTree, _ identities: inout [TreePath: String]
  ) throws -> String {
    let text =
      switch try tree.entry(at: path) {
      case .file?: "file \(Digest(hashing: try tree.contents(of: path)))"
      case .symbolicLink(let target)?: "link \(target)"
      case .directory?:
        try tree.children(of: path)
          .map { "\($0) \(try name(path.appending(component: $0), in: tree, &identities))" }
          .joined(separator: "\n")
      default: ""
      }
    let identity = Digest(hashing: text).hex
    identities[path] = identity
    return identity
  }

  func entry(at path: TreePath) throws -> TreeEntry? {
    switch try tree.entry(at: path) {
    case .file?: .file(identity: identities[path])
    case .directory?: .directory(identity: identities[path])
    case let other: other
    }
  }

  func contents(of path: TreePath) throws -> [UInt8] { try tree.contents(of: path) }
  func children(of path: TreePath) throws -> [String] { try tree.children(of: path) }
}
