public import Manifests

/// What an object's status says about it, by the rules of kstatus (sigs.k8s.io/cli-utils).
///
/// A status that speaks about an older generation counts for nothing, for built-in kinds and for
/// every other kind that has `observedGeneration`.
public enum ObjectHealth {
  /// The verdict about one live object. Its line begins with the object's name.
  public static func verdict(of object: Node) -> Verdict {
    let name = ResourceIdentity(of: object)?.description ?? "object"
    switch judge(object) {
    case .current: return .current
    case .inProgress(let line): return .inProgress("\(name): \(line)")
    case .failed(let line): return .failed("\(name): \(line)")
    }
  }

  private static func judge(_ object: Node) -> Verdict {
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
    if let condition = status.condition("Reconciling"), condition.isTrue {
      return .inProgress(condition.line)
    }
    if let condition = status.condition("Stalled"), condition.isTrue {
      return .failed(condition.line)
    }
    let identity = ResourceIdentity(of: object)
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
      let line = message.split(whereSeparator: \.isNewline).first.map(String.init) ?? ""
      return line.isEmpty ? reason : line
    }
  }

  let object: Node

  init(_ object: Node) { self.object = object }

  var generation: Int? { object.value(at: "metadata", "generation")?.int }
  var observedGeneration: Int? { object.value(at: "status", "observedGeneration")?.int }

  func spec(_ key: String) -> Int? { object.value(at: "spec", key)?.int }
  func status(_ key: String) -> Int? { object.value(at: "status", key)?.int }

  func condition(_ type: String) -> Condition? {
    let conditions = object.value(at: "status", "conditions")?.sequence ?? []
    guard let found = conditions.first(where: { $0["type"]?.string == type }) else { return nil }
    return Condition(
      status: found["status"]?.scalar?.text ?? "", reason: found["reason"]?.string ?? "",
      message: found["message"]?.string ?? "")
  }
}
