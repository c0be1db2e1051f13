import Manifests

/// The format of the files in `fleet/`.
public enum FleetSchema {
  static let fleet: Codec<Document<Fleet>> = .document(
    .fleet, Codec<Fleet>.fleet,
    summary: "What holds for the whole fleet. At most one; every field has a default.",
    empty: Fleet())
  static let cluster: Codec<Document<Cluster>> = .document(
    .cluster, Codec<Cluster>.cluster, summary: "A Kubernetes cluster and how to reach it.")
  static let app: Codec<Document<App>> = .document(
    .app, Codec<App>.app,
    summary: "One deployable path of the repository. Without any App there is one, 'default', "
      + "with the path overlays/.",
    empty: App(name: "", path: ""))
  static let environment: Codec<Document<EnvironmentDraft>> = .document(
    .environment, Codec<EnvironmentDraft>.environment,
    summary: "A promotion step: the clusters that it selects, and how changes come to them.")
  static let strategy: Codec<Document<Strategy>> = .document(
    .strategy, Codec<Strategy>.strategy,
    summary: "Waves for environments to refer to by name.")
  static let window: Codec<Document<Window>> = .document(
    .window, Codec<Window>.window, summary: "When changes may start, or may not.")
  static let access: Codec<Document<[RoleBinding]>> = .document(
    .access, Codec<[RoleBinding]>.access,
    summary: "Who has which roles. Approvals ask for them; nothing else does yet.")

  /// The shape of a kind's documents.
  static func shape(of kind: FleetKind) -> ObjectShape {
    let shape =
      switch kind {
      case .fleet: fleet.shape()
      case .cluster: cluster.shape()
      case .app: app.shape()
      case .environment: environment.shape()
      case .strategy: strategy.shape()
      case .window: window.shape()
      case .access: access.shape()
      }
    guard case .object(let object) = shape else {
      return ObjectShape(name: kind.rawValue, summary: "")
    }
    return object
  }
}
