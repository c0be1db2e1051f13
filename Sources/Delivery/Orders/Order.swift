public import FleetModel
public import KubernetesAPI
public import Manifests

/// What the hub asks of the agent of a cluster: the methods of ``ClusterChannel``, made into values.
///
/// Orders travel down one stream and each has a number; ``OrderReply``s name it. Giving an order twice
/// is giving it once, as with the methods.
public enum Order: Sendable {
  case apply(
    TargetState, app: String, mark: DeliveryMark, prune: PrunePolicy,
    policy: ApplyPolicy, user: Impersonation?)
  case prune(
    Set<ResourceIdentity>, beside: TargetState, app: String, mark: DeliveryMark,
    user: Impersonation?)
  case readInventories
  case readInventory(app: String)
  /// Answered by reports until it is cancelled.
  case observe(
    TargetState, app: String, mark: DeliveryMark, checks: [HealthCheck], user: Impersonation?)
  /// Answered when the watch has begun, then by drifts, until it is cancelled.
  case watchDrift(app: String, digest: Digest, user: Impersonation?)
  /// For the watch of that number, which asked for it.
  case target(TargetState)
  /// The order of that number is of no use any more.
  case cancel
  /// Says that the hub is there, and wants to hear the same.
  case ping

  /// The language of orders and replies. Hub and agent must speak the same.
  public static let protocolVersion = 1

  /// The target state that travels with it.
  var target: TargetState? {
    switch self {
    case .apply(let target, _, _, _, _, _), .prune(_, let target, _, _, _),
      .observe(let target, _, _, _, _), .target(let target):
      target
    case .readInventories, .readInventory, .watchDrift, .cancel, .ping: nil
    }
  }
}

/// The first line of an order on the wire; the objects of its target state follow, a line each.
struct OrderHead: Codable {
  enum Kind: String, Codable {
    case apply, prune, readInventories, readInventory, observe, watchDrift, target, cancel, ping
  }

  var number: Int
  var kind: Kind
  var app: String?
  var mark: DeliveryMark?
  var prune: PrunePolicy?
  var policy: ApplyPolicy?
  var user: Impersonation?
  var list: [ResourceIdentity]?
  var checks: [HealthCheck]?
  /// The name of the target state.
  var digest: Digest?
  /// What the objects that follow hash to.
  var content: Digest?
  var objects: Int?

  init(_ order: Order, number: Int) {
    self.number = number
    switch order {
    case .apply(_, let app, let mark, let prune, let policy, let user):
      kind = .apply
      (self.app, self.mark, self.prune) = (app, mark, prune)
      (self.policy, self.user) = (policy, user)
    case .prune(let list, _, let app, let mark, let user):
      kind = .prune
      self.list = list.sorted()
      (self.app, self.mark, self.user) = (app, mark, user)
    case .readInventories: kind = .readInventories
    case .readInventory(let app):
      kind = .readInventory
      self.app = app
    case .observe(_, let app, let mark, let checks, let user):
      kind = .observe
      self.checks = checks
      (self.app, self.mark, self.user) = (app, mark, user)
    case .watchDrift(let app, let digest, let user):
      kind = .watchDrift
      (self.app, self.digest, self.user) = (app, digest, user)
    case .target: kind = .target
    case .cancel: kind = .cancel
    case .ping: kind = .ping
    }
    if let target = order.target {
      digest = target.digest
      content = Digest(combining: target.objects.lazy.map(\.digest))
      objects = target.objects.count
    }
  }

  /// The order, once its objects are there.
  func order(_ objects: [ManifestObject]) throws(OrderFault) -> Order {
    func need<Value>(_ value: Value?, _ name: String) throws(OrderFault) -> Value {
      guard let value else { throw OrderFault("an order '\(kind.rawValue)' has no '\(name)'") }
      return value
    }
    func target() throws(OrderFault) -> TargetState {
      guard try need(content, "content") == Digest(combining: objects.lazy.map(\.digest)) else {
        throw OrderFault("a target state is not what its digest says")
      }
      return TargetState(objects, named: try need(digest, "digest"))
    }
    switch kind {
    case .apply:
      return .apply(
        try target(), app: try need(app, "app"), mark: try need(mark, "mark"),
        prune: try need(prune, "prune"), policy: try need(policy, "policy"), user: user)
    case .prune:
      return .prune(
        Set(try need(list, "list")), beside: try target(), app: try need(app, "app"),
        mark: try need(mark, "mark"), user: user)
    case .readInventories: return .readInventories
    case .readInventory: return .readInventory(app: try need(app, "app"))
    case .observe:
      return .observe(
        try target(), app: try need(app, "app"), mark: try need(mark, "mark"),
        checks: try need(checks, "checks"), user: user)
    case .watchDrift:
      return .watchDrift(
        app: try need(app, "app"), digest: try need(digest, "digest"), user: user)
    case .target: return .target(try target())
    case .cancel: return .cancel
    case .ping: return .ping
    }
  }
}
