internal import COpenSSL

/// A request for a certificate (PKCS #10): a public key, and the proof that whoever asks has the
/// private one. Names in it are not read: who signs decides for whom.
public struct SigningRequest: Sendable {
  public let pem: String
  /// The public part alone.
  public let key: Key

  /// Asks for a certificate for `key`, a pair.
  public init(for key: Key) throws(CertificateError) {
    guard let request = X509_REQ_new() else { throw CertificateError("OpenSSL makes no request") }
    defer { X509_REQ_free(request) }
    guard X509_REQ_set_version(request, 0) == 1, X509_REQ_set_pubkey(request, key.pointer) == 1,
      X509_REQ_sign(request, key.pointer, EVP_sha256()) > 0
    else { throw CertificateError("OpenSSL does not sign the request") }
    var der: UnsafeMutablePointer<UInt8>?
    let count = i2d_X509_REQ(request, &der)
    pem = PEM.encode(try takeBytes(der, count), label: PEM.request)
    self.key = key
  }

  /// Reads what somebody sent. Throws unless its signature is right and its key a P-256 one.
  public init(pem text: String) throws(CertificateError) {
    let request = PEM.decode(text, label: PEM.request).flatMap { der in
      der.withUnsafeBufferPointer { bytes in
        var cursor = bytes.baseAddress
        return d2i_X509_REQ(nil, &cursor, bytes.count)
      }
    }
    guard let request else { throw CertificateError("expected a certificate request in PEM form") }
    defer { X509_REQ_free(request) }
    guard let pointer = X509_REQ_get_pubkey(request) else {
      throw CertificateError("the certificate request has no key")
    }
    key = Key(taking: pointer)
    guard key.isP256 else { throw CertificateError("the certificate request has no P-256 key") }
    guard X509_REQ_verify(request, key.pointer) == 1 else {
      throw CertificateError("the certificate request is not signed with its own key")
    }
    pem = text
  }
}
