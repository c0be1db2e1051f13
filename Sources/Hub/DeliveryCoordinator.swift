internal import Delivery
internal import FleetModel
internal import KubernetesAPI
internal import Logging
internal import RolloutEngine

/// Carries the engine's effects out on clusters: one session per (cluster, app), which applies and
/// then watches until the engine withdraws it or sends a newer attempt.
actor DeliveryCoordinator {
  /// How long an apply that is under way may take to finish when the hub stops.
  private static let grace = Duration.seconds(10)

  private let writer: Writer
  private let targetStates: TargetStates
  private let connections: ClusterConnections
  private let startup: StartupObservation
  /// Clusters that are asked whether they are there, which many may be at once.
  private let contacts = DeliverySlots(limit: 256)
  private let slots: DeliverySlots
  private let epoch: Int
  private let clock: @Sendable () -> Instant
  private let logger: Logger
  private var sessions: [Key: Session] = [:]
  private var isStopping = false

  private struct Key: Hashable {
    let cluster: String
    let app: String
  }

  private struct Session {
    let assignment: Assignment
    let work: DeliverySession
    let task: Task<Void, Never>
  }

  init(
    writer: Writer, targetStates: TargetStates, connections: ClusterConnections,
    startup: StartupObservation, epoch: Int,
    limits: HubConfiguration.Limits, clock: @escaping @Sendable () -> Instant, logger: Logger
  ) {
    self.writer = writer
    self.targetStates = targetStates
    self.connections = connections
    self.startup = startup
    self.epoch = epoch
    self.clock = clock
    self.logger = logger
    slots = DeliverySlots(limit: limits.concurrentDeliveries)
  }

  /// Starts or ends what `effect` asks for. Asking twice is asking once.
  func take(_ effect: Effect) {
    guard !isStopping else { return }
    switch effect.kind {
    case .deliver(let assignment): begin(assignment, effect: effect, .apply)
    case .prune(let assignment, let list): begin(assignment, effect: effect, .prune(list))
    case .observe(let assignment): begin(assignment, effect: effect, nil)
    case .withdraw(let assignment):
      let key = Key(cluster: assignment.cluster, app: assignment.app)
      if let session = sessions[key], session.assignment.isSameAttempt(as: assignment) {
        session.task.cancel()
        sessions[key] = nil
      }
    case .render, .check: break
    }
  }

  private func begin(
    _ assignment: Assignment, effect: Effect, _ change: DeliverySession.Change?
  ) {
    let key = Key(cluster: assignment.cluster, app: assignment.app)
    let previous = sessions[key]
    if let previous, previous.assignment.isSameAttempt(as: assignment) { return }
    previous?.task.cancel()
    let work = DeliverySession(
      assignment: assignment, effect: effect, change: change, epoch: epoch, writer: writer,
      targetStates: targetStates, connections: connections, startup: startup, contacts: contacts,
      slots: slots,
      clock: clock,
      logger: logger)
    let task = Task {
      // The one before it has let go of the cluster first.
      await previous?.task.value
      await work.run()
      self.ended(key, assignment)
    }
    sessions[key] = Session(assignment: assignment, work: work, task: task)
  }

  private func ended(_ key: Key, _ assignment: Assignment) {
    if sessions[key]?.assignment.isSameAttempt(as: assignment) == true { sessions[key] = nil }
  }

  /// Open sessions judge by the health checks of the configuration in force.
  func configurationChanged() async {
    let apps = await writer.read { $0.configuration?.apps ?? [] }
    let checks = Dictionary(apps.map { ($0.name, $0.healthCheckExprs) }) { first, _ in first }
    for (key, session) in sessions { await session.work.judge(by: checks[key.app] ?? []) }
  }

  /// Somebody else watches what was delivered from now on: ends a session of which nothing is
  /// expected any more, and the target state in it.
  func letGo(cluster: String, app: String) async {
    let key = Key(cluster: cluster, app: app)
    guard let assignment = sessions[key]?.assignment,
      await !writer.read({ $0.awaits(assignment) }),
      let session = sessions[key], session.assignment.isSameAttempt(as: assignment)
    else { return }
    session.task.cancel()
    sessions[key] = nil
  }

  /// How many sessions are open.
  var count: Int { sessions.count }

  /// Ends all sessions. Applies that are under way may finish; what has not begun, or does not
  /// finish in time, is done again after the next start.
  func stop() async {
    isStopping = true
    let open = Array(sessions.values)
    for session in open where await !session.work.isApplying { session.task.cancel() }
    await withTaskGroup(of: Void.self) { group in
      group.addTask {
        // Cut short as soon as all have ended.
        try? await Task.sleep(for: DeliveryCoordinator.grace)
        for session in open { session.task.cancel() }
      }
      group.addTask {
        for session in open { await session.work.stopAfterApply() }
        for session in open { await session.task.value }
      }
      await group.next()
      group.cancelAll()
    }
    for session in open { session.task.cancel() }
    for session in open { await session.task.value }
    sessions = [:]
  }
}

extension Assignment {
  fileprivate func isSameAttempt(as other: Assignment) -> Bool {
    rollout == other.rollout && attempt == other.attempt
  }
}
