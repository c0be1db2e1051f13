public import FleetModel
internal import HTTPTransport
public import KubernetesAPI
public import Manifests

/// Brings target states into a folder instead of a cluster, for clusters that are supplied by hand.
///
/// Evidence is the checksum: healthy is a folder that holds exactly the target state. At most one
/// apply may be in flight per cluster; that is the caller's duty.
public struct DirectoryDelivery: ClusterChannel {
  public let cluster: String
  private let folder: ExportFolder
  /// How often files are held against what was written.
  private let interval: Duration

  /// - Parameter root: an existing directory; it is never created, because a medium that is not
  ///   mounted is no empty one.
  /// - Parameter path: the cluster's folder below it.
  public init(cluster: String, root: String, path: String, interval: Duration = .seconds(10)) {
    self.cluster = cluster
    folder = ExportFolder(root: root, path: "\(root)/\(path)")
    self.interval = interval
  }

  /// Nobody's rights are needed to write files.
  public func writing(as user: Impersonation?) -> DirectoryDelivery { self }

  // MARK: - Change

  public func apply(
    _ target: TargetState, app: String, mark: DeliveryMark, prune: PrunePolicy, policy: ApplyPolicy
  ) async throws -> ApplyReport {
    let ordered: [ManifestObject]
    do { ordered = try ApplyOrder.groups(target.objects).flatMap(\.self) } catch {
      throw DeliveryError(cluster: cluster, app: app, reason: .invalid("\(error)"))
    }
    return try reaching(app) {
      let before = try held(app, by: mark)
      let text = try manifests(ordered, of: app)
      var record = ExportRecord(app: app, phase: .applying, digest: target.digest, mark: mark)
      record.objects = target.objects.map { ExportRecord.Reference($0.identity) }.sorted()
      record.deletions = before?.deletions ?? []
      let earlier = (before?.objects ?? []) + (before?.leftovers ?? [])
      record.leave(earlier) { _ in prune == .delete }
      record.sha256 = ["\(app).yaml": sum(text)]
      let isUnchanged =
        try before?.sha256["\(app).yaml"] == sum(text)
        && folder.read("\(app).yaml").map(sum) == sum(text)
      if !isUnchanged {
        try folder.write("\(app).json", record.bytes())
        try folder.write("\(app).yaml", text)
      }
      try finish(&record)

      let present = Set(record.objects)
      var report = ApplyReport()
      let known = Set(before?.objects ?? [])
      for object in ordered {
        let isKnown = isUnchanged && known.contains(ExportRecord.Reference(object.identity))
        if isKnown {
          report.unchanged.append(object.identity)
        } else {
          report.applied.append(object.identity)
        }
      }
      report.pruned =
        prune == .delete ? earlier.filter { !present.contains($0) }.map(\.identity) : []
      report.kept = record.leftovers.map(\.identity)
      return report
    }
  }

  public func prune(
    _ list: Set<ResourceIdentity>, beside target: TargetState, app: String, mark: DeliveryMark
  ) async throws -> ApplyReport {
    try reaching(app) {
      guard var record = try held(app, by: mark), record.digest == target.digest,
        record.phase == .applied
      else {
        throw DeliveryError(
          cluster: cluster, app: app,
          reason: .invalid(
            "the folder does not hold target state \(target.digest.short); nothing is deleted"))
      }
      record.mark = mark
      let going = record.leftovers.filter { list.contains($0.identity) }
      record.leave(record.leftovers) { list.contains($0.identity) }
      try finish(&record)
      return ApplyReport(
        pruned: going.map(\.identity), kept: record.leftovers.map(\.identity))
    }
  }

  /// Writes the deletions, the record and the sums of all apps.
  private func finish(_ record: inout ExportRecord) throws {
    let app = record.app
    if !record.deletions.isEmpty {
      let text = try yaml(record.deletions.map(\.node))
      record.sha256["\(app).delete.yaml"] = sum(text)
      try folder.write("\(app).delete.yaml", text)
    } else if try folder.read("\(app).delete.yaml") != nil {
      // All of it came back.
      record.sha256["\(app).delete.yaml"] = sum([])
      try folder.write("\(app).delete.yaml", [])
    }
    record.phase = .applied
    try folder.write("\(app).json", record.bytes())
    let sums = try records().flatMap { $0.sha256 }.sorted { $0.key < $1.key }
    let lines = sums.map { "\($0.value)  \($0.key)\n" }.joined()
    try folder.write("SHA256SUMS", Array(lines.utf8))
  }

  private func manifests(_ objects: [ManifestObject], of app: String) throws -> [UInt8] {
    try yaml(objects.map { $0.labelled(with: InventoryStore.setID(of: app)) })
  }

  private func yaml(_ nodes: [Node]) throws -> [UInt8] {
    Array(try nodes.map { try YAML.serialize($0) }.joined(separator: Array("---\n".utf8)))
  }

  private func sum(_ bytes: [UInt8]) -> String {
    Digest(hashing: bytes).hex
  }

  // MARK: - Look

  public func readInventories() async throws -> InventoryReading {
    try reaching("") {
      var reading = InventoryReading()
      for app in try apps() {
        do {
          if let record = try record(of: app) { reading.inventories.append(record.inventory) }
        } catch let fault as DeliveryError { reading.faults.append(fault) }
      }
      return reading
    }
  }

  public func readInventory(_ app: String) async throws -> Inventory? {
    try reaching(app) { try record(of: app)?.inventory }
  }

  public func reports(
    _ target: TargetState, app: String, mark: DeliveryMark, checks: [HealthCheck]
  ) -> AsyncStream<HealthReport> {
    AsyncStream { continuation in
      let task = Task {
        var told: HealthReport?
        while !Task.isCancelled {
          let report = look(target, app: app, mark: mark)
          if report != told { continuation.yield(report) }
          told = report
          // Ends early only by cancellation, which the loop sees.
          try? await Task.sleep(for: interval)
        }
        continuation.finish()
      }
      continuation.onTermination = { _ in task.cancel() }
    }
  }

  private func look(_ target: TargetState, app: String, mark: DeliveryMark) -> HealthReport {
    func report(_ overall: HealthReport.Overall, drift: [Drift]? = nil) -> HealthReport {
      HealthReport(
        cluster: cluster, app: app, digest: target.digest, mark: mark, overall: overall,
        findings: (drift ?? []).map {
          HealthReport.Finding(identity: $0.identity, line: $0.line)
        }, drift: drift)
    }
    do {
      return try reaching(app) {
        guard let record = try record(of: app), record.digest == target.digest,
          record.phase == .applied
        else {
          let record = ResourceIdentity(
            group: "", version: "", kind: "File", namespace: "", name: "\(app).json")
          return HealthReport(
            cluster: cluster, app: app, digest: target.digest, mark: mark, overall: .degraded,
            findings: [
              HealthReport.Finding(
                identity: record,
                line: "\(folder.path)/\(app).json does not say that \(target.digest.short) is there"
              )
            ])
        }
        let drift = try drift(from: record, target)
        return report(drift.isEmpty ? .healthy : .degraded, drift: drift)
      }
    } catch { return report(.unreachable("\(error)")) }
  }

  public func driftWatch(app: String, digest: Digest) async throws -> any DriftWatch {
    let inventory = try await readInventory(app)
    guard inventory?.digest == digest, inventory?.phase == .applied else {
      throw StandingWatch.NothingDelivered(
        description: "cluster \(cluster), app \(app): its folder does not hold \(digest.short)")
    }
    return Watch(delivery: self, app: app, digest: digest)
  }

  private struct Watch: DriftWatch {
    let delivery: DirectoryDelivery
    let app: String
    let digest: Digest

    func run(
      target: @escaping @Sendable () async throws -> TargetState,
      report: @escaping @Sendable ([Drift]) async throws -> Void
    ) async throws {
      var told: [Drift]?
      while true {
        let drifts = try await look(target)
        if drifts != told { try await report(drifts) }
        told = drifts
        try await Task.sleep(for: delivery.interval)
      }
    }

    private func look(_ target: () async throws -> TargetState) async throws -> [Drift] {
      let record = try delivery.reaching(app) { try delivery.record(of: app) }
      guard let record, record.digest == digest, record.phase == .applied else {
        throw StandingWatch.NothingDelivered(
          description: "cluster \(delivery.cluster), app \(app): its folder holds something else")
      }
      if try delivery.reaching(app, { try delivery.isAsWritten(record) }) { return [] }
      let state = try await target()
      return try delivery.reaching(app) { try delivery.drift(from: record, state) }
    }
  }

  private func isAsWritten(_ record: ExportRecord) throws -> Bool {
    try folder.read("\(record.app).yaml").map(sum) == record.sha256["\(record.app).yaml"]
  }

  /// What somebody changed of the objects in the file.
  private func drift(from record: ExportRecord, _ target: TargetState) throws -> [Drift] {
    if try isAsWritten(record) { return [] }
    let file = "\(record.app).yaml"
    guard let bytes = try folder.read(file) else {
      return target.objects.map { Drift(identity: $0.identity, cause: .deleted) }
    }
    var found: [ResourceIdentity: Node] = [:]
    do {
      for node in try YAML.parse(String(decoding: bytes, as: UTF8.self)) {
        if let identity = ResourceIdentity(of: node) { found[identity] = node }
      }
    } catch {
      return target.objects.prefix(1).map {
        Drift(identity: $0.identity, cause: .unknown, changes: ["\(file) is no YAML any more"])
      }
    }
    let setID = InventoryStore.setID(of: record.app)
    var drifts = target.objects.compactMap { object -> Drift? in
      guard let live = found[object.identity] else {
        return Drift(identity: object.identity, cause: .deleted)
      }
      let difference = LiveDifference(from: live, to: object.labelled(with: setID))
      return difference.changes.isEmpty
        ? nil : Drift(identity: object.identity, cause: .unknown, changes: difference.lines)
    }
    if drifts.isEmpty {
      // Comments, order, objects of somebody else: the file is not what was written all the same.
      drifts = target.objects.prefix(1).map {
        Drift(
          identity: $0.identity, cause: .unknown, changes: ["\(file) is not what was written"])
      }
    }
    return drifts
  }

  // MARK: - Records

  private func apps() throws -> [String] {
    try folder.names().filter { $0.hasSuffix(".json") && !$0.hasPrefix(".") }
      .map { String($0.dropLast(".json".count)) }.sorted()
  }

  private func records() throws -> [ExportRecord] { try apps().compactMap(record) }

  private func record(of app: String) throws -> ExportRecord? {
    guard let bytes = try folder.read("\(app).json") else { return nil }
    do { return try ExportRecord(reading: bytes) } catch {
      throw DeliveryError(
        cluster: cluster, app: app,
        reason: .foreignInventory("\(folder.path)/\(app).json is not what the hub wrote there"))
    }
  }

  /// The record, unless a newer hub wrote it.
  private func held(_ app: String, by mark: DeliveryMark) throws -> ExportRecord? {
    let record = try record(of: app)
    if let record, record.mark.epoch > mark.epoch {
      throw DeliveryError(
        cluster: cluster, app: app, reason: .fenced(storedEpoch: record.mark.epoch))
    }
    return record
  }

  /// A folder that cannot be used is a cluster that does not answer.
  private func reaching<Value>(_ app: String, _ body: () throws -> Value) throws -> Value {
    do { return try body() } catch let fault as ExportFolder.Fault {
      throw DeliveryError(
        cluster: cluster, app: app,
        reason: .cluster(
          KubernetesError(
            cluster: cluster, action: "use its folder",
            reason: .unreachable(
              TransportError(server: folder.path, reason: .other(fault.description))))))
    }
  }
}
