public import Manifests

/// One deployable path of the repository with its overlays.
public struct App: Sendable, Hashable, Codable {
  public static let defaultOverlays = [
    "clusters/{cluster}", "environments/{environment}", "base",
  ]

  public var name: String
  /// Directory of the repository that overlay patterns count from.
  public var path: String
  /// Patterns in order; the first directory that exists is built. `{cluster}` and `{environment}`
  /// stand for names.
  public var overlays: [String]
  public var clusters: LabelSelector
  /// Default namespace for the app's objects; `nil` leaves them as rendered.
  public var namespace: String?
  /// `NAMESPACE/NAME` of the service account in whose name the app's objects are written; `nil` for
  /// the hub's own rights.
  public var serviceAccount: String?
  /// Apps whose part of the same commit must be stable in an environment first.
  public var dependsOn: [String]
  /// Whether objects that left the target state are deleted from clusters.
  public var prune: Bool
  /// What its applies may do to what is not Flotilla's.
  public var apply: ApplyPolicy
  /// Whether `${name}` in rendered objects is replaced by values of the cluster.
  public var substitute: Bool
  /// How lists merge in its overlays.
  public var compat: Compatibility
  /// How strictly the objects are held against the schema of their kinds.
  public var schema: SchemaCheck
  /// What the app may consist of; `nil` for anything.
  public var allowed: Allowance?
  /// When objects of some kinds are healthy, by expressions; one per group and kind.
  public var healthCheckExprs: [HealthCheck]

  public init(
    name: String, path: String, overlays: [String] = App.defaultOverlays,
    clusters: LabelSelector = LabelSelector(), namespace: String? = nil,
    serviceAccount: String? = nil, dependsOn: [String] = [], prune: Bool = true,
    apply: ApplyPolicy = ApplyPolicy(), substitute: Bool = false,
    compat: Compatibility = .kustomize,
    schema: SchemaCheck = .strict, allowed: Allowance? = nil,
    healthCheckExprs: [HealthCheck] = []
  ) {
    self.name = name
    self.path = path
    self.overlays = overlays
    self.clusters = clusters
    self.namespace = namespace
    self.serviceAccount = serviceAccount
    self.dependsOn = dependsOn
    self.prune = prune
    self.apply = apply
    self.substitute = substitute
    self.compat = compat
    self.schema = schema
    self.allowed = allowed
    self.healthCheckExprs = healthCheckExprs
  }
}

extension App {
  /// Reads what any version wrote: a field that came later has its default.
  public init(from decoder: any Decoder) throws {
    let values = try decoder.container(keyedBy: CodingKeys.self)
    self.init(
      name: try values.decode(String.self, forKey: .name),
      path: try values.decode(String.self, forKey: .path),
      overlays: try values.decode([String].self, forKey: .overlays),
      clusters: try values.decode(LabelSelector.self, forKey: .clusters),
      namespace: try values.decodeIfPresent(String.self, forKey: .namespace),
      serviceAccount: try values.decodeIfPresent(String.self, forKey: .serviceAccount),
      dependsOn: try values.decode([String].self, forKey: .dependsOn),
      prune: try values.decode(Bool.self, forKey: .prune),
      apply: try values.decodeIfPresent(ApplyPolicy.self, forKey: .apply) ?? ApplyPolicy(),
      substitute: try values.decode(Bool.self, forKey: .substitute),
      compat: try values.decodeIfPresent(Compatibility.self, forKey: .compat) ?? .kustomize,
      schema: try values.decodeIfPresent(SchemaCheck.self, forKey: .schema) ?? .strict,
      allowed: try values.decodeIfPresent(Allowance.self, forKey: .allowed),
      healthCheckExprs: try values.decodeIfPresent([HealthCheck].self, forKey: .healthCheckExprs)
        ?? [])
  }

  /// How close overlays stay to kustomize where it does what few people want.
  public enum Compatibility: String, Sendable, Hashable, Codable, CaseIterable {
    /// Byte for byte what kustomize builds.
    case kustomize
    /// Lists of all kinds merge by the keys that the Kubernetes API gives them.
    case kubernetes
  }
}
