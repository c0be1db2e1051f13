public import Delivery

/// One connection of an agent, for as long as its stream of orders lasts. The stream is the only way
/// from the hub to the agent; replies come as requests of their own and name the order.
public actor AgentSession {
  public nonisolated let id: String
  public nonisolated let cluster: String
  nonisolated let instance: String
  /// What is to go down the stream, in order. Ends with the session.
  public nonisolated let orders: AsyncStream<(number: Int, order: Order)>
  private nonisolated let outbox: AsyncStream<(number: Int, order: Order)>.Continuation

  /// Orders that wait for the stream to take them. They hold no copy of a target state, which is
  /// written out only when its turn comes.
  private static let mostWaiting = 1024
  /// Replies to one order that wait for who gave it. Verdicts in between may be missed.
  private static let mostReplies = 64

  private var open: [Int: AsyncStream<OrderReply.Finding>.Continuation] = [:]
  private var lastNumber = 0
  private var heard = ContinuousClock.now
  /// Why the session ended; `nil` while it has not.
  private(set) var end: String?

  /// Replies to one order, until it is answered or the session ends. Letting go of them cancels the
  /// order.
  struct Replies: Sendable {
    let number: Int
    let findings: AsyncStream<OrderReply.Finding>
  }

  init(cluster: String, instance: String) {
    self.cluster = cluster
    self.instance = instance
    id = "\(UInt64.random(in: .min ... .max))"
    (orders, outbox) = AsyncStream.makeStream(
      bufferingPolicy: .bufferingOldest(AgentSession.mostWaiting))
  }

  /// `nil` where the session has ended, or the agent takes nothing in.
  func give(_ order: Order) -> Replies? {
    guard end == nil else { return nil }
    lastNumber += 1
    let number = lastNumber
    let (findings, continuation) = AsyncStream.makeStream(
      of: OrderReply.Finding.self, bufferingPolicy: .bufferingNewest(AgentSession.mostReplies))
    open[number] = continuation
    continuation.onTermination = { [weak self] _ in
      Task { await self?.letGo(number) }
    }
    say(order, number: number)
    return end == nil ? Replies(number: number, findings: findings) : nil
  }

  /// Adds to an order that was given.
  func say(_ order: Order, number: Int) {
    if case .dropped = outbox.yield((number, order)) {
      close("its agent takes no orders in")
    }
  }

  private func letGo(_ number: Int) {
    guard open.removeValue(forKey: number) != nil, end == nil else { return }
    say(.cancel, number: number)
  }

  /// A reply came. Those to orders that nobody waits for any more are nothing.
  func take(_ reply: OrderReply) {
    heard = .now
    switch reply.finding {
    case .pong: break
    case .health, .watching, .drift, .needsTarget: open[reply.number]?.yield(reply.finding)
    case .done, .inventories, .inventory, .failed:
      let continuation = open.removeValue(forKey: reply.number)
      continuation?.yield(reply.finding)
      continuation?.finish()
    }
  }

  /// Ends the session; whoever waits for a reply learns that there will be none.
  func close(_ why: String) {
    guard end == nil else { return }
    end = why
    outbox.finish()
    let waiting = open.values
    open = [:]
    for continuation in waiting { continuation.finish() }
  }

  /// Asks for a sign of life every `pause`, and ends the session when none came for three of them,
  /// or when `mayStay` says why not. Returns when the session has ended.
  func watch(
    every pause: Duration, mayStay: @Sendable () async -> String?
  ) async {
    while end == nil {
      // Cut short only with the connection, which ends the session.
      try? await Task.sleep(for: pause)
      if Task.isCancelled { return close("its agent's connection was cut") }
      if let why = await mayStay() { return close(why) }
      if heard.duration(to: .now) > pause * 3 { return close("its agent says nothing any more") }
      say(.ping, number: 0)
    }
  }
}
