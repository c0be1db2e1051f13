internal import Delivery
internal import FleetModel
internal import Foundation
internal import HTTPTransport
internal import KubernetesAPI
internal import RolloutEngine

/// One connection per registered cluster, made when it is first needed and made anew when the
/// cluster's record changes.
actor ClusterConnections {
  private let writer: Writer
  private let http: HTTPClient
  private let credentialsDirectory: String
  private var open: [String: (record: Cluster, channel: any ClusterChannel)] = [:]

  /// Why there is no connection to a cluster.
  struct NotRegistered: Error, CustomStringConvertible {
    let cluster: String
    var description: String { "cluster \(cluster) is not registered any more" }
  }

  init(writer: Writer, http: HTTPClient, credentialsDirectory: String) {
    self.writer = writer
    self.http = http
    self.credentialsDirectory = credentialsDirectory
  }

  /// Throws ``NotRegistered``, or `ClusterAccessError` when credentials cannot be read.
  func channel(to cluster: String) async throws -> any ClusterChannel {
    guard let record = await writer.read({ $0.clusters[cluster]?.record }) else {
      open[cluster] = nil
      throw NotRegistered(cluster: cluster)
    }
    if let existing = open[cluster], existing.record == record { return existing.channel }
    let access = try ClusterAccess(
      of: record, credentialsDirectory: credentialsDirectory,
      environment: ProcessInfo.processInfo.environment)
    let channel = ClusterDelivery(
      client: KubernetesClient(cluster: cluster, access: access, http: http))
    open[cluster] = (record, channel)
    return channel
  }
}
