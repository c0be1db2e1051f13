internal import CCurl
internal import CShims

/// What one operation over http needs: settings with the secrets, libcurl's connection cache, the
/// limits, and the first error that is better than what libgit2 will say.
final class HTTPSession {
  let action: String
  let limits: OperationLimits
  let multi: UnsafeMutableRawPointer
  private let remote: GitRemote
  private let authorization: Authorization
  /// Set after a redirect of the first request, as git does: later requests go to the new place.
  var redirectedBase: String?
  /// What the server said when it refused to move a branch.
  var rejection: String?
  /// The error to report in place of libgit2's.
  private(set) var failure: GitError?

  private enum Authorization {
    case none
    case bearer(String)
    case basic(user: String, password: String)
    case certificate(file: String, keyFile: String)
  }

  /// Reads the credential files.
  init(remote: GitRemote, limits: OperationLimits, action: String) throws {
    self.remote = remote
    self.limits = limits
    self.action = action
    switch remote.credentials {
    case .none, .sshKey:
      if case .http(_, _, _, let userInfo?) = remote.location {
        authorization = .basic(user: userInfo.user, password: userInfo.password)
      } else {
        authorization = .none
      }
    case .token(let file): authorization = .bearer(try readSecret(file, action: action))
    case .basic(let user, let file):
      authorization = .basic(user: user, password: try readSecret(file, action: action))
    case .clientCertificate(let file, let keyFile):
      authorization = .certificate(file: file, keyFile: keyFile)
    }
    guard let multi = curl_multi_init() else {
      throw GitError(.failed, action: action, reason: "libcurl could not start")
    }
    self.multi = multi
  }

  deinit { curl_multi_cleanup(multi) }

  /// Whether requests carry a token or a password.
  var sendsSecret: Bool {
    switch authorization {
    case .bearer, .basic: true
    case .none, .certificate: false
    }
  }

  /// The first failure of an operation is its cause; later ones follow from it.
  func fail(_ error: GitError) { if failure == nil { failure = error } }

  func fail(_ kind: GitError.Kind, _ reason: String, _ advice: String = "") {
    fail(GitError(kind, action: action, reason: reason, advice: advice))
  }

  /// Options that all requests of the operation share.
  func configure(_ easy: UnsafeMutableRawPointer) {
    _ = ccurl_set_long(easy, CURLOPT_NOSIGNAL, 1)
    _ = ccurl_set_long(easy, CURLOPT_CONNECTTIMEOUT_MS, remote.timeouts.connect.milliseconds)
    _ = ccurl_set_str(easy, CURLOPT_USERAGENT, "git/2.0 (flotilla)")
    _ = ccurl_set_str(easy, CURLOPT_ACCEPT_ENCODING, "")
    let isEncrypted = if case .http(_, _, true, _) = remote.location { true } else { false }
    let protocols = isEncrypted ? "https" : "http,https"
    _ = ccurl_set_str(easy, CURLOPT_PROTOCOLS_STR, protocols)
    _ = ccurl_set_str(easy, CURLOPT_REDIR_PROTOCOLS_STR, protocols)
    if let caFile = remote.caFile {
      _ = ccurl_set_str(easy, CURLOPT_CAINFO, caFile)
      _ = ccurl_set_ptr(easy, CURLOPT_CAPATH, nil)
    }
    // A ~/.netrc must not add credentials that nobody configured.
    _ = ccurl_set_long(easy, CURLOPT_NETRC, 0)
    switch authorization {
    case .none: break
    case .bearer(let token):
      // CURLAUTH_BEARER, a macro that Swift does not import
      _ = ccurl_set_long(easy, CURLOPT_HTTPAUTH, 1 << 6)
      _ = ccurl_set_str(easy, CURLOPT_XOAUTH2_BEARER, token)
    case .basic(let user, let password):
      // CURLAUTH_BASIC
      _ = ccurl_set_long(easy, CURLOPT_HTTPAUTH, 1)
      _ = ccurl_set_str(easy, CURLOPT_USERNAME, user)
      _ = ccurl_set_str(easy, CURLOPT_PASSWORD, password)
    case .certificate(let file, let keyFile):
      _ = ccurl_set_str(easy, CURLOPT_SSLCERT, file)
      _ = ccurl_set_str(easy, CURLOPT_SSLKEY, keyFile)
    }
  }

  /// Records why the server's answer is not usable.
  func fail(status: Int) {
    let server = "the server answered HTTP \(status)"
    switch status {
    case 401, 407:
      fail(.authenticationRefused, "the server refused the credentials (HTTP \(status))", advice)
    case 403:
      fail(
        .authenticationRefused, "the server does not allow it with these credentials (HTTP 403)",
        advice)
    case 404, 410:
      fail(
        .repositoryMissing, "the server has no such repository (HTTP \(status))",
        "check the URL; many servers also answer this when the credentials may not see it")
    case 429: fail(.unreachable, "\(server): too many requests", "poll less often")
    default: fail(.unreachable, server, "look at the server's log")
    }
  }

  private var advice: String {
    switch remote.credentials {
    case .none: "configure credentials for this repository"
    case .token(let file): "check the token in \(file)"
    case .basic(let user, let file): "check the user \(user) and the password in \(file)"
    case .clientCertificate(let file, _): "check the client certificate \(file)"
    case .sshKey(let file, _): "check the key \(file)"
    }
  }

  /// Records a failure below HTTP.
  func fail(_ code: CURLcode, detail: String) {
    let said = detail.isEmpty ? String(cString: curl_easy_strerror(code)) : detail
    switch code {
    case CURLE_PEER_FAILED_VERIFICATION:
      fail(
        .serverNotTrusted, "the server's certificate is not trusted (\(said))",
        remote.caFile.map { "check the certificate authorities in \($0)" }
          ?? "name the file of its certificate authority")
    case CURLE_SSL_CACERT_BADFILE:
      fail(
        .configuration, "the certificate authorities cannot be read (\(said))",
        "check the file \(remote.caFile ?? "")")
    case CURLE_SSL_CERTPROBLEM:
      fail(.configuration, "the client certificate or its key cannot be used (\(said))", advice)
    case CURLE_OPERATION_TIMEDOUT:
      fail(
        .timedOut, "no connection after \(remote.timeouts.connect) (\(said))",
        "check the server and the network")
    case CURLE_SSL_CONNECT_ERROR where said.contains("alert"),
      CURLE_RECV_ERROR where said.contains("alert"):
      fail(.authenticationRefused, "the server refused the TLS connection (\(said))", advice)
    default: fail(.unreachable, said, "check the URL, the server and the network")
    }
  }
}
