/// How to build.
public struct BuildOptions: Sendable, Hashable {
  public enum LoadRestrictor: String, Sendable, Hashable {
    /// Files must lie in or below the directory of the kustomization that names them.
    case rootOnly = "LoadRestrictionsRootOnly"
    /// Files may lie anywhere in the tree.
    case none = "LoadRestrictionsNone"
  }

  public var loadRestrictor: LoadRestrictor
  public var compatibility: CompatibilityLevel
  /// Whether to note who gave each field its value, which takes several times as long.
  public var traces: Bool

  public init(
    loadRestrictor: LoadRestrictor = .rootOnly, compatibility: CompatibilityLevel = .kustomize,
    traces: Bool = false
  ) {
    self.loadRestrictor = loadRestrictor
    self.compatibility = compatibility
    self.traces = traces
  }
}
