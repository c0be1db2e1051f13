internal import KubernetesAPI
internal import Manifests

/// A kind that a CRD brings.
struct DefinedKind {
  let resource: ServedResource
  let isServed: Bool

  static func isDefinition(_ object: ManifestObject) -> Bool {
    object.identity.group == "apiextensions.k8s.io"
      && object.identity.kind == "CustomResourceDefinition"
  }

  static func all(of definition: Node) -> [DefinedKind] {
    guard let spec = definition["spec"], let group = spec["group"]?.string,
      let kind = spec.value(at: "names", "kind")?.string,
      let plural = spec.value(at: "names", "plural")?.string
    else { return [] }
    return (spec["versions"]?.sequence ?? []).compactMap { version in
      guard let name = version["name"]?.string else { return nil }
      return DefinedKind(
        resource: ServedResource(
          kind: GroupVersionKind(group: group, version: name, kind: kind), plural: plural,
          isNamespaced: spec["scope"]?.string != "Cluster", verbs: []),
        isServed: version["served"]?.bool ?? true)
    }
  }
}

/// What the cluster says about the kinds of a target state, checked before anything is changed.
struct TargetKinds: Sendable {
  let groupKinds: Set<GroupKind>
  /// The objects' identities as the cluster has them: with `default` filled in, without a namespace
  /// where the kind has none.
  let identities: Set<ResourceIdentity>
  let namespaces: Set<String>
  private let served: [GroupVersionKind: ServedResource]
  /// Kinds that only the CRDs of this target state bring.
  private let coming: [GroupVersionKind: ServedResource]

  /// Throws the list of all objects whose kinds the cluster does not serve and no CRD of the target
  /// state brings.
  init(of target: TargetState, client: KubernetesClient, app: String) async throws {
    var defined: [GroupVersionKind: ServedResource] = [:]
    for object in target.objects where DefinedKind.isDefinition(object) {
      for kind in DefinedKind.all(of: object.node) where kind.isServed {
        defined[kind.resource.kind] = kind.resource
      }
    }
    var served: [GroupVersionKind: ServedResource] = [:]
    var coming: [GroupVersionKind: ServedResource] = [:]
    var missing: [GroupVersionKind: String] = [:]
    for kind in Set(target.objects.map { GroupVersionKind(of: $0.identity) }) {
      do {
        served[kind] = try await client.resource(for: kind)
      } catch let error as KubernetesError {
        guard case .notServed = error.reason else { throw error }
        if let resource = defined[kind] {
          coming[kind] = resource
        } else {
          missing[kind] = error.line
        }
      }
    }
    guard missing.isEmpty else {
      let failures = target.objects.compactMap { object in
        missing[GroupVersionKind(of: object.identity)].map {
          DeliveryError.ObjectFailure(identity: object.identity, line: $0, isTransient: false)
        }
      }
      throw DeliveryError(cluster: client.cluster, app: app, reason: .objects(failures))
    }
    self.served = served
    self.coming = coming
    groupKinds = Set(target.objects.map { GroupKind(of: $0.identity) })
    let all = served.merging(coming) { first, _ in first }
    identities = Set(target.objects.map { TargetKinds.locate($0.identity, all) })
    namespaces = Set(identities.map(\.namespace).filter { !$0.isEmpty })
  }

  /// The resource to list for a kind of the target state; `nil` for other kinds and for those that
  /// do not exist yet.
  func listable(_ kind: GroupKind) -> ServedResource? {
    served.first { $0.key.groupKind == kind }?.value
  }

  /// Whether the cluster serves the object's kind already.
  func isServed(_ identity: ResourceIdentity) -> Bool {
    served[GroupVersionKind(of: identity)] != nil
  }

  func located(_ identity: ResourceIdentity) -> ResourceIdentity {
    let kind = GroupVersionKind(of: identity)
    guard let resource = served[kind] ?? coming[kind] else { return identity }
    return TargetKinds.locate(identity, [kind: resource])
  }

  private static func locate(
    _ identity: ResourceIdentity, _ resources: [GroupVersionKind: ServedResource]
  ) -> ResourceIdentity {
    guard let resource = resources[GroupVersionKind(of: identity)] else { return identity }
    return identity.located(isNamespaced: resource.isNamespaced)
  }
}

extension ResourceIdentity {
  /// With the namespace that the cluster will put it into.
  func located(isNamespaced: Bool) -> ResourceIdentity {
    let place =
      isNamespaced ? (namespace.isEmpty ? ServedResource.defaultNamespace : namespace) : ""
    return ResourceIdentity(
      group: group, version: version, kind: kind, namespace: place, name: name)
  }
}
