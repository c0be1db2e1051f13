internal import COpenSSL
internal import Manifests

/// Why a key or a certificate cannot be made or read.
public struct CertificateError: Error, Sendable, Hashable, CustomStringConvertible {
  public let description: String

  init(_ description: String) { self.description = description }
}

/// A P-256 key: a pair, or only its public part as a signing request carries it.
///
/// `@unchecked`: OpenSSL lets many threads use a key that nobody changes, and nobody does after
/// `init`.
public final class Key: @unchecked Sendable {
  let pointer: OpaquePointer

  init(taking pointer: OpaquePointer) { self.pointer = pointer }

  deinit { EVP_PKEY_free(pointer) }

  /// Makes a new pair.
  public static func generate() throws(CertificateError) -> Key {
    guard let context = EVP_PKEY_CTX_new_id(EVP_PKEY_EC, nil) else {
      throw CertificateError("OpenSSL makes no keys")
    }
    defer { EVP_PKEY_CTX_free(context) }
    var key: OpaquePointer?
    guard EVP_PKEY_keygen_init(context) == 1,
      EVP_PKEY_CTX_set_group_name(context, "P-256") == 1,
      EVP_PKEY_generate(context, &key) == 1, let key
    else { throw CertificateError("OpenSSL made no key") }
    return Key(taking: key)
  }

  /// Reads a private key in PKCS #8 form.
  public convenience init(pem text: String) throws(CertificateError) {
    guard let der = PEM.decode(text, label: PEM.key) else {
      throw CertificateError("expected a private key in PEM form (PKCS #8)")
    }
    let info = der.withUnsafeBufferPointer { bytes in
      var cursor = bytes.baseAddress
      return d2i_PKCS8_PRIV_KEY_INFO(nil, &cursor, bytes.count)
    }
    guard let info else { throw CertificateError("the private key is malformed") }
    defer { PKCS8_PRIV_KEY_INFO_free(info) }
    guard let key = EVP_PKCS82PKEY(info) else {
      throw CertificateError("the private key is malformed")
    }
    self.init(taking: key)
  }

  /// The private key in PKCS #8 form: a secret.
  public func pem() throws(CertificateError) -> String {
    guard let info = EVP_PKEY2PKCS8(pointer) else {
      throw CertificateError("OpenSSL does not encode the key")
    }
    defer { PKCS8_PRIV_KEY_INFO_free(info) }
    var der: UnsafeMutablePointer<UInt8>?
    let count = i2d_PKCS8_PRIV_KEY_INFO(info, &der)
    return PEM.encode(try takeBytes(der, count), label: PEM.key)
  }

  /// `SHA256:` and the SHA-256 digest of the public part (SubjectPublicKeyInfo), as ssh shows those
  /// of its keys.
  public func fingerprint() throws(CertificateError) -> String {
    var der: UnsafeMutablePointer<UInt8>?
    let count = i2d_PUBKEY(pointer, &der)
    let digest = Digest(hashing: try takeBytes(der, count))
    return "SHA256:" + Base64.encode(digest.bytes).filter { $0 != "=" }
  }

  /// Whether it is of the one kind that is signed here.
  var isP256: Bool {
    EVP_PKEY_get_base_id(pointer) == EVP_PKEY_EC && EVP_PKEY_get_bits(pointer) == 256
  }
}

/// Takes over what an `i2d` function of OpenSSL put out.
func takeBytes(
  _ pointer: UnsafeMutablePointer<UInt8>?, _ count: Int32
) throws(CertificateError) -> [UInt8] {
  guard count > 0, let pointer else { throw CertificateError("OpenSSL encoded nothing") }
  defer { CRYPTO_free(pointer, "", 0) }
  return Array(UnsafeBufferPointer(start: pointer, count: Int(count)))
}
