/// How close a build stays to kustomize where kustomize does what few people want.
public enum CompatibilityLevel: String, Sendable, Hashable, CaseIterable {
  /// Byte for byte what kustomize builds.
  case kustomize
  /// As kustomize, but the lists of all kinds merge by the keys that the Kubernetes API gives them:
  /// those of custom resources by the CustomResourceDefinitions of the same build, those of kinds
  /// and fields newer than Kubernetes 1.21 by a table.
  case kubernetes
}
