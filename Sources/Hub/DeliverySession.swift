internal import Delivery
internal import FleetModel
internal import KubernetesAPI
internal import Logging
internal import Manifests
internal import Rendering
internal import RolloutEngine

/// One attempt at one target: applies the target state or deletes what left it, then reports its
/// health. Every report is bound to the attempt and the digest that it speaks of.
actor DeliverySession {
  /// What is done to the cluster before it is watched.
  enum Change: Sendable {
    case apply
    /// Deletes what the list names.
    case prune(DeletionList)
  }

  /// Waits between tries at a cluster that does not answer or is not ready for the change.
  private static let firstWait = Duration.milliseconds(500)
  private static let longestWait = Duration.seconds(30)

  private let assignment: Assignment
  private let effect: Effect
  private let change: Change?
  private let epoch: Int
  private let writer: Writer
  private let targetStates: TargetStates
  private let connections: ClusterConnections
  private let startup: StartupObservation
  private let contacts: DeliverySlots
  private let slots: DeliverySlots
  private let clock: @Sendable () -> Instant
  private let logger: Logger
  private(set) var isApplying = false
  private var endsAfterApply = false
  /// By what the app's objects are judged; `nil` before anybody knows.
  private var checks: [HealthCheck]?
  /// Reads reports while they are judged by the present checks.
  private var reading: Task<Void, any Error>?
  private var hasDrift = false

  init(
    assignment: Assignment, effect: Effect, change: Change?, epoch: Int, writer: Writer,
    targetStates: TargetStates, connections: ClusterConnections,
    startup: StartupObservation, contacts: DeliverySlots, slots: DeliverySlots,
    clock: @escaping @Sendable () -> Instant, logger: Logger
  ) {
    self.assignment = assignment
    self.effect = effect
    self.change = change
    self.epoch = epoch
    self.writer = writer
    self.targetStates = targetStates
    self.connections = connections
    self.startup = startup
    self.contacts = contacts
    self.slots = slots
    self.clock = clock
    var logger = logger
    logger[metadataKey: "rollout"] = "\(assignment.rollout)"
    logger[metadataKey: "cluster"] = "\(assignment.cluster)"
    logger[metadataKey: "attempt"] = "\(assignment.attempt)"
    self.logger = logger
  }

  /// Nothing is watched after the present apply.
  func stopAfterApply() { endsAfterApply = true }

  /// Objects are judged by `checks` from now on: who mends a health check in Git is waiting for that.
  func judge(by checks: [HealthCheck]) {
    guard checks != self.checks else { return }
    self.checks = checks
    reading?.cancel()
  }

  func run() async {
    do {
      let (app, configurationCommit) = await writer.read { [assignment] state in
        (state.configuration?.app(assignment.app), state.configuration?.commit)
      }
      let target = try await targetStates.targetState(
        of: assignment.app, on: assignment.cluster, at: assignment.commit,
        digest: assignment.digest, configurationCommit: configurationCommit)
      if checks == nil { checks = app?.healthCheckExprs ?? [] }
      let user = (app?.serviceAccount).map(Impersonation.init(serviceAccount:))
      if let change {
        try await carryOut(change, target, app, as: user)
      }
      if !endsAfterApply { try await observe(target, as: user) }
    } catch is CancellationError {
      return
    } catch {
      guard !Task.isCancelled else { return }
      logger.error("attempt failed", metadata: ["why": "\(error)"])
      await reportLast(.failed("\(error)", permanent: true))
    }
  }

  // MARK: - Change

  private func carryOut(
    _ change: Change, _ target: TargetState, _ app: App?, as user: Impersonation?
  ) async throws {
    var wait = DeliverySession.firstWait
    while true {
      try Task.checkCancellation()
      do {
        // Who hangs is waited for apart, and takes no slot from those who answer.
        try await contacts.withSlot(for: assignment.cluster) {
          try await self.connections.channel(to: self.assignment.cluster).contact()
        }
        let outcome = try await slots.withSlot(for: assignment.cluster) {
          try await self.tryOnce(change, target, app, as: user)
        }
        try await report(
          .applied(
            objects: outcome.applied.count + outcome.unchanged.count,
            pruned: outcome.pruned.count,
            leftovers: app.mayDelete ? DeletionList(left: outcome.kept, by: target) : nil))
        return
      } catch let error as DeliveryError where error.isTransient {
        logger.info("not applied yet", metadata: ["why": "\(error)"])
        try await report(
          error.isUnreachable
            ? .unreachable(error.description) : .failed(error.description, permanent: false))
      }
      let channel = try await connections.channel(to: assignment.cluster)
      try await channel.rest(wait * Double.random(in: 0.8...1.2))
      wait = min(wait * 2, DeliverySession.longestWait)
    }
  }

  private func tryOnce(
    _ change: Change, _ target: TargetState, _ app: App?, as user: Impersonation?
  ) async throws -> ApplyReport {
    isApplying = true
    defer { isApplying = false }
    let channel = try await connections.channel(to: assignment.cluster).writing(as: user)
    let policy = assignment.takesOver ? app.policy.correcting : app.policy
    switch change {
    case .apply:
      let deletes = app.mayDelete && !assignment.reportsLeftovers
      return try await channel.apply(
        target, app: assignment.app, mark: mark, prune: deletes ? .delete : .keep,
        policy: policy)
    case .prune(let list):
      let held = try await channel.readInventory(assignment.app)
      if held?.digest != target.digest || held?.phase != .applied {
        // Somebody else was here: deletions are beside the target state only.
        _ = try await channel.apply(
          target, app: assignment.app, mark: mark, prune: .keep, policy: policy)
      }
      // Where the app stopped to prune meanwhile, the list counts no more.
      let identities = app.mayDelete ? Set(list.objects.map(\.identity)) : []
      return try await channel.prune(
        identities, beside: target, app: assignment.app, mark: mark)
    }
  }

  private var mark: DeliveryMark {
    DeliveryMark(rollout: assignment.rollout.rawValue, attempt: assignment.attempt, epoch: epoch)
  }

  // MARK: - Observe

  private func observe(_ target: TargetState, as user: Impersonation?) async throws {
    while true {
      let checks = checks ?? []
      let task = Task { try await self.follow(target, as: user, checks) }
      reading = task
      do {
        try await withTaskCancellationHandler {
          try await task.value
        } onCancel: {
          task.cancel()
        }
      } catch is CancellationError {
        try Task.checkCancellation()
      }
      guard checks != self.checks else { return }
    }
  }

  private func follow(
    _ target: TargetState, as user: Impersonation?, _ checks: [HealthCheck]
  ) async throws {
    let channel = try await connections.channel(to: assignment.cluster).writing(as: user)
    let reports = channel.reports(target, app: assignment.app, mark: mark, checks: checks)
    for await health in reports {
      try Task.checkCancellation()
      let finding: Observation.Finding =
        switch health.overall {
        case .healthy: .healthy
        case .progressing: .progressing(health.line)
        case .degraded: .degraded(health.line)
        case .unreachable(let why): .unreachable(why)
        }
      try await report(finding)
      // Told with every report: as long as the target is under way, the engine does not listen.
      if let drift = health.drift, hasDrift || !drift.isEmpty {
        try await submit(
          .drift(
            DriftReport(
              cluster: assignment.cluster, app: assignment.app, digest: assignment.digest,
              lines: drift.map(\.line), observedAt: clock())))
        hasDrift = !drift.isEmpty
      }
    }
  }

  // MARK: - Evidence

  private func report(_ finding: Observation.Finding) async throws {
    let observation = Observation(
      rollout: assignment.rollout, cluster: assignment.cluster, attempt: assignment.attempt,
      digest: assignment.digest, observedAt: clock(), finding: finding)
    try await submit(.observation(observation))
    await startup.reported(effect.key)
  }

  private func submit(_ input: Input) async throws {
    try await writer.submitPatiently(input)
  }

  /// Reports the end of the attempt; a hub that cannot write says so elsewhere.
  private func reportLast(_ finding: Observation.Finding) async {
    do { try await report(finding) } catch {
      logger.warning("report not written", metadata: ["why": "\(error)"])
    }
  }
}

extension App? {
  /// Of an app that is not registered any more nobody asked for more than the usual.
  fileprivate var mayDelete: Bool { self?.prune ?? true }
  fileprivate var policy: ApplyPolicy { self?.apply ?? ApplyPolicy() }
}

extension ApplyPolicy {
  /// To take a drift back: whatever somebody changed or made in an object's place is ours again.
  fileprivate var correcting: ApplyPolicy {
    ApplyPolicy(existing: .adopt, conflicts: .takeOver, immutable: immutable)
  }
}

extension DeletionList {
  /// What an apply left on the cluster; `nil` for nothing.
  fileprivate init?(left objects: [ResourceIdentity], by target: TargetState) {
    guard !objects.isEmpty else { return nil }
    // A generated object has its content's hash in its name, so a change leaves the old one behind.
    func place(_ identity: ResourceIdentity) -> [String]? {
      GeneratedNames.stem(of: identity).map { [identity.kind, $0] }
    }
    let successors = Set(target.objects.compactMap { place($0.identity) })
    self.init(
      objects.map { identity in
        DeletedObject(identity, isReplaced: place(identity).map(successors.contains) ?? false)
      }, owned: objects.count + target.objects.count)
  }
}
