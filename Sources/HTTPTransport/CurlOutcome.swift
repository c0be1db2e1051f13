internal import CCurl
internal import CShims
internal import Glibc

/// How far libcurl says a transfer had come.
struct CurlProgress {
  var phase: TransportError.Phase
  var hasHead: Bool
  var received: Int
  var systemError: Int32

  init(of handle: UnsafeMutableRawPointer, hasHead: Bool, received: Int) {
    func seconds(_ info: CURLINFO) -> Double {
      var value = 0.0
      _ = ccurl_get_double(handle, info, &value)
      return value
    }
    var osError = 0
    _ = ccurl_get_long(handle, CURLINFO_OS_ERRNO, &osError)
    systemError = Int32(clamping: osError)
    self.hasHead = hasHead
    self.received = received
    if hasHead {
      phase = .receiving
    } else if seconds(CURLINFO_PRETRANSFER_TIME) > 0 {
      phase = .waiting
    } else if seconds(CURLINFO_CONNECT_TIME) > 0 {
      phase = .handshake
    } else {
      // Also while it waits for a connection that another request is opening.
      phase = .connecting
    }
  }
}

/// What libcurl's result means to us.
struct CurlOutcome {
  let code: CURLcode
  let text: String
  let progress: CurlProgress

  var reason: TransportError.Reason {
    switch code {
    case CURLE_URL_MALFORMAT, CURLE_UNSUPPORTED_PROTOCOL:
      return .invalidRequest(text)
    case CURLE_COULDNT_RESOLVE_HOST:
      return .unknownHost(text)
    case CURLE_COULDNT_RESOLVE_PROXY, CURLE_PROXY:
      return .proxy(text)
    case CURLE_COULDNT_CONNECT:
      if progress.systemError != 0 {
        return .refused(String(cString: strerror(progress.systemError)).lowercased())
      }
      return .refused(text)
    case CURLE_OPERATION_TIMEDOUT:
      return .timedOut(text.hasPrefix("Resolving timed out") ? .resolving : progress.phase)
    case CURLE_SSL_CONNECT_ERROR, CURLE_PEER_FAILED_VERIFICATION, CURLE_SSL_CERTPROBLEM,
      CURLE_SSL_CIPHER, CURLE_SSL_CACERT_BADFILE, CURLE_SSL_ISSUER_ERROR,
      CURLE_SSL_INVALIDCERTSTATUS, CURLE_SSL_CLIENTCERT, CURLE_SSL_ENGINE_NOTFOUND,
      CURLE_SSL_SHUTDOWN_FAILED, CURLE_USE_SSL_FAILED:
      return .tls(text)
    case CURLE_GOT_NOTHING, CURLE_RECV_ERROR, CURLE_SEND_ERROR, CURLE_PARTIAL_FILE, CURLE_HTTP2,
      CURLE_HTTP2_STREAM, CURLE_SEND_FAIL_REWIND:
      if progress.hasHead { return .cut(received: progress.received) }
      // With TLS 1.3 the server's verdict on our certificate comes after the handshake.
      if text.contains("alert") { return .tls(text) }
      if text.contains("from proxy") || text.contains("CONNECT tunnel") { return .proxy(text) }
      // libcurl's words for a peer that was gone before it was asked for its address.
      return .closed(text.hasPrefix("getpeername()") ? "it was closed at once" : text)
    default:
      return .other(text)
    }
  }
}
