internal import Certificates
internal import HTTPTransport
internal import Synchronization

/// Reads when the certificate in a file ends, again when the file changes.
final class ClientCertificateReader: Sendable {
  private let file: CredentialFile
  private let known = Mutex<(contents: Secret, certificate: ClientCertificate?)?>(nil)

  init(_ file: CredentialFile) { self.file = file }

  /// `nil` where the file cannot be read or holds no certificate in PEM form: a request says so.
  var certificate: ClientCertificate? {
    // What is wrong with the file is an error of the next request.
    guard let contents = try? file.contents() else { return nil }
    return known.withLock { known in
      if let known, known.contents == contents { return known.certificate }
      let certificate = ClientCertificateReader.read(contents)
      known = (contents, certificate)
      return certificate
    }
  }

  private static func read(_ contents: Secret) -> ClientCertificate? {
    // As above; the first certificate is the client's own, those after it are of authorities.
    guard let certificate = try? Certificate(pem: contents.exposedText),
      let expiry = certificate.expiry
    else { return nil }
    return ClientCertificate(expiry: expiry, digest: certificate.digest)
  }
}
