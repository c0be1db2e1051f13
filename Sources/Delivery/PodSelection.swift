internal import KubernetesAPI
internal import Manifests

/// The pods of one workload.
struct PodSelection: Sendable, Hashable {
  let namespace: String
  let selector: String

  /// `nil` for objects that select no pods by labels alone.
  init?(of object: Node, _ identity: ResourceIdentity) {
    guard identity.group == "apps",
      let labels = object.value(at: "spec", "selector", "matchLabels")?.mapping, !labels.isEmpty
    else { return nil }
    namespace = identity.namespace
    selector = labels.pairs.map { "\($0.key)=\($0.value.scalar?.text ?? "")" }
      .joined(separator: ",")
  }

  /// `ImagePullBackOff on web-6f7d…`, from the first pod by name that says why it does not run; `nil`
  /// when none does.
  func trouble(through client: KubernetesClient) async throws -> String? {
    let kind = GroupVersionKind(group: "", version: "v1", kind: "Pod")
    let list = try await client.list(
      try await client.resource(for: kind), namespace: namespace, selector: selector)
    let reasons = list.items.compactMap { pod -> (pod: String, reason: String)? in
      guard let name = pod.value(at: "metadata", "name")?.string else { return nil }
      let waiting = PodWaiting.reasons(of: pod).first { !PodSelection.passing.contains($0) }
      if let waiting { return (name, waiting) }
      guard pod.value(at: "status", "phase")?.string == "Failed" else { return nil }
      return (name, pod.value(at: "status", "reason")?.string ?? "failed")
    }
    return reasons.min { $0.pod < $1.pod }.map { "\($0.reason) on \($0.pod)" }
  }

  /// What every pod says while it starts.
  private static let passing: Set<String> = ["ContainerCreating", "PodInitializing"]
}
