public import FleetModel

/// How the agent reaches its cluster's API server.
public enum ClusterLocation: Sendable, Hashable {
  /// The agent is a pod of the cluster and signs in with the service account's token, which the
  /// kubelet replaces from time to time.
  case inCluster
  case kubeconfig(path: String, context: String?)

  /// Why there is no way to the cluster; one line.
  public struct Missing: Error, CustomStringConvertible {
    public let description: String
  }

  private static let serviceAccount = "/var/run/secrets/kubernetes.io/serviceaccount"

  /// The same as a registered cluster says it.
  public func record(
    of cluster: String, environment: [String: String]
  ) throws(Missing) -> Cluster {
    switch self {
    case .kubeconfig(let path, let context):
      return Cluster(name: cluster, credentials: .kubeconfig(file: path, context: context))
    case .inCluster:
      guard let host = environment["KUBERNETES_SERVICE_HOST"],
        let port = environment["KUBERNETES_SERVICE_PORT"]
      else {
        throw Missing(
          description: "this is no pod of a cluster: KUBERNETES_SERVICE_HOST is not set; give "
            + "--kubeconfig FILE")
      }
      let place = host.contains(":") ? "[\(host)]" : host
      return Cluster(
        name: cluster, server: "https://\(place):\(port)",
        ca: .file(ClusterLocation.serviceAccount + "/ca.crt"),
        credentials: .tokenFile(ClusterLocation.serviceAccount + "/token"))
    }
  }
}
