internal import CLibgit2

/// A person and a moment, as a commit records them.
public struct CommitSignature: Sendable, Equatable {
  public let name: String
  public let email: String
  /// Seconds since 1970-01-01T00:00:00Z.
  public let time: Int64
  /// The writer's distance from UTC in minutes.
  public let offset: Int

  public init(name: String, email: String, time: Int64, offset: Int = 0) {
    self.name = name
    self.email = email
    self.time = time
    self.offset = offset
  }
}

/// What a commit says about itself.
public struct CommitInfo: Sendable, Equatable {
  /// One `Key: value` line at the end of a message.
  public struct Trailer: Sendable, Equatable {
    public let key: String
    public let value: String
  }

  public let id: CommitID
  public let parents: [CommitID]
  public let author: CommitSignature
  public let committer: CommitSignature
  /// The whole message, as written.
  public let message: String
  public let trailers: [Trailer]

  /// The first line of the message.
  public var summary: String {
    message.split(whereSeparator: \.isNewline).first.map { String($0) } ?? ""
  }

  init(reading commit: OpaquePointer) throws {
    id = CommitID(ObjectID(try produced(git_commit_id(commit)).pointee))
    parents = try (0..<git_commit_parentcount(commit)).map {
      CommitID(ObjectID(try produced(git_commit_parent_id(commit, $0)).pointee))
    }
    author = CommitSignature(try produced(git_commit_author(commit)).pointee)
    committer = CommitSignature(try produced(git_commit_committer(commit)).pointee)
    let text = try produced(git_commit_message(commit))
    message = String(cString: text)
    var found = git_message_trailer_array()
    defer { git_message_trailer_array_free(&found) }
    try check(git_message_trailers(&found, text))
    trailers = UnsafeBufferPointer(start: found.trailers, count: found.count).compactMap {
      guard let key = $0.key, let value = $0.value else { return nil }
      return Trailer(key: String(cString: key), value: String(cString: value))
    }
  }
}

extension CommitSignature {
  init(_ signature: git_signature) {
    name = signature.name.map { String(cString: $0) } ?? ""
    email = signature.email.map { String(cString: $0) } ?? ""
    time = signature.when.time
    offset = Int(signature.when.offset)
  }
}
