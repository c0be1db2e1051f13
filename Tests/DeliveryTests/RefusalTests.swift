import Delivery
import FleetModel
import Foundation
import HTTPTransport
import KubernetesAPI
import Testing

/// What real API servers say no to, all of them at once and with RBAC, and credentials that rotate.
@Suite(.enabled(if: RealClusters.assets != nil, RealClusters.why))
struct RefusalTests {
  /// Credentials of one server in files, which change while a client uses them.
  private final class Keys: Sendable {
    let folder: URL
    let client: KubernetesClient
    private let server: RealClusters.Server

    init(
      _ server: RealClusters.Server, _ clusters: RealClusters, _ credentials: Credentials
    ) throws {
      self.server = server
      folder = FileManager.default.temporaryDirectory
        .appendingPathComponent("flotilla-keys-\(UUID().uuidString)")
      try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
      for name in ["token", "user.crt", "user.key"] {
        try Data("none yet".utf8).write(to: folder.appendingPathComponent(name))
      }
      let access = try ClusterAccess(
        of: Cluster(
          name: server.name, server: "https://127.0.0.1:\(server.port)",
          ca: .file(server.directory + "/ca.crt"), credentials: credentials),
        credentialsDirectory: folder.path, environment: [:])
      client = KubernetesClient(cluster: server.name, access: access, http: clusters.http)
    }

    deinit {
      // A folder that stays behind is no failure of the test.
      try? FileManager.default.removeItem(at: folder)
    }

    /// As those who rotate do: a new file takes the place of the old one.
    func write(_ text: String, to name: String) throws {
      try Data(text.utf8).write(to: folder.appendingPathComponent(name), options: .atomic)
    }

    func signIn(as user: String) throws {
      for part in ["crt", "key"] {
        let text = try String(
          contentsOfFile: "\(server.directory)/\(user).\(part)", encoding: .utf8)
        try write(text, to: "user.\(part)")
      }
    }

    /// What an apply is refused with.
    func refusal(_ test: TestApp) async throws -> DeliveryError {
      let target = try test.target(TestApp.configMap("a"))
      return try #require(
        await #expect(throws: DeliveryError.self) {
          try await ClusterDelivery(client: client).apply(
            target, app: test.app, mark: .test())
        })
    }
  }

  /// Does `body` with every server at once.
  private func everywhere(
    _ body: @escaping @Sendable (RealClusters.Server, RealClusters) async throws -> Void
  ) async throws {
    let clusters = try await RealClusters.running()
    try await withThrowingTaskGroup(of: Void.self) { group in
      for server in clusters.servers { group.addTask { try await body(server, clusters) } }
      try await group.waitForAll()
    }
  }

  @Test func aTokenThatRotatesIsUsedFromTheNextRequestOn() async throws {
    try await everywhere { server, clusters in
      let number = try #require(server.name.split(separator: "-").last)
      let keys = try Keys(server, clusters, .tokenFile("token"))
      let test = TestApp("token")
      try keys.write("expired", to: "token")
      let stranger = try await keys.refusal(test)
      #expect(stranger.description.contains("cluster \(server.name): "))
      #expect(stranger.description.contains("HTTP 401 Unauthorized"))
      #expect(!stranger.isTransient && !stranger.isUnreachable)
      #expect(!stranger.description.contains("expired"), "a credential stands in an error")

      try keys.write("nobody-token-\(number)\n", to: "token")
      let nobody = try await keys.refusal(test)
      #expect(nobody.description.contains("HTTP 403 Forbidden"))
      #expect(nobody.description.contains(#"User "nobody" cannot"#))
      #expect(nobody.description.contains(#"resource "configmaps""#))
      #expect(!nobody.isTransient)

      try keys.write("admin-token-\(number)", to: "token")
      _ = try await ClusterDelivery(client: keys.client).apply(
        try test.target(TestApp.configMap("a")), app: test.app, mark: .test())
      try keys.write("revoked", to: "token")
      #expect(try await keys.refusal(test).description.contains("HTTP 401 Unauthorized"))
    }
  }

  @Test func aClientCertificateThatRotatesIsUsedFromTheNextRequestOn() async throws {
    try await everywhere { server, clusters in
      let keys = try Keys(
        server, clusters,
        .clientCertificate(certificateFile: "user.crt", keyFile: "user.key"))
      let test = TestApp("certificate")
      for user in ["alice", "bob", "alice"] {
        try keys.signIn(as: user)
        let refusal = try await keys.refusal(test)
        #expect(refusal.description.contains(#"User "\#(user)" cannot"#))
      }
      try keys.signIn(as: "admin")
      _ = try await ClusterDelivery(client: keys.client).apply(
        try test.target(TestApp.configMap("a")), app: test.app, mark: .test())
    }
  }

  @Test func whatOneObjectIsRefusedForNamesItAndTheField() async throws {
    try await everywhere { server, clusters in
      let index = try #require(clusters.servers.firstIndex { $0.name == server.name })
      let cluster = try clusters.cluster(index)
      let test = TestApp("refused")
      let web = TestApp.deployment("web", replicas: 1)
      _ = try await cluster.delivery.apply(
        try test.target(web), app: test.app, mark: .test())

      let invalid = web.replacingOccurrences(of: "replicas: 1", with: "replicas: -2")
      let invalidity = await #expect(throws: DeliveryError.self) {
        try await cluster.delivery.apply(
          try test.target(invalid), app: test.app, mark: .test(attempt: 2))
      }
      let line = try #require(invalidity).description
      #expect(line.contains("Deployment \(test.namespace)/web"))
      #expect(line.contains("spec.replicas: Invalid value: -2"))
      #expect(line.contains("HTTP 422 Invalid"))
      #expect(invalidity?.isTransient == false)

      _ = try await cluster.kubectl(
        "-n", test.namespace, "patch", "deployment", "web", "--field-manager", "k9s", "-p",
        #"{"spec":{"replicas":4}}"#)
      let conflict = await #expect(throws: DeliveryError.self) {
        try await cluster.delivery.apply(
          try test.target(TestApp.deployment("web", replicas: 2)), app: test.app,
          mark: .test(attempt: 3))
      }
      #expect(
        conflict?.description.contains(
          "Deployment \(test.namespace)/web: .spec.replicas is owned by 'k9s'") == true)
      #expect(conflict?.isTransient == false)
    }
  }
}
