public import FleetModel
public import RolloutEngine

/// How one simulated rollout went.
public struct RunReport: Sendable {
  public enum End: Sendable, Hashable {
    case succeeded(at: Instant)
    /// Some targets were left behind within their budgets.
    case succeededWithDebt(at: Instant)
    case halted(wave: Int)
    /// It waits for something that time does not bring.
    case stuck(String)
    case ended(RolloutPhase)
  }

  public internal(set) var end: End?
  /// By wave.
  public internal(set) var opened: [Instant?]
  public internal(set) var passed: [Instant?]
  /// The first wave that halted it, whatever came after.
  public internal(set) var haltedWave: Int?
  /// How long nothing could go on, by what was waited for.
  public internal(set) var waits: [String: TimeSpan] = [:]
  /// What people were taken to agree with at once.
  public internal(set) var people: Set<String> = []

  init(waves: Int) {
    opened = Array(repeating: nil, count: waves)
    passed = opened
  }
}
