public import Manifests

/// In which waves, at what pace and under which conditions targets change.
public struct Strategy: Sendable, Hashable, Codable {
  /// Empty for a strategy written inside an Environment.
  public var name: String
  /// At least one.
  public var waves: [WaveSpec]
  public var deletions: DeletionBudget

  public init(name: String = "", waves: [WaveSpec], deletions: DeletionBudget = DeletionBudget()) {
    self.name = name
    self.waves = waves
    self.deletions = deletions
  }

  /// What an Environment without a strategy gets: one wave, one failure halts.
  public static let allAtOnce = Strategy(waves: [WaveSpec(name: "all")])
}

/// One wave as a strategy declares it.
public struct WaveSpec: Sendable, Hashable, Codable {
  /// Which of the targets that earlier waves left over belong to this one.
  public enum Membership: Sendable, Hashable, Codable {
    case selector(LabelSelector)
    /// Rounds up; the last wave takes the rest.
    case size(Quantity)
    case rest
  }

  public enum Breach: String, Sendable, Hashable, Codable, CaseIterable {
    case halt, rollbackWave, rollback
  }

  public var name: String
  public var membership: Membership
  /// A label whose values order the targets of the wave; numbers count as numbers.
  public var orderBy: String?
  /// Rounds down, at least 1. `nil` is no limit.
  public var maxConcurrent: Quantity?
  /// Rounds down, at least 0. More failures than this halt the wave.
  public var maxFailures: Quantity
  /// Rounds down, at least 0. So many targets may be left behind as unreachable.
  public var maxUnreachable: Quantity
  /// From dispatch to healthy.
  public var progressDeadline: TimeSpan
  public var soak: TimeSpan
  public var before: [Gate]
  public var after: [Gate]
  public var onBreach: Breach

  public init(
    name: String, membership: Membership = .rest, orderBy: String? = nil,
    maxConcurrent: Quantity? = nil, maxFailures: Quantity = .count(0),
    maxUnreachable: Quantity = .count(0), progressDeadline: TimeSpan = .minutes(10),
    soak: TimeSpan = .zero, before: [Gate] = [], after: [Gate] = [], onBreach: Breach = .halt
  ) {
    self.name = name
    self.membership = membership
    self.orderBy = orderBy
    self.maxConcurrent = maxConcurrent
    self.maxFailures = maxFailures
    self.maxUnreachable = maxUnreachable
    self.progressDeadline = progressDeadline
    self.soak = soak
    self.before = before
    self.after = after
    self.onBreach = onBreach
  }
}

/// A number of clusters, or a share of them.
public enum Quantity: Sendable, Hashable, Codable, CustomStringConvertible {
  case count(Int)
  /// 0 to 100.
  case percent(Int)

  public func roundedDown(of total: Int, atLeast least: Int) -> Int {
    switch self {
    case .count(let count): max(count, least)
    case .percent(let percent): max(total * percent / 100, least)
    }
  }

  public func roundedUp(of total: Int) -> Int {
    switch self {
    case .count(let count): min(count, total)
    case .percent(let percent): (total * percent + 99) / 100
    }
  }

  public var description: String {
    switch self {
    case .count(let count): "\(count)"
    case .percent(let percent): "\(percent)%"
    }
  }
}

/// A check that must pass before a wave opens or before it counts as passed.
public enum Gate: Sendable, Hashable, Codable {
  case approval(Approvals)
  /// 2xx passes, 4xx fails, everything else is an error and retried.
  case http(HTTPGate)
  case prometheus(PrometheusGate)
  /// Waits for a person.
  case hold(name: String)
}

public struct HTTPGate: Sendable, Hashable, Codable {
  public var url: String
  public var timeout: TimeSpan

  public init(url: String, timeout: TimeSpan = .seconds(10)) {
    self.url = url
    self.timeout = timeout
  }
}

public struct PrometheusGate: Sendable, Hashable, Codable {
  public var url: String
  public var query: String
  /// A comparison such as `< 0.01`.
  public var threshold: String
  public var `for`: TimeSpan

  public init(url: String, query: String, threshold: String, for span: TimeSpan) {
    self.url = url
    self.query = query
    self.threshold = threshold
    self.for = span
  }
}

/// How much may be deleted without a person's agreement.
public struct DeletionBudget: Sendable, Hashable, Codable {
  /// Objects of one cluster in one rollout; `nil` is no limit.
  public var maxPerCluster: Int?
  /// Share of the app's objects on one cluster in percent; `nil` is no limit.
  public var maxPercent: Int?
  /// Kinds whose deletion always needs an approval.
  public var approvalFor: [String]

  public static let guardedKinds = [
    "Namespace", "CustomResourceDefinition", "PersistentVolume", "PersistentVolumeClaim",
    "StatefulSet",
  ]

  public init(
    maxPerCluster: Int? = nil, maxPercent: Int? = nil,
    approvalFor: [String] = DeletionBudget.guardedKinds
  ) {
    self.maxPerCluster = maxPerCluster
    self.maxPercent = maxPercent
    self.approvalFor = approvalFor
  }
}
