public import FleetModel

/// The hub's decisions, with the state they rest on. One writer owns one engine.
public struct Engine: Sendable {
  public internal(set) var state: State
  /// Evidence that was set aside because it does not speak of the present attempt, by reason.
  public internal(set) var ignored: [String: Int] = [:]

  var recorded: [RecordedEvent] = []
  var now = Instant(milliseconds: 0)
  var actor = RecordedEvent.hub
  var reason: String?

  public init(_ state: State = State()) { self.state = state }

  /// Decides about one input and applies the outcome. What is returned must be stored, together
  /// with the rows and effects that it implies, before anything else sees it. Only commands are
  /// refused, and a refusal changes nothing.
  public mutating func handle(_ input: Input, at now: Instant) throws(Refusal) -> [RecordedEvent] {
    self.now = now
    actor = RecordedEvent.hub
    reason = nil
    recorded.removeAll(keepingCapacity: true)
    try take(input)
    return recorded
  }

  /// Records `event` and applies it at once, so that what is decided next rests on it.
  mutating func emit(_ event: Event) {
    let record = RecordedEvent(
      sequence: state.sequence + 1, at: now, actor: actor, reason: reason, event: event)
    state.apply(record)
    recorded.append(record)
  }
}

/// What follows from `input` in `state`: the pure form of ``Engine/handle(_:at:)``.
public func decide(
  _ state: State, _ input: Input, at now: Instant
) throws(Refusal) -> [RecordedEvent] {
  var engine = Engine(state)
  return try engine.handle(input, at: now)
}
