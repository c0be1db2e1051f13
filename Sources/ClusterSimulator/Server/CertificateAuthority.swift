internal import COpenSSL
internal import Manifests
internal import Synchronization

/// A certificate with its private key, both PEM.
public struct CertificateAndKey: Sendable {
  public let certificate: String
  public let key: String
}

/// The certificate authority that a simulator makes at start: P-256 keys, valid for ten years.
///
/// `@unchecked`: the key and the name are only read after `init`, which OpenSSL allows from many
/// threads.
final class CertificateAuthority: @unchecked Sendable {
  struct Failure: Error, CustomStringConvertible {
    let step: String
    var description: String { "making a certificate: OpenSSL refused to \(step)" }
  }

  /// The authority's own certificate, PEM.
  let certificate: String
  private let key: OpaquePointer
  private let own: OpaquePointer
  /// Client certificates that were checked before, by their DER bytes. Bounded.
  private let known = Mutex<[[UInt8]: CertificateIdentity]>([:])

  init() throws {
    key = try Self.makeKey()
    own = try Self.sign(
      subject: [("CN", "cluster-simulator \(UInt32.random(in: 0 ... .max))")], key: key,
      issuer: nil, issuerKey: key,
      extensions: [
        (NID_basic_constraints, "critical,CA:TRUE"),
        (NID_key_usage, "critical,keyCertSign,cRLSign"), (NID_subject_key_identifier, "hash"),
      ])
    certificate = try Self.pem(own)
  }

  deinit {
    X509_free(own)
    EVP_PKEY_free(key)
  }

  /// A server certificate for these host names and addresses.
  func server(names: [String]) throws -> CertificateAndKey {
    let alternatives = names.map { name in
      let isAddress = name.contains(":") || name.allSatisfy { $0.isNumber || $0 == "." }
      return (isAddress ? "IP:" : "DNS:") + name
    }
    return try issue(
      [("CN", "cluster-simulator server")],
      [
        (NID_subject_alt_name, alternatives.joined(separator: ",")),
        (NID_ext_key_usage, "serverAuth"),
        (NID_key_usage, "critical,digitalSignature"),
      ])
  }

  /// A client certificate: common name is the user, organisations are the groups.
  func client(user: String, groups: [String]) throws -> CertificateAndKey {
    try issue(
      groups.map { ("O", $0) } + [("CN", user)],
      [(NID_ext_key_usage, "clientAuth"), (NID_key_usage, "critical,digitalSignature")])
  }

  private func issue(_ subject: [(String, String)], _ extensions: [(Int32, String)]) throws
    -> CertificateAndKey
  {
    let newKey = try Self.makeKey()
    defer { EVP_PKEY_free(newKey) }
    let made = try Self.sign(
      subject: subject, key: newKey, issuer: own, issuerKey: key, extensions: extensions)
    defer { X509_free(made) }
    return CertificateAndKey(certificate: try Self.pem(made), key: try Self.pem(key: newKey))
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
    let parsed = der.withUnsafeBufferPointer { bytes in
      var cursor = bytes.baseAddress
      return d2i_X509(nil, &cursor, bytes.count)
    }
    guard let parsed else { return .foreign }
    defer { X509_free(parsed) }
    guard X509_verify(parsed, key) == 1, X509_cmp_current_time(X509_get0_notAfter(parsed)) > 0
    else { return .foreign }
    let subject = X509_get_subject_name(parsed)
    var user = ""
    var groups: [String] = []
    for index in 0..<X509_NAME_entry_count(subject) {
      guard let entry = X509_NAME_get_entry(subject, index) else { continue }
      let data = X509_NAME_ENTRY_get_data(entry)
      let text = String(
        decoding: UnsafeBufferPointer(
          start: ASN1_STRING_get0_data(data), count: Int(ASN1_STRING_length(data))),
        as: UTF8.self)
      switch OBJ_obj2nid(X509_NAME_ENTRY_get_object(entry)) {
      case NID_commonName: user = text
      case NID_organizationName: groups.append(text)
      default: break
      }
    }
    return .known(user: user, groups: groups)
  }

  // MARK: OpenSSL

  private static func makeKey() throws -> OpaquePointer {
    guard let context = EVP_PKEY_CTX_new_id(EVP_PKEY_EC, nil) else {
      throw Failure(step: "prepare a key")
    }
    defer { EVP_PKEY_CTX_free(context) }
    var key: OpaquePointer?
    guard EVP_PKEY_keygen_init(context) == 1,
      EVP_PKEY_CTX_set_group_name(context, "P-256") == 1,
      EVP_PKEY_generate(context, &key) == 1, let key
    else { throw Failure(step: "make a key") }
    return key
  }

  private static func sign(
    subject: [(String, String)], key: OpaquePointer, issuer: OpaquePointer?,
    issuerKey: OpaquePointer, extensions: [(Int32, String)]
  ) throws -> OpaquePointer {
    guard let made = X509_new() else { throw Failure(step: "make a certificate") }
    do {
      try fill(made, subject: subject, key: key, issuer: issuer, extensions: extensions)
      guard X509_sign(made, issuerKey, EVP_sha256()) > 0 else {
        throw Failure(step: "sign a certificate")
      }
    } catch {
      X509_free(made)
      throw error
    }
    return made
  }

  private static func fill(
    _ made: OpaquePointer, subject: [(String, String)], key: OpaquePointer,
    issuer: OpaquePointer?, extensions: [(Int32, String)]
  ) throws {
    let name = X509_get_subject_name(made)
    for (field, value) in subject {
      // 0x1000 is MBSTRING_UTF8, a macro that is not imported.
      guard
        X509_NAME_add_entry_by_txt(
          name, field, 0x1000, Array(value.utf8), Int32(value.utf8.count), -1, 0) == 1
      else { throw Failure(step: "name a certificate") }
    }
    guard X509_set_version(made, 2) == 1,
      ASN1_INTEGER_set_uint64(X509_get_serialNumber(made), UInt64.random(in: 1...UInt64.max / 2))
        == 1,
      X509_gmtime_adj(X509_getm_notBefore(made), -300) != nil,
      X509_gmtime_adj(X509_getm_notAfter(made), 10 * 365 * 86_400) != nil,
      X509_set_issuer_name(made, X509_get_subject_name(issuer ?? made)) == 1,
      X509_set_pubkey(made, key) == 1
    else { throw Failure(step: "fill a certificate") }
    var context = X509V3_CTX()
    X509V3_set_ctx(&context, issuer ?? made, made, nil, nil, 0)
    for (kind, value) in extensions {
      guard let item = X509V3_EXT_conf_nid(nil, &context, kind, value) else {
        throw Failure(step: "make extension \(value)")
      }
      defer { X509_EXTENSION_free(item) }
      guard X509_add_ext(made, item, -1) == 1 else {
        throw Failure(step: "add extension \(value)")
      }
    }
  }

  private static func pem(_ certificate: OpaquePointer) throws -> String {
    var der: UnsafeMutablePointer<UInt8>?
    let count = i2d_X509(certificate, &der)
    guard count > 0, let der else { throw Failure(step: "encode a certificate") }
    defer { CRYPTO_free(der, "", 0) }
    return pem("CERTIFICATE", Array(UnsafeBufferPointer(start: der, count: Int(count))))
  }

  private static func pem(key: OpaquePointer) throws -> String {
    guard let info = EVP_PKEY2PKCS8(key) else { throw Failure(step: "encode a key") }
    defer { PKCS8_PRIV_KEY_INFO_free(info) }
    var der: UnsafeMutablePointer<UInt8>?
    let count = i2d_PKCS8_PRIV_KEY_INFO(info, &der)
    guard count > 0, let der else { throw Failure(step: "encode a key") }
    defer { CRYPTO_free(der, "", 0) }
    return pem("PRIVATE KEY", Array(UnsafeBufferPointer(start: der, count: Int(count))))
  }

  private static func pem(_ label: String, _ der: [UInt8]) -> String {
    let text = Array(Base64.encode(der).utf8)
    let lines = stride(from: 0, to: text.count, by: 64).map { start in
      String(decoding: text[start..<min(start + 64, text.count)], as: UTF8.self)
    }
    return "-----BEGIN \(label)-----\n\(lines.joined(separator: "\n"))\n-----END \(label)-----\n"
  }
}
