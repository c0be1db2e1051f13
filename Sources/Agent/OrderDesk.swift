internal import Delivery
internal import HTTPTransport
internal import Logging
internal import Manifests

/// Carries the orders of one stream out, each in a task of its own, and sends the replies.
actor OrderDesk {
  private let delivery: ClusterDelivery
  private let turns: AppTurns
  private let link: HubLink
  private let session: String
  private let logger: Logger
  private var tasks: [Int: (task: Task<Void, Never>, changes: Bool)] = [:]
  /// Target states that watches asked for, on their way to them.
  private var supplies: [Int: AsyncStream<TargetState>.Continuation] = [:]
  private var hasEnded = false

  init(
    delivery: ClusterDelivery, turns: AppTurns, link: HubLink, session: String, logger: Logger
  ) {
    self.delivery = delivery
    self.turns = turns
    self.link = link
    self.session = session
    self.logger = logger
  }

  /// Begins what `order` asks for. Returns at once.
  func take(_ number: Int, _ order: Order) {
    switch order {
    case .cancel:
      tasks.removeValue(forKey: number)?.task.cancel()
      supplies.removeValue(forKey: number)?.finish()
    case .target(let target): supplies[number]?.yield(target)
    case .ping: begin(number, changes: false) { await $0.send(.pong, to: number) }
    case .apply(let target, let app, let mark, let prune, let policy, let user):
      let work = AppTurns.Work(
        mark: mark, digest: target.digest, user: user, prune: prune, policy: policy,
        list: [])
      change(number, work, app) { delivery in
        try await delivery.writing(as: user).apply(
          target, app: app, mark: mark, prune: prune, policy: policy)
      }
    case .prune(let list, let target, let app, let mark, let user):
      let work = AppTurns.Work(
        mark: mark, digest: target.digest, user: user, prune: nil, policy: nil, list: list)
      change(number, work, app) { delivery in
        try await delivery.writing(as: user).prune(list, beside: target, app: app, mark: mark)
      }
    case .readInventories:
      answer(number) { delivery in
        let reading = try await delivery.readInventories()
        return .inventories(
          reading.inventories.map { OrderReply.HeldState($0) },
          faults: reading.faults.map { "\($0)" })
      }
    case .readInventory(let app):
      answer(number) { delivery in
        .inventory(try await delivery.readInventory(app).map { OrderReply.HeldState($0) })
      }
    case .observe(let target, let app, let mark, let checks, let user):
      begin(number, changes: false) { desk in
        let reports = desk.delivery.writing(as: user).reports(
          target, app: app, mark: mark, checks: checks)
        for await health in reports { await desk.send(.health(health), to: number) }
      }
    case .watchDrift(let app, let digest, let user):
      watch(number, app, digest, desk: delivery.writing(as: user))
    }
  }

  private func change(
    _ number: Int, _ work: AppTurns.Work, _ app: String,
    _ body: @escaping @Sendable (ClusterDelivery) async throws -> ApplyReport
  ) {
    begin(number, changes: true) { desk in
      do {
        let report = try await desk.turns.run(work, app: app) { try await body(desk.delivery) }
        await desk.send(.done(report, mark: work.mark, digest: work.digest), to: number)
      } catch {
        await desk.send(.failed(OrderReply.Failure(error)), to: number)
      }
    }
  }

  private func answer(
    _ number: Int, _ body: @escaping @Sendable (ClusterDelivery) async throws -> OrderReply.Finding
  ) {
    begin(number, changes: false) { desk in
      do { await desk.send(try await body(desk.delivery), to: number) } catch {
        await desk.send(.failed(OrderReply.Failure(error)), to: number)
      }
    }
  }

  private func watch(_ number: Int, _ app: String, _ digest: Digest, desk delivery: ClusterDelivery)
  {
    let (targets, supply) = AsyncStream.makeStream(
      of: TargetState.self, bufferingPolicy: .bufferingNewest(1))
    supplies[number] = supply
    begin(number, changes: false) { desk in
      do {
        let watch = try await delivery.driftWatch(app: app, digest: digest)
        await desk.send(.watching, to: number)
        try await watch.run {
          await desk.send(.needsTarget, to: number)
          for await target in targets { return target }
          throw CancellationError()
        } report: { drifts in
          await desk.send(.drift(drifts, digest: digest), to: number)
        }
      } catch {
        await desk.send(.failed(OrderReply.Failure(error)), to: number)
      }
    }
  }

  private func begin(
    _ number: Int, changes: Bool, _ body: @escaping @Sendable (OrderDesk) async -> Void
  ) {
    let task = Task {
      await body(self)
      self.ended(number)
    }
    // A sign of life has no number of its own, and nothing to cancel.
    if number > 0 { tasks[number] = (task, changes) }
  }

  private func ended(_ number: Int) {
    tasks[number] = nil
    supplies.removeValue(forKey: number)?.finish()
  }

  /// The stream is over. Changes go on to their end: the order for them comes again, and finds them
  /// done or under way. All else begins anew with the next stream.
  func end() {
    hasEnded = true
    for (task, changes) in tasks.values where !changes { task.cancel() }
    for supply in supplies.values { supply.finish() }
  }

  /// Sends a reply, however often that needs to be tried while the stream lasts: the hub waits for
  /// it.
  private func send(_ finding: OrderReply.Finding, to number: Int) async {
    var backOff = BackOff()
    do {
      var body = try OrderReply(number: number, finding).encoded()
      if body.count > AgentEndpoint.largestReply {
        body = try OrderReply(
          number: number,
          .failed(OrderReply.Failure(AgentError("what it found is too large to be told")))
        ).encoded()
      }
      while !hasEnded, !Task.isCancelled {
        do { return try await link.reply(body, session: session) } catch let error as TransportError
        {
          logger.debug("reply not delivered, tried again", metadata: ["why": "\(error)"])
        } catch let refusal as HubLink.Refusal where refusal.status >= 500 {
          logger.debug("reply not taken, tried again", metadata: ["why": "\(refusal)"])
        }
        try await backOff.rest()
      }
    } catch {
      // Cancelled, or the hub wants no more of this stream; the next one brings the order again.
      logger.debug("reply given up", metadata: ["why": "\(error)"])
    }
  }
}
