import ClusterSimulator
import Foundation
import Manifests
import Testing

@Suite("Who may do what")
struct AccessTests {
  @Test func aTokenOpensOnlyItsOwnCluster() async throws {
    try await Simulation.run(["dev-1", "dev-2"]) { simulation in
      var other = simulation.api
      other.base = simulation.clusters.url(of: "dev-2")
      #expect(try await simulation.api.get(Sample.configMaps).code == 200)
      let refused = try await other.get(Sample.configMaps)
      #expect(refused.code == 401)
      #expect(try refused.reason == "Unauthorized")
    }
  }

  @Test func withoutCredentialsOnlyTheVersionIsShown() async throws {
    try await Simulation.run { simulation in
      var anonymous = simulation.api
      anonymous.token = nil
      #expect(try await anonymous.get("/version").code == 200)
      let refused = try await anonymous.get(Sample.configMaps)
      #expect(refused.code == 403)
      #expect(
        try refused.message
          == #"configmaps is forbidden: User "system:anonymous" cannot list resource "configmaps" in API group "" in the namespace "default""#
      )
    }
  }

  @Test func aRoleGivesNobodyRights() async throws {
    try await Simulation.run { simulation in
      var nobody = simulation.api
      nobody.token = try simulation.cluster.nobodyToken
      #expect(try await nobody.get(Sample.configMaps).code == 403)
      let prefix = "/apis/rbac.authorization.k8s.io/v1/namespaces/default"
      _ = try await simulation.api.apply(
        prefix + "/roles/reader",
        #"{"apiVersion":"rbac.authorization.k8s.io/v1","kind":"Role","metadata":{"name":"reader"},"rules":[{"apiGroups":[""],"resources":["configmaps"],"verbs":["list"]}]}"#
      )
      _ = try await simulation.api.apply(
        prefix + "/rolebindings/reader",
        #"{"apiVersion":"rbac.authorization.k8s.io/v1","kind":"RoleBinding","metadata":{"name":"reader"},"roleRef":{"apiGroup":"rbac.authorization.k8s.io","kind":"Role","name":"reader"},"subjects":[{"kind":"User","name":"nobody"},{"kind":"ServiceAccount","name":"robot","namespace":"default"}]}"#
      )
      #expect(try await nobody.get(Sample.configMaps).code == 200)
      #expect(try await nobody.get(Sample.configMaps + "/shop").code == 403)
      let robot = ["Impersonate-User: system:serviceaccount:default:robot"]
      #expect(
        try await simulation.api.send("GET", Sample.configMaps, headers: robot).code == 200)
      #expect(
        try await simulation.api.send("DELETE", Sample.configMaps, headers: robot).code == 403)
    }
  }

  @Test func aViewerReadsAndDoesNotWrite() async throws {
    try await Simulation.run { simulation in
      var viewer = simulation.api
      viewer.token = try simulation.cluster.viewerToken
      #expect(try await viewer.get(Sample.configMaps).code == 200)
      let refused = try await viewer.apply(
        Sample.configMaps + "/shop", Sample.configMap("shop", "{}"))
      #expect(refused.code == 403)
      #expect(try refused.message.contains(#"User "viewer" cannot patch resource"#))
    }
  }

  @Test(arguments: ["--http1.1", "--http2"])
  func clientCertificatesName(_ version: String) async throws {
    try await Simulation.run { simulation in
      func curl(_ pair: CertificateAndKey) async throws -> HTTPAPI.Answer {
        var api = simulation.api
        api.token = nil
        let certificate = try simulation.directory.write(pair.certificate, to: "client.crt")
        let key = try simulation.directory.write(pair.key, to: "client.key")
        api.options = ["--cert", certificate, "--key", key, version]
        return try await api.get(Sample.configMaps)
      }
      #expect(try await curl(simulation.clusters.administrator).code == 200)
      let alice = try simulation.clusters.clientCertificate(user: "alice", groups: ["team-a"])
      let refused = try await curl(alice)
      #expect(refused.code == 403)
      #expect(try refused.message.contains(#"User "alice""#))
      try await Simulation.runBeside(["other"]) { other in
        let foreign = try await curl(other.clusters.administrator)
        #expect(foreign.code == 401)
      }
    }
  }

  @Test func theServersCertificateIsChecked() async throws {
    try await Simulation.run { simulation in
      try await Simulation.runBeside(["other"]) { other in
        var api = simulation.api
        api.authority = "\(other.directory.path)/state/ca.crt"
        let answer = try await api.get("/version")
        #expect(answer.exit == 60)
      }
    }
  }

  @Test func theKubeconfigIsForItsOwnerOnly() async throws {
    try await Simulation.run { simulation in
      for name in ["kubeconfig", "admin.key", "control.token"] {
        let attributes = try FileManager.default.attributesOfItem(
          atPath: "\(simulation.directory.path)/state/\(name)")
        #expect(attributes[.posixPermissions] as? Int == 0o600)
      }
    }
  }
}
