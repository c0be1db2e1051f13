import FleetModel
import Foundation
import HTTPTransport
import KubernetesAPI
import Manifests
import Testing

/// Credentials from kubeconfigs and files.
final class ClusterAccessTests {
  private let directory: URL

  init() throws {
    directory = FileManager.default.temporaryDirectory
      .appendingPathComponent("flotilla-access-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(at: directory) }  // temporary either way

  private func write(_ text: String, to name: String) throws {
    try Data(text.utf8).write(to: directory.appendingPathComponent(name))
  }

  private func access(
    _ credentials: Credentials, server: String? = nil, ca: CertificateAuthority? = nil,
    environment: [String: String] = [:], allowInsecure: Bool = false
  ) throws -> ClusterAccess {
    try ClusterAccess(
      of: Cluster(name: "c1", server: server, ca: ca, credentials: credentials),
      credentialsDirectory: directory.path, environment: environment,
      allowInsecure: allowInsecure)
  }

  private func fault(
    _ credentials: Credentials, server: String? = nil, environment: [String: String] = [:]
  ) -> String {
    let error = #expect(throws: ClusterAccessError.self) {
      try access(credentials, server: server, environment: environment)
    }
    return error?.description.replacingOccurrences(of: directory.path, with: "DIR") ?? ""
  }

  private func kubeconfig(user: String, cluster: String = "") -> String {
    """
    apiVersion: v1
    kind: Config
    current-context: main
    contexts:
    - {name: main, context: {cluster: here, user: me}}
    - {name: elsewhere, context: {cluster: there, user: me}}
    clusters:
    - name: here
      cluster: {server: "https://here.example.test:6443/"\(cluster)}
    - name: there
      cluster: {server: "https://there.example.test:6443"}
    users:
    - name: me
      user: \(user)
    """
  }

  @Test func inlineDataAndTheCurrentContext() async throws {
    let ca = Base64.encode(Array("CA".utf8))
    let certificate = Base64.encode(Array("CERT".utf8))
    let key = Base64.encode(Array("KEY".utf8))
    try write(
      kubeconfig(
        user: "{client-certificate-data: \(certificate), client-key-data: \(key)}",
        cluster: ", certificate-authority-data: \(ca), tls-server-name: api.internal,"
          + " proxy-url: \"socks5://proxy:1080\""), to: "config")
    let access = try access(.kubeconfig(file: "config", context: nil))
    #expect(access.server == "https://here.example.test:6443")
    let connection = try await access.connection()
    #expect(connection.trust == .authorities(pem: Array("CA".utf8)))
    #expect(connection.clientIdentity?.certificate == Array("CERT".utf8))
    #expect(connection.clientIdentity?.key == Secret("KEY"))
    #expect(connection.tlsServerName == "api.internal")
    #expect(connection.proxy == .url("socks5://proxy:1080"))
    #expect(connection.authorization == .none)
  }

  @Test func filesCountFromTheKubeconfigsOwnDirectory() async throws {
    try FileManager.default.createDirectory(
      at: directory.appendingPathComponent("prod"), withIntermediateDirectories: true)
    try write("CA-FILE", to: "prod/ca.crt")
    try write("CERT-FILE", to: "prod/me.crt")
    try write("KEY-FILE", to: "prod/me.key")
    try write(
      kubeconfig(
        user: "{client-certificate: me.crt, client-key: me.key}",
        cluster: ", certificate-authority: ca.crt"), to: "prod/config")
    let connection = try await access(.kubeconfig(file: "prod/config", context: nil)).connection()
    #expect(connection.trust == .authorities(pem: Array("CA-FILE".utf8)))
    #expect(connection.clientIdentity?.certificate == Array("CERT-FILE".utf8))
    #expect(connection.clientIdentity?.key == Secret("KEY-FILE"))
  }

  @Test func aKubeconfigInJSONIsReadToo() async throws {
    try write(
      """
      {"kind": "Config", "current-context": "x",
       "contexts": [{"name": "x", "context": {"cluster": "c", "user": "u"}}],
       "clusters": [{"name": "c", "cluster": {"server": "https://c"}}],
       "users": [{"name": "u", "user": {"token": "t"}}]}
      """, to: "config")
    let connection = try await access(.kubeconfig(file: "config", context: nil)).connection()
    #expect(connection.authorization == .bearer(Secret("t")))
  }

  @Test func aNamedContextWinsOverTheCurrentOne() throws {
    try write(kubeconfig(user: "{token: t}"), to: "config")
    let access = try access(.kubeconfig(file: "config", context: "elsewhere"))
    #expect(access.server == "https://there.example.test:6443")
  }

  @Test func aKubeconfigThatChangedIsReadAgain() async throws {
    try write(kubeconfig(user: "{token: before}"), to: "config")
    let credentials = Credentials.kubeconfig(file: "config", context: nil)
    #expect(
      try await access(credentials).connection().authorization == .bearer(Secret("before")))
    try write(kubeconfig(user: "{token: afterwards}"), to: "config")
    #expect(
      try await access(credentials).connection().authorization == .bearer(Secret("afterwards")))
  }

  @Test func accessIsOutdatedOnceItsKubeconfigChanged() throws {
    try write(kubeconfig(user: "{token: before}"), to: "config")
    let access = try access(.kubeconfig(file: "config", context: nil))
    #expect(!access.isOutdated)
    try write(kubeconfig(user: "{token: afterwards}"), to: "config")
    #expect(access.isOutdated)
    #expect(try !self.access(.kubeconfig(file: "config", context: nil)).isOutdated)
    try FileManager.default.removeItem(at: directory.appendingPathComponent("config"))
    #expect(!access.isOutdated, "what was read holds on")
    #expect(!ClusterAccess(server: "https://c").isOutdated)
  }

  @Test func whatTheClusterSaysWinsOverTheKubeconfig() async throws {
    try write(kubeconfig(user: "{token: t}"), to: "config")
    let access = try access(
      .kubeconfig(file: "config", context: nil), server: "https://other:1", ca: .pem("OTHER"))
    #expect(access.server == "https://other:1")
    #expect(try await access.connection().trust == .authorities(pem: Array("OTHER".utf8)))
  }

  @Test func aTokenFileIsReadAgainWhenItChanges() async throws {
    try write("first\n", to: "token")
    let access = try access(.tokenFile("token"), server: "https://c")
    #expect(try await access.connection().authorization == .bearer(Secret("first")))
    try write("second-and-longer\n", to: "token")
    #expect(try await access.connection().authorization == .bearer(Secret("second-and-longer")))
    try FileManager.default.removeItem(at: directory.appendingPathComponent("token"))
    let gone = await #expect(throws: ClusterAccessError.self) { try await access.connection() }
    #expect(gone?.description.hasSuffix("/token: no such file or directory") == true)
  }

  @Test func aTokenFromTheEnvironment() async throws {
    let access = try access(
      .environmentVariable("C1_TOKEN"), server: "https://c", environment: ["C1_TOKEN": "t"])
    #expect(try await access.connection().authorization == .bearer(Secret("t")))
    #expect(
      fault(.environmentVariable("C1_TOKEN"), server: "https://c")
        == "cluster c1: environment variable C1_TOKEN is not set; it must hold the cluster's bearer token"
    )
  }

  @Test func anUncheckedServerNeedsPermission() async throws {
    try write(
      kubeconfig(user: "{token: t}", cluster: ", insecure-skip-tls-verify: true"), to: "config")
    let credentials = Credentials.kubeconfig(file: "config", context: nil)
    #expect(fault(credentials).contains("insecure-skip-tls-verify"))
    #expect(fault(credentials).hasSuffix("start the hub with --allow-insecure-tls"))
    let allowed = try access(credentials, allowInsecure: true)
    #expect(allowed.isInsecure)
    #expect(try await allowed.connection().trust == .anyone)
    let withAuthority = try access(credentials, ca: .pem("CA"), allowInsecure: true)
    #expect(!withAuthority.isInsecure, "an authority of the Cluster wins")
    #expect(try await withAuthority.connection().trust == .authorities(pem: Array("CA".utf8)))
  }

  @Test(arguments: [
    (
      "{exec: {command: aws, apiVersion: client.authentication.k8s.io/v1alpha1}}",
      "DIR/config: user 'me': exec has the apiVersion 'client.authentication.k8s.io/v1alpha1'; known are"
        + " client.authentication.k8s.io/v1 and client.authentication.k8s.io/v1beta1"
    ),
    (
      "{exec: {apiVersion: client.authentication.k8s.io/v1}}",
      "DIR/config: user 'me': exec names no command"
    ),
    (
      "{exec: {command: aws, apiVersion: client.authentication.k8s.io/v1, interactiveMode: Always}}",
      "DIR/config: user 'me': the exec plugin 'aws' has interactiveMode: Always, and nobody sits at"
        + " the hub; use one that signs in by itself"
    ),
    (
      "{auth-provider: {name: gcp}}",
      "DIR/config: user 'me' uses the auth-provider 'gcp', which Kubernetes itself removed in 1.26;"
        + " use a token, a token file or a client certificate"
    ),
    (
      "{token: t, as-groups: [admins]}",
      "DIR/config: user 'me' has as-uid, as-groups or as-user-extra without 'as'"
    ),
    (
      "{client-key-data: S0VZ}",
      "DIR/config: user 'me' has a client key but no client certificate"
    ),
    (
      "{client-certificate-data: '%%%'}",
      "DIR/config: client-certificate-data of user 'me' is no base64"
    ),
    ("{tokenFile: absent}", "DIR/absent: no such file or directory"),
  ])
  func whatIsNotSupportedIsRefusedByName(user: String, expected: String) throws {
    try write(kubeconfig(user: user), to: "config")
    #expect(fault(.kubeconfig(file: "config", context: nil)) == expected)
  }

  @Test func aContextThatDoesNotExistNamesThoseThatDo() throws {
    try write(kubeconfig(user: "{token: t}"), to: "config")
    #expect(
      fault(.kubeconfig(file: "config", context: "nope"))
        == "DIR/config: contexts has no 'nope'; it has: elsewhere, main")
  }

  @Test func aFileThatIsNoKubeconfig() throws {
    try write("a: [1, 2\n", to: "broken")
    #expect(fault(.kubeconfig(file: "broken", context: nil)).hasPrefix("DIR/broken:"))
    try write("kind: Pod", to: "pod")
    #expect(
      fault(.kubeconfig(file: "pod", context: nil))
        == "DIR/pod: is no kubeconfig; expected kind: Config")
    #expect(
      fault(.kubeconfig(file: "absent", context: nil)) == "DIR/absent: no such file or directory")
  }

  @Test func noServerAnywhere() {
    #expect(
      fault(.none) == "cluster c1: no server is given; set spec.server or use a kubeconfig")
  }

  @Test func aKubeconfigMayActInSomebodysName() throws {
    let user = """
      {token: t, as: jane, as-uid: "7", as-groups: [devs, ops],
        as-user-extra: {"example.com/scope": [view, edit]}}
      """
    try write(kubeconfig(user: user), to: "config")
    let access = try access(.kubeconfig(file: "config", context: nil))
    #expect(
      access.impersonation
        == Impersonation(
          user: "jane", uid: "7", groups: ["devs", "ops"],
          extra: ["example.com/scope": ["view", "edit"]]))
  }
}
