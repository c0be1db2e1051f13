/// What a fetch changed in the mirror.
public struct FetchResult: Sendable, Equatable {
  /// One branch or tag that appeared, moved or went away.
  public struct Update: Sendable, Equatable {
    /// Full name, as `refs/heads/main`.
    public let reference: String
    /// `nil` when the reference is new.
    public let old: CommitID?
    /// `nil` when the reference was deleted.
    public let new: CommitID?
    /// The new commit does not descend from the old one (a force push).
    public let isForced: Bool

    public init(reference: String, old: CommitID?, new: CommitID?, isForced: Bool) {
      self.reference = reference
      self.old = old
      self.new = new
      self.isForced = isForced
    }
  }

  /// In byte order of their names; empty when nothing changed.
  public let updates: [Update]
  /// Whether the repository has neither branches nor tags.
  public let isEmpty: Bool

  /// The update of `branch`, without `refs/heads/`, if there was one.
  public func update(ofBranch branch: String) -> Update? {
    updates.first { $0.reference == "refs/heads/" + branch }
  }
}

extension FetchResult {
  /// The difference between two states of the references.
  init(
    from old: [String: ObjectID], to new: [String: ObjectID], in repository: OpaquePointer
  ) throws {
    let changed = Set(old.keys).union(new.keys).filter { old[$0] != new[$0] }
    updates = try changed.sorted { compareBytes($0, $1) < 0 }.map { name in
      let (before, after) = (old[name], new[name])
      var isForced = false
      if let before, let after {
        isForced = try !isDescendant(after, of: before, in: repository)
      }
      return Update(
        reference: name, old: before.map { CommitID($0) }, new: after.map { CommitID($0) },
        isForced: isForced)
    }
    isEmpty = new.isEmpty
  }
}
