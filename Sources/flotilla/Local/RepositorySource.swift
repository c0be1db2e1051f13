internal import Foundation
internal import GitSource
internal import SourceTree

/// The fleet repository that a command without a hub works on: files on disk, or one commit.
struct RepositorySource: Sendable {
  let tree: any FileTree
  /// All digits, when it is a commit.
  let commit: String?
  /// For messages.
  let name: String

  struct NoDirectory: Error, CustomStringConvertible {
    let path: String
    var description: String { "\(path): no such directory" }
  }

  init(_ local: LocalRepository, at commit: CommitID) throws {
    tree = try local.repository.tree(at: commit)
    self.commit = commit.hex
    name = "commit \(commit.short)"
  }

  /// Throws ``NoDirectory`` or `GitError`.
  init(directory: String, revision: String?) throws {
    var isDirectory: ObjCBool = false
    guard FileManager.default.fileExists(atPath: directory, isDirectory: &isDirectory),
      isDirectory.boolValue
    else { throw NoDirectory(path: directory) }
    guard let revision else {
      tree = DiskTree(root: directory)
      commit = nil
      name = directory
      return
    }
    let repository = try LocalRepository.open(directory).repository
    let id = try repository.resolve(revision)
    tree = try repository.tree(at: id)
    commit = id.hex
    name = "\(directory) at \(id.short)"
  }
}
