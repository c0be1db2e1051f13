internal import Certificates
internal import Foundation

/// The hub's own certificate authority: it signs what agents show the hub, and what the hub shows
/// agents. It lives in a folder beside the database, the key readable by the hub's user alone.
struct AgentAuthority: Sendable {
  /// Why there is no authority; names the file.
  struct Failure: Error, CustomStringConvertible {
    let description: String
  }

  /// Agents know the authority by its digest, so it stays.
  private static let lifetime = 20 * 365 * 86_400
  private static let serverLifetime = 30 * 86_400

  let signer: CertificateAuthority

  /// Reads the authority in `folder`, or makes one where there is none yet.
  init(folder: String) throws {
    let certificate = folder + "/agent-authority.crt"
    let key = folder + "/agent-authority.key"
    let files = FileManager.default
    do {
      guard files.fileExists(atPath: key) || files.fileExists(atPath: certificate) else {
        signer = try CertificateAuthority(
          named: "flotilla agent authority", lifetime: AgentAuthority.lifetime)
        // The key first: without its certificate it is nobody's yet.
        try AgentAuthority.write(signer.key.pem(), to: key, mode: 0o600)
        try AgentAuthority.write(signer.certificate.pem, to: certificate, mode: 0o644)
        return
      }
      signer = try CertificateAuthority(
        certificate: String(contentsOfFile: certificate, encoding: .utf8),
        key: String(contentsOfFile: key, encoding: .utf8))
    } catch let failure as Failure {
      throw failure
    } catch {
      throw Failure(
        description: "the authority for agents in \(folder) cannot be used: \(error); restore "
          + "agent-authority.crt and agent-authority.key, or remove both and let every agent join "
          + "again")
    }
  }

  private static func write(_ text: String, to path: String, mode: mode_t) throws {
    let descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode)
    guard descriptor >= 0 else {
      throw Failure(description: "\(path) cannot be made: \(String(cString: strerror(errno)))")
    }
    let file = FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
    try file.write(contentsOf: Data(text.utf8))
    try file.synchronize()
  }

  /// A certificate for an agent: its name is the admission that it follows from, nothing else.
  func issue(
    _ request: SigningRequest, admission: String, lifetime: Int
  ) throws(CertificateError) -> Certificate {
    try signer.issue(
      [("O", "flotilla agents"), ("CN", admission)], for: request.key, usage: .client,
      lifetime: lifetime)
  }

  /// A new key and certificate for the hub's listener.
  func serverIdentity(names: [String]) throws -> AgentServerIdentity {
    let key = try Key.generate()
    let certificate = try signer.issue(
      [("CN", "flotilla hub")], for: key, usage: .server(names: names),
      lifetime: AgentAuthority.serverLifetime)
    return AgentServerIdentity(
      certificate: certificate.pem, key: try key.pem(),
      // A third before it expires.
      goodFor: .seconds(AgentAuthority.serverLifetime / 3 * 2))
  }
}

/// What the hub's listener shows agents.
public struct AgentServerIdentity: Sendable {
  /// PEM.
  public let certificate: String
  /// PEM; a secret.
  public let key: String
  /// After that it is time for another.
  public let goodFor: Duration
}
