public import FleetModel
public import Manifests

/// The frozen intention of a rollout: which clusters, in which waves, from which digest to which.
public struct Plan: Sendable, Hashable, Codable {
  public struct Wave: Sendable, Hashable, Codable {
    public let name: String
    /// `nil` is no limit.
    public let maxConcurrent: Int?
    public let maxFailures: Int
    public let maxUnreachable: Int
    public let progressDeadline: TimeSpan
    public let soak: TimeSpan
    /// `nil` halts.
    public let onBreach: WaveSpec.Breach?
    /// `nil` for none, as below.
    public let before: [Gate]?
    public let after: [Gate]?
    /// In the order of dispatch.
    public let targets: [Target]
  }

  public struct Target: Sendable, Hashable, Codable {
    public let cluster: String
    public let base: Digest?
    public let digest: Digest
    /// The release whose commit renders to the digest, where that is not the plan's own.
    public let release: ReleaseID?
  }

  public let app: String
  public let environment: String
  public let release: ReleaseID
  public let from: ReleaseID?
  public let waves: [Wave]
  /// Clusters that already have the wanted digest.
  public let unchanged: Int
  /// Who must agree before it starts.
  public let approvals: Approvals?
  /// What it may delete; `nil` in plans of earlier versions, which delete with each apply.
  public let deletions: DeletionRules?

  public var targetCount: Int { waves.reduce(0) { $0 + $1.targets.count } }

  /// SHA-256 over a line per fact: two plans with one digest do the same.
  public var digest: Digest {
    var bytes: [UInt8] = []
    func add(_ words: String...) {
      bytes += words.joined(separator: "\t").utf8
      bytes.append(0x0A)
    }
    add("plan", app, environment, release.rawValue)
    if let approvals { add("approvals", approvals.words) }
    if let deletions { add("deletions", deletions.words) }
    for wave in waves {
      add(
        "wave", wave.name, wave.maxConcurrent.map { "\($0)" } ?? "-", "\(wave.maxFailures)",
        "\(wave.maxUnreachable)", "\(wave.progressDeadline)", "\(wave.soak)")
      if let breach = wave.onBreach { add("onBreach", breach.rawValue) }
      for gate in wave.before ?? [] { add("before", gate.words) }
      for gate in wave.after ?? [] { add("after", gate.words) }
      for target in wave.targets {
        bytes += target.cluster.utf8
        bytes.append(0x09)
        bytes += target.base?.bytes ?? []
        bytes += target.digest.bytes
        if let release = target.release { add("release", release.rawValue) }
      }
    }
    return Digest(hashing: bytes)
  }
}
