public import RolloutEngine

/// Which waves of a plan exercise which of its changes.
public struct Coverage: Sendable, Hashable {
  /// By class: the index of the first wave that changes one of its clusters; `nil` for a class
  /// without a cluster in the plan.
  public let firstWave: [Int?]
  /// The index of the first wave that changes any cluster.
  public let first: Int?

  /// - Parameter classes: the clusters of each distinct change.
  public init(of classes: [[String]], in plan: Plan) {
    var waveOf: [String: Int] = [:]
    waveOf.reserveCapacity(plan.targetCount)
    for (index, wave) in plan.waves.enumerated() {
      for target in wave.targets { waveOf[target.cluster] = index }
    }
    firstWave = classes.map { $0.lazy.compactMap { waveOf[$0] }.min() }
    first = plan.waves.firstIndex { !$0.targets.isEmpty }
  }

  /// The classes that reach other clusters before anybody has seen them work on one of the first
  /// wave.
  public var untried: [Int] {
    firstWave.indices.filter { firstWave[$0] != nil && firstWave[$0] != first }
  }
}
