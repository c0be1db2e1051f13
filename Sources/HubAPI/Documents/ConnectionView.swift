internal import FleetModel
internal import Hub

extension ConnectionDocument {
  init(_ connection: ClusterConnection) {
    self.init(
      answered: connection.answered.map(Timestamp.init),
      silence: connection.silence.map { .init(since: Timestamp($0.since), reason: $0.reason) },
      isVerified: connection.isVerified,
      certificateExpires: connection.certificateExpires.map(Timestamp.init))
  }
}

extension StateView {
  /// What is wrong with the line to a cluster, with who can mend it.
  func connectionFindings(_ cluster: String) -> [BlockerDocument] {
    guard let connection = connections[cluster] else { return [] }
    var findings: [BlockerDocument] = []
    func add(_ message: String, since: Instant? = nil, clearedBy: String) {
      findings.append(
        BlockerDocument(
          object: "cluster/\(cluster)", message: message, since: since.map(Timestamp.init),
          clearedBy: clearedBy))
    }
    if let silence = connection.silence {
      add(
        "\(cluster) does not answer: \(silence.reason)", since: silence.since,
        clearedBy: "whoever runs the cluster, the way to it or its credentials")
    }
    if let expires = connection.certificateExpires,
      expires - now < ClusterConnection.expiryNotice
    {
      let when = "\(Timestamp(expires))"
      add(
        expires < now
          ? "the client certificate for \(cluster) expired at \(when)"
          : "the client certificate for \(cluster) expires at \(when)",
        clearedBy: "whoever puts a new certificate into the hub's credentials directory")
    }
    if !connection.isVerified {
      add(
        "nobody verifies that \(cluster) is what it says it is (insecure-skip-tls-verify)",
        clearedBy: "whoever gives its certificate authority, as 'ca' of the Cluster")
    }
    return findings
  }
}
