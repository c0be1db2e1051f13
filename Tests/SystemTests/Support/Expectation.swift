import Delivery
import FleetModel
import Foundation
import HubStore
import KubernetesAPI
import Manifests
import Rendering
import RolloutEngine
import SourceTree

/// What a hub's database says when all is over.
struct FinalState {
  let state: State
  let events: [RecordedEvent]
  /// Rows as they are stored, by kind and key.
  let rows: [String]
  /// Rows as the log folds to them.
  let foldedRows: [String]

  /// Reads the database of a hub that does not run.
  init(databasePath: String) throws {
    let database = try HubDatabase(path: databasePath)
    var events: [RecordedEvent] = []
    while true {
      let page = try database.events(after: events.last?.sequence ?? 0, limit: 1000)
      if page.isEmpty { break }
      events += try page.map { try RecordedEvent(json: Array($0.body.utf8)) }
    }
    rows = try database.projections().map { "\($0.kind) \($0.key) \($0.body)" }.sorted()
    try database.close()
    var folded = State()
    for event in events { folded.apply(event) }
    foldedRows = folded.rows.map {
      "\($0.key.kind.rawValue) \($0.key.id) \(String(decoding: $0.json, as: UTF8.self))"
    }.sorted()
    state = folded
    self.events = events
  }

  /// Whether the log counts from 1 without a gap.
  var isGapFree: Bool { events.map(\.sequence) == Array(1...max(events.count, 1)) }

  /// The outcome of every rollout of `commit`: phases of rollout, waves and targets, digests.
  func outcome(of commit: String) -> [String] {
    state.rollouts.values.filter { $0.release.rawValue.hasSuffix("@" + commit.prefix(12)) }
      .flatMap { rollout in
        ["\(rollout.app) \(rollout.environment) \(rollout.kind.rawValue) \(rollout.phase.rawValue)"]
          + rollout.waves.map {
            "\(rollout.app) \(rollout.environment) wave \($0.name) \($0.phase.rawValue)"
          }
          + rollout.targets.map {
            "\(rollout.app) \(rollout.environment) target \($0.cluster) \($0.phase.rawValue)"
          }
      }.sorted()
  }
}

/// Which objects may be applied at all: those of every cluster at the given commits.
struct RenderedFleet {
  /// By cluster, digests of objects as Delivery sends them.
  let objects: [String: Set<Digest>]
  /// By `app cluster`, the digest of the target state.
  let targets: [String: Digest]
  /// By `app cluster`, `kind.group/name` of the objects, as kubectl prints them.
  let names: [String: Set<String>]

  init(folder: String) throws {
    let tree = DiskTree(root: folder)
    let loaded = FleetLoader.load(tree: tree)
    guard let configuration = loaded.configuration else {
      throw SandboxError("fleet/ is not valid: \(loaded.findings)")
    }
    let renderer = Renderer(tree: tree, configuration: configuration, commit: nil)
    var objects: [String: Set<Digest>] = [:]
    var targets: [String: Digest] = [:]
    var names: [String: Set<String>] = [:]
    for app in configuration.apps {
      for cluster in configuration.clusters where app.clusters.matches(cluster.labels) {
        let target = try renderer.render(app: app.name, cluster: cluster.name)
        targets["\(app.name) \(cluster.name)"] = target.digest
        let id = ApplySet.id(
          name: "flotilla-\(app.name)", namespace: "flotilla-system",
          kind: GroupKind(group: "", kind: "ConfigMap"))
        for object in target.objects {
          let identity = object.identity
          let group = identity.group.isEmpty ? "" : "." + identity.group
          names["\(app.name) \(cluster.name)", default: []].insert(
            "\(identity.kind.lowercased())\(group)/\(identity.name)")
          var node = object.node
          var metadata = node["metadata"] ?? .emptyMapping
          var labels = metadata["labels"] ?? .emptyMapping
          labels[ApplySet.partOfLabel] = .string(id)
          metadata["labels"] = labels
          node["metadata"] = metadata
          objects[cluster.name, default: []].insert(
            Digest(hashing: JSON.serialize(node, keys: .sorted)))
        }
      }
    }
    self.objects = objects
    self.targets = targets
    self.names = names
  }
}
