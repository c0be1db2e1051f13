public import Manifests

/// `fleet.yaml`: what holds for the whole fleet.
public struct Fleet: Sendable, Hashable, Codable {
  public static let defaultStateBranch = "flotilla/state"

  public var name: String
  /// The branch that records pins and decisions.
  public var stateBranch: String
  /// Used by environments that name no strategy.
  public var defaultStrategy: String?
  /// Over all rollouts; `nil` for none.
  public var limits: Limits?

  public init(
    name: String = "fleet", stateBranch: String = Fleet.defaultStateBranch,
    defaultStrategy: String? = nil, limits: Limits? = nil
  ) {
    self.name = name
    self.stateBranch = stateBranch
    self.defaultStrategy = defaultStrategy
    self.limits = limits
  }

  /// How many targets may be in flight at once, whatever the waves of their rollouts allow.
  public struct Limits: Sendable, Hashable, Codable {
    /// Of the whole fleet; `nil` is no limit, at least 1.
    public var maxConcurrent: Int?
    /// Of the clusters with one `failureDomain`, for each of those; `nil` is no limit, at least 1.
    public var maxConcurrentPerFailureDomain: Int?

    public init(maxConcurrent: Int? = nil, maxConcurrentPerFailureDomain: Int? = nil) {
      self.maxConcurrent = maxConcurrent
      self.maxConcurrentPerFailureDomain = maxConcurrentPerFailureDomain
    }
  }
}

/// When changes may start, or may not. Deny wins.
public struct Window: Sendable, Hashable, Codable {
  public enum Kind: String, Sendable, Hashable, Codable, CaseIterable { case allow, deny }

  public var name: String
  public var kind: Kind
  /// Five fields, as in cron(8).
  public var schedule: String
  public var duration: TimeSpan
  /// IANA name of the zone that the schedule is read in.
  public var timeZone: String
  public var environments: [String]
  public var apps: [String]
  public var clusters: LabelSelector
  public var reason: String

  public init(
    name: String, kind: Kind, schedule: String, duration: TimeSpan, timeZone: String = "UTC",
    environments: [String] = [], apps: [String] = [], clusters: LabelSelector = LabelSelector(),
    reason: String = ""
  ) {
    self.name = name
    self.kind = kind
    self.schedule = schedule
    self.duration = duration
    self.timeZone = timeZone
    self.environments = environments
    self.apps = apps
    self.clusters = clusters
    self.reason = reason
  }
}

/// Everything that `fleet/` of one commit says, checked: names are unique, references resolve,
/// every cluster belongs to exactly one environment.
public struct FleetConfiguration: Sendable, Hashable, Codable {
  public var fleet: Fleet
  /// Sorted by name, as are the lists below.
  public var clusters: [Cluster]
  public var apps: [App]
  public var environments: [Environment]
  public var windows: [Window]
  /// Of all Access objects, in the order of their names.
  public var access: [RoleBinding]

  public init(
    fleet: Fleet = Fleet(), clusters: [Cluster] = [], apps: [App] = [],
    environments: [Environment] = [], windows: [Window] = [], access: [RoleBinding] = []
  ) {
    self.fleet = fleet
    self.clusters = clusters.sorted { $0.name < $1.name }
    self.apps = apps.sorted { $0.name < $1.name }
    self.environments = environments.sorted { $0.name < $1.name }
    self.windows = windows.sorted { $0.name < $1.name }
    self.access = access
  }

  public func cluster(_ name: String) -> Cluster? { clusters.first { $0.name == name } }
  public func app(_ name: String) -> App? { apps.first { $0.name == name } }
  public func environment(_ name: String) -> Environment? {
    environments.first { $0.name == name }
  }

  /// The one environment whose selector matches `cluster`.
  public func environment(of cluster: Cluster) -> Environment? {
    environments.first { $0.clusters.matches(cluster) }
  }

  /// The clusters of `app` inside `environment`, sorted by name.
  public func clusters(of app: App, in environment: Environment) -> [Cluster] {
    clusters.filter {
      app.clusters.matches($0) && environment.clusters.matches($0)
    }
  }

  /// Environments so that each comes after all that it names in `after`; by name where the order is
  /// free.
  public var environmentsInOrder: [Environment] {
    var ordered: [Environment] = []
    var placed = Set<String>()
    var waiting = environments
    while let next = waiting.firstIndex(where: { $0.after.allSatisfy(placed.contains) }) {
      let environment = waiting.remove(at: next)
      placed.insert(environment.name)
      ordered.append(environment)
    }
    return ordered
  }
}
