internal import KubernetesAPI
public import Manifests

/// What an object's status says about it, by the rules of kstatus (sigs.k8s.io/cli-utils).
///
/// A status that speaks about an older generation counts for nothing, for built-in kinds and for
/// every other kind that has `observedGeneration`.
public enum ObjectHealth {
  /// The verdict about one live object. Its line begins with the object's name.
  ///
  /// - Parameter checks: rules of the app; a kind that has one is judged by it instead of those here,
  ///   except that a deletion and an older generation always count as on its way.
  public static func verdict(of object: Node, checks: HealthChecks = HealthChecks()) -> Verdict {
    let name = ResourceIdentity(of: object)?.description ?? "object"
    switch judge(object, checks) {
    case .current: return .current
    case .inProgress(let line): return .inProgress("\(name): \(line)")
    case .failed(let line): return .failed("\(name): \(line)")
    }
  }

  private static func judge(_ object: Node, _ checks: HealthChecks) -> Verdict {
    if let since = object.value(at: "metadata", "deletionTimestamp")?.string {
      return .inProgress("being deleted since \(since)")
    }
    let status = StatusReader(object)
    if let generation = status.generation, let observed = status.observedGeneration,
      generation != observed
    {
      return .inProgress(
        "its controller has seen generation \(observed), not yet generation \(generation)")
    }
    let identity = ResourceIdentity(of: object)
    if let check = identity.flatMap({ checks[GroupKind(of: $0)] }) {
      return ExpressionHealth.verdict(of: status, by: check)
    }
    if let condition = status.condition("Reconciling"), condition.isTrue {
      return .inProgress(condition.line)
    }
    if let condition = status.condition("Stalled"), condition.isTrue {
      return .failed(condition.line)
    }
    switch (identity?.group ?? "", identity?.kind ?? "") {
    case ("apps", "Deployment"), ("extensions", "Deployment"):
      return WorkloadHealth.deployment(status)
    case ("apps", "StatefulSet"): return WorkloadHealth.statefulSet(status)
    case ("apps", "DaemonSet"), ("extensions", "DaemonSet"):
      return WorkloadHealth.daemonSet(status)
    case ("apps", "ReplicaSet"), ("extensions", "ReplicaSet"):
      return WorkloadHealth.replicaSet(status)
    case ("batch", "Job"): return WorkloadHealth.job(status)
    case ("", "Pod"): return WorkloadHealth.pod(status)
    case ("", "PersistentVolumeClaim"): return ResourceHealth.volumeClaim(status)
    case ("", "Service"): return ResourceHealth.service(status)
    case ("apiextensions.k8s.io", "CustomResourceDefinition"):
      return ResourceHealth.definition(status)
    case ("", "ConfigMap"), ("", "Secret"), ("policy", "PodDisruptionBudget"),
      ("batch", "CronJob"), ("autoscaling", "HorizontalPodAutoscaler"):
      return .current
    default: return ResourceHealth.generic(status)
    }
  }
}

/// Reads what the rules ask of an object.
struct StatusReader {
  struct Condition {
    let status: String
    let reason: String
    let message: String

    var isTrue: Bool { status == "True" }
    var isFalse: Bool { status == "False" }
    /// For people: the message, else the reason.
    var line: String {
      let line = StatusReader.firstLine(of: message)
      return line.isEmpty ? reason : line
    }

    init(_ node: Node) {
      status = node["status"]?.scalar?.text ?? ""
      reason = node["reason"]?.string ?? ""
      message = node["message"]?.string ?? ""
    }
  }

  static func firstLine(of text: String?) -> String {
    text?.split(whereSeparator: \.isNewline).first.map(String.init) ?? ""
  }

  let object: Node

  init(_ object: Node) { self.object = object }

  var generation: Int? { object.value(at: "metadata", "generation")?.int }
  var observedGeneration: Int? { object.value(at: "status", "observedGeneration")?.int }

  func spec(_ key: String) -> Int? { object.value(at: "spec", key)?.int }
  func status(_ key: String) -> Int? { object.value(at: "status", key)?.int }

  private var conditionNodes: [Node] {
    object.value(at: "status", "conditions")?.sequence ?? []
  }

  var conditions: [Condition] { conditionNodes.map(Condition.init) }

  func condition(_ type: String) -> Condition? {
    conditionNodes.first { $0["type"]?.string == type }.map(Condition.init)
  }
}
