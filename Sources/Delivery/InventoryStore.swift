internal import KubernetesAPI
internal import Manifests

/// Reads and writes inventories: a ConfigMap per app in Flotilla's namespace.
struct InventoryStore {
  static let namespace = "flotilla-system"
  static let parentKind = GroupKind(group: "", kind: "ConfigMap")
  static let appLabel = "flotilla.dev/app"
  private static let digestAnnotation = "flotilla.dev/target-digest"
  private static let phaseAnnotation = "flotilla.dev/phase"
  private static let rolloutAnnotation = "flotilla.dev/rollout"
  private static let attemptAnnotation = "flotilla.dev/attempt"
  private static let epochAnnotation = "flotilla.dev/epoch"
  private static let recordsKey = "applied"

  let client: KubernetesClient

  /// An inventory as it was found: the object is kept, so that what others added to it stays.
  struct Stored {
    let inventory: Inventory
    let object: Node
  }

  static func parentName(of app: String) -> String { "flotilla-\(app)" }

  static func setID(of app: String) -> String {
    ApplySet.id(name: parentName(of: app), namespace: namespace, kind: parentKind)
  }

  private static func parent(of app: String) -> ResourceIdentity {
    ResourceIdentity(
      group: "", version: "v1", kind: "ConfigMap", namespace: namespace, name: parentName(of: app))
  }

  func read(_ app: String) async throws -> Stored? {
    guard let object = try await client.get(InventoryStore.parent(of: app)) else { return nil }
    return Stored(inventory: try decode(object, app: app), object: object)
  }

  /// All inventories of the cluster, by app.
  func readAll() async throws -> InventoryReading {
    let kind = GroupVersionKind(group: "", version: "v1", kind: "ConfigMap")
    let list = try await client.list(
      try await client.resource(for: kind), namespace: InventoryStore.namespace,
      selector: InventoryStore.appLabel)
    var reading = InventoryReading()
    for object in list.items {
      guard let app = object.value(at: "metadata", "labels", InventoryStore.appLabel)?.string
      else { continue }
      do {
        reading.inventories.append(try decode(object, app: app))
      } catch {
        reading.faults.append(error)
      }
    }
    reading.inventories.sort { $0.app < $1.app }
    return reading
  }

  private func decode(_ object: Node, app: String) throws(DeliveryError) -> Inventory {
    let annotations = object.value(at: "metadata", "annotations") ?? .emptyMapping
    func fault(_ line: String) -> DeliveryError {
      DeliveryError(
        cluster: client.cluster, app: app,
        reason: .foreignInventory(
          "ConfigMap \(InventoryStore.namespace)/\(InventoryStore.parentName(of: app)) \(line)"))
    }
    guard let tooling = annotations[ApplySet.toolingAnnotation]?.string,
      tooling.hasPrefix("flotilla/")
    else {
      throw fault("exists and is not Flotilla's; remove it or choose another name for the app")
    }
    func read(_ annotation: String) throws(DeliveryError) -> String {
      guard let text = annotations[annotation]?.string else {
        throw fault("has no annotation \(annotation); somebody changed it by hand")
      }
      return text
    }
    guard let digest = Digest(hex: try read(InventoryStore.digestAnnotation)),
      let phase = Inventory.Phase(rawValue: try read(InventoryStore.phaseAnnotation)),
      let attempt = Int(try read(InventoryStore.attemptAnnotation)),
      let epoch = Int(try read(InventoryStore.epochAnnotation))
    else { throw fault("has malformed annotations; somebody changed it by hand") }
    let kinds = (annotations[ApplySet.groupKindsAnnotation]?.string ?? "")
      .split(separator: ",").compactMap { GroupKind(parsing: $0) }
    let namespaces = (annotations[ApplySet.namespacesAnnotation]?.string ?? "")
      .split(separator: ",").map(String.init)
    return Inventory(
      app: app, phase: phase, digest: digest,
      mark: DeliveryMark(
        rollout: try read(InventoryStore.rolloutAnnotation), attempt: attempt, epoch: epoch),
      groupKinds: Set(kinds), namespaces: Set(namespaces),
      records: .init(
        reading: object.value(at: "data", InventoryStore.recordsKey)?.string ?? ""))
  }

  /// Writes `inventory` over what was read. `nil` when somebody else wrote in between: read again,
  /// check the epoch again.
  func write(_ inventory: Inventory, over stored: Stored?) async throws -> Stored? {
    var object =
      stored?.object
      ?? .object([
        "apiVersion": .string("v1"), "kind": .string("ConfigMap"),
        "metadata": .object([
          "name": .string(InventoryStore.parentName(of: inventory.app)),
          "namespace": .string(InventoryStore.namespace),
        ]),
      ])
    encode(inventory, into: &object)
    do {
      let written: Node
      if stored == nil {
        written = try await create(object)
      } else {
        written = try await client.replace(object)
      }
      return Stored(inventory: inventory, object: written)
    } catch let error as KubernetesError where error.api?.code == 409 {
      return nil
    } catch let error as KubernetesError where stored != nil && error.api?.code == 404 {
      return nil
    }
  }

  private func encode(_ inventory: Inventory, into object: inout Node) {
    var metadata = object["metadata"] ?? .emptyMapping
    var labels = metadata["labels"] ?? .emptyMapping
    labels[ApplySet.idLabel] = .string(InventoryStore.setID(of: inventory.app))
    labels[InventoryStore.appLabel] = .string(inventory.app)
    labels["app.kubernetes.io/managed-by"] = .string("flotilla")
    metadata["labels"] = labels
    var annotations = metadata["annotations"] ?? .emptyMapping
    let entries = [
      (ApplySet.toolingAnnotation, ApplySet.tooling),
      (
        ApplySet.groupKindsAnnotation,
        inventory.groupKinds.map(\.description).sorted().joined(separator: ",")
      ),
      (
        ApplySet.namespacesAnnotation,
        inventory.namespaces.filter { $0 != InventoryStore.namespace }.sorted()
          .joined(separator: ",")
      ),
      (InventoryStore.digestAnnotation, inventory.digest.hex),
      (InventoryStore.phaseAnnotation, inventory.phase.rawValue),
      (InventoryStore.rolloutAnnotation, inventory.mark.rollout),
      (InventoryStore.attemptAnnotation, "\(inventory.mark.attempt)"),
      (InventoryStore.epochAnnotation, "\(inventory.mark.epoch)"),
    ]
    for (name, value) in entries { annotations[name] = .string(value) }
    metadata["annotations"] = annotations
    object["metadata"] = metadata
    var data = object["data"] ?? .emptyMapping
    let records = inventory.records.text ?? ""
    data[InventoryStore.recordsKey] = records.isEmpty ? nil : .string(records)
    object["data"] = data.mapping?.isEmpty == false ? data : nil
  }

  private func create(_ object: Node) async throws -> Node {
    do {
      return try await client.create(object)
    } catch let error as KubernetesError where error.api?.code == 404 {
      // The namespace is missing: this is the first app on the cluster.
      try await createNamespace()
      return try await client.create(object)
    }
  }

  private func createNamespace() async throws {
    let namespace = Node.object([
      "apiVersion": .string("v1"), "kind": .string("Namespace"),
      "metadata": .object([
        "name": .string(InventoryStore.namespace),
        "labels": .object(["app.kubernetes.io/managed-by": .string("flotilla")]),
      ]),
    ])
    do {
      _ = try await client.create(namespace)
    } catch let error as KubernetesError where error.api?.reason == "AlreadyExists" {
      // Another app's first apply was faster.
    }
  }
}
