internal import Certificates
internal import Synchronization

/// A certificate with its private key, both PEM.
public struct CertificateAndKey: Sendable {
  public let certificate: String
  public let key: String
}

/// The certificate authority that a simulator makes at start: P-256 keys, valid for ten years.
final class CertificateAuthority: Sendable {
  private static let lifetime = 10 * 365 * 86_400

  /// The authority's own certificate, PEM.
  let certificate: String
  private let authority: Certificates.CertificateAuthority
  /// Client certificates that were checked before, by their DER bytes. Bounded.
  private let known = Mutex<[[UInt8]: CertificateIdentity]>([:])

  init() throws {
    authority = try Certificates.CertificateAuthority(
      named: "cluster-simulator \(UInt32.random(in: 0 ... .max))",
      lifetime: CertificateAuthority.lifetime)
    certificate = authority.certificate.pem
  }

  /// A server certificate for these host names and addresses.
  func server(names: [String]) throws -> CertificateAndKey {
    try issue([("CN", "cluster-simulator server")], .server(names: names))
  }

  /// A client certificate: common name is the user, organisations are the groups.
  func client(user: String, groups: [String]) throws -> CertificateAndKey {
    try issue(groups.map { ("O", $0) } + [("CN", user)], .client)
  }

  private func issue(
    _ subject: [(String, String)], _ usage: Certificates.CertificateAuthority.Usage
  ) throws -> CertificateAndKey {
    let key = try Key.generate()
    let made = try authority.issue(
      subject, for: key, usage: usage, lifetime: CertificateAuthority.lifetime)
    return CertificateAndKey(certificate: made.pem, key: try key.pem())
  }

  /// Who a client certificate names.
  func identify(der: [UInt8]) -> CertificateIdentity {
    if let known = known.withLock({ $0[der] }) { return known }
    let identity = check(der)
    known.withLock { known in
      if known.count >= 1024 { known = [:] }
      known[der] = identity
    }
    return identity
  }

  private func check(_ der: [UInt8]) -> CertificateIdentity {
    // What cannot be read was signed by nobody.
    guard let parsed = try? Certificate(der: der), authority.vouches(for: parsed) else {
      return .foreign
    }
    return .known(user: parsed.commonName ?? "", groups: parsed.organizations)
  }
}
