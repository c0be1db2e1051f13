internal import Certificates
internal import Foundation
internal import HTTPTransport

/// Who the agent is, as it stands in its folder: one file, replaced as a whole.
struct Identity: Sendable, Codable {
  /// The admission that it asks for, or has: the name of its join token.
  var admission: String
  /// The certificate of the hub's authority, PEM.
  var authority: String
  /// The private key, PEM: made here, and never sent anywhere.
  var key: String
  /// Missing until somebody has accepted the agent.
  var cluster: String?
  /// PEM; missing as long.
  var certificate: String?

  private static func path(_ folder: String) -> String { folder + "/identity.json" }

  /// `nil` where there is none yet.
  static func load(_ folder: String) throws(AgentError) -> Identity? {
    let path = path(folder)
    guard FileManager.default.fileExists(atPath: path) else { return nil }
    do {
      return try JSONDecoder().decode(
        Identity.self, from: Data(contentsOf: URL(fileURLWithPath: path)))
    } catch {
      throw AgentError(
        "\(path) cannot be read: \(error.localizedDescription); remove it and join again with a new "
          + "token")
    }
  }

  func save(in folder: String) throws(AgentError) {
    let path = Identity.path(folder)
    do {
      try FileManager.default.createDirectory(
        atPath: folder, withIntermediateDirectories: true,
        attributes: [.posixPermissions: 0o700])
      let next = path + ".new"
      // What a run that was killed left behind may be anybody's to read.
      if FileManager.default.fileExists(atPath: next) {
        try FileManager.default.removeItem(atPath: next)
      }
      let descriptor = open(next, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
      guard descriptor >= 0 else { throw AgentError(String(cString: strerror(errno))) }
      let file = FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
      try file.write(contentsOf: JSONEncoder().encode(self))
      try file.synchronize()
      guard rename(next, path) == 0 else { throw AgentError(String(cString: strerror(errno))) }
    } catch {
      let reason = (error as? AgentError)?.description ?? error.localizedDescription
      throw AgentError("\(path) cannot be written: \(reason)")
    }
  }

  /// What the TLS layer needs of it.
  var connection: ConnectionSettings {
    ConnectionSettings(
      trust: .authorities(pem: Array(authority.utf8)),
      clientIdentity: certificate.map { certificate in
        ConnectionSettings.ClientIdentity(
          certificate: Array(certificate.utf8), key: Secret(key))
      })
  }

  /// Whether the certificate holds.
  var isInTime: Bool {
    get throws { try certificate.map { try Certificate(pem: $0).secondsLeft > 0 } ?? false }
  }

  /// When half of the certificate's time is over.
  func renewal() throws -> Duration {
    guard let certificate else { return .zero }
    let parsed = try Certificate(pem: certificate)
    return .seconds(max(parsed.secondsLeft - parsed.lifetime / 2, 0))
  }
}
