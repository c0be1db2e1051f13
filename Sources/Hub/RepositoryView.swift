internal import GitSource
internal import Synchronization

/// What is known of the tracked branch, for those who ask.
final class RepositoryView: Sendable {
  private let known = Mutex((status: SourceStatus(), trouble: String?.none))

  var status: SourceStatus { known.withLock { $0.status } }

  /// One line: how the branch stands, and why its newest commit was not taken where it was not.
  var line: String {
    known.withLock { known in
      [known.status.state.description, known.trouble].compactMap(\.self).joined(separator: "; ")
    }
  }

  var isHealthy: Bool { known.withLock { $0.status.state.isHealthy && $0.trouble == nil } }

  func update(_ status: SourceStatus) { known.withLock { $0.status = status } }

  /// Why the newest commit could not be taken; `nil` when it was.
  func setTrouble(_ trouble: String?) { known.withLock { $0.trouble = trouble } }
}
