/// How the tracked branch stands, seen from the hub. None of these stops the hub: it goes on with
/// the last good commit and keeps trying.
public enum SourceState: Sendable, Equatable, CustomStringConvertible {
  /// No fetch has ended yet.
  case starting
  /// The last fetch brought the branch, and its new commit descends from the old one.
  case ok
  /// The branch was rewritten: `new` does not descend from `old`. Stays until the branch moves on.
  case forcePushed(old: CommitID, new: CommitID)
  /// The server answers, but the branch is gone or was never there.
  case branchMissing(branch: String)
  /// The repository has no commits.
  case repositoryEmpty
  /// No fetch since `since` (seconds since 1970): no network, no server, a time-out.
  case unreachable(since: Int64, reason: String)
  /// The server has refused the credentials since then.
  case authenticationRefused(since: Int64, reason: String)
  /// Something that a person has to change: URL, certificates, kind of repository.
  case refused(since: Int64, reason: String)

  /// One line for people.
  public var description: String {
    switch self {
    case .starting: "not fetched yet"
    case .ok: "up to date"
    case .forcePushed(let old, let new):
      "the branch was rewritten: \(new.short) does not descend from \(old.short)"
    case .branchMissing(let branch):
      "the repository has no branch \(branch); the last good commit stays in force"
    case .repositoryEmpty: "the repository is empty; push a first commit"
    case .unreachable(_, let reason), .authenticationRefused(_, let reason),
      .refused(_, let reason):
      reason
    }
  }

  /// Whether the last fetch brought the tracked branch.
  public var isHealthy: Bool {
    switch self {
    case .ok, .forcePushed: true
    default: false
    }
  }
}

/// The tracked branch after a poll.
public struct SourceStatus: Sendable, Equatable {
  public var state: SourceState
  /// The last commit that the branch is known to have had; `nil` before the first one.
  public var head: CommitID?
  /// Polls that failed one after the other, for back-off.
  public var failures: Int
  /// Why the mirror's packs could not be joined, which costs speed and disk but nothing else.
  public var upkeepTrouble: String?

  public init(
    state: SourceState = .starting, head: CommitID? = nil, failures: Int = 0,
    upkeepTrouble: String? = nil
  ) {
    self.state = state
    self.head = head
    self.failures = failures
    self.upkeepTrouble = upkeepTrouble
  }
}

/// What a poll of the tracked branch found.
enum PollOutcome {
  /// `descends` says whether `head` grew from the commit that was known before.
  case found(head: CommitID, descends: Bool)
  case branchMissing
  case repositoryEmpty
  case failed(GitError)
}

extension SourceStatus {
  /// The status after `outcome`. A head that is gone stays the last good one.
  func after(_ outcome: PollOutcome, branch: String, now: Int64) -> SourceStatus {
    switch outcome {
    case .found(let new, let descends):
      if let old = head, old != new {
        return SourceStatus(state: descends ? .ok : .forcePushed(old: old, new: new), head: new)
      }
      // The same commit as before: what was said of it stays true.
      if case .forcePushed(_, new) = state { return SourceStatus(state: state, head: new) }
      return SourceStatus(state: .ok, head: new)
    case .branchMissing: return SourceStatus(state: .branchMissing(branch: branch), head: head)
    case .repositoryEmpty: return SourceStatus(state: .repositoryEmpty, head: head)
    case .failed(let error):
      let state: SourceState =
        switch error.kind {
        case .authenticationRefused:
          .authenticationRefused(since: since ?? now, reason: error.description)
        case .configuration, .unsupported, .serverNotTrusted, .repositoryMissing:
          .refused(since: since ?? now, reason: error.description)
        default: .unreachable(since: since ?? now, reason: error.description)
        }
      return SourceStatus(state: state, head: head, failures: failures + 1)
    }
  }

  /// When the present row of failures began.
  private var since: Int64? {
    switch state {
    case .unreachable(let since, _), .authenticationRefused(let since, _),
      .refused(let since, _):
      since
    default: nil
    }
  }
}
