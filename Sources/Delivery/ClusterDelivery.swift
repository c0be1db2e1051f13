public import FleetModel
public import KubernetesAPI
public import Manifests

/// Brings target states to one cluster and watches what becomes of them.
///
/// At most one apply may be in flight per cluster and app; that is the caller's duty. Two hubs are
/// kept apart by the epoch in ``DeliveryMark``.
public struct ClusterDelivery: Sendable {
  public let client: KubernetesClient
  /// Changes objects of apps; everything else is the hub's own.
  let writer: KubernetesClient
  /// How many objects of one group are sent at once.
  public let concurrency: Int
  /// How long a new CRD may take until its kind is served.
  public let definitionDeadline: Duration

  public var cluster: String { client.cluster }

  public init(
    client: KubernetesClient, concurrency: Int = 4, definitionDeadline: Duration = .seconds(30)
  ) {
    self.client = client
    writer = client
    self.concurrency = concurrency
    self.definitionDeadline = definitionDeadline
  }

  private init(_ other: ClusterDelivery, writer: KubernetesClient) {
    client = other.client
    self.writer = writer
    concurrency = other.concurrency
    definitionDeadline = other.definitionDeadline
  }

  /// The same delivery, which creates, changes and deletes objects of apps in the name of `user`.
  /// Lists, watches and inventories stay the hub's own: what somebody may not see must not be taken
  /// for gone.
  public func writing(as user: Impersonation?) -> ClusterDelivery {
    ClusterDelivery(self, writer: client.impersonating(user))
  }

  public func contact() async throws {
    do { _ = try await client.hurrying(.seconds(10)).version() } catch let error as KubernetesError
    {
      // A cluster that says no has answered; the apply will tell what is wrong.
      guard error.isUnreachable else { return }
      throw DeliveryError(cluster: cluster, app: "", reason: .cluster(error))
    }
  }

  /// Makes the cluster hold `target` for `app`: objects in order by server-side apply, then those
  /// deleted, or left and reported, that are ours and not in it. Doing it twice is doing it once.
  ///
  /// Throws ``DeliveryError``, or `CancellationError`. After any error the inventory names a superset
  /// of what is there, and the same call may be made again. Nothing is deleted unless every list
  /// that decides on it was complete.
  ///
  /// - Parameter policy: what may be done to what is not Flotilla's.
  public func apply(
    _ target: TargetState, app: String, mark: DeliveryMark, prune: PrunePolicy = .delete,
    policy: ApplyPolicy = ApplyPolicy()
  ) async throws -> ApplyReport {
    do {
      let run = ApplyRun(
        delivery: self, target: target, app: app, mark: mark, prune: prune, policy: policy)
      return try await run.execute()
    } catch let error as KubernetesError {
      throw DeliveryError(cluster: cluster, app: app, reason: .cluster(error))
    } catch let fault as ApplyOrder.Fault {
      throw DeliveryError(cluster: cluster, app: app, reason: .invalid(fault.line))
    } catch let fault as ApplyPolicy.AnnotationFault {
      throw DeliveryError(cluster: cluster, app: app, reason: .invalid(fault.description))
    }
  }

  /// Deletes the objects of `list` that are on the cluster, ours, and not in `target`, which the
  /// cluster must hold completely. What else is beyond the target state stays and is reported as
  /// kept. Doing it twice is doing it once.
  ///
  /// Throws as ``apply(_:app:mark:prune:policy:)`` does. Nothing is deleted unless every list that decides on
  /// it was complete; the inventory names an object until it is known to be gone.
  public func prune(
    _ list: Set<ResourceIdentity>, beside target: TargetState, app: String, mark: DeliveryMark
  ) async throws -> ApplyReport {
    do {
      let run = PruneRun(delivery: self, target: target, app: app, mark: mark, list: list)
      return try await run.execute()
    } catch let error as KubernetesError {
      throw DeliveryError(cluster: cluster, app: app, reason: .cluster(error))
    }
  }

  /// What the cluster says about each app that Flotilla ever brought there: who wrote it last, and
  /// which target state; by app. Throws ``KubernetesError`` when the answer is not complete.
  public func readInventories() async throws -> InventoryReading {
    try await InventoryStore(client: client).readAll()
  }

  /// The inventory of one app; `nil` when the cluster has none. Throws ``DeliveryError``.
  public func readInventory(_ app: String) async throws -> Inventory? {
    do {
      return try await InventoryStore(client: client).read(app)?.inventory
    } catch let error as KubernetesError {
      throw DeliveryError(cluster: cluster, app: app, reason: .cluster(error))
    }
  }
}
