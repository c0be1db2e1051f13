internal import KubernetesAPI
public import Manifests

/// Watches what was delivered of one app to one cluster, for drift alone and without holding the
/// target state: what the inventory says of each object tells whether somebody touched it, and only
/// then is the target state needed. Nothing is ever applied.
public struct StandingWatch: Sendable {
  /// Why there is nothing to hold the cluster against.
  public struct NothingDelivered: Error, CustomStringConvertible {
    public let description: String
  }

  private let delivery: ClusterDelivery
  private let client: KubernetesClient
  private let app: String
  private let digest: Digest
  private let policy: ObservationPolicy
  private let board: StandingBoard
  /// What is watched, with the version of its first list.
  private let begun: [(resource: ServedResource, version: String)]

  /// Lists what the inventory names. Throws ``NothingDelivered`` when the cluster does not hold
  /// `digest` completely, and `KubernetesError` when it does not answer.
  public init(
    _ delivery: ClusterDelivery, app: String, digest: Digest,
    policy: ObservationPolicy = ObservationPolicy(probeInterval: .seconds(600))
  ) async throws {
    self.delivery = delivery
    client = delivery.observingClient
    self.app = app
    self.digest = digest
    self.policy = policy
    let records = try await StandingWatch.records(client, app, digest)
    var resources: [ServedResource] = []
    for kind in Set(records.keys.map { GroupVersionKind(of: $0) }) {
      do { resources.append(try await client.resource(for: kind)) } catch let error
        as KubernetesError
      {
        // The kind is gone, and its objects with it: the board finds none.
        guard case .notServed = error.reason else { throw error }
      }
    }
    board = StandingBoard(records, served: resources)
    let follower = ResourceFollower(client: client, app: app, pollInterval: policy.pollInterval)
    var begun: [(resource: ServedResource, version: String)] = []
    for resource in resources {
      begun.append((resource, try await follower.list(resource, detail: .metadata, into: board)))
    }
    self.begun = begun
  }

  /// Reports what drifted, at first at once and then whenever it changes, until something fails: then
  /// watch anew. `target` makes the target state when it is needed.
  public func run(
    target: @escaping @Sendable () async throws -> TargetState,
    report: @escaping @Sendable ([Drift]) async throws -> Void
  ) async throws {
    let follower = ResourceFollower(client: client, app: app, pollInterval: policy.pollInterval)
    try await withThrowingTaskGroup(of: Void.self) { group in
      for (resource, version) in begun {
        group.addTask {
          try await follower.follow(resource, from: version, detail: .metadata, into: board)
        }
      }
      group.addTask {
        while true {
          try await Task.sleep(for: policy.probeInterval * Double.random(in: 0.8...1.2))
          board.set(records: try await StandingWatch.records(client, app, digest))
        }
      }
      group.addTask {
        var book = DriftBook(delivery, app: app)
        var told: [Drift]?
        for await _ in board.changes {
          let drifts = try await look(&book, target)
          if drifts != told { try await report(drifts) }
          told = drifts
        }
      }
      // The first that fails ends all.
      for try await _ in group {}
    }
  }

  private func look(
    _ book: inout DriftBook, _ target: @Sendable () async throws -> TargetState
  ) async throws -> [Drift] {
    if board.isUntouched { return [] }
    // Was it us? Another attempt leaves another record.
    board.set(records: try await StandingWatch.records(client, app, digest))
    if board.isUntouched { return [] }
    let objects = try await target().objects.compactMap { object in
      board.touched(object.identity).map { (object, $0.ownership) }
    }
    return try await book.look(at: objects)
  }

  private static func records(
    _ client: KubernetesClient, _ app: String, _ digest: Digest
  ) async throws -> [ResourceIdentity: AppliedRecord] {
    func nothing(_ line: String) -> NothingDelivered {
      NothingDelivered(description: "cluster \(client.cluster), app \(app): \(line)")
    }
    guard let inventory = try await InventoryStore(client: client).read(app)?.inventory else {
      throw nothing("the cluster has no inventory of this app")
    }
    guard inventory.digest == digest else {
      throw nothing(
        "the cluster holds target state \(inventory.digest.short), not \(digest.short)")
    }
    guard inventory.phase == .applied else {
      throw nothing("the target state is not applied completely")
    }
    return inventory.records
  }
}
