internal import KubernetesAPI
internal import Manifests

/// Who is told what is there of one kind, and what becomes of it.
protocol ResourceListener: Sendable {
  /// All objects of the kind.
  func replace(_ resource: ServedResource, with items: [Node])
  func set(_ resource: ServedResource, _ object: Node)
  func remove(_ resource: ServedResource, _ object: Node)
}

/// Follows the objects of one app, kind by kind: a list, then a watch, then a list again where that
/// breaks.
struct ResourceFollower: Sendable {
  let client: KubernetesClient
  let app: String
  /// How often kinds that cannot be watched are listed.
  let pollInterval: Duration

  private var selector: String { "\(ApplySet.partOfLabel)=\(InventoryStore.setID(of: app))" }

  /// Runs until a list fails.
  func follow(
    _ resource: ServedResource, detail: ObjectDetail, into listener: some ResourceListener
  ) async throws {
    let version = try await list(resource, detail: detail, into: listener)
    try await follow(resource, from: version, detail: detail, into: listener)
  }

  /// Goes on after a list that ended at `start`. Runs until a list fails.
  func follow(
    _ resource: ServedResource, from start: String, detail: ObjectDetail,
    into listener: some ResourceListener
  ) async throws {
    var version = start
    while true {
      if resource.verbs.contains("watch") {
        do {
          version = try await watch(resource, from: version, detail: detail, into: listener)
          continue
        } catch let error as KubernetesError where error.api?.code == 410 {
          // History was compacted: begin from a new list.
        } catch is KubernetesError {
          // The list that follows tells whether the cluster or only the watch is at fault.
          try await client.retry.sleep(client.retry.backOff(1))
        }
      } else {
        try await Task.sleep(for: pollInterval)
      }
      version = try await list(resource, detail: detail, into: listener)
    }
  }

  /// Answers the version that the list is of.
  func list(
    _ resource: ServedResource, detail: ObjectDetail, into listener: some ResourceListener
  ) async throws -> String {
    let list = try await client.list(resource, selector: selector, detail: detail)
    listener.replace(resource, with: list.items)
    return list.resourceVersion
  }

  /// Until the server ends the watch; returns the version that was reached.
  private func watch(
    _ resource: ServedResource, from start: String, detail: ObjectDetail,
    into listener: some ResourceListener
  ) async throws -> String {
    var version = start
    let events = try await client.watch(
      resource, selector: selector, from: start, detail: detail)
    for try await event in events {
      switch event {
      case .added(let object), .modified(let object):
        listener.set(resource, object)
        version = object.value(at: "metadata", "resourceVersion")?.string ?? version
      case .deleted(let object):
        listener.remove(resource, object)
        version = object.value(at: "metadata", "resourceVersion")?.string ?? version
      case .bookmark(let reached): version = reached.isEmpty ? version : reached
      }
    }
    return version
  }
}

extension ClusterDelivery {
  /// One lost answer is no outage; more tries would only tell it later.
  var observingClient: KubernetesClient {
    var retry = client.retry
    retry.attempts = min(retry.attempts, 2)
    retry.attemptsWithoutAnswer = min(retry.attemptsWithoutAnswer, 2)
    return client.retrying(retry)
  }
}
