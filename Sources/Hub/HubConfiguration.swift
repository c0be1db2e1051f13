public import GitSource

/// Everything a hub is told at its start.
public struct HubConfiguration: Sendable {
  /// The fleet repository.
  public var remote: GitRemote
  /// The tracked branch.
  public var branch: String
  public var databasePath: String
  /// Where the bare mirror of the repository lives.
  public var mirrorPath: String
  /// What references in `credentials:` of Cluster files count from.
  public var credentialsDirectory: String
  /// Where folders of clusters with `delivery: {directory: …}` are; `nil` where there is none.
  public var exportDirectory: String?
  /// Whether a kubeconfig may switch off the check of its server's certificate.
  public var allowsInsecureTLS: Bool
  public var pollInterval: Duration
  public var limits: Limits
  /// How agents of clusters are let in; `nil` lets none in.
  public var agents: Agents?

  /// What the hub's listener for agents says about itself, and gives out.
  public struct Agents: Sendable {
    /// Host names and addresses under which agents dial the hub.
    public var names: [String]
    /// Of an agent's certificate, which the agent renews itself. Whole seconds.
    public var certificateLifetime: Duration
    /// How often an agent is asked for a sign of life; after three in vain it is gone.
    public var signsOfLife: Duration

    public init(
      names: [String], certificateLifetime: Duration = .seconds(7 * 86_400),
      signsOfLife: Duration = .seconds(15)
    ) {
      self.names = names
      self.certificateLifetime = certificateLifetime
      self.signsOfLife = signsOfLife
    }
  }

  /// Bounds that keep a hub of any size within its machine.
  public struct Limits: Sendable {
    /// Clusters that are being applied to at the same time.
    public var concurrentDeliveries: Int
    /// Target states kept in memory.
    public var cachedTargetStates: Int

    public init(concurrentDeliveries: Int = 64, cachedTargetStates: Int = 2_000) {
      self.concurrentDeliveries = concurrentDeliveries
      self.cachedTargetStates = cachedTargetStates
    }
  }

  public init(
    remote: GitRemote, branch: String = "main", databasePath: String, mirrorPath: String,
    credentialsDirectory: String, exportDirectory: String? = nil, allowsInsecureTLS: Bool = false,
    pollInterval: Duration = .seconds(15), limits: Limits = Limits(), agents: Agents? = nil
  ) {
    self.remote = remote
    self.branch = branch
    self.databasePath = databasePath
    self.mirrorPath = mirrorPath
    self.credentialsDirectory = credentialsDirectory
    self.exportDirectory = exportDirectory
    self.allowsInsecureTLS = allowsInsecureTLS
    self.pollInterval = pollInterval
    self.limits = limits
    self.agents = agents
  }
}
