internal import FleetModel

// An environment pinned on purpose: automation moves none of its pins, people may.

/// Who holds an environment, or one app in it.
public struct Hold: Sendable, Hashable, Codable {
  public let environment: String
  /// `nil` for all of its apps.
  public let app: String?
  public let decision: Pause

  /// `prod`, or `web/prod` for one app.
  public var key: String { Hold.key(environment, app) }

  static func key(_ environment: String, _ app: String?) -> String {
    app.map { "\($0)/\(environment)" } ?? environment
  }
}

extension Engine {
  mutating func hold(
    _ environment: String, _ app: String?, until: Instant?, by command: Command
  ) throws(Refusal) {
    let what = "hold \(Hold.key(environment, app))"
    try requireKnown(environment, app, for: what)
    if let hold = state.holds[Hold.key(environment, app)] {
      throw Refusal(
        what: what, why: "it is held already, by \(hold.decision.text)",
        remedy: "to end that: \(hold.endingCommand)")
    }
    if let until, until <= now {
      throw Refusal(
        what: what, why: "\(until.text) has passed", remedy: "give --until a later time")
    }
    emit(
      .environmentHeld(EnvironmentHeld(environment: environment, app: app, until: until)),
      by: command)
  }

  mutating func unhold(
    _ environment: String, _ app: String?, by command: Command
  ) throws(Refusal) {
    let what = "unhold \(Hold.key(environment, app))"
    try requireKnown(environment, app, for: what)
    guard state.holds[Hold.key(environment, app)] != nil else {
      let other = state.holds.values.filter { $0.environment == environment }
        .min { $0.key < $1.key }
      throw Refusal(
        what: what, why: "it is not held",
        remedy: other.map { "what is: \($0.endingCommand)" }
          ?? "see what it waits for: flotilla explain environment/\(environment)")
    }
    emit(
      .environmentUnheld(EnvironmentHeld(environment: environment, app: app, until: nil)),
      by: command)
    for pin in state.activePins where pin.environment == environment { settle(pin) }
  }

  /// The time of a hold is over.
  mutating func endHold(_ key: String) {
    guard let hold = state.holds[key] else { return }
    emit(
      .environmentUnheld(
        EnvironmentHeld(environment: hold.environment, app: hold.app, until: nil)),
      reason: "the hold was to end now")
    for pin in state.activePins where pin.environment == hold.environment { settle(pin) }
  }

  private func requireKnown(
    _ environment: String, _ app: String?, for what: String
  ) throws(Refusal) {
    // What left the configuration can still be let go.
    if state.holds[Hold.key(environment, app)] != nil { return }
    guard state.environment(environment) != nil else {
      throw Refusal(
        what: what, why: "there is no environment '\(environment)'",
        remedy: "list them: flotilla get environments")
    }
    if let app, state.configuration?.app(app) == nil {
      throw Refusal(
        what: what, why: "there is no app '\(app)'", remedy: "list them: flotilla get apps")
    }
  }
}

extension Hold {
  var endingCommand: String {
    "flotilla unhold \(environment)" + (app.map { " --app \($0)" } ?? "")
  }
}

extension State {
  /// The hold that keeps automation from a pin.
  func hold(on pin: PinID) -> Hold? {
    holds.isEmpty
      ? nil : holds[pin.environment] ?? holds[Hold.key(pin.environment, pin.app)]
  }

  mutating func apply(held event: EnvironmentHeld, _ record: RecordedEvent) {
    let hold = Hold(
      environment: event.environment, app: event.app,
      decision: Pause(
        actor: record.actor, reason: record.reason, since: record.at, until: event.until))
    holds[hold.key] = hold
    if let until = event.until { timers.insert(.hold(hold.key), at: until) }
    refreshPromotions()
  }

  mutating func apply(unheld event: EnvironmentHeld) {
    holds[Hold.key(event.environment, event.app)] = nil
    refreshPromotions()
  }
}
