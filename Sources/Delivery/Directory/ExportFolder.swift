internal import Glibc
internal import Manifests

/// The files of one cluster's folder. A file is replaced as a whole or not at all.
struct ExportFolder: Sendable {
  /// Where the folders of all clusters are; it is never created.
  let root: String
  /// The cluster's folder, below ``root``.
  let path: String

  /// Why the folder cannot be used. The description is one line.
  struct Fault: Error, CustomStringConvertible {
    let description: String

    init(_ what: String, _ path: String) {
      description = "\(path) \(what): \(String(cString: strerror(errno)))"
    }
  }

  /// The bytes of a file; `nil` when there is none in a folder that can be read.
  func read(_ name: String) throws -> [UInt8]? {
    try checkRoot()
    let file = "\(path)/\(name)"
    let descriptor = open(file, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else {
      if errno == ENOENT { return nil }
      throw Fault("cannot be read", file)
    }
    defer { close(descriptor) }
    var bytes: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 64 << 10)
    while true {
      let count = Glibc.read(descriptor, &chunk, chunk.count)
      if count == 0 { return bytes }
      guard count > 0 else { throw Fault("cannot be read", file) }
      bytes += chunk[..<count]
    }
  }

  /// The names of the files; empty when the cluster never got anything.
  func names() throws -> [String] {
    try checkRoot()
    guard let directory = opendir(path) else {
      if errno == ENOENT { return [] }
      throw Fault("cannot be listed", path)
    }
    defer { closedir(directory) }
    var names: [String] = []
    errno = 0
    while let entry = readdir(directory) {
      names.append(
        withUnsafePointer(to: &entry.pointee.d_name) { name in
          name.withMemoryRebound(to: CChar.self, capacity: Int(NAME_MAX) + 1) {
            String(cString: $0)
          }
        })
    }
    guard errno == 0 else { throw Fault("cannot be listed", path) }
    return names
  }

  /// Replaces a file; afterwards it is on the disk.
  func write(_ name: String, _ bytes: [UInt8]) throws {
    try make()
    let target = "\(path)/\(name)"
    let draft = "\(path)/.\(name).new"
    let descriptor = open(draft, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else { throw Fault("cannot be written", draft) }
    do {
      defer { close(descriptor) }
      var written = 0
      while written < bytes.count {
        let count = bytes[written...].withUnsafeBytes {
          Glibc.write(descriptor, $0.baseAddress, $0.count)
        }
        guard count > 0 else { throw Fault("cannot be written", draft) }
        written += count
      }
      guard fsync(descriptor) == 0 else { throw Fault("cannot be written", draft) }
    }
    guard rename(draft, target) == 0 else { throw Fault("cannot be replaced", target) }
    try sync(path)
  }

  private func checkRoot() throws {
    var status = stat()
    guard stat(root, &status) == 0 else { throw Fault("is not there", root) }
  }

  private func make() throws {
    try checkRoot()
    var folder = root
    for part in path.dropFirst(root.count).split(separator: "/") {
      folder += "/\(part)"
      if mkdir(folder, 0o700) == 0 { continue }
      guard errno == EEXIST else { throw Fault("cannot be made", folder) }
    }
  }

  private func sync(_ folder: String) throws {
    let descriptor = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard descriptor >= 0 else { throw Fault("cannot be written", folder) }
    defer { close(descriptor) }
    guard fsync(descriptor) == 0 else { throw Fault("cannot be written", folder) }
  }
}
