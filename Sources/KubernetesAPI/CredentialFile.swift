internal import Glibc
internal import HTTPTransport
internal import Synchronization

/// A file with a credential, or bytes that stood in a kubeconfig. A file is read again when its
/// inode, size or time of change differs from what was read.
final class CredentialFile: Sendable {
  /// Largest credential that is read, in bytes.
  static let maximumSize = 4 << 20

  /// Empty for inline bytes.
  let path: String
  private let cache: Mutex<(stamp: FileStamp?, contents: Secret)>

  init(path: String) {
    self.path = path
    cache = Mutex((nil, Secret([])))
  }

  init(inline bytes: [UInt8]) {
    path = ""
    cache = Mutex((nil, Secret(bytes)))
  }

  func contents() throws(ClusterAccessError) -> Secret {
    if path.isEmpty { return cache.withLock { $0.contents } }
    let stamp = try FileStamp(of: path)
    if let known = cache.withLock({ $0.stamp == stamp ? $0.contents : nil }) { return known }
    let contents = Secret(try FilePath.read(path, limit: CredentialFile.maximumSize))
    cache.withLock { $0 = (stamp, contents) }
    return contents
  }
}

/// Paths of credential files.
enum FilePath {
  static func resolve(_ path: String, in directory: String) -> String {
    if path.hasPrefix("/") || directory.isEmpty { return path }
    return directory.hasSuffix("/") ? directory + path : "\(directory)/\(path)"
  }

  static func directory(of path: String) -> String {
    guard let slash = path.lastIndex(of: "/") else { return "" }
    return slash == path.startIndex ? "/" : String(path[..<slash])
  }

  /// The whole file, refused above `limit` bytes.
  static func read(_ path: String, limit: Int) throws(ClusterAccessError) -> [UInt8] {
    func failure() -> ClusterAccessError {
      ClusterAccessError("\(path): \(String(cString: strerror(errno)).lowercased())")
    }
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw failure() }
    defer { close(descriptor) }
    var bytes: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 65536)
    while true {
      let count = Glibc.read(descriptor, &buffer, buffer.count)
      if count < 0, errno == EINTR { continue }
      guard count >= 0 else { throw failure() }
      if count == 0 { return bytes }
      bytes += buffer[..<count]
      guard bytes.count <= limit else {
        throw ClusterAccessError("\(path): is larger than \(limit) bytes")
      }
    }
  }
}

/// What tells one state of a file from another without reading it.
struct FileStamp: Equatable {
  private let device: UInt
  private let inode: UInt
  private let size: Int
  private let seconds: Int
  private let nanoseconds: Int

  init(of path: String) throws(ClusterAccessError) {
    var info = stat()
    guard stat(path, &info) == 0 else {
      throw ClusterAccessError("\(path): \(String(cString: strerror(errno)).lowercased())")
    }
    device = UInt(info.st_dev)
    inode = UInt(info.st_ino)
    size = Int(info.st_size)
    seconds = info.st_mtim.tv_sec
    nanoseconds = info.st_mtim.tv_nsec
  }
}
