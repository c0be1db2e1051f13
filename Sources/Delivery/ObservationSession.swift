internal import KubernetesAPI
internal import Manifests

/// One unbroken look at a cluster: all kinds listed, then watched. The first list or probe that
/// fails ends it, so nothing is ever concluded from a part.
struct ObservationSession: Sendable {
  let delivery: ClusterDelivery
  let target: TargetState
  let app: String
  let mark: DeliveryMark
  let policy: ObservationPolicy
  let reporter: HealthReporter

  private let client: KubernetesClient
  private var selector: String { "\(ApplySet.partOfLabel)=\(InventoryStore.setID(of: app))" }

  init(
    delivery: ClusterDelivery, target: TargetState, app: String, mark: DeliveryMark,
    policy: ObservationPolicy, reporter: HealthReporter
  ) {
    self.delivery = delivery
    self.target = target
    self.app = app
    self.mark = mark
    self.policy = policy
    self.reporter = reporter
    // One lost answer is no outage; more tries would only tell it later.
    var retry = delivery.client.retry
    retry.attempts = min(retry.attempts, 2)
    retry.attemptsWithoutAnswer = min(retry.attemptsWithoutAnswer, 2)
    client = delivery.client.retrying(retry)
  }

  /// Runs until something fails.
  func run() async throws {
    var sources: [ServedResource] = []
    var unserved: [GroupVersionKind: String] = [:]
    for kind in Set(target.objects.map { GroupVersionKind(of: $0.identity) }) {
      do {
        sources.append(try await client.resource(for: kind))
      } catch let error as KubernetesError {
        guard case .notServed = error.reason else { throw error }
        unserved[kind] = error.line
      }
    }
    let board = ObservationBoard(
      target: target, sources: sources, unserved: unserved, inventory: try await probe())
    try await withThrowingTaskGroup(of: Void.self) { group in
      for source in sources {
        group.addTask { try await follow(source, on: board) }
      }
      group.addTask {
        while true {
          try await Task.sleep(for: policy.probeInterval)
          board.set(inventory: try await probe())
        }
      }
      group.addTask {
        var drifts = DriftBook()
        for await _ in board.changes {
          guard let (overall, findings) = board.assess(cluster: client.cluster) else {
            continue
          }
          await reporter.report(
            HealthReport(
              cluster: client.cluster, app: app, digest: target.digest, mark: mark,
              overall: overall, findings: try await explain(findings, on: board),
              drift: try await drift(board.touched(), &drifts)))
        }
      }
      // The first that fails ends all.
      for try await _ in group {}
    }
  }

  /// Adds to the first failed workloads what their pods say. A line without it is good, too, so what
  /// cannot be read is left out.
  private func explain(
    _ findings: [HealthReport.Finding], on board: ObservationBoard
  ) async throws -> [HealthReport.Finding] {
    var findings = findings
    for index in findings.indices.prefix(3) {
      guard let pods = board.pods(of: findings[index].identity) else { continue }
      do {
        guard let reason = try await pods.trouble(through: client) else { continue }
        findings[index] = HealthReport.Finding(
          identity: findings[index].identity, line: "\(findings[index].line): \(reason)")
      } catch is KubernetesError {
        continue
      }
    }
    return findings
  }

  /// What was found out about objects that somebody touched, so that each is looked at once.
  private struct DriftBook {
    var known: [ObservationBoard.Touched: Drift?] = [:]
  }

  /// Objects that are looked at closely; a cluster where more were touched is told by these.
  private static let examined = 50

  private func drift(
    _ touched: [ObservationBoard.Touched]?, _ book: inout DriftBook
  ) async throws -> [Drift]? {
    guard let touched else { return nil }
    var known: [ObservationBoard.Touched: Drift?] = [:]
    for item in touched.prefix(ObservationSession.examined) {
      if let earlier = book.known[item] {
        known[item] = .some(earlier)
        continue
      }
      guard let object = target.objects.first(where: { $0.identity == item.identity }) else {
        continue
      }
      let check = DriftCheck(client: client, setID: InventoryStore.setID(of: app))
      do {
        known[item] = .some(try await check.drift(of: object))
      } catch let error as KubernetesError where error.api != nil {
        // It was touched, and the server does not say what an apply would change.
        known[item] = .some(
          Drift(identity: item.identity, cause: .unknown, changes: ["touched: \(error.line)"]))
      }
    }
    book.known = known
    return touched.compactMap { known[$0] ?? nil }
  }

  private func probe() async throws -> Inventory? {
    try await InventoryStore(client: client).read(app)?.inventory
  }

  /// Lists one kind and keeps the board up to date about it.
  private func follow(_ resource: ServedResource, on board: ObservationBoard) async throws {
    let hasStatus = StaticKinds.all.contains(resource.kind.groupKind) == false
    let detail: ObjectDetail = hasStatus ? .whole : .metadata
    var version = try await list(resource, on: board, detail: detail)
    while true {
      if resource.verbs.contains("watch") {
        do {
          version = try await watch(resource, from: version, on: board, detail: detail)
          continue
        } catch let error as KubernetesError where error.api?.code == 410 {
          // History was compacted: begin from a new list.
        } catch is KubernetesError {
          // The list that follows tells whether the cluster or only the watch is at fault.
          try await client.retry.sleep(client.retry.backOff(1))
        }
      } else {
        try await Task.sleep(for: policy.pollInterval)
      }
      version = try await list(resource, on: board, detail: detail)
    }
  }

  private func list(
    _ resource: ServedResource, on board: ObservationBoard, detail: ObjectDetail
  ) async throws -> String {
    let list = try await client.list(resource, selector: selector, detail: detail)
    board.replace(resource, with: list.items)
    return list.resourceVersion
  }

  /// Until the server ends the watch; returns the version that was reached.
  private func watch(
    _ resource: ServedResource, from start: String, on board: ObservationBoard,
    detail: ObjectDetail
  ) async throws -> String {
    var version = start
    let events = try await client.watch(
      resource, selector: selector, from: start, detail: detail)
    for try await event in events {
      switch event {
      case .added(let object), .modified(let object):
        board.set(resource, object)
        version = object.value(at: "metadata", "resourceVersion")?.string ?? version
      case .deleted(let object):
        board.remove(resource, object)
        version = object.value(at: "metadata", "resourceVersion")?.string ?? version
      case .bookmark(let reached): version = reached.isEmpty ? version : reached
      }
    }
    return version
  }
}

/// Kinds of which only existence matters.
enum StaticKinds {
  static let all: Set<GroupKind> = [
    GroupKind(group: "", kind: "ConfigMap"), GroupKind(group: "", kind: "Secret"),
    GroupKind(group: "", kind: "ServiceAccount"), GroupKind(group: "", kind: "LimitRange"),
    GroupKind(group: "", kind: "ResourceQuota"),
    GroupKind(group: "rbac.authorization.k8s.io", kind: "Role"),
    GroupKind(group: "rbac.authorization.k8s.io", kind: "ClusterRole"),
    GroupKind(group: "rbac.authorization.k8s.io", kind: "RoleBinding"),
    GroupKind(group: "rbac.authorization.k8s.io", kind: "ClusterRoleBinding"),
    GroupKind(group: "networking.k8s.io", kind: "NetworkPolicy"),
    GroupKind(group: "networking.k8s.io", kind: "Ingress"),
    GroupKind(group: "networking.k8s.io", kind: "IngressClass"),
    GroupKind(group: "scheduling.k8s.io", kind: "PriorityClass"),
    GroupKind(group: "storage.k8s.io", kind: "StorageClass"),
    GroupKind(group: "policy", kind: "PodDisruptionBudget"),
    GroupKind(group: "autoscaling", kind: "HorizontalPodAutoscaler"),
    GroupKind(group: "admissionregistration.k8s.io", kind: "MutatingWebhookConfiguration"),
    GroupKind(group: "admissionregistration.k8s.io", kind: "ValidatingWebhookConfiguration"),
  ]
}
