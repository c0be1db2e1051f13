internal import FleetModel
internal import RolloutEngine

/// Trouble that a rehearsal makes on purpose: what happens to one cluster in one wave.
public struct Injection: Sendable, Hashable {
  public enum Trouble: String, Sendable, Hashable, CaseIterable {
    /// The cluster refuses the target state for good.
    case fail
    /// It is never healthy, until its deadline.
    case timeout
    /// It does not answer.
    case unreachable
    /// It is healthy, and no longer in the middle of the soak.
    case regress
  }

  public let cluster: String
  public let trouble: Trouble
  public let wave: String

  /// Why a text is no injection.
  public struct SyntaxError: Error, Sendable, CustomStringConvertible {
    public let description: String
  }

  /// Reads `cluster=NAME:fail@WAVE`.
  public init(parsing text: String) throws(SyntaxError) {
    let form = "write it as cluster=NAME:fail@WAVE"
    let words = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
    guard words.count == 2, words[0] == "cluster",
      let colon = words[1].lastIndex(of: ":"),
      let at = words[1][colon...].firstIndex(of: "@")
    else { throw SyntaxError(description: "'\(text)' is no injection; \(form)") }
    let (name, rest) = (words[1][..<colon], words[1][words[1].index(after: colon)..<at])
    guard let trouble = Trouble(rawValue: String(rest)) else {
      let known = Trouble.allCases.map(\.rawValue).joined(separator: ", ")
      throw SyntaxError(description: "'\(rest)' is no trouble that can be injected: \(known)")
    }
    let wave = words[1][words[1].index(after: at)...]
    guard !name.isEmpty, !wave.isEmpty else {
      throw SyntaxError(
        description: "'\(text)' names no \(name.isEmpty ? "cluster" : "wave"); \(form)")
    }
    cluster = String(name)
    self.trouble = trouble
    self.wave = String(wave)
  }

  /// What the rehearsed rollout does not hold; `nil` when it has the cluster in the wave.
  func objection(to rollout: Rollout) -> SyntaxError? {
    guard let wave = rollout.wave(named: wave) else {
      let known = rollout.waves.map(\.name).joined(separator: ", ")
      return SyntaxError(description: "there is no wave '\(self.wave)'; there are \(known)")
    }
    guard let target = rollout.target(cluster) else {
      return SyntaxError(description: "the rollout does not change cluster '\(cluster)'")
    }
    guard target.wave == wave else {
      return SyntaxError(
        description: "cluster '\(cluster)' is in wave '\(rollout.waves[target.wave].name)', not in "
          + "'\(self.wave)'")
    }
    return nil
  }

  func course(median: TimeSpan) -> AttemptModel.Course {
    switch trouble {
    case .fail: .failed(after: median)
    case .timeout: .stuck
    case .unreachable: .unreachable
    case .regress: .regressing(after: median, share: 0.5)
    }
  }
}
