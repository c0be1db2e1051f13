/// How a simulated cluster misbehaves. The default is not at all.
public struct ClusterFaults: Sendable, Equatable {
  /// Whether the cluster can be reached at all.
  public enum Reachability: String, Sendable, Equatable {
    case reachable
    /// Connections are closed without an answer; open watches break off.
    case refuse
    /// Requests get no answer until the cluster is reachable again; open watches fall silent.
    case hang
  }

  /// Added before every answer.
  public var latency: Duration = .zero
  /// Share of requests, 0 to 1, answered by ``errorStatus``.
  public var errorRate: Double = 0
  /// The HTTP status of injected errors; 429 and 503 carry `Retry-After`.
  public var errorStatus: Int = 500
  /// Seconds in `Retry-After`.
  public var retryAfterSeconds: Int = 1
  /// Share of answers, 0 to 1, that break off in the middle of the body.
  public var cutRate: Double = 0
  /// Only requests of these HTTP methods are slowed, failed and cut; empty means all.
  public var methods: Set<String> = []
  public var reachability: Reachability = .reachable

  public init() {}
}

/// What is done to one request.
enum InjectedFault: Sendable, Equatable {
  case none
  case refuse
  case fail(status: Int, retryAfter: Int?)
  case cut
}

extension ClusterFaults {
  func decide(method: String, random: inout SeededRandom) -> InjectedFault {
    guard methods.isEmpty || methods.contains(method) else { return .none }
    if errorRate > 0, Double.random(in: 0..<1, using: &random) < errorRate {
      let retries = errorStatus == 429 || errorStatus == 503
      return .fail(status: errorStatus, retryAfter: retries ? retryAfterSeconds : nil)
    }
    if cutRate > 0, Double.random(in: 0..<1, using: &random) < cutRate { return .cut }
    return .none
  }

  func delay(method: String) -> Duration {
    methods.isEmpty || methods.contains(method) ? latency : .zero
  }
}
