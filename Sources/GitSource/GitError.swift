/// Why a Git operation failed: what was being done to what, and what the user can do.
///
/// The description is one line and never holds a secret: URLs stand in it without user and password.
public struct GitError: Error, Sendable, Equatable, CustomStringConvertible {
  /// The cause, as far as a caller decides by it.
  public enum Kind: Sendable, Equatable {
    /// No connection, a broken one, or a server that answers with an error of its own.
    case unreachable
    /// Connected, but nothing came for longer than the time-outs allow.
    case timedOut
    /// The server's TLS certificate or SSH host key is not the expected one.
    case serverNotTrusted
    /// The server refused the credentials.
    case authenticationRefused
    /// The server answers, but there is no such repository (or not for these credentials).
    case repositoryMissing
    /// No such branch, tag or commit, or an ambiguous one.
    case unknownRevision
    /// SHA-256 repositories, shallow or partial clones and other things that are not read.
    case unsupported
    /// A setting is wrong: the URL, a credential file, a directory.
    case configuration
    /// The repository on disk is damaged.
    case damaged
    /// The reference moved between reading and writing it.
    case conflict
    /// The task was cancelled.
    case cancelled
    /// Anything else, in libgit2's or git's own words.
    case failed
  }

  public let kind: Kind
  /// What was being done, as "fetch https://git.example/fleet.git".
  public let action: String
  /// What went wrong.
  public let reason: String
  /// What the user can do; empty when nothing can be said.
  public let advice: String

  public init(_ kind: Kind, action: String, reason: String, advice: String = "") {
    self.kind = kind
    self.action = oneLine(action)
    self.reason = oneLine(reason)
    self.advice = oneLine(advice)
  }

  public var description: String {
    "cannot \(action): \(reason)" + (advice.isEmpty ? "" : "; \(advice)")
  }
}

/// Control characters would let a server or a file name forge lines of a log.
private func oneLine(_ text: String) -> String {
  guard text.unicodeScalars.contains(where: { $0.value < 32 || $0.value == 127 }) else {
    return text
  }
  return text.split(whereSeparator: \.isNewline).joined(separator: " / ").unicodeScalars
    .reduce(into: "") { result, scalar in
      result.unicodeScalars.append(scalar.value < 32 || scalar.value == 127 ? " " : scalar)
    }
}
