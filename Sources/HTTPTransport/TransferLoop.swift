internal import CCurl
internal import CShims
internal import Glibc
internal import Synchronization

/// One thread, one `curl_multi`, one epoll instance. libcurl is touched on this thread only.
///
/// `@unchecked Sendable`: everything but `inbox` belongs to the thread; other threads only submit
/// commands.
final class TransferLoop: @unchecked Sendable {
  enum Command: Sendable {
    case start(Transfer)
    case cancel(Transfer)
    /// The reader has room again.
    case resume(Transfer)
    case stop(CheckedContinuation<Void, Never>?)
  }

  private struct Inbox {
    var commands: [Command] = []
    var isClosed = false
  }

  private let inbox = Mutex(Inbox())
  private let multi: UnsafeMutableRawPointer
  private let epoll: Int32
  private let wakeUp: Int32

  // Of the thread:
  private var timerDue: UInt64?
  private var running: Int32 = 0
  private var live: [UnsafeMutableRawPointer: Transfer] = [:]
  private var idleHandles: [UnsafeMutableRawPointer] = []
  private var headDeadlines = DeadlineQueue<Transfer>()
  private let turn = Transfer.Turn()
  private var stopRequests: [CheckedContinuation<Void, Never>]?

  init(maximumIdleConnections: Int) throws {
    guard let multi = curl_multi_init() else {
      throw TransportError(server: "libcurl", reason: .other("out of memory"))
    }
    self.multi = multi
    epoll = epoll_create1(Int32(EPOLL_CLOEXEC))
    wakeUp = eventfd(0, Int32(EFD_NONBLOCK | EFD_CLOEXEC))
    guard epoll >= 0, wakeUp >= 0 else {
      let reason = String(cString: strerror(errno))
      throw TransportError(server: "epoll", reason: .other(reason))
    }
    _ = ccurl_multi_set_long(multi, CURLMOPT_MAXCONNECTS, maximumIdleConnections)
    _ = ccurl_multi_set_long(multi, CURLMOPT_PIPELINING, 2)  // CURLPIPE_MULTIPLEX
    try startThread()
  }

  /// `false` when the loop has ended: the command is then not executed.
  @discardableResult
  func submit(_ command: Command) -> Bool {
    let (isAccepted, isFirst) = inbox.withLock { inbox -> (Bool, Bool) in
      if inbox.isClosed { return (false, false) }
      inbox.commands.append(command)
      return (true, inbox.commands.count == 1)
    }
    if isFirst {
      var one: UInt64 = 1
      _ = write(wakeUp, &one, 8)
    }
    return isAccepted
  }

  private func startThread() throws {
    var attributes = pthread_attr_t()
    pthread_attr_init(&attributes)
    pthread_attr_setdetachstate(&attributes, Int32(PTHREAD_CREATE_DETACHED))
    pthread_attr_setstacksize(&attributes, 1 << 20)
    defer { pthread_attr_destroy(&attributes) }
    var thread = pthread_t()
    // The thread holds the loop until it ends.
    let me = Unmanaged.passRetained(self)
    let result = pthread_create(
      &thread, &attributes,
      { argument in
        guard let argument else { return nil }
        Unmanaged<TransferLoop>.fromOpaque(argument).takeRetainedValue().run()
        return nil
      }, me.toOpaque())
    if result != 0 {
      me.release()
      throw TransportError(
        server: "thread", reason: .other(String(cString: strerror(result))))
    }
  }

  // MARK: - On the thread

  private func run() {
    // A peer that closes while we write must be an error, not the end of the process.
    var signals = sigset_t()
    sigemptyset(&signals)
    sigaddset(&signals, SIGPIPE)
    pthread_sigmask(SIG_BLOCK, &signals, nil)
    registerCallbacks()
    watch(wakeUp, EPOLLIN.rawValue, EPOLL_CTL_ADD)
    var events = [epoll_event](repeating: epoll_event(), count: 512)
    while stopRequests == nil {
      let count = epoll_wait(epoll, &events, 512, waitTime())
      for index in 0..<max(0, Int(count)) { handle(events[index]) }
      execute()
      if let due = timerDue, due <= now() {
        timerDue = nil
        curl_multi_socket_action(multi, curlSocketTimeout, 0, &running)
        renewTimer()
      }
      collectFinished()
      endOverdue()
    }
    end()
  }

  /// libcurl tells of a timer once. Where our clock was a fraction of a millisecond ahead of its own,
  /// nothing was due yet, and it would never mention that timer again: so it is asked.
  private func renewTimer() {
    var left = -1
    curl_multi_timeout(multi, &left)
    timerDue = left < 0 ? nil : now() + UInt64(left)
  }

  private func registerCallbacks() {
    let me = Unmanaged.passUnretained(self).toOpaque()
    _ = ccurl_multi_set_ptr(multi, CURLMOPT_SOCKETDATA, me)
    _ = ccurl_multi_set_ptr(multi, CURLMOPT_TIMERDATA, me)
    _ = ccurl_multi_set_socket_cb(multi) { _, descriptor, what, pointer, _ in
      guard let pointer else { return 0 }
      let loop = Unmanaged<TransferLoop>.fromOpaque(pointer).takeUnretainedValue()
      loop.socketChanged(descriptor, what)
      return 0
    }
    _ = ccurl_multi_set_timer_cb(multi) { _, milliseconds, pointer in
      guard let pointer else { return 0 }
      let loop = Unmanaged<TransferLoop>.fromOpaque(pointer).takeUnretainedValue()
      loop.timerDue = milliseconds < 0 ? nil : loop.now() + UInt64(milliseconds)
      return 0
    }
  }

  private func socketChanged(_ descriptor: Int32, _ what: Int32) {
    if what == CURL_POLL_REMOVE {
      watch(descriptor, 0, EPOLL_CTL_DEL)
      return
    }
    var interest: UInt32 = 0
    if what & CURL_POLL_IN != 0 { interest |= EPOLLIN.rawValue }
    if what & CURL_POLL_OUT != 0 { interest |= EPOLLOUT.rawValue }
    if watch(descriptor, interest, EPOLL_CTL_MOD) != 0 {
      watch(descriptor, interest, EPOLL_CTL_ADD)
    }
  }

  @discardableResult
  private func watch(_ descriptor: Int32, _ interest: UInt32, _ operation: Int32) -> Int32 {
    var event = epoll_event()
    event.events = interest
    event.data.fd = descriptor
    return epoll_ctl(epoll, operation, descriptor, &event)
  }

  private func handle(_ event: epoll_event) {
    let descriptor = event.data.fd
    if descriptor == wakeUp {
      var count: UInt64 = 0
      _ = read(wakeUp, &count, 8)
      return
    }
    var what: Int32 = 0
    if event.events & EPOLLIN.rawValue != 0 { what |= CURL_CSELECT_IN }
    if event.events & EPOLLOUT.rawValue != 0 { what |= CURL_CSELECT_OUT }
    if event.events & (EPOLLERR.rawValue | EPOLLHUP.rawValue) != 0 { what |= CURL_CSELECT_ERR }
    turn.hasDelivered = false
    curl_multi_socket_action(multi, descriptor, what, &running)
    // What one stream's buffer does not hold makes libcurl stop reading for all streams of the
    // connection. What it has read from the socket by then nobody would announce again, so the
    // others get their turn now.
    while turn.hasDelivered {
      turn.hasDelivered = false
      curl_multi_socket_action(multi, descriptor, CURL_CSELECT_IN, &running)
    }
  }

  private func execute() {
    let commands = inbox.withLock { inbox in
      defer { inbox.commands = [] }
      return inbox.commands
    }
    for command in commands {
      switch command {
      case .start(let transfer): start(transfer)
      case .cancel(let transfer): cancel(transfer)
      case .resume(let transfer):
        if let handle = transfer.handle { curl_easy_pause(handle, CURLPAUSE_CONT) }
      case .stop(let continuation):
        stopRequests = (stopRequests ?? []) + (continuation.map { [$0] } ?? [])
      }
    }
  }

  private func start(_ transfer: Transfer) {
    transfer.turn = turn
    if transfer.isCancelled { return transfer.fail(CancellationError()) }
    // A handle keeps the buffers of what it did before: 64 KiB after a request with a body. Streams
    // stay open, so they get one that has none.
    let idle = transfer.isStreamed ? nil : idleHandles.popLast()
    guard let handle = idle ?? curl_easy_init() else {
      return transfer.fail(
        TransportError(server: transfer.server, reason: .other("out of memory")))
    }
    if let fault = transfer.configure(handle) {
      curl_easy_reset(handle)
      idleHandles.append(handle)
      return transfer.fail(
        TransportError(server: transfer.server, reason: .invalidRequest(fault)))
    }
    transfer.handle = handle
    live[handle] = transfer
    if let timeout = transfer.headTimeout {
      headDeadlines.add(transfer, due: now() + UInt64(timeout))
    }
    let result = curl_multi_add_handle(multi, handle)
    if result != CURLM_OK {
      retire(handle)
      transfer.fail(
        TransportError(
          server: transfer.server, reason: .other(String(cString: curl_multi_strerror(result)))))
    }
  }

  private func cancel(_ transfer: Transfer) {
    transfer.isCancelled = true
    guard let handle = transfer.handle else { return }
    retire(handle)
    transfer.fail(CancellationError())
  }

  private func collectFinished() {
    var left: Int32 = 0
    while let message = curl_multi_info_read(multi, &left) {
      guard message.pointee.msg == CURLMSG_DONE, let handle = message.pointee.easy_handle else {
        continue
      }
      let code = message.pointee.data.result
      guard let transfer = live[handle] else { continue }
      let failure = code == CURLE_OK ? nil : transfer.error(for: code, handle)
      retire(handle)
      if let failure { transfer.fail(failure) } else { transfer.succeed() }
    }
  }

  private func endOverdue() {
    let time = now()
    while let transfer = headDeadlines.takeDue(at: time) {
      guard let handle = transfer.handle, let error = transfer.headIsOverdue() else { continue }
      retire(handle)
      transfer.fail(error)
    }
  }

  private func retire(_ handle: UnsafeMutableRawPointer) {
    guard let transfer = live.removeValue(forKey: handle) else { return }
    curl_multi_remove_handle(multi, handle)
    transfer.release()
    curl_easy_reset(handle)
    if idleHandles.count < 256, !transfer.isStreamed {
      idleHandles.append(handle)
    } else {
      curl_easy_cleanup(handle)
    }
  }

  private func end() {
    let leftOver = inbox.withLock { inbox in
      inbox.isClosed = true
      defer { inbox.commands = [] }
      return inbox.commands
    }
    for (handle, transfer) in live {
      retire(handle)
      transfer.fail(TransportError(server: transfer.server, reason: .shutDown))
    }
    for handle in idleHandles { curl_easy_cleanup(handle) }
    curl_multi_cleanup(multi)
    close(epoll)
    close(wakeUp)
    for command in leftOver {
      switch command {
      case .start(let transfer):
        transfer.fail(TransportError(server: transfer.server, reason: .shutDown))
      case .stop(let continuation): continuation?.resume()
      case .cancel, .resume: break
      }
    }
    for continuation in stopRequests ?? [] { continuation.resume() }
  }

  private func waitTime() -> Int32 {
    guard let due = [timerDue, headDeadlines.next].compactMap({ $0 }).min() else { return -1 }
    let now = now()
    return due <= now ? 0 : Int32(clamping: due - now)
  }

  /// Milliseconds of the monotonic clock.
  private func now() -> UInt64 {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return UInt64(time.tv_sec) * 1000 + UInt64(time.tv_nsec) / 1_000_000
  }
}

/// `CURL_SOCKET_TIMEOUT` is a macro over a cast, which Swift does not import.
private let curlSocketTimeout: curl_socket_t = -1
