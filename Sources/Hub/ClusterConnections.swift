internal import Delivery
internal import FleetModel
internal import Foundation
internal import HTTPTransport
internal import KubernetesAPI
internal import Logging
internal import RolloutEngine

/// One connection per registered cluster, made when it is first needed and made anew when the
/// cluster's record or kubeconfig changes.
actor ClusterConnections {
  private let writer: Writer
  private let http: HTTPClient
  private let credentialsDirectory: String
  private let exportDirectory: String?
  private let agents: AgentSessions
  private let allowsInsecureTLS: Bool
  private let logger: Logger
  private var open: [String: (record: Cluster, channel: any ClusterChannel)] = [:]

  /// Clusters whose connection data cannot be used.
  private var unusable: [String: (since: ContinuousClock.Instant, reason: String)] = [:]

  /// Why there is no connection to a cluster.
  struct NotRegistered: Error, CustomStringConvertible {
    let cluster: String
    var description: String { "cluster \(cluster) is not registered any more" }
  }

  /// Why nothing can be written for a cluster that is supplied by hand.
  struct NoExportDirectory: Error, CustomStringConvertible {
    let cluster: String
    var description: String {
      "cluster \(cluster) is delivered to a directory, and the hub has none: start it with --export-dir"
    }
  }

  init(
    writer: Writer, http: HTTPClient, credentialsDirectory: String, exportDirectory: String?,
    agents: AgentSessions, allowsInsecureTLS: Bool, logger: Logger
  ) {
    self.writer = writer
    self.http = http
    self.credentialsDirectory = credentialsDirectory
    self.exportDirectory = exportDirectory
    self.agents = agents
    self.allowsInsecureTLS = allowsInsecureTLS
    self.logger = logger
  }

  /// Throws ``NotRegistered``, ``NoExportDirectory``, or `ClusterAccessError` when credentials cannot
  /// be read.
  func channel(to cluster: String) async throws -> any ClusterChannel {
    guard let record = await writer.read({ $0.clusters[cluster]?.record }) else {
      open[cluster] = nil
      unusable[cluster] = nil
      throw NotRegistered(cluster: cluster)
    }
    let existing = open[cluster].flatMap { $0.record == record ? $0.channel : nil }
    if let existing, !existing.isOutdated { return existing }
    do {
      let channel = try makeChannel(to: record)
      unusable[cluster] = nil
      open[cluster] = (record, channel)
      return channel
    } catch {
      if let existing {
        // Somebody is writing the file, or will mend it.
        logger.warning(
          "a changed kubeconfig cannot be used; what it said before holds on",
          metadata: ["cluster": "\(cluster)", "why": "\(error)"])
        return existing
      }
      open[cluster] = nil
      unusable[cluster] = (unusable[cluster]?.since ?? .now, "\(error)")
      throw error
    }
  }

  /// What is known of the lines to `clusters`, or to all; without those that nobody needed yet.
  nonisolated func lines(to clusters: Set<String>? = nil) async -> [String: ClusterLine] {
    let (channels, unusable) = await known(clusters)
    var lines: [String: ClusterLine] = [:]
    for (cluster, channel) in channels { lines[cluster] = await channel.line }
    let now = ContinuousClock.now
    for (cluster, (since, reason)) in unusable {
      lines[cluster] = ClusterLine(silence: .init(age: now - since, reason: reason))
    }
    return lines
  }

  private func known(_ clusters: Set<String>?) -> (
    [String: any ClusterChannel], [String: (since: ContinuousClock.Instant, reason: String)]
  ) {
    guard let clusters else { return (open.mapValues(\.channel), unusable) }
    return (
      open.filter { clusters.contains($0.key) }.mapValues(\.channel),
      unusable.filter { clusters.contains($0.key) }
    )
  }

  private func makeChannel(to record: Cluster) throws -> any ClusterChannel {
    if record.delivery == .agent { return AgentChannel(cluster: record.name, sessions: agents) }
    if case .directory(let path) = record.delivery {
      guard let exportDirectory else { throw NoExportDirectory(cluster: record.name) }
      return DirectoryDelivery(cluster: record.name, root: exportDirectory, path: path)
    }
    let access = try ClusterAccess(
      of: record, credentialsDirectory: credentialsDirectory,
      environment: ProcessInfo.processInfo.environment, allowInsecure: allowsInsecureTLS)
    if access.isInsecure {
      logger.warning(
        "the cluster's certificate is not verified: anybody on the wire can act as it",
        metadata: ["cluster": "\(record.name)", "server": "\(access.server)"])
    }
    return ClusterDelivery(
      client: KubernetesClient(cluster: record.name, access: access, http: http))
  }
}
