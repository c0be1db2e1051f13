internal import Foundation
public import Manifests

/// What an agent says to an order.
public struct OrderReply: Sendable, Codable {
  public enum Finding: Sendable, Codable {
    /// Of an apply or a deletion, bound to the attempt and the target state that it speaks of.
    case done(ApplyReport, mark: DeliveryMark, digest: Digest)
    case inventories([HeldState], faults: [String])
    case inventory(HeldState?)
    case health(HealthReport)
    /// The watch for drift has looked at the cluster once.
    case watching
    case drift([Drift], digest: Digest)
    /// The watch needs ``Order/target(_:)``.
    case needsTarget
    case failed(Failure)
    case pong
  }

  /// What a cluster says that it holds of one app.
  public struct HeldState: Sendable, Codable {
    var app: String
    var phase: Inventory.Phase
    var digest: Digest
    var mark: DeliveryMark

    public init(_ inventory: Inventory) {
      app = inventory.app
      phase = inventory.phase
      digest = inventory.digest
      mark = inventory.mark
    }

    /// Without kinds, places and records, which stay with the agent.
    public var inventory: Inventory {
      Inventory(
        app: app, phase: phase, digest: digest, mark: mark, groupKinds: [], namespaces: [])
    }
  }

  /// Why an order was not carried out.
  public struct Failure: Sendable, Codable {
    public var line: String
    public var isTransient: Bool
    public var isUnreachable: Bool

    public init(_ error: any Error) {
      line = "\(error)"
      let delivery = error as? DeliveryError
      isUnreachable = delivery?.isUnreachable ?? false
      isTransient = delivery?.isTransient ?? true
    }

    public func error(cluster: String, app: String) -> DeliveryError {
      DeliveryError(
        cluster: cluster, app: app,
        reason: .agent(line: line, isTransient: isTransient, isUnreachable: isUnreachable))
    }
  }

  /// Of the order that it answers; 0 where it answers none.
  public var number: Int
  public var finding: Finding

  public init(number: Int, _ finding: Finding) {
    self.number = number
    self.finding = finding
  }

  public func encoded() throws -> [UInt8] { try [UInt8](JSONEncoder().encode(self)) }

  public init(decoding bytes: [UInt8]) throws {
    self = try JSONDecoder().decode(OrderReply.self, from: Data(bytes))
  }
}
