import FleetModel
import Foundation
import HTTPTransport
import KubernetesAPI
import Testing

/// Kubeconfigs whose user signs in through a program.
final class ExecPluginTests {
  private let directory: URL

  init() throws {
    directory = FileManager.default.temporaryDirectory
      .appendingPathComponent("flotilla-exec-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(at: directory) }  // temporary either way

  private static let version = "client.authentication.k8s.io/v1"

  /// Shell: prints the value of `token` as a credential.
  private static let printToken = """
    printf '{"apiVersion": "\(version)", "kind": "ExecCredential", "status": {"token": "%s"}}' "$token"
    """

  /// A plugin that writes a line into `runs` each time, and then does what `script` says.
  private func access(
    _ script: String, exec: String = "", cluster server: ScriptedServer? = nil
  ) throws -> ClusterAccess {
    let cluster =
      server.map { server in
        let authority = Data(server.authority).base64EncodedString()
        return "{server: \"\(server.url)\", certificate-authority-data: \(authority)}"
      } ?? "{server: \"https://here.example.test\", tls-server-name: inner}"
    let program = directory.appendingPathComponent("sign-in")
    try Data("#!/bin/sh\ncd \"$(dirname \"$0\")\"\necho >> runs\n\(script)\n".utf8).write(
      to: program)
    try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: program.path)
    try Data(
      """
      apiVersion: v1
      kind: Config
      current-context: main
      contexts: [{name: main, context: {cluster: here, user: me}}]
      clusters: [{name: here, cluster: \(cluster)}]
      users: [{name: me, user: {exec: {apiVersion: \(Self.version), command: ./sign-in\(exec)}}}]
      """.utf8
    ).write(to: directory.appendingPathComponent("config"))
    return try ClusterAccess(
      of: Cluster(name: "c1", credentials: .kubeconfig(file: "config", context: nil)),
      credentialsDirectory: directory.path, environment: [:])
  }

  private func credential(_ status: String, version: String = version) -> String {
    "echo '{\"apiVersion\": \"\(version)\", \"kind\": \"ExecCredential\", \"status\": \(status)}'"
  }

  private var runs: Int {
    get throws {
      try Data(contentsOf: directory.appendingPathComponent("runs")).count { $0 == 0x0A }
    }
  }

  private func fault(_ script: String, exec: String = "") async -> String {
    // What another failure was remembered for must not answer this one.
    let own = exec + ", args: [\(UUID().uuidString)]"
    let error = await #expect(throws: ClusterAccessError.self) {
      try await access(script, exec: own).connection()
    }
    return error?.description.replacingOccurrences(of: directory.path, with: "DIR") ?? ""
  }

  @Test func itsTokenIsUsedUntilItExpires() async throws {
    let late = try access(
      credential(#"{"token": "t", "expirationTimestamp": "2099-01-01T00:00:00Z"}"#))
    for _ in 0..<3 {
      #expect(try await late.connection().authorization == .bearer(Secret("t")))
    }
    #expect(try runs == 1)
  }

  @Test func anExpiredTokenIsRenewed() async throws {
    let access = try access(
      credential(#"{"token": "t", "expirationTimestamp": "2001-01-01T00:00:00Z"}"#))
    _ = try await access.connection()
    _ = try await access.connection()
    #expect(try runs == 2)
  }

  @Test func manyRequestsAtOnceShareARun() async throws {
    let access = try access("sleep 0.3\n" + credential(#"{"token": "t"}"#))
    let tokens = await withTaskGroup(of: ConnectionSettings.Authorization?.self) { group in
      // A failure shows as a missing token.
      for _ in 0..<20 { group.addTask { try? await access.connection().authorization } }
      return await group.reduce(into: []) { $0.append($1) }
    }
    #expect(tokens.count == 20)
    #expect(tokens.allSatisfy { $0 == .bearer(Secret("t")) })
    #expect(try runs == 1)
  }

  @Test func itMayGiveACertificate() async throws {
    let access = try access(
      credential(#"{"clientCertificateData": "CERT", "clientKeyData": "KEY"}"#))
    let identity = try await access.connection().clientIdentity
    #expect(identity?.certificate == Array("CERT".utf8))
    #expect(identity?.key == Secret("KEY"))
  }

  @Test func argumentsVariablesAndTheClusterAreHandedOver() async throws {
    let access = try access(
      """
      echo "$KUBERNETES_EXEC_INFO" | grep -q '"interactive":false' || exit 1
      echo "$KUBERNETES_EXEC_INFO" | grep -q '"server":"https://here.example.test"' || exit 2
      echo "$KUBERNETES_EXEC_INFO" | grep -q '"tls-server-name":"inner"' || exit 3
      token="$1-$2-$PROFILE"
      \(Self.printToken)
      """,
      exec:
        ", args: [get token, '2'], env: [{name: PROFILE, value: prod}], provideClusterInfo: true")
    #expect(
      try await access.connection().authorization == .bearer(Secret("get token-2-prod")))
  }

  @Test func aTokenThatTheServerRefusesIsAskedForAgain() async throws {
    let server = try await ScriptedServer.start()
    let http = try HTTPClient()
    try await server.script(
      #"{"status": 401}"#, #"{"body": "{\"gitVersion\": \"v1.30.0\"}"}"#, with: http)
    let access = try access(
      """
      token=t$(wc -l < runs | tr -d ' ')
      \(Self.printToken)
      """, cluster: server)
    let client = KubernetesClient(cluster: "c1", access: access, http: http)
    #expect(try await client.version() == "v1.30.0")
    let tokens = try await server.log(with: http).map { request in
      (request["headers"] as? [String: String])?["authorization"]
    }
    #expect(tokens == ["Bearer t1", "Bearer t2"])
  }

  @Test func whatGoesWrongIsSaidWithoutWhatWasPrinted() async throws {
    let plugin = "DIR/config: user 'me': the exec plugin 'DIR/./sign-in' "
    #expect(
      await fault("echo hunter2; echo 'no session, log in again' >&2; exit 3")
        == plugin + "ended with status 3: no session, log in again")
    #expect(await fault("echo hunter2") == plugin + "printed no ExecCredential in JSON")
    #expect(
      await fault(credential(#"{"user": "hunter2"}"#))
        == plugin + "printed neither a token nor a client certificate")
    #expect(
      await fault(credential(#"{"clientKeyData": "hunter2"}"#))
        == plugin + "printed a client certificate without its key, or the other way round")
    #expect(
      await fault(credential(#"{"token": "t"}"#, version: "client.authentication.k8s.io/v1beta1"))
        == plugin + "printed an ExecCredential of 'client.authentication.k8s.io/v1beta1'; the"
        + " kubeconfig asks for 'client.authentication.k8s.io/v1'")
    #expect(
      await fault(credential(#"{"token": "t", "expirationTimestamp": "soon"}"#))
        == plugin + "printed 'expirationTimestamp: soon', which is no RFC 3339 time")
    #expect(
      await fault("head -c 3000000 /dev/zero")
        == plugin + "failed: it printed more than 1048576 bytes")
  }

  @Test func aMissingProgramIsSaidWithTheHintToInstallIt() async throws {
    let error = await fault(
      "", exec: "-in-to-nowhere, installHint: get it from example.com")
    #expect(error.hasSuffix("sign-in-in-to-nowhere' is not there: get it from example.com"))
  }

  @Test func aFailureIsNotAskedForAgainAtOnce() async throws {
    let access = try access("exit 1")
    for _ in 0..<3 {
      await #expect(throws: ClusterAccessError.self) { try await access.connection() }
    }
    #expect(try runs == 1)
  }
}
