internal import CLibgit2
internal import Synchronization

/// An open libgit2 repository.
///
/// libgit2 allows one repository on many threads, but serialises them on locks; the pool hands
/// each handle to one thread at a time. That exclusivity is what `@unchecked Sendable` rests on.
final class RepositoryHandle: @unchecked Sendable {
  let pointer: OpaquePointer
  fileprivate let generation: Int

  fileprivate init(_ pointer: OpaquePointer, generation: Int) {
    self.pointer = pointer
    self.generation = generation
  }

  deinit { git_repository_free(pointer) }
}

/// Handles on one repository directory, one per thread that reads at the same time.
final class RepositoryPool: Sendable {
  /// The directory that holds objects and references.
  let gitDirectory: String
  private let state = Mutex(State())

  private struct State {
    var idle: [RepositoryHandle] = []
    var generation = 0
  }

  /// More handles than this are closed after use: each maps pack files into memory.
  private static let idleLimit = 16

  init(gitDirectory: String) {
    LibGit2.start()
    self.gitDirectory = gitDirectory
  }

  /// Lends `body` a handle of its own. `body` runs a second time when it failed while pack files
  /// were being replaced, so it has to be safe to repeat.
  func withRepository<R>(_ body: (OpaquePointer) throws -> R) throws -> R {
    let handle = try borrow()
    do {
      defer { giveBack(handle) }
      return try body(handle.pointer)
    } catch let failure as LibGit2Failure {
      guard state.withLock({ $0.generation }) != handle.generation else { throw failure }
      let handle = try borrow()
      defer { giveBack(handle) }
      return try body(handle.pointer)
    }
  }

  private func borrow() throws -> RepositoryHandle {
    let (idle, generation) = state.withLock { ($0.idle.popLast(), $0.generation) }
    if let idle { return idle }
    var opened: OpaquePointer?
    try check(
      git_repository_open_ext(&opened, gitDirectory, GIT_REPOSITORY_OPEN_NO_SEARCH.rawValue, nil))
    return RepositoryHandle(try produced(opened), generation: generation)
  }

  private func giveBack(_ handle: RepositoryHandle) {
    state.withLock {
      if handle.generation == $0.generation, $0.idle.count < Self.idleLimit {
        $0.idle.append(handle)
      }
    }
  }

  /// Opens everything anew from now on, because pack files were replaced.
  func reopen() {
    let closed = state.withLock { state in
      state.generation += 1
      defer { state.idle = [] }
      return state.idle
    }
    _ = consume closed
  }
}
