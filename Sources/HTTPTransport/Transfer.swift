internal import CCurl
internal import CShims
internal import Glibc

/// One exchange: the request, where its answer goes, and what libcurl needs to stay alive.
///
/// `@unchecked Sendable`: handed to the loop's thread by `submit(.start)` and touched only there;
/// the continuations are set before that.
final class Transfer: @unchecked Sendable {
  enum Sink {
    case whole
    case streamed(BodyChannel)
  }

  /// Whether libcurl handed over anything since the loop looked last. Of the loop's thread.
  final class Turn {
    var hasDelivered = false
  }

  let request: HTTPRequest
  let server: String
  var turn: Turn?
  private let sink: Sink
  var whole: CheckedContinuation<HTTPResponse, any Error>?
  var head: CheckedContinuation<HTTPResponseHead, any Error>?

  var handle: UnsafeMutableRawPointer?
  var isCancelled = false
  private var lists: [UnsafeMutablePointer<curl_slist>] = []
  private var errorText: UnsafeMutablePointer<CChar>?
  private var status = 0
  private var headers: [HTTPHeader] = []
  private var hasHead = false
  private var body: [UInt8] = []
  private var received = 0
  private var isTooLarge = false

  init(_ request: HTTPRequest, sink: Sink) {
    self.request = request
    self.sink = sink
    server = request.connection.unixSocket ?? RequestURL.origin(of: request.url)
  }

  deinit { release() }

  var isStreamed: Bool {
    if case .streamed = sink { return true }
    return false
  }

  /// Milliseconds within which the head of a streamed answer must come.
  var headTimeout: Int? { isStreamed ? request.timeout?.wholeMilliseconds : nil }

  /// The error for a head that did not come in time; `nil` when it came.
  func headIsOverdue() -> TransportError? {
    guard !hasHead, let handle else { return nil }
    let progress = CurlProgress(of: handle, hasHead: false, received: 0)
    return TransportError(server: server, reason: .timedOut(progress.phase))
  }

  /// Frees what libcurl was lent. The handle must have left the multi handle.
  func release() {
    for list in lists { curl_slist_free_all(list) }
    lists = []
    errorText?.deallocate()
    errorText = nil
    handle = nil
  }

  // MARK: - Ends

  func succeed() {
    let head = HTTPResponseHead(status: status, headers: headers)
    switch sink {
    case .whole:
      whole?.resume(returning: HTTPResponse(head: head, body: body))
      whole = nil
      body = []
    case .streamed(let channel):
      self.head?.resume(returning: head)
      self.head = nil
      channel.finish(.success(()))
    }
  }

  func fail(_ error: any Error) {
    whole?.resume(throwing: error)
    whole = nil
    head?.resume(throwing: error)
    head = nil
    if case .streamed(let channel) = sink { channel.finish(.failure(error)) }
    body = []
  }

  func error(for code: CURLcode, _ handle: UnsafeMutableRawPointer) -> TransportError {
    if isTooLarge {
      return TransportError(server: server, reason: .bodyTooLarge(limit: request.maximumBody))
    }
    let text = errorText.map { String(cString: $0) } ?? ""
    let outcome = CurlOutcome(
      code: code, text: text.isEmpty ? String(cString: curl_easy_strerror(code)) : text,
      progress: CurlProgress(of: handle, hasHead: hasHead, received: received))
    return TransportError(server: server, reason: outcome.reason)
  }

  // MARK: - Callbacks of libcurl

  private enum Intake {
    case taken
    /// Nothing was taken; libcurl brings the same bytes again when resumed.
    case full
    /// Ends the transfer.
    case refused
  }

  private func take(_ bytes: UnsafeRawBufferPointer) -> Intake {
    switch sink {
    case .whole:
      guard body.count + bytes.count <= request.maximumBody else {
        isTooLarge = true
        return .refused
      }
      body.append(contentsOf: bytes)
    case .streamed(let channel):
      guard channel.offer(bytes) else { return .full }
    }
    received += bytes.count
    turn?.hasDelivered = true
    return .taken
  }

  private func take(headerLine line: String) {
    if hasHead { return }  // a trailer
    if line.hasPrefix("HTTP/") {
      let words = line.split(separator: " ", maxSplits: 2)
      status = words.count > 1 ? Int(words[1]) ?? 0 : 0
      headers = []
    } else if line.isEmpty {
      guard status >= 200 else { return }
      hasHead = true
      guard case .streamed = sink else { return }
      head?.resume(returning: HTTPResponseHead(status: status, headers: headers))
      head = nil
    } else if let colon = line.firstIndex(of: ":") {
      let value = line[line.index(after: colon)...].drop { $0 == " " || $0 == "\t" }
      headers.append(HTTPHeader(String(line[..<colon]), String(value)))
    }
  }

  // MARK: - Options

  /// Sets up `handle`; returns what is wrong with the request, if anything.
  func configure(_ handle: UnsafeMutableRawPointer) -> String? {
    let errorText = UnsafeMutablePointer<CChar>.allocate(capacity: Int(CURL_ERROR_SIZE))
    errorText.initialize(repeating: 0, count: Int(CURL_ERROR_SIZE))
    self.errorText = errorText
    _ = ccurl_set_ptr(handle, CURLOPT_ERRORBUFFER, errorText)

    let fault =
      setAddress(handle) ?? setTrust(handle) ?? setRequest(handle)
    setTimes(handle)
    setCallbacks(handle)
    // The usual 16 KiB of buffer stay, also of streams on which little happens: libcurl 7.88 loses sight
    // of what does not fit into it when several streams share a connection.
    return fault
  }

  private func setAddress(_ handle: UnsafeMutableRawPointer) -> String? {
    let connection = request.connection
    guard let parts = RequestURL(request.url) else {
      return "'\(server)' is no http or https URL"
    }
    var url = request.url
    var headers = request.headers
    if let name = connection.tlsServerName, parts.scheme == "https", connection.unixSocket == nil {
      // libcurl takes SNI and the expected name from the URL; CONNECT_TO leads to the real server.
      guard let list = curl_slist_append(nil, "::\(parts.host):\(parts.port)") else {
        return "out of memory"
      }
      lists.append(list)
      _ = ccurl_set_slist(handle, CURLOPT_CONNECT_TO, list)
      url = "https://\(name):\(parts.port)\(parts.rest)"
      headers.append(HTTPHeader("Host", "\(parts.host):\(parts.port)"))
    }
    _ = ccurl_set_str(handle, CURLOPT_PROTOCOLS_STR, "http,https")
    if ccurl_set_str(handle, CURLOPT_URL, url) != CURLE_OK { return "malformed URL" }
    if let path = connection.unixSocket {
      _ = ccurl_set_str(handle, CURLOPT_UNIX_SOCKET_PATH, path)
      _ = ccurl_set_str(handle, CURLOPT_PROXY, "")
    } else {
      switch connection.proxy {
      case .environment where parts.isThisMachine, .none:
        _ = ccurl_set_str(handle, CURLOPT_PROXY, "")
      case .environment: break
      case .url(let proxy): _ = ccurl_set_str(handle, CURLOPT_PROXY, proxy)
      }
    }
    _ = ccurl_set_long(handle, CURLOPT_SUPPRESS_CONNECT_HEADERS, 1)
    _ = ccurl_set_long(
      handle, CURLOPT_HTTP_VERSION, Int(CURL_HTTP_VERSION_2TLS))
    // Wait for a connection that is being opened: it may carry many requests at once.
    _ = ccurl_set_long(handle, CURLOPT_PIPEWAIT, 1)
    // libcurl reuses a connection only where all TLS options are the same; these have no effect
    // with OpenSSL.
    let options = [
      CURLSSLOPT_NO_REVOKE, CURLSSLOPT_REVOKE_BEST_EFFORT, CURLSSLOPT_AUTO_CLIENT_CERT,
    ]
    let chosen = options.enumerated().filter { request.generation >> $0.offset & 1 == 1 }
    if !chosen.isEmpty {
      _ = ccurl_set_long(
        handle, CURLOPT_SSL_OPTIONS, chosen.reduce(0) { $0 | Int($1.element) })
    }
    return setHeaders(handle, headers)
  }

  private func setHeaders(_ handle: UnsafeMutableRawPointer, _ headers: [HTTPHeader]) -> String? {
    var lines = headers.map { "\($0.name): \($0.value)" }
    switch request.connection.authorization {
    case .none: break
    case .bearer(let token): lines.append("Authorization: Bearer \(token.exposedText)")
    case .basic(let user, let password):
      let credential = Base64.encode(Array("\(user):".utf8) + password.bytes)
      lines.append("Authorization: Basic \(credential)")
    }
    lines.append("Expect:")  // no round trip before large bodies
    var list: UnsafeMutablePointer<curl_slist>?
    for line in lines {
      if line.utf8.contains(where: { $0 == 0x0A || $0 == 0x0D || $0 == 0 }) {
        curl_slist_free_all(list)
        let name = line.prefix { $0 != ":" }
        return "header \(name) holds a line break"
      }
      list = curl_slist_append(list, line) ?? list
    }
    if let list { lists.append(list) }
    _ = ccurl_set_slist(handle, CURLOPT_HTTPHEADER, list)
    if request.acceptsCompression { _ = ccurl_set_str(handle, CURLOPT_ACCEPT_ENCODING, "gzip") }
    return nil
  }

  private func setTrust(_ handle: UnsafeMutableRawPointer) -> String? {
    switch request.connection.trust {
    case .system: break
    case .authorities(let pem):
      if !setBlob(handle, CURLOPT_CAINFO_BLOB, pem) { return "the authorities cannot be set" }
    case .anyone:
      _ = ccurl_set_long(handle, CURLOPT_SSL_VERIFYPEER, 0)
      _ = ccurl_set_long(handle, CURLOPT_SSL_VERIFYHOST, 0)
    }
    if let identity = request.connection.clientIdentity {
      _ = ccurl_set_str(handle, CURLOPT_SSLCERTTYPE, "PEM")
      _ = ccurl_set_str(handle, CURLOPT_SSLKEYTYPE, "PEM")
      guard setBlob(handle, CURLOPT_SSLCERT_BLOB, identity.certificate),
        setBlob(handle, CURLOPT_SSLKEY_BLOB, identity.key.bytes)
      else { return "the client certificate cannot be set" }
    }
    return nil
  }

  private func setBlob(
    _ handle: UnsafeMutableRawPointer, _ option: CURLoption, _ bytes: [UInt8]
  ) -> Bool {
    bytes.withUnsafeBytes { buffer in
      guard let start = buffer.baseAddress else { return false }
      return ccurl_set_blob(handle, option, start, buffer.count) == CURLE_OK
    }
  }

  private func setRequest(_ handle: UnsafeMutableRawPointer) -> String? {
    if let body = request.body {
      _ = ccurl_set_off(handle, CURLOPT_POSTFIELDSIZE_LARGE, curl_off_t(body.count))
      let result = body.withUnsafeBytes { buffer in
        // An empty body is a body, too.
        withUnsafePointer(to: UInt8(0)) { empty in
          ccurl_set_ptr(
            handle, CURLOPT_COPYPOSTFIELDS,
            UnsafeMutableRawPointer(mutating: buffer.baseAddress ?? UnsafeRawPointer(empty)))
        }
      }
      if result != CURLE_OK { return "out of memory" }
    }
    switch request.method {
    case .get where request.body == nil: break
    case .head: _ = ccurl_set_long(handle, CURLOPT_NOBODY, 1)
    default: _ = ccurl_set_str(handle, CURLOPT_CUSTOMREQUEST, request.method.rawValue)
    }
    return nil
  }

  private func setTimes(_ handle: UnsafeMutableRawPointer) {
    _ = ccurl_set_long(handle, CURLOPT_NOSIGNAL, 1)
    let connect = request.connection.connectTimeout.wholeMilliseconds
    _ = ccurl_set_long(handle, CURLOPT_CONNECTTIMEOUT_MS, connect)
    // Of a stream, `timeout` is for the head, and the loop's own affair.
    if let timeout = isStreamed ? request.streamTimeout : request.timeout {
      _ = ccurl_set_long(handle, CURLOPT_TIMEOUT_MS, timeout.wholeMilliseconds)
    }
    if let idle = request.idleTimeout {
      _ = ccurl_set_long(handle, CURLOPT_LOW_SPEED_LIMIT, 1)
      _ = ccurl_set_long(handle, CURLOPT_LOW_SPEED_TIME, (idle.wholeMilliseconds + 999) / 1000)
    }
    _ = ccurl_set_long(handle, CURLOPT_TCP_KEEPALIVE, 1)
    _ = ccurl_set_long(handle, CURLOPT_TCP_KEEPIDLE, 30)
    _ = ccurl_set_long(handle, CURLOPT_TCP_KEEPINTVL, 10)
    // A connection whose packets nobody acknowledges is dead; without this, requests would be put
    // on it for minutes.
    let socketReady:
      @convention(c) (UnsafeMutableRawPointer?, curl_socket_t, curlsocktype) -> Int32 =
        { _, descriptor, _ in
          var milliseconds: UInt32 = 30_000
          setsockopt(
            descriptor, Int32(IPPROTO_TCP), TCP_USER_TIMEOUT, &milliseconds,
            socklen_t(MemoryLayout<UInt32>.size))
          return CURL_SOCKOPT_OK
        }
    _ = ccurl_set_ptr(
      handle, CURLOPT_SOCKOPTFUNCTION,
      unsafeBitCast(socketReady, to: UnsafeMutableRawPointer.self))
  }

  private func setCallbacks(_ handle: UnsafeMutableRawPointer) {
    let me = Unmanaged.passUnretained(self).toOpaque()
    _ = ccurl_set_write(handle, CURLOPT_WRITEFUNCTION) { bytes, size, count, pointer in
      guard let pointer else { return 0 }
      let transfer = Unmanaged<Transfer>.fromOpaque(pointer).takeUnretainedValue()
      switch transfer.take(UnsafeRawBufferPointer(start: bytes, count: size * count)) {
      case .taken: return size * count
      case .full: return Int(CURL_WRITEFUNC_PAUSE)
      case .refused: return 0
      }
    }
    _ = ccurl_set_ptr(handle, CURLOPT_WRITEDATA, me)
    _ = ccurl_set_write(handle, CURLOPT_HEADERFUNCTION) { bytes, size, count, pointer in
      guard let pointer else { return 0 }
      let transfer = Unmanaged<Transfer>.fromOpaque(pointer).takeUnretainedValue()
      var line = UnsafeRawBufferPointer(start: bytes, count: size * count)[...]
      while let last = line.last, last == 0x0A || last == 0x0D || last == 0x20 { line.removeLast() }
      transfer.take(headerLine: String(decoding: line, as: UTF8.self))
      return size * count
    }
    _ = ccurl_set_ptr(handle, CURLOPT_HEADERDATA, me)
  }
}

extension Duration {
  /// At least 1: libcurl takes 0 for no limit.
  fileprivate var wholeMilliseconds: Int {
    let (seconds, attoseconds) = components
    let milliseconds = seconds.multipliedReportingOverflow(by: 1000)
    guard !milliseconds.overflow else { return Int.max / 2 }
    return max(1, Int(milliseconds.partialValue) + Int(attoseconds / 1_000_000_000_000_000))
  }
}
