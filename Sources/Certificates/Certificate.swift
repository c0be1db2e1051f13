internal import COpenSSL
public import Manifests

/// One X.509 certificate.
///
/// `@unchecked`: it is only read after `init`, which OpenSSL allows from many threads.
public final class Certificate: @unchecked Sendable {
  let pointer: OpaquePointer
  /// The certificate's bytes.
  public let der: [UInt8]

  init(taking pointer: OpaquePointer) throws(CertificateError) {
    self.pointer = pointer
    var bytes: UnsafeMutablePointer<UInt8>?
    let count = i2d_X509(pointer, &bytes)
    der = try takeBytes(bytes, count)
  }

  public init(der: [UInt8]) throws(CertificateError) {
    let parsed = der.withUnsafeBufferPointer { bytes in
      var cursor = bytes.baseAddress
      return d2i_X509(nil, &cursor, bytes.count)
    }
    guard let parsed else { throw CertificateError("the certificate is malformed") }
    pointer = parsed
    self.der = der
  }

  /// Reads the first certificate in `text`.
  public convenience init(pem text: String) throws(CertificateError) {
    guard let der = PEM.decode(text, label: PEM.certificate) else {
      throw CertificateError("expected a certificate in PEM form")
    }
    try self.init(der: der)
  }

  deinit { X509_free(pointer) }

  public var pem: String { PEM.encode(der, label: PEM.certificate) }

  /// SHA-256 of the whole certificate.
  public var digest: Digest { Digest(hashing: der) }

  public var commonName: String? { subject(NID_commonName).first }
  public var organizations: [String] { subject(NID_organizationName) }

  /// Seconds until it expires by this machine's clock; negative when it has.
  public var secondsLeft: Int { seconds(from: nil) ?? 0 }

  /// Seconds for which it holds in all.
  public var lifetime: Int { seconds(from: X509_get0_notBefore(pointer)) ?? 0 }

  /// From the present where there is no beginning.
  private func seconds(from beginning: UnsafePointer<ASN1_TIME>?) -> Int? {
    var days: Int32 = 0
    var seconds: Int32 = 0
    guard ASN1_TIME_diff(&days, &seconds, beginning, X509_get0_notAfter(pointer)) == 1 else {
      return nil
    }
    return Int(days) * 86_400 + Int(seconds)
  }

  /// The last second of its life, in seconds since 1970; `nil` where it does not say.
  public var expiry: Int? {
    guard let epoch = ASN1_TIME_set(nil, 0) else { return nil }
    defer { ASN1_TIME_free(epoch) }
    return seconds(from: epoch)
  }

  /// Whether it holds `key`, a pair or its public part.
  public func holds(_ key: Key) -> Bool {
    EVP_PKEY_eq(X509_get0_pubkey(pointer), key.pointer) == 1
  }

  private func subject(_ kind: Int32) -> [String] {
    let name = X509_get_subject_name(pointer)
    return (0..<X509_NAME_entry_count(name)).compactMap { index in
      guard let entry = X509_NAME_get_entry(name, index),
        OBJ_obj2nid(X509_NAME_ENTRY_get_object(entry)) == kind
      else { return nil }
      let data = X509_NAME_ENTRY_get_data(entry)
      return String(
        decoding: UnsafeBufferPointer(
          start: ASN1_STRING_get0_data(data), count: Int(ASN1_STRING_length(data))),
        as: UTF8.self)
    }
  }
}
