internal import KubernetesAPI
internal import Manifests

/// One unbroken look at a cluster: all kinds listed, then watched. The first list or probe that
/// fails ends it, so nothing is ever concluded from a part.
struct ObservationSession: Sendable {
  let delivery: ClusterDelivery
  let target: TargetState
  let app: String
  let mark: DeliveryMark
  let checks: HealthChecks
  let policy: ObservationPolicy
  let reporter: HealthReporter

  private let client: KubernetesClient
  private var follower: ResourceFollower {
    ResourceFollower(client: client, app: app, pollInterval: policy.pollInterval)
  }

  init(
    delivery: ClusterDelivery, target: TargetState, app: String, mark: DeliveryMark,
    checks: HealthChecks, policy: ObservationPolicy, reporter: HealthReporter
  ) {
    self.delivery = delivery
    self.target = target
    self.app = app
    self.mark = mark
    self.checks = checks
    self.policy = policy
    self.reporter = reporter
    client = delivery.observingClient
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
      target: target, checks: checks, sources: sources, unserved: unserved,
      inventory: try await probe())
    try await withThrowingTaskGroup(of: Void.self) { group in
      for source in sources {
        group.addTask {
          let kind = source.kind.groupKind
          let isStatic = StaticKinds.all.contains(kind) && checks[kind] == nil
          try await follower.follow(source, detail: isStatic ? .metadata : .whole, into: board)
        }
      }
      group.addTask {
        while true {
          try await Task.sleep(for: policy.probeInterval)
          board.set(inventory: try await probe())
        }
      }
      group.addTask {
        var drifts = DriftBook(delivery, app: app)
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

  private func drift(
    _ touched: [ObservationBoard.Touched]?, _ book: inout DriftBook
  ) async throws -> [Drift]? {
    guard let touched else { return nil }
    return try await book.look(
      at: touched.compactMap { item in
        target.objects.first { $0.identity == item.identity }.map { ($0, item.ownership) }
      })
  }

  private func probe() async throws -> Inventory? {
    try await InventoryStore(client: client).read(app)?.inventory
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
