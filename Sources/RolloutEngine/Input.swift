public import FleetModel
public import Manifests

/// Everything that can reach the engine: what Git, clusters, people and the clock say.
public enum Input: Sendable, Hashable {
  /// `fleet/` of a commit was read and found valid.
  case configuration(commit: String, FleetConfiguration)
  /// `fleet/` of a commit has errors; the last valid configuration stays in force.
  case configurationRefused(commit: String, findings: [String])
  /// All target states of an app at a commit. Comes after the configuration of that commit.
  case candidate(Candidate)
  /// Some target state of an app at a commit cannot be rendered.
  case invalidCandidate(app: String, commit: CommitSummary, reason: String)
  /// The answer to ``Effect/Kind/render(_:)``.
  case rendered(RenderRequest, digests: [String: Digest])
  /// A cluster says what is on it.
  case inventory(InventoryReport)
  /// A cluster says what somebody changed there.
  case drift(DriftReport)
  case observation(Observation)
  /// What a gate said.
  case gate(GateReport)
  case command(Command)
  /// Time passed. Harmless at any moment; needed at ``State/nextTimer``.
  case tick
}

/// The digests that an app's target states have at a commit.
public struct Candidate: Sendable, Hashable {
  public var app: String
  public var commit: CommitSummary
  public var rendererVersion: String
  /// Of every cluster of the app.
  public var digests: [String: Digest]
  /// Every commit since the one before, oldest first, this one included.
  public var commits: [CommitSummary]

  public init(
    app: String, commit: CommitSummary, rendererVersion: String, digests: [String: Digest],
    commits: [CommitSummary]
  ) {
    self.app = app
    self.commit = commit
    self.rendererVersion = rendererVersion
    self.digests = digests
    self.commits = commits
  }
}

/// What a cluster's inventory objects say, read in full. A read that failed is no report (I2).
public struct InventoryReport: Sendable, Hashable {
  public var cluster: String
  /// By app; an app without an entry is not on the cluster.
  public var digests: [String: Digest]
  public var observedAt: Instant

  public init(cluster: String, digests: [String: Digest], observedAt: Instant) {
    self.cluster = cluster
    self.digests = digests
    self.observedAt = observedAt
  }
}

/// One piece of evidence, bound to one attempt at one target.
public struct Observation: Sendable, Hashable {
  public enum Finding: Sendable, Hashable {
    /// Every object of the target state was accepted. `leftovers` is what the cluster holds beyond
    /// it, by complete lists; with a deletion, what is there beyond the list too.
    case applied(objects: Int, pruned: Int, leftovers: DeletionList? = nil)
    /// Not there yet, and what is awaited.
    case progressing(String)
    case healthy
    case degraded(String)
    /// A permanent failure ends the attempt; another is retried by delivery until the deadline.
    case failed(String, permanent: Bool)
    case unreachable(String)
  }

  public var rollout: RolloutID
  public var cluster: String
  public var attempt: Int
  public var digest: Digest
  public var observedAt: Instant
  public var finding: Finding

  public init(
    rollout: RolloutID, cluster: String, attempt: Int, digest: Digest, observedAt: Instant,
    finding: Finding
  ) {
    self.rollout = rollout
    self.cluster = cluster
    self.attempt = attempt
    self.digest = digest
    self.observedAt = observedAt
    self.finding = finding
  }
}

/// What a person (or a program in a person's name) asks for.
public struct Command: Sendable, Hashable {
  public enum Verb: Sendable, Hashable {
    /// `change` is a release's name, or a commit or its first 7 or more digits, which stands for
    /// every app's release of it.
    case promote(change: String, environment: String)
    /// With a wave, only that wave; `until` ends the pause by itself.
    case pause(RolloutID, PauseScope, until: Instant?)
    /// `nil` resumes the rollout, and where only waves are paused, those.
    case resume(RolloutID, wave: String?)
    /// Goes on although more targets failed than the plan allows in the wave that halted, up to
    /// `maxFailures`.
    case raiseBudget(RolloutID, wave: String?, maxFailures: Int)
    case abort(RolloutID)
    /// Empty `targets` are all that failed, timed out or regressed.
    case retry(RolloutID, targets: [String])
    /// Leaves targets of the current or a later wave out, or a whole wave; without either, what
    /// failed in a halted rollout.
    case skip(RolloutID, wave: String?, targets: [String])
    /// Puts back what the rollout changed.
    case rollback(RolloutID, RollbackScope)
    /// Agrees with the start of the rollout, or with the gates of a wave. `plan` is the digest of the
    /// plan that was looked at, or its first 7 or more digits.
    case approve(RolloutID, wave: String?, plan: String?, until: Instant?)
    /// `change` as in `promote`.
    case reject(change: String)
    case unreject(change: String)
    /// Automation moves no pin of the environment, or of one app there.
    case hold(environment: String, app: String?, until: Instant?)
    case unhold(environment: String, app: String?)
    /// Nothing new is dispatched in the environment, or anywhere.
    case freeze(environment: String?, until: Instant?)
    case unfreeze(environment: String?)
    case cordon(cluster: String, until: Instant?)
    case uncordon(cluster: String)
    /// Lets one agent ask to join as the agent of a cluster, until then.
    case inviteAgent(cluster: String, until: Instant)
    /// Lets the agent in that asked with this key: SHA-256 of it, as `SHA256:…`.
    case acceptAgent(AgentIdentity, cluster: String)
    /// Nobody is the agent of the cluster any more, nor may anybody who was invited become it.
    case revokeAgent(cluster: String)
    /// Takes back what somebody changed on a cluster, of one app or of all.
    case correctDrift(cluster: String, app: String?)
  }

  public enum PauseScope: Sendable, Hashable {
    case rollout
    case wave(String)
    /// The rollout, once it reaches this wave.
    case atWave(String)
  }

  public enum RollbackScope: Sendable, Hashable {
    case rollout
    /// The wave that is under way.
    case wave(String)
    case targets([String])
  }

  /// Whether the actor is who the name says.
  public enum Proof: Sendable, Hashable {
    /// The sender of the command says so, nobody else. What `fleet/` binds to the name is not theirs.
    case claimed
    /// Whoever let the actor in knows them, and the groups that they are in.
    case known(groups: [String])
  }

  public var verb: Verb
  public var actor: String
  public var proof: Proof
  public var reason: String?
  /// That the actor has besides those that `fleet/` gives them.
  public var roles: [String]

  public init(
    _ verb: Verb, actor: String, proof: Proof = .claimed, reason: String? = nil,
    roles: [String] = []
  ) {
    self.verb = verb
    self.actor = actor
    self.proof = proof
    self.reason = reason
    self.roles = roles
  }
}

/// Why a command was not carried out, and what to do instead.
public struct Refusal: Error, Sendable, Hashable, Codable, CustomStringConvertible {
  /// What was asked for: `promote web to prod`.
  public var what: String
  public var why: String
  /// A command that would work, or what has to change first.
  public var remedy: String

  public init(what: String, why: String, remedy: String) {
    self.what = what
    self.why = why
    self.remedy = remedy
  }

  public var description: String { "cannot \(what): \(why); \(remedy)" }
}
