import SourceTree
import Testing

@testable import FleetModel

/// A small valid fleet of which tests replace single files.
struct FleetFixture {
  var files: [String: String] = [
    "fleet/clusters/all.yaml": """
    apiVersion: flotilla.dev/v1
    kind: Cluster
    metadata:
      name: dev-1
      labels: {env: dev}
    spec:
      credentials: {kubeconfig: {file: clusters.kubeconfig, context: dev-1}}
    ---
    apiVersion: flotilla.dev/v1
    kind: Cluster
    metadata:
      name: prod-1
      labels: {env: prod, region: eu}
    spec:
      credentials: {kubeconfig: {file: clusters.kubeconfig, context: prod-1}}

    """,
    "fleet/environments/dev.yaml": """
    apiVersion: flotilla.dev/v1
    kind: Environment
    metadata: {name: dev}
    spec:
      clusters: env=dev

    """,
    "fleet/environments/prod.yaml": """
    apiVersion: flotilla.dev/v1
    kind: Environment
    metadata: {name: prod}
    spec:
      clusters: env=prod
      after: [dev]

    """,
  ]

  func tree() throws -> MemoryTree { try MemoryTree(files) }

  func load(availability: Availability = .thisVersion) throws -> LoadedFleet {
    FleetLoader.load(tree: try tree(), availability: availability)
  }

  /// The findings' full texts.
  func findings(availability: Availability = .thisVersion) throws -> [String] {
    try load(availability: availability).findings.map(\.description)
  }
}

/// The spec of one App, Environment, Strategy … in a file of its own next to the fixture.
func object(_ kind: String, _ name: String, _ spec: String) -> String {
  let body = spec.split(separator: "\n", omittingEmptySubsequences: false)
    .map { "  \($0)" }.joined(separator: "\n")
  return """
    apiVersion: flotilla.dev/v1
    kind: \(kind)
    metadata: {name: \(name)}
    spec:
    \(body)

    """
}
