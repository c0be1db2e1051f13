public import FleetModel

/// The hub's decisions, with the state they rest on. One writer owns one engine.
public struct Engine: Sendable {
  public internal(set) var state: State
  /// Evidence that was set aside because it does not speak of the present attempt, by reason.
  public internal(set) var ignored: [String: Int] = [:]

  private var recorded: [RecordedEvent] = []
  private(set) var now = Instant(milliseconds: 0)
  private var input = Input.tick
  /// Whether some rollout came to where it could dispatch targets if the fleet's limits allow.
  private var wantsPlaces = false
  private var hasEndedRollout = false

  public init(_ state: State = State()) { self.state = state }

  /// Decides about one input and applies the outcome. What is returned must be stored, together
  /// with the rows and effects that it implies, before anything else sees it. Only commands are
  /// refused, and a refusal changes nothing.
  public mutating func handle(_ input: Input, at now: Instant) throws(Refusal) -> [RecordedEvent] {
    self.input = input
    return try deciding(at: now) { engine throws(Refusal) in try engine.take(input) }
  }

  /// What `body` decides, applied and recorded.
  mutating func deciding<Failure: Error>(
    at now: Instant, _ body: (inout Engine) throws(Failure) -> Void
  ) throws(Failure) -> [RecordedEvent] {
    // The clock was set back: a timer that has fired and brought nothing about may be due again.
    if now < self.now { state.resetTimers() }
    self.now = now
    recorded.removeAll(keepingCapacity: true)
    // Whatever comes must not rest on an old look. What follows from the new one is left to a tick,
    // because a command that is refused changes nothing.
    if state.refreshWindows(at: now) { state.expectWindowTick(at: now) }
    wantsPlaces = false
    hasEndedRollout = false
    let landed = state.catalog.flights.landed
    try body(&self)
    if state.limits != nil, wantsPlaces || state.catalog.flights.landed != landed {
      sharePlaces()
    }
    if hasEndedRollout { forgetDeletions() }
    state.dropVoidTimers()
    return recorded
  }

  private mutating func take(_ input: Input) throws(Refusal) {
    switch input {
    case .configuration(let commit, let configuration):
      take(configuration: configuration, at: commit)
    case .configurationRefused(let commit, let findings):
      take(refusedConfiguration: findings, at: commit)
    case .candidate(let candidate): take(candidate)
    case .invalidCandidate(let app, let commit, let reason):
      take(invalid: app, commit, reason: reason)
    case .rendered(let request, let digests): take(rendered: request, digests: digests)
    case .inventory(let report): take(report)
    case .drift(let report): take(report)
    case .observation(let observation): take(observation)
    case .gate(let report): take(report)
    case .command(let command): try take(command)
    case .tick: tick()
    }
  }

  private mutating func take(_ command: Command) throws(Refusal) {
    switch command.verb {
    case .promote(let change, let environment):
      try promote(change, to: environment, by: command)
    case .pause(let id, let scope, let until): try pause(id, scope, until: until, by: command)
    case .resume(let id, let wave): try resume(id, wave: wave, by: command)
    case .raiseBudget(let id, let wave, let maxFailures):
      try raiseBudget(id, wave: wave, maxFailures: maxFailures, by: command)
    case .abort(let id): try abort(id, by: command)
    case .retry(let id, let targets): try retry(id, targets, by: command)
    case .skip(let id, let wave, let targets):
      try skip(id, wave: wave, targets, by: command)
    case .approve(let id, let wave, let plan, let until):
      try approve(id, wave: wave, plan: plan, until: until, by: command)
    case .rollback(let id, let scope): try rollBack(id, scope, by: command)
    case .reject(let change): try reject(change, by: command)
    case .unreject(let change): try unreject(change, by: command)
    case .hold(let environment, let app, let until):
      try hold(environment, app, until: until, by: command)
    case .unhold(let environment, let app): try unhold(environment, app, by: command)
    case .freeze(let environment, let until):
      try freeze(environment, until: until, by: command)
    case .unfreeze(let environment): try unfreeze(environment, by: command)
    case .cordon(let cluster, let until): try cordon(cluster, until: until, by: command)
    case .uncordon(let cluster): try uncordon(cluster, by: command)
    case .inviteAgent(let cluster, let until):
      try inviteAgent(of: cluster, until: until, by: command)
    case .acceptAgent(let agent, let cluster): try accept(agent, of: cluster, by: command)
    case .revokeAgent(let cluster): try revokeAgent(of: cluster, by: command)
    case .correctDrift(let cluster, let app):
      try correctDrift(of: app, on: cluster, by: command)
    }
  }

  /// Records `event` and applies it at once, so that what is decided next rests on it. Without a
  /// reason it is the input that it follows from.
  mutating func emit(
    _ event: Event, actor: String = RecordedEvent.hub, reason: String? = nil
  ) {
    let record = RecordedEvent(
      sequence: state.sequence + 1, at: now, actor: actor, reason: reason ?? input.cause,
      event: event)
    state.apply(record)
    recorded.append(record)
    if event.endsRollout { hasEndedRollout = true }
  }

  mutating func emit(_ event: Event, by command: Command) {
    emit(event, actor: command.actor, reason: command.reason)
  }

  mutating func wantPlaces() { wantsPlaces = true }

  mutating func ignore(_ why: String) { ignored[why, default: 0] += 1 }
}

/// What follows from `input` in `state`: the pure form of ``Engine/handle(_:at:)``.
public func decide(
  _ state: State, _ input: Input, at now: Instant
) throws(Refusal) -> [RecordedEvent] {
  var engine = Engine(state)
  return try engine.handle(input, at: now)
}
