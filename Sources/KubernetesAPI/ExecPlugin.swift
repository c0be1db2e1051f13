internal import ChildPrograms
internal import Foundation
internal import HTTPTransport
internal import Manifests

/// A program of a kubeconfig that signs in and prints what it was given: a client-go credential
/// plugin (https://kubernetes.io/docs/reference/access-authn-authz/authentication/#client-go-credential-plugins).
struct ExecPlugin: Sendable, Hashable {
  /// The kubeconfig and its user, for messages.
  let origin: String
  let apiVersion: String
  /// A name that is looked up on PATH, or a path.
  let command: String
  let arguments: [String]
  /// Added to the environment of this process.
  let environment: [String: String]
  /// What to do where the program is missing; may be empty.
  let installHint: String
  /// `spec.cluster` of what the program is told, as JSON; `nil` where it does not ask for it.
  let cluster: String?

  /// Longest time that the program may take.
  static let deadline = Duration.seconds(60)

  /// What the program printed.
  struct Credential: Sendable, Hashable {
    var token: Secret?
    var identity: ConnectionSettings.ClientIdentity?
    /// `nil` where it holds until the server refuses it.
    var expiry: Date?
  }

  /// Runs the program. Blocks until it ends.
  func run() throws(ClusterAccessError) -> Credential {
    var program = ChildProgram(
      command, arguments,
      environment: ProcessInfo.processInfo.environment.merging(environment) { $1 }
        .merging(["KUBERNETES_EXEC_INFO": information]) { $1 })
    program.overflow = .end
    let result: ChildProgram.Result
    do { result = try program.run(within: ExecPlugin.deadline) } catch {
      guard case .notFound = error else { throw failure("failed: \(error)") }
      throw failure("is not there\(installHint.isEmpty ? "" : ": \(hint)")")
    }
    guard result.status == 0 else {
      // What it printed may hold credentials; what it complained about should not.
      let complaint = String(decoding: result.errors.prefix(500), as: UTF8.self)
        .split(whereSeparator: \.isNewline).last.map { ": \($0)" }
      throw failure("ended with status \(result.status)\(complaint ?? "")")
    }
    return try read(result.output)
  }

  private var hint: String { installHint.split(whereSeparator: \.isNewline).joined(separator: " ") }

  func failure(_ what: String) -> ClusterAccessError {
    ClusterAccessError("\(origin): the exec plugin '\(command)' \(what)")
  }

  /// The value of `KUBERNETES_EXEC_INFO`.
  private var information: String {
    var spec = Mapping([Mapping.Pair("interactive", .bool(false))])
    // It was JSON when it was put in.
    if let cluster, let node = try? JSON.parse(Array(cluster.utf8)) {
      spec.pairs.append(Mapping.Pair("cluster", node))
    }
    let object = Node.object([
      "apiVersion": .string(apiVersion), "kind": .string("ExecCredential"), "spec": .mapping(spec),
    ])
    return String(decoding: JSON.serialize(object), as: UTF8.self)
  }

  private func read(_ output: [UInt8]) throws(ClusterAccessError) -> Credential {
    // The parser's complaint would quote what may be a credential.
    guard let object = try? JSON.parse(output), object["kind"]?.string == "ExecCredential" else {
      throw failure("printed no ExecCredential in JSON")
    }
    guard object["apiVersion"]?.string == apiVersion else {
      throw failure(
        "printed an ExecCredential of '\(object["apiVersion"]?.string ?? "no version")';"
          + " the kubeconfig asks for '\(apiVersion)'")
    }
    let status = object["status"]
    var credential = Credential()
    if let token = status?["token"]?.string, !token.isEmpty { credential.token = Secret(token) }
    let certificate = status?["clientCertificateData"]?.string ?? ""
    let key = status?["clientKeyData"]?.string ?? ""
    if certificate.isEmpty != key.isEmpty {
      throw failure("printed a client certificate without its key, or the other way round")
    }
    if !certificate.isEmpty {
      credential.identity = ConnectionSettings.ClientIdentity(
        certificate: Array(certificate.utf8), key: Secret(key))
    }
    guard credential.token != nil || credential.identity != nil else {
      throw failure("printed neither a token nor a client certificate")
    }
    if let text = status?["expirationTimestamp"]?.scalar?.text, !text.isEmpty {
      guard let expiry = try? Date(text, strategy: .iso8601) else {
        throw failure(
          "printed 'expirationTimestamp: \(text.prefix(40))', which is no RFC 3339 time")
      }
      credential.expiry = expiry
    }
    return credential
  }
}
