internal import CCurl
internal import CShims
internal import Glibc

/// One request and its answer, read piece by piece by libgit2's smart protocol.
final class HTTPExchange {
  private let session: HTTPSession
  private let url: String
  private let service: String
  /// The first request of an operation, which asks for the references.
  private let isDiscovery: Bool
  private let easy: UnsafeMutableRawPointer
  private var headers: UnsafeMutablePointer<curl_slist>?
  private let errorText = UnsafeMutablePointer<CChar>.allocate(capacity: Int(CURL_ERROR_SIZE))
  private var request: [UInt8] = []
  private var response: [UInt8] = []
  private var position = 0
  private var phase = Phase.collecting
  private var moved: curl_off_t = 0
  private var lastMove = ContinuousClock.now

  private enum Phase { case collecting, running, finished, failed }

  /// A list of references beyond this is refused.
  private static let largestDiscovery = 128 << 20

  init?(session: HTTPSession, base: String, service: String, isDiscovery: Bool) {
    guard let easy = curl_easy_init() else { return nil }
    self.easy = easy
    errorText.initialize(repeating: 0, count: Int(CURL_ERROR_SIZE))
    self.session = session
    self.service = service
    self.isDiscovery = isDiscovery
    var base = session.redirectedBase ?? base
    while base.hasSuffix("/") { base.removeLast() }
    url = isDiscovery ? "\(base)/info/refs?service=\(service)" : "\(base)/\(service)"
  }

  deinit {
    curl_multi_remove_handle(session.multi, easy)
    curl_easy_cleanup(easy)
    curl_slist_free_all(headers)
    errorText.deallocate()
  }

  func write(_ bytes: UnsafeRawBufferPointer) { request.append(contentsOf: bytes) }

  /// Fills `buffer` with what has arrived; 0 at the end, `nil` after a failure, which the session
  /// then knows.
  func read(into buffer: UnsafeMutableRawBufferPointer) -> Int? {
    if phase == .collecting { start() }
    while phase == .running, position == response.count || isDiscovery { advance() }
    guard phase != .failed else { return nil }
    let count = min(buffer.count, response.count - position)
    response.withUnsafeBytes {
      buffer.copyMemory(from: UnsafeRawBufferPointer(rebasing: $0[position..<position + count]))
    }
    position += count
    return count
  }

  private func start() {
    phase = .running
    session.configure(easy)
    _ = ccurl_set_str(easy, CURLOPT_URL, url)
    _ = ccurl_set_ptr(easy, CURLOPT_ERRORBUFFER, errorText)
    if isDiscovery {
      // Only the first request follows redirects, as in git: later ones carry a body.
      _ = ccurl_set_long(easy, CURLOPT_FOLLOWLOCATION, 1)
      _ = ccurl_set_long(easy, CURLOPT_MAXREDIRS, 5)
    } else {
      for header in [
        "Content-Type: application/x-\(service)-request", "Accept: application/x-\(service)-result",
        "Expect:",
      ] {
        headers = curl_slist_append(headers, header)
      }
      _ = ccurl_set_slist(easy, CURLOPT_HTTPHEADER, headers)
      _ = ccurl_set_long(easy, CURLOPT_POST, 1)
      _ = ccurl_set_off(easy, CURLOPT_POSTFIELDSIZE_LARGE, curl_off_t(request.count))
      request.withUnsafeMutableBytes {
        _ = ccurl_set_ptr(easy, CURLOPT_COPYPOSTFIELDS, $0.baseAddress)
      }
      request = []
    }
    _ = ccurl_set_write(easy, CURLOPT_WRITEFUNCTION) { bytes, size, count, context in
      guard let context, let bytes else { return 0 }
      let exchange = Unmanaged<HTTPExchange>.fromOpaque(context).takeUnretainedValue()
      return exchange.receive(UnsafeRawBufferPointer(start: bytes, count: size * count))
    }
    _ = ccurl_set_ptr(easy, CURLOPT_WRITEDATA, Unmanaged.passUnretained(self).toOpaque())
    curl_multi_add_handle(session.multi, easy)
    lastMove = .now
  }

  private func receive(_ bytes: UnsafeRawBufferPointer) -> Int {
    // Error pages are not part of the protocol.
    if status >= 300 { return bytes.count }
    if isDiscovery, response.count + bytes.count > Self.largestDiscovery {
      session.fail(.unsupported, "the server lists more references than any repository has")
      return 0
    }
    response.append(contentsOf: bytes)
    return bytes.count
  }

  private var status: Int {
    var status = 0
    _ = ccurl_get_long(easy, CURLINFO_RESPONSE_CODE, &status)
    return status
  }

  /// Lets libcurl work until something arrived, a second passed, or the answer ended.
  private func advance() {
    if !isDiscovery {
      response.removeAll(keepingCapacity: true)
      position = 0
    }
    var running: Int32 = 0
    curl_multi_perform(session.multi, &running)
    if running == 0 { return finish() }
    noteProgress()
    if let violation = session.limits.violation(session.action) {
      session.fail(violation)
    } else if ContinuousClock.now - lastMove > session.limits.timeouts.stall {
      session.fail(
        .timedOut, "the server sent nothing for \(session.limits.timeouts.stall)",
        "check the server and the network, or raise the stall time-out")
    }
    if session.failure != nil {
      phase = .failed
    } else if isDiscovery || response.isEmpty {
      let wait = min(200, session.limits.timeouts.stall.milliseconds / 4 + 1)
      curl_multi_poll(session.multi, nil, 0, Int32(wait), nil)
    }
  }

  private func noteProgress() {
    var down: curl_off_t = 0
    var up: curl_off_t = 0
    _ = ccurl_get_off(easy, CURLINFO_SIZE_DOWNLOAD_T, &down)
    _ = ccurl_get_off(easy, CURLINFO_SIZE_UPLOAD_T, &up)
    var connected: curl_off_t = 0
    _ = ccurl_get_off(easy, CURLINFO_APPCONNECT_TIME_T, &connected)
    let progress = down + up + (connected > 0 ? 1 : 0)
    if progress != moved {
      moved = progress
      lastMove = .now
    }
  }

  private func finish() {
    phase = .finished
    var left: Int32 = 0
    while let message = curl_multi_info_read(session.multi, &left) {
      guard message.pointee.msg == CURLMSG_DONE, message.pointee.easy_handle == easy else {
        continue
      }
      let code = message.pointee.data.result
      if code != CURLE_OK {
        session.fail(code, detail: redactedMessage(String(cString: errorText)))
        phase = .failed
        return
      }
    }
    if isDiscovery { followRedirect() }
    if status != 200 {
      session.fail(status: status)
    } else if isDiscovery {
      examineDiscovery()
    }
    if session.failure != nil { phase = .failed }
  }

  /// After a redirect the rest of the operation goes to the new place, but no secret goes to
  /// another host.
  private func followRedirect() {
    var text: UnsafePointer<CChar>?
    _ = ccurl_get_str(easy, CURLINFO_EFFECTIVE_URL, &text)
    guard let effective = text.map({ String(cString: $0) }), effective != url else { return }
    if session.sendsSecret, origin(effective) != origin(url) {
      session.fail(
        .configuration, "the server redirects to another host, \(redacted(effective))",
        "if that is right, configure this URL, so that the credentials go there")
    }
    if let end = effective.range(ofSeparator: "/info/refs?service=") {
      session.redirectedBase = String(effective[..<end.lowerBound])
    }
  }

  /// Refuses what libgit2 would stumble over with unclear words.
  private func examineDiscovery() {
    var type: UnsafePointer<CChar>?
    _ = ccurl_get_str(easy, CURLINFO_CONTENT_TYPE, &type)
    let contentType = type.map { String(cString: $0) } ?? ""
    let advertisement = ReferenceAdvertisement(response)
    if !contentType.hasPrefix("application/x-\(service)-advertisement") {
      session.fail(
        .repositoryMissing, "the server does not answer as a Git server (it sent '\(contentType)')",
        "check the URL of the repository")
    } else if advertisement.isSHA256 {
      session.fail(sha256Unsupported(session.action))
    } else if advertisement.isShallow {
      session.fail(shallowUnsupported(session.action))
    }
  }
}

/// Scheme, host and port of a URL.
private func origin(_ url: String) -> Substring {
  guard let separator = url.range(ofSeparator: "://") else { return url[...] }
  return url[..<(url[separator.upperBound...].firstIndex(of: "/") ?? url.endIndex)]
}

/// A source without its whole history cannot be mirrored.
func shallowUnsupported(_ action: String) -> GitError {
  GitError(
    .unsupported, action: action, reason: "the repository is a shallow clone itself",
    advice: "use the complete repository, or run 'git fetch --unshallow' in it")
}

/// What matters of a server's list of references before libgit2 reads it
/// (https://git-scm.com/docs/gitprotocol-pack).
private struct ReferenceAdvertisement {
  private(set) var isSHA256 = false
  private(set) var isShallow = false

  init(_ bytes: [UInt8]) {
    var rest = bytes[...]
    var isFirst = true
    while rest.count >= 4 {
      let digits = String(decoding: rest.prefix(4), as: UTF8.self)
      guard let length = Int(digits, radix: 16) else { return }
      if length < 4 {
        rest = rest.dropFirst(4)
        continue
      }
      let line = rest.prefix(length).dropFirst(4)
      if line.starts(with: "shallow ".utf8) { isShallow = true }
      if isFirst, !line.starts(with: "# service=".utf8) {
        isFirst = false
        let words = line.split { $0 == UInt8(ascii: " ") || $0 == 0 || $0 == UInt8(ascii: "\n") }
        isSHA256 = words.contains { $0.elementsEqual("object-format=sha256".utf8) }
      }
      rest = rest.dropFirst(length)
    }
  }
}
