internal import CLibgit2
internal import CShims

// libgit2 speaks git's smart protocol and calls these functions for every request. Debian's libgit2
// brings mbedTLS without TLS 1.3, client certificates and time-outs; libcurl has them all.
//
// The structs of CShims begin with libgit2's own and end with a retained Swift object.

/// Makes `callbacks` use `session` for everything that goes over the network. The session must
/// outlive the remote that the callbacks are given to.
func useTransport(_ session: HTTPSession, in callbacks: inout git_remote_callbacks) {
  callbacks.payload = Unmanaged.passUnretained(session).toOpaque()
  callbacks.transport = { result, owner, payload in
    var definition = git_smart_subtransport_definition(
      callback: makeSubtransport, rpc: 1, param: payload)
    return git_transport_smart(result, owner, &definition)
  }
  callbacks.transfer_progress = { _, payload in
    guard let payload else { return 0 }
    let session = Unmanaged<HTTPSession>.fromOpaque(payload).takeUnretainedValue()
    guard let violation = session.limits.violation(session.action) else { return 0 }
    session.fail(violation)
    return GIT_EUSER.rawValue
  }
}

private let makeSubtransport: git_smart_subtransport_cb = { result, _, parameter in
  guard let result, let parameter else { return GIT_ERROR.rawValue }
  let session = Unmanaged<HTTPSession>.fromOpaque(parameter).takeUnretainedValue()
  let memory = UnsafeMutablePointer<cgit_subtransport>.allocate(capacity: 1)
  memory.initialize(
    to: cgit_subtransport(
      base: git_smart_subtransport(
        action: startExchange, close: { _ in 0 },
        free: { subtransport in
          guard let subtransport else { return }
          let memory = UnsafeMutableRawPointer(subtransport)
            .assumingMemoryBound(to: cgit_subtransport.self)
          if let context = memory.pointee.ctx {
            Unmanaged<HTTPSession>.fromOpaque(context).release()
          }
          memory.deallocate()
        }),
      ctx: Unmanaged.passRetained(session).toOpaque()))
  result.pointee = UnsafeMutableRawPointer(memory)
    .assumingMemoryBound(to: git_smart_subtransport.self)
  return 0
}

private typealias StartExchange =
  @convention(c) (
    UnsafeMutablePointer<UnsafeMutablePointer<git_smart_subtransport_stream>?>?,
    UnsafeMutablePointer<git_smart_subtransport>?, UnsafePointer<CChar>?, git_smart_service_t
  ) -> Int32

private let startExchange: StartExchange = { result, subtransport, url, action in
  guard let result, let subtransport, let url,
    let context = UnsafeMutableRawPointer(subtransport)
      .assumingMemoryBound(to: cgit_subtransport.self).pointee.ctx
  else { return GIT_ERROR.rawValue }
  let session = Unmanaged<HTTPSession>.fromOpaque(context).takeUnretainedValue()
  let isUpload = action == GIT_SERVICE_UPLOADPACK || action == GIT_SERVICE_UPLOADPACK_LS
  let isDiscovery = action == GIT_SERVICE_UPLOADPACK_LS || action == GIT_SERVICE_RECEIVEPACK_LS
  guard
    let exchange = HTTPExchange(
      session: session, base: String(cString: url),
      service: isUpload ? "git-upload-pack" : "git-receive-pack", isDiscovery: isDiscovery)
  else { return GIT_ERROR.rawValue }
  let memory = UnsafeMutablePointer<cgit_stream>.allocate(capacity: 1)
  memory.initialize(
    to: cgit_stream(
      base: git_smart_subtransport_stream(
        subtransport: subtransport,
        read: { stream, buffer, size, count in
          guard let exchange = exchangeBehind(stream), let buffer, let count else {
            return GIT_ERROR.rawValue
          }
          let target = UnsafeMutableRawBufferPointer(start: buffer, count: size)
          guard let read = exchange.read(into: target) else {
            git_error_set_str(Int32(GIT_ERROR_HTTP.rawValue), "the request failed")
            return GIT_ERROR.rawValue
          }
          count.pointee = read
          return 0
        },
        write: { stream, bytes, count in
          guard let exchange = exchangeBehind(stream) else { return GIT_ERROR.rawValue }
          exchange.write(UnsafeRawBufferPointer(start: bytes, count: count))
          return 0
        },
        free: { stream in
          guard let stream else { return }
          let memory = UnsafeMutableRawPointer(stream).assumingMemoryBound(to: cgit_stream.self)
          if let context = memory.pointee.ctx {
            Unmanaged<HTTPExchange>.fromOpaque(context).release()
          }
          memory.deallocate()
        }),
      ctx: Unmanaged.passRetained(exchange).toOpaque()))
  result.pointee = UnsafeMutableRawPointer(memory)
    .assumingMemoryBound(to: git_smart_subtransport_stream.self)
  return 0
}

private func exchangeBehind(
  _ stream: UnsafeMutablePointer<git_smart_subtransport_stream>?
) -> HTTPExchange? {
  guard let stream,
    let context = UnsafeMutableRawPointer(stream).assumingMemoryBound(to: cgit_stream.self)
      .pointee.ctx
  else { return nil }
  return Unmanaged<HTTPExchange>.fromOpaque(context).takeUnretainedValue()
}
