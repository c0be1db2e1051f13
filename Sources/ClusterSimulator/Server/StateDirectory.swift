internal import Glibc

/// The directory where a simulator leaves what its clients need.
struct StateDirectory: Sendable {
  struct Failure: Error, CustomStringConvertible {
    let path: String
    let reason: String
    var description: String { "writing \(path): \(reason)" }
  }

  let path: String

  init(_ path: String) throws {
    self.path = path
    var made = path.hasPrefix("/") ? "" : "."
    for part in path.split(separator: "/") {
      made += "/\(part)"
      if mkdir(made, 0o700) != 0, errno != EEXIST {
        throw Failure(path: made, reason: String(cString: strerror(errno)))
      }
    }
  }

  /// Writes a file that only its owner can read, whole or not at all.
  @discardableResult
  func write(_ text: String, to name: String) throws -> String {
    let target = "\(path)/\(name)"
    let draft = "\(target).new"
    let file = open(draft, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
    guard file >= 0 else { throw failure(draft) }
    var bytes = Array(text.utf8)[...]
    while !bytes.isEmpty {
      let count = bytes.withUnsafeBytes { Glibc.write(file, $0.baseAddress, $0.count) }
      guard count > 0 else {
        let problem = failure(draft)
        close(file)
        throw problem
      }
      bytes = bytes.dropFirst(count)
    }
    guard close(file) == 0, rename(draft, target) == 0 else { throw failure(target) }
    return target
  }

  private func failure(_ path: String) -> Failure {
    Failure(path: path, reason: String(cString: strerror(errno)))
  }
}
