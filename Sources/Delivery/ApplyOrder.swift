internal import Manifests

/// The order in which the objects of a target state go to a cluster: groups one after the other, the
/// objects of one group in any order.
enum ApplyOrder {
  struct Fault: Error {
    let line: String
  }

  static let dependsOnAnnotation = "config.kubernetes.io/depends-on"

  /// Groups by tier of kind; an object with a depends-on annotation comes in a later group than all
  /// that it names.
  static func groups(_ objects: [ManifestObject]) throws(Fault) -> [[ManifestObject]] {
    var indexes: [ResourceIdentity: Int] = [:]
    for (index, object) in objects.enumerated()
    where indexes.updateValue(index, forKey: object.identity) != nil {
      throw Fault(line: "\(object.identity) is twice in the target state")
    }
    // Tiers lie far apart, so that chains of dependencies fit between them.
    let distance = objects.count + 1
    var positions = objects.map { Tier(of: $0.identity).rawValue * distance }
    var waitingFor = [Int](repeating: 0, count: objects.count)
    var dependents = [[Int]](repeating: [], count: objects.count)
    for (index, object) in objects.enumerated() {
      for dependency in try Dependency.all(of: object) {
        guard let found = dependency.index(in: indexes, dependent: object.identity) else {
          throw Fault(
            line:
              "\(object.identity) depends on \(dependency.text), which is not in the target state"
          )
        }
        waitingFor[index] += 1
        dependents[found].append(index)
      }
    }
    var ready = objects.indices.filter { waitingFor[$0] == 0 }
    var settled = 0
    while let index = ready.popLast() {
      settled += 1
      for dependent in dependents[index] {
        positions[dependent] = max(positions[dependent], positions[index] + 1)
        waitingFor[dependent] -= 1
        if waitingFor[dependent] == 0 { ready.append(dependent) }
      }
    }
    guard settled == objects.count else {
      let stuck = objects.indices.filter { waitingFor[$0] > 0 }
      let names = stuck.prefix(5).map { objects[$0].identity.description }
      throw Fault(
        line: "the depends-on annotations form a circle: \(names.joined(separator: ", "))")
    }
    let grouped = Dictionary(grouping: objects.indices) { positions[$0] }
    return grouped.sorted { $0.key < $1.key }.map { $0.value.sorted().map { objects[$0] } }
  }

  /// Which kinds come before which.
  enum Tier: Int {
    case namespaces, definitions, foundations, bindings, settings, services, workloads, policies
    case webhooks

    init(of identity: ResourceIdentity) {
      switch (identity.group, identity.kind) {
      case ("", "Namespace"): self = .namespaces
      case ("apiextensions.k8s.io", "CustomResourceDefinition"): self = .definitions
      case ("", "ServiceAccount"), ("", "ResourceQuota"), ("", "LimitRange"),
        ("", "PersistentVolume"), ("rbac.authorization.k8s.io", "Role"),
        ("rbac.authorization.k8s.io", "ClusterRole"), ("storage.k8s.io", _),
        ("scheduling.k8s.io", _), ("node.k8s.io", _), ("networking.k8s.io", "NetworkPolicy"),
        ("networking.k8s.io", "IngressClass"), ("policy", "PodSecurityPolicy"):
        self = .foundations
      case ("rbac.authorization.k8s.io", _): self = .bindings
      case ("", "ConfigMap"), ("", "Secret"), ("", "PersistentVolumeClaim"): self = .settings
      case ("", "Service"), ("", "Endpoints"): self = .services
      case ("autoscaling", _), ("policy", _), ("networking.k8s.io", "Ingress"),
        ("apiregistration.k8s.io", _):
        self = .policies
      case ("admissionregistration.k8s.io", _): self = .webhooks
      default: self = .workloads
      }
    }
  }

  /// One entry of the annotation: `apps/namespaces/web/Deployment/shop` or `group/Kind/name`.
  struct Dependency {
    let text: String
    let group: String
    let kind: String
    let namespace: String
    let name: String

    static func all(of object: ManifestObject) throws(Fault) -> [Dependency] {
      let annotations = object.node.value(at: "metadata", "annotations")
      guard let value = annotations?[dependsOnAnnotation]?.string else { return [] }
      var found: [Dependency] = []
      for entry in value.split(separator: ",") {
        let text = String(entry.drop { $0 == " " }.reversed().drop { $0 == " " }.reversed())
        let parts = text.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
        if parts.count == 3 {
          found.append(
            Dependency(
              text: text, group: parts[0], kind: parts[1], namespace: "", name: parts[2]))
        } else if parts.count == 5, parts[1] == "namespaces" {
          found.append(
            Dependency(
              text: text, group: parts[0], kind: parts[3], namespace: parts[2], name: parts[4]))
        } else {
          throw Fault(
            line: "\(object.identity): \(dependsOnAnnotation) holds '\(text)'; expected"
              + " GROUP/KIND/NAME or GROUP/namespaces/NAMESPACE/KIND/NAME")
        }
      }
      return found
    }

    func index(in indexes: [ResourceIdentity: Int], dependent: ResourceIdentity) -> Int? {
      func find(_ namespace: String) -> Int? {
        indexes[
          ResourceIdentity(
            group: group, version: "", kind: kind, namespace: namespace, name: name)]
      }
      // Objects without a namespace are those of `default`.
      return find(namespace) ?? (namespace == "default" ? find("") : nil)
    }
  }
}
