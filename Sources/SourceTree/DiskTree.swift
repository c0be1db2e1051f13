internal import Foundation

/// A folder of the file system. The root may be `/`, as `flotilla build DIR` needs for bases that
/// lie above DIR.
public struct DiskTree: FileTree {
  /// Absolute path of the root, without a trailing slash (empty for the root of the file system).
  private let base: String

  /// A tree whose root is the folder at `root`. Relative paths count from the working directory.
  public init(root: String) {
    let absolute =
      root.hasPrefix("/") ? root : FileManager.default.currentDirectoryPath + "/" + root
    let components = absolute.split(separator: "/", omittingEmptySubsequences: true)
    base = components.map { "/" + $0 }.joined()
  }

  private func location(_ path: TreePath) -> String {
    if path.isRoot { return base.isEmpty ? "/" : base }
    return "\(base)/\(path.text)"
  }

  public func entry(at path: TreePath) throws -> TreeEntry? {
    var status = stat()
    guard lstat(location(path), &status) == 0 else {
      if errno == ENOENT || errno == ENOTDIR { return nil }
      throw FileTreeError.unreadable(path, reason: String(cString: strerror(errno)))
    }
    switch status.st_mode & S_IFMT {
    case S_IFDIR: return .directory(identity: nil)
    case S_IFLNK:
      do {
        let target = try FileManager.default.destinationOfSymbolicLink(atPath: location(path))
        return .symbolicLink(target: target)
      } catch { throw FileTreeError.unreadable(path, reason: error.localizedDescription) }
    default: return .file(identity: nil)
    }
  }

  public func contents(of path: TreePath) throws -> [UInt8] {
    func unreadable() -> FileTreeError {
      FileTreeError.unreadable(path, reason: String(cString: strerror(errno)))
    }
    // Without O_NONBLOCK, opening a pipe would wait for its writer.
    let file = open(location(path), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK)
    guard file >= 0 else {
      switch errno {
      case ENOENT, ENOTDIR: throw FileTreeError.notFound(path)
      case ELOOP: throw FileTreeError.notAFile(path)
      default: throw unreadable()
      }
    }
    defer { close(file) }
    var status = stat()
    guard fstat(file, &status) == 0 else { throw unreadable() }
    guard status.st_mode & S_IFMT == S_IFREG else { throw FileTreeError.notAFile(path) }
    var bytes: [UInt8] = []
    while true {
      // One byte more than the size, so that most files are read and seen to end in one go.
      let room = max(Int(status.st_size) - bytes.count, 0) + 1
      let chunk = try [UInt8](unsafeUninitializedCapacity: room) { buffer, count in
        let got = read(file, buffer.baseAddress, room)
        guard got >= 0 else { throw unreadable() }
        count = got
      }
      if chunk.isEmpty { return bytes }
      if bytes.isEmpty { bytes = chunk } else { bytes += chunk }
      if chunk.count < room { return bytes }
    }
  }

  public func children(of path: TreePath) throws -> [String] {
    guard case .directory? = try entry(at: path) else { throw FileTreeError.notADirectory(path) }
    do {
      return try FileManager.default.contentsOfDirectory(atPath: location(path)).sorted()
    } catch { throw FileTreeError.unreadable(path, reason: error.localizedDescription) }
  }

  /// Only a tree over the whole file system holds absolute link targets at their own place; a
  /// folder holds those that name something inside it.
  public func absolute(_ target: String) -> TreePath? {
    guard let path = TreePath.root.joined(String(target.drop(while: { $0 == "/" }))) else {
      return nil
    }
    if base.isEmpty { return path }
    guard target == base || target.hasPrefix(base + "/") else { return nil }
    return TreePath.root.joined(String(target.dropFirst(base.count).drop(while: { $0 == "/" })))
  }
}
