/// Which try of which rollout an apply belongs to, and which life of the hub ordered it. Recorded in
/// the cluster; evidence is bound to it.
public struct DeliveryMark: Sendable, Hashable, Codable {
  public var rollout: String
  public var attempt: Int
  /// Grows with every start of the hub; a cluster that has seen a higher one refuses a lower.
  public var epoch: Int

  public init(rollout: String, attempt: Int, epoch: Int) {
    self.rollout = rollout
    self.attempt = attempt
    self.epoch = epoch
  }
}
