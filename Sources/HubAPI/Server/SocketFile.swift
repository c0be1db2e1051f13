internal import Foundation

/// The file of a Unix socket before and after the server uses it.
enum SocketFile {
  /// Why a socket cannot be listened on.
  struct Failure: Error, Sendable, CustomStringConvertible {
    let path: String
    let reason: String
    var description: String { "cannot listen on \(path): \(reason)" }
  }

  /// Makes room at `path`: creates its folder for this user, and `group` where there is one, and
  /// removes the socket of a hub that ended without doing so. Throws when a hub answers there, when
  /// the file is no socket, or when there is no such group.
  static func prepare(_ path: String, group: String?) throws {
    let identifier = try group.map { try self.group($0, path) }
    let folder = URL(fileURLWithPath: path).deletingLastPathComponent().path
    let isThere = FileManager.default.fileExists(atPath: folder)
    do {
      try FileManager.default.createDirectory(
        atPath: folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
    } catch {
      throw Failure(
        path: path, reason: "its folder cannot be created: \(error.localizedDescription)")
    }
    // A folder that somebody else made is theirs to open.
    if let identifier, !isThere { try admit(identifier, to: folder, mode: 0o750) }
    // Fails where nothing is there, which is as it should be; a link is not followed.
    guard let attributes = try? FileManager.default.attributesOfItem(atPath: path) else { return }
    guard attributes[.type] as? FileAttributeType == .typeSocket else {
      throw Failure(
        path: path, reason: "there is a file that is no socket; remove it or name another")
    }
    if isAnswered(path) {
      throw Failure(
        path: path,
        reason: "a hub listens there already; stop it, or give this one another with --socket")
    }
    guard unlink(path) == 0 || errno == ENOENT else {
      throw Failure(
        path: path,
        reason: "the socket of an ended hub cannot be removed: \(String(cString: strerror(errno)))")
    }
  }

  /// Lets only this user connect, and the members of `group`.
  static func protect(_ path: String, group: String?) throws {
    guard chmod(path, 0o600) == 0 else {
      throw Failure(
        path: path, reason: "its mode cannot be set: \(String(cString: strerror(errno)))")
    }
    if let group { try admit(try self.group(group, path), to: path, mode: 0o660) }
  }

  private static func admit(_ group: gid_t, to path: String, mode: mode_t) throws {
    guard chown(path, uid_t.max, group) == 0, chmod(path, mode) == 0 else {
      throw Failure(
        path: path,
        reason: "it cannot be opened to the group: \(String(cString: strerror(errno))); the hub's "
          + "user must be in it")
    }
  }

  private static func group(_ name: String, _ path: String) throws -> gid_t {
    guard let group = LocalUsers.group(named: name) else {
      throw Failure(
        path: path, reason: "there is no group '\(name)'; name another with --socket-group")
    }
    return group
  }

  /// Removes the file after the server ended.
  static func remove(_ path: String) { unlink(path) }

  private static func isAnswered(_ path: String) -> Bool {
    let descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
    guard descriptor >= 0 else { return false }
    defer { close(descriptor) }
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    let bytes = Array(path.utf8)
    guard bytes.count < MemoryLayout.size(ofValue: address.sun_path) else { return false }
    withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: bytes) }
    return withUnsafePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size)) == 0
      }
    }
  }
}
