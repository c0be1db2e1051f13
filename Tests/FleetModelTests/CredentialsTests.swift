import Testing

@testable import FleetModel

/// Credentials in fleet/ are references. Nothing that looks like a value is accepted, and no
/// message repeats what was pasted.
@Suite struct CredentialsTests {
  private func findings(_ spec: String) throws -> [String] {
    var fixture = FleetFixture()
    fixture.files["fleet/clusters/x.yaml"] = """
      apiVersion: flotilla.dev/v1
      kind: Cluster
      metadata: {name: x, labels: {env: dev}}
      spec:
        \(spec)
      """
    return try fixture.findings().map { $0.replacing("fleet/clusters/x.yaml:", with: "") }
  }

  @Test func aTokenIsRefusedAndNotRepeated() throws {
    #expect(
      try findings("credentials: {token: s3cr3t}") == [
        "5:17: error: unknown field 'token' in Credentials; credentials are references, never "
          + "values: put the value into a file of the hub's credentials directory and name that "
          + "file"
      ])
    #expect(
      try findings("credentials: s3cr3t") == [
        "5:16: error: expected a mapping with the fields of Credentials, found text"
      ])
  }

  @Test(arguments: ["/etc/kubeconfig", "../kubeconfig", "a/../../b", "~/.kube/config", ""])
  func aPathOutOfTheCredentialsDirectoryIsRefused(_ path: String) throws {
    #expect(
      try findings("credentials: {kubeconfig: {file: \"\(path)\"}}") == [
        "5:36: error: expected the path of a file relative to the hub's credentials directory, "
          + "without '..', found " + (path.isEmpty ? "an empty text" : "text")
      ])
  }

  @Test func aPastedKeyIsRefusedAndNotRepeated() throws {
    #expect(
      try findings("credentials: {tokenFile: \"-----BEGIN\\nPRIVATE KEY\"}").allSatisfy {
        !$0.contains("PRIVATE")
      })
    #expect(
      try findings(
        "server: https://x\n  ca: {data: \"-----BEGIN PRIVATE KEY-----\"}\n"
          + "  credentials: {tokenFile: x}") == [
          "6:14: error: expected certificates in PEM form, without a key, found text"
        ])
  }

  @Test func oneWayToSignInIsEnough() throws {
    #expect(
      try findings(
        "server: https://x\n  credentials: {tokenFile: a, environmentVariable: B}") == [
          "6:31: error: Credentials has 'tokenFile' and 'environmentVariable', expected only one "
            + "of 'kubeconfig', 'tokenFile', 'clientCertificate', 'exec' or "
            + "'environmentVariable'; remove one of them"
        ])
    #expect(
      try findings("server: https://x\n  credentials: {}") == [
        "6:16: error: Credentials has none of 'kubeconfig', 'tokenFile', 'clientCertificate', "
          + "'exec' or 'environmentVariable'; add one of them"
      ])
  }

  @Test func onlyAKubeconfigMayNameTheServer() throws {
    #expect(
      try findings("credentials: {tokenFile: x}") == [
        "5:16: error: Cluster has no 'server', and only a kubeconfig could name it; add 'server': "
          + "the URL of the API server"
      ])
    #expect(try findings("server: https://x\n  credentials: {tokenFile: x}").isEmpty)
  }

  @Test(arguments: [
    "http://api.example.com", "https://user:s3cr3t@api.example.com", "https://", "ftp://x", "api",
    "http://localhost.example.com",
  ])
  func aServerThatWouldGiveTheTokenAwayIsRefused(_ server: String) throws {
    #expect(
      try findings("server: \"\(server)\"\n  credentials: {tokenFile: x}") == [
        "5:11: error: expected a URL that starts with https:// (http:// only to localhost) and "
          + "holds no password, found text"
      ])
  }

  @Test(arguments: ["https://10.0.0.1:6443/k8s/c1", "http://localhost:8001", "http://[::1]:80/x"])
  func otherServersAreFine(_ server: String) throws {
    #expect(try findings("server: \"\(server)\"\n  credentials: {tokenFile: x}").isEmpty)
  }
}
