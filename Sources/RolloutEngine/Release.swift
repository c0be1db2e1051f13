public import FleetModel
public import Manifests

/// One commit in the words of people.
public struct CommitSummary: Sendable, Hashable, Codable {
  /// All 40 digits.
  public var commit: String
  public var author: String
  public var authorEmail: String?
  /// The first line of the message.
  public var subject: String
  public var committedAt: Instant

  public init(
    commit: String, author: String, authorEmail: String? = nil, subject: String,
    committedAt: Instant
  ) {
    self.commit = commit
    self.author = author
    self.authorEmail = authorEmail
    self.subject = subject
    self.committedAt = committedAt
  }
}

/// An immutable candidate: an app at a commit. Which digest it wants on which cluster is answered
/// by ``State/digest(of:on:)``, because releases are stored as differences to their predecessor.
public struct Release: Sendable, Hashable, Codable {
  /// How long the release was (or is) the stable one of an environment.
  public struct Stability: Sendable, Hashable, Codable {
    public internal(set) var since: Instant
    /// `nil` while it still is.
    public internal(set) var until: Instant?

    public func span(at now: Instant) -> TimeSpan { (until ?? now) - since }
  }

  public let id: ReleaseID
  public let app: String
  public let commit: CommitSummary
  public let rendererVersion: String
  /// Counts the releases of one app from 1, in the order of the branch.
  public let ordinal: Int
  public let recordedAt: Instant
  /// Sequence number of the event that recorded it.
  public let sequence: Int
  public let predecessor: ReleaseID?
  /// The digests that differ from the predecessor's.
  public let changes: [String: Digest]
  /// Every commit after the predecessor's up to this one, oldest first.
  public let commits: [CommitSummary]
  /// Digests for clusters that joined after the release was recorded.
  public internal(set) var extensions: [String: Extension]
  /// By environment.
  public internal(set) var stability: [String: Stability]
  /// Environments in which a newer release took its place before it was rolled out.
  public internal(set) var skippedIn: [String]
  /// Who vetoed it, everywhere.
  public internal(set) var rejection: Pause?

  public struct Extension: Sendable, Hashable, Codable {
    public let digest: Digest
    public let sequence: Int
  }
}

/// A commit that made no release.
public struct CommitOutcome: Sendable, Hashable, Codable {
  public enum Result: Sendable, Hashable, Codable {
    /// Same digests as this release.
    case unchanged(ReleaseID)
    /// Some target state could not be rendered; clusters keep what they have.
    case invalid(reason: String)
  }

  public let app: String
  public let commit: CommitSummary
  public let result: Result
  public let recordedAt: Instant
  /// Of the event that recorded it; `nil` where an earlier version stored it.
  public let sequence: Int?
}
