/// One registered cluster.
public struct ClusterDocument: Codable, Sendable, Hashable {
  public var name: String
  public var labels: [String: String]
  /// Missing for a cluster that left the configuration and still has history.
  public var environment: String?
  public var server: String?
  public var failureDomain: String?
  /// Present while the cluster gets no new work.
  public var cordon: DecisionDocument?
  /// Missing before the hub needed the cluster for the first time since its start.
  public var connection: ConnectionDocument?
  public var apps: [DeployedApp]

  /// What one app has on the cluster.
  public struct DeployedApp: Codable, Sendable, Hashable {
    public var app: String
    /// The digest that the hub last saw healthy there.
    public var digest: String?
    /// The release of that digest.
    public var release: String?
    public var since: Timestamp?
    /// How many of its objects somebody changed since; missing for none.
    public var drifted: Int?

    public init(
      app: String, digest: String?, release: String?, since: Timestamp?, drifted: Int? = nil
    ) {
      self.app = app
      self.digest = digest
      self.release = release
      self.since = since
      self.drifted = drifted
    }
  }

  public init(
    name: String, labels: [String: String], environment: String?, server: String? = nil,
    failureDomain: String? = nil, cordon: DecisionDocument? = nil,
    connection: ConnectionDocument? = nil, apps: [DeployedApp] = []
  ) {
    self.name = name
    self.labels = labels
    self.environment = environment
    self.server = server
    self.failureDomain = failureDomain
    self.cordon = cordon
    self.connection = connection
    self.apps = apps
  }
}

/// One deployable path of the repository.
public struct AppDocument: Codable, Sendable, Hashable {
  public var name: String
  public var path: String
  public var overlays: [String]
  public var namespace: String?
  /// How many clusters it belongs on.
  public var clusters: Int
  /// The newest release.
  public var release: String?

  public init(
    name: String, path: String, overlays: [String], namespace: String?, clusters: Int,
    release: String?
  ) {
    self.name = name
    self.path = path
    self.overlays = overlays
    self.namespace = namespace
    self.clusters = clusters
    self.release = release
  }
}

/// One promotion step.
public struct EnvironmentDocument: Codable, Sendable, Hashable {
  public var name: String
  public var after: [String]
  /// `auto` or `manual`; the first environments follow the tracked branch: `follows`.
  public var promotion: String
  public var clusters: Int
  /// In the order of the DAG, counted from 0.
  public var position: Int
  /// Present while automation moves no pin here.
  public var hold: DecisionDocument?
  public var pins: [PinDocument]

  /// What one app wants here.
  public struct PinDocument: Codable, Sendable, Hashable {
    public var app: String
    /// The release that is wanted.
    public var release: String?
    /// The last release whose rollout succeeded here.
    public var stable: String?
    public var stableSince: Timestamp?
    /// Releases that wait for the open rollout, next first.
    public var waiting: [String]
    /// The open rollout.
    public var rollout: String?
    /// Clusters that the stable release left behind, with the reason.
    public var debt: [String: String]
    /// Present while automation does not move this pin in particular.
    public var hold: DecisionDocument?

    public init(
      app: String, release: String?, stable: String?, stableSince: Timestamp? = nil,
      waiting: [String] = [], rollout: String? = nil, debt: [String: String] = [:],
      hold: DecisionDocument? = nil
    ) {
      self.app = app
      self.release = release
      self.stable = stable
      self.stableSince = stableSince
      self.waiting = waiting
      self.rollout = rollout
      self.debt = debt
      self.hold = hold
    }
  }

  public init(
    name: String, after: [String], promotion: String, clusters: Int, position: Int,
    hold: DecisionDocument? = nil, pins: [PinDocument]
  ) {
    self.name = name
    self.after = after
    self.promotion = promotion
    self.clusters = clusters
    self.position = position
    self.hold = hold
    self.pins = pins
  }
}

/// An immutable candidate: one app at one commit.
public struct ReleaseDocument: Codable, Sendable, Hashable {
  public var name: String
  public var app: String
  /// The commit, 40 hexadecimal digits.
  public var change: String
  public var subject: String
  public var author: String
  public var created: Timestamp
  /// Why it cannot be rolled out, where it cannot.
  public var invalid: String?
  /// Who vetoed it, while it is rejected.
  public var rejection: DecisionDocument?
  /// How many clusters got a new target state against the release before.
  public var changedClusters: Int
  /// Environments that want it now.
  public var pinned: [String]
  /// Environments where it is the stable release.
  public var stable: [String]

  public init(
    name: String, app: String, change: String, subject: String, author: String,
    created: Timestamp, invalid: String? = nil, rejection: DecisionDocument? = nil,
    changedClusters: Int, pinned: [String] = [],
    stable: [String] = []
  ) {
    self.name = name
    self.app = app
    self.change = change
    self.subject = subject
    self.author = author
    self.created = created
    self.invalid = invalid
    self.rejection = rejection
    self.changedClusters = changedClusters
    self.pinned = pinned
    self.stable = stable
  }
}
