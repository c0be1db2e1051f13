/// The DORA figures of one app in one environment; docs/dora.md says what counts as what.
public struct PerformanceDocument: Codable, Sendable, Hashable {
  /// Spans of time in seconds.
  public struct Sample: Codable, Sendable, Hashable {
    public var count: Int
    /// Missing for an empty sample, as below.
    public var median: Double?
    public var p90: Double?

    public init(count: Int, median: Double? = nil, p90: Double? = nil) {
      self.count = count
      self.median = median
      self.p90 = p90
    }
  }

  public struct Frequency: Codable, Sendable, Hashable {
    /// Rollouts that succeeded in the period.
    public var count: Int
    public var perDay: Double

    public init(count: Int, perDay: Double) {
      self.count = count
      self.perDay = perDay
    }
  }

  public struct FailureRate: Codable, Sendable, Hashable {
    public var failed: Int
    /// Rollouts that started in the period.
    public var count: Int
    /// From 0 to 1; missing where nothing started.
    public var rate: Double?

    public init(failed: Int, count: Int, rate: Double? = nil) {
      self.failed = failed
      self.count = count
      self.rate = rate
    }
  }

  public var app: String
  public var environment: String
  public var from: Timestamp
  public var to: Timestamp
  public var deploymentFrequency: Frequency
  public var leadTime: Sample
  public var changeFailureRate: FailureRate
  public var timeToRestore: Sample
  /// Failures in the period that nothing has put right yet.
  public var unrestored: Int

  public init(
    app: String, environment: String, from: Timestamp, to: Timestamp,
    deploymentFrequency: Frequency, leadTime: Sample, changeFailureRate: FailureRate,
    timeToRestore: Sample, unrestored: Int
  ) {
    self.app = app
    self.environment = environment
    self.from = from
    self.to = to
    self.deploymentFrequency = deploymentFrequency
    self.leadTime = leadTime
    self.changeFailureRate = changeFailureRate
    self.timeToRestore = timeToRestore
    self.unrestored = unrestored
  }
}
