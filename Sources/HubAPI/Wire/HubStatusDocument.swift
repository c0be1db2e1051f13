/// `GET /api/v1/status`: the hub itself.
public struct HubStatusDocument: Codable, Sendable, Hashable {
  public var version: String
  /// Raised at every start; clusters refuse a lower one.
  public var epoch: Int
  public var started: Timestamp
  /// The hub's clock.
  public var now: Timestamp
  /// The number of the last event.
  public var sequence: Int
  public var repository: RepositoryDocument
  /// Path of the database file.
  public var database: String
  /// Addresses as `--hub` takes them.
  public var listen: [String]
  public var totals: Totals
  /// Deliveries and other work that waits or is under way.
  public var openEffects: Int
  /// Why the hub cannot write at the moment.
  public var trouble: String?

  /// The tracked branch and how its last fetch went.
  public struct RepositoryDocument: Codable, Sendable, Hashable {
    /// Without passwords.
    public var url: String
    public var branch: String
    /// The last commit that was read; missing before the first fetch.
    public var head: String?
    /// One line for people.
    public var state: String
    public var isHealthy: Bool

    public init(url: String, branch: String, head: String?, state: String, isHealthy: Bool) {
      self.url = url
      self.branch = branch
      self.head = head
      self.state = state
      self.isHealthy = isHealthy
    }
  }

  public struct Totals: Codable, Sendable, Hashable {
    public var clusters: Int
    public var environments: Int
    public var apps: Int
    public var openRollouts: Int

    public init(clusters: Int, environments: Int, apps: Int, openRollouts: Int) {
      self.clusters = clusters
      self.environments = environments
      self.apps = apps
      self.openRollouts = openRollouts
    }
  }

  public init(
    version: String, epoch: Int, started: Timestamp, now: Timestamp, sequence: Int,
    repository: RepositoryDocument, database: String, listen: [String], totals: Totals,
    openEffects: Int, trouble: String?
  ) {
    self.version = version
    self.epoch = epoch
    self.started = started
    self.now = now
    self.sequence = sequence
    self.repository = repository
    self.database = database
    self.listen = listen
    self.totals = totals
    self.openEffects = openEffects
    self.trouble = trouble
  }
}
