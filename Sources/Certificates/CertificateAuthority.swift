internal import COpenSSL

/// A key that signs certificates, with its own certificate.
public final class CertificateAuthority: Sendable {
  /// What a certificate is for.
  public enum Usage: Sendable {
    /// Host names and IP addresses of a server.
    case server(names: [String])
    case client
  }

  public let certificate: Certificate
  public let key: Key

  /// Makes a new authority with a new key.
  ///
  /// - Parameter lifetime: seconds from now until its certificate expires.
  public init(named name: String, lifetime: Int) throws(CertificateError) {
    key = try Key.generate()
    certificate = try CertificateAuthority.sign(
      subject: [("CN", name)], key: key, issuer: nil, issuerKey: key, lifetime: lifetime,
      extensions: [
        (NID_basic_constraints, "critical,CA:TRUE,pathlen:0"),
        (NID_key_usage, "critical,keyCertSign,cRLSign"), (NID_subject_key_identifier, "hash"),
      ])
  }

  /// The authority that `pem` of its certificate and of its key name.
  public init(certificate: String, key: String) throws(CertificateError) {
    self.certificate = try Certificate(pem: certificate)
    self.key = try Key(pem: key)
    guard self.certificate.holds(self.key) else {
      throw CertificateError("the authority's certificate and its key do not belong together")
    }
  }

  /// Signs a certificate for `key`.
  ///
  /// - Parameters:
  ///   - subject: short names of attributes with their values, such as `CN`.
  ///   - lifetime: seconds from now until it expires; it counts from five minutes ago, because
  ///     clocks differ.
  public func issue(
    _ subject: [(String, String)], for key: Key, usage: Usage, lifetime: Int
  ) throws(CertificateError) -> Certificate {
    var extensions = [
      (NID_basic_constraints, "critical,CA:FALSE"), (NID_key_usage, "critical,digitalSignature"),
    ]
    switch usage {
    case .client: extensions.append((NID_ext_key_usage, "clientAuth"))
    case .server(let names):
      extensions.append((NID_ext_key_usage, "serverAuth"))
      let alternatives = names.map { name in
        let isAddress = name.contains(":") || name.allSatisfy { $0.isNumber || $0 == "." }
        return (isAddress ? "IP:" : "DNS:") + name
      }
      extensions.append((NID_subject_alt_name, alternatives.joined(separator: ",")))
    }
    return try CertificateAuthority.sign(
      subject: subject, key: key, issuer: certificate, issuerKey: self.key, lifetime: lifetime,
      extensions: extensions)
  }

  /// Whether this authority signed `other`, and it has not expired.
  public func vouches(for other: Certificate) -> Bool {
    X509_verify(other.pointer, key.pointer) == 1 && other.secondsLeft > 0
  }

  // MARK: - OpenSSL

  private static func sign(
    subject: [(String, String)], key: Key, issuer: Certificate?, issuerKey: Key, lifetime: Int,
    extensions: [(Int32, String)]
  ) throws(CertificateError) -> Certificate {
    guard let made = X509_new() else { throw CertificateError("OpenSSL makes no certificate") }
    do throws(CertificateError) {
      try fill(made, subject, key, issuer?.pointer ?? made, lifetime, extensions)
      guard X509_sign(made, issuerKey.pointer, EVP_sha256()) > 0 else {
        throw CertificateError("OpenSSL does not sign the certificate")
      }
    } catch {
      X509_free(made)
      throw error
    }
    return try Certificate(taking: made)
  }

  private static func fill(
    _ made: OpaquePointer, _ subject: [(String, String)], _ key: Key, _ issuer: OpaquePointer,
    _ lifetime: Int, _ extensions: [(Int32, String)]
  ) throws(CertificateError) {
    let name = X509_get_subject_name(made)
    for (field, value) in subject {
      // 0x1000 is MBSTRING_UTF8, a macro that is not imported.
      guard
        X509_NAME_add_entry_by_txt(
          name, field, 0x1000, Array(value.utf8), Int32(value.utf8.count), -1, 0) == 1
      else { throw CertificateError("'\(value)' cannot stand in a certificate as \(field)") }
    }
    guard X509_set_version(made, 2) == 1,
      ASN1_INTEGER_set_uint64(X509_get_serialNumber(made), UInt64.random(in: 1...UInt64.max / 2))
        == 1,
      X509_gmtime_adj(X509_getm_notBefore(made), -300) != nil,
      X509_gmtime_adj(X509_getm_notAfter(made), lifetime) != nil,
      X509_set_issuer_name(made, X509_get_subject_name(issuer)) == 1,
      X509_set_pubkey(made, key.pointer) == 1
    else { throw CertificateError("OpenSSL does not fill the certificate") }
    var context = X509V3_CTX()
    X509V3_set_ctx(&context, issuer, made, nil, nil, 0)
    for (kind, value) in extensions {
      guard let item = X509V3_EXT_conf_nid(nil, &context, kind, value) else {
        throw CertificateError("'\(value)' cannot stand in a certificate")
      }
      defer { X509_EXTENSION_free(item) }
      guard X509_add_ext(made, item, -1) == 1 else {
        throw CertificateError("'\(value)' cannot stand in a certificate")
      }
    }
  }
}
