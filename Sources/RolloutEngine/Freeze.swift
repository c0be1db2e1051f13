internal import FleetModel

// The emergency stop: nothing new is dispatched anywhere, or in one environment. What is in flight
// finishes.

/// Who froze the fleet, or an environment.
public struct Freeze: Sendable, Hashable, Codable {
  /// `nil` for the whole fleet.
  public let environment: String?
  public let decision: Pause

  /// The environment, or empty for the fleet.
  public var key: String { environment ?? "" }
}

extension Engine {
  mutating func freeze(
    _ environment: String?, until: Instant?, by command: Command
  ) throws(Refusal) {
    let what = "freeze \(environment ?? "the fleet")"
    if let environment, state.environment(environment) == nil {
      throw Refusal(
        what: what, why: "there is no environment '\(environment)'",
        remedy: "list them: flotilla get environments")
    }
    if let freeze = state.freezes[environment ?? ""] {
      throw Refusal(
        what: what, why: "it is frozen already, by \(freeze.decision.text)",
        remedy: "to end that: \(freeze.endingCommand)")
    }
    if let until, until <= now {
      throw Refusal(
        what: what, why: "\(until.text) has passed", remedy: "give --until a later time")
    }
    emit(.fleetFrozen(FleetFrozen(environment: environment, until: until)), by: command)
  }

  mutating func unfreeze(_ environment: String?, by command: Command) throws(Refusal) {
    guard state.freezes[environment ?? ""] != nil else {
      let other = state.freezes.values.min { $0.key < $1.key }
      throw Refusal(
        what: "unfreeze \(environment ?? "the fleet")", why: "it is not frozen",
        remedy: other.map { "what is: \($0.endingCommand)" }
          ?? "see what waits: flotilla explain")
    }
    emit(.fleetUnfrozen(FleetFrozen(environment: environment, until: nil)), by: command)
    for id in state.openRollouts { advance(id) }
  }

  /// The time of a freeze is over.
  mutating func endFreeze(_ key: String) {
    guard let freeze = state.freezes[key] else { return }
    emit(
      .fleetUnfrozen(FleetFrozen(environment: freeze.environment, until: nil)),
      reason: "the freeze was to end now")
    for id in state.openRollouts { advance(id) }
  }
}

extension Freeze {
  var endingCommand: String {
    "flotilla unfreeze" + (environment.map { " \($0)" } ?? "")
  }
}

extension State {
  /// What keeps everything in an environment from being dispatched.
  func freeze(of environment: String) -> Freeze? {
    freezes.isEmpty ? nil : freezes[""] ?? freezes[environment]
  }

  mutating func apply(frozen event: FleetFrozen, _ record: RecordedEvent) {
    let freeze = Freeze(
      environment: event.environment,
      decision: Pause(
        actor: record.actor, reason: record.reason, since: record.at, until: event.until))
    freezes[freeze.key] = freeze
    if let until = event.until { timers.insert(.freeze(freeze.key), at: until) }
  }

  mutating func apply(unfrozen event: FleetFrozen) { freezes[event.environment ?? ""] = nil }
}
