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
  public var pollInterval: Duration
  public var limits: Limits

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
    credentialsDirectory: String, exportDirectory: String? = nil,
    pollInterval: Duration = .seconds(15), limits: Limits = Limits()
  ) {
    self.remote = remote
    self.branch = branch
    self.databasePath = databasePath
    self.mirrorPath = mirrorPath
    self.credentialsDirectory = credentialsDirectory
    self.exportDirectory = exportDirectory
    self.pollInterval = pollInterval
    self.limits = limits
  }
}
