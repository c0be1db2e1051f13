public import Manifests

extension Cluster {
  /// A label that every cluster has without declaring it: its name. So selectors can name clusters,
  /// as `flotilla.dev/cluster in (prod-eu-1,prod-us-2)`.
  public static let nameLabel = "flotilla.dev/cluster"
}

extension LabelSelector {
  /// Whether a cluster is selected, by its labels and its name.
  public func matches(_ cluster: Cluster) -> Bool {
    matches(name: cluster.name, labels: cluster.labels)
  }

  func matches(name: String, labels: [String: String]) -> Bool {
    requirements.allSatisfy { requirement in
      requirement.key == Cluster.nameLabel
        ? requirement.matches([Cluster.nameLabel: name]) : requirement.matches(labels)
    }
  }
}
