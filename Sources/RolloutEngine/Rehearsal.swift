public import FleetModel
internal import Manifests

// What rehearsals need of the engine: a copy in which nothing moves but one rollout.

extension State {
  /// This state with no rollout under way but `id`, and nothing that waits to follow it. Without
  /// `id` with none. Windows, freezes and cordons stay; the apps that others depend on, and the places
  /// that other rollouts hold, keep nothing.
  public func isolating(_ id: RolloutID?) -> State {
    var copy = self
    copy.rollouts = rollouts.filter { $0.key == id || $0.value.phase.isTerminal }
    for pin in pins.keys {
      copy.withPin(pin) { record in
        record.waiting = []
        if record.rollout != id { record.rollout = nil }
      }
    }
    copy.catalog.openRollouts.formIntersection(id.map { [$0] } ?? [])
    for index in (copy.configuration?.apps ?? []).indices {
      copy.configuration?.apps[index].dependsOn = []
    }
    copy.catalog.flights = Flights()
    if let id { copy.change(id) { $0.countFlightsAnew() } }
    copy.catalog.promotions = [:]
    copy.catalog.windows = nil
    copy.timers = Timers()
    if let id { copy.setTimers(of: id) }
    copy.setTimersOfDecisions()
    return copy
  }

  /// Sets the timers of windows and of what people decided until a time.
  mutating func setTimersOfDecisions() {
    // Nobody knows the time here: the first tick looks.
    if configuration?.windows.isEmpty == false {
      timers.insert(.windows, at: Instant(milliseconds: 0))
    }
    for (key, freeze) in freezes {
      if let until = freeze.decision.until { timers.insert(.freeze(key), at: until) }
    }
    for (key, hold) in holds {
      if let until = hold.decision.until { timers.insert(.hold(key), at: until) }
    }
    for (name, status) in clusters {
      if let until = status.cordon?.until { timers.insert(.cordon(name), at: until) }
    }
  }
}

extension Engine {
  /// Begins the rollout of a release, whatever would refuse it or let it wait now. For copies on
  /// which a rollout is rehearsed, never for the hub's own engine.
  ///
  /// - Returns: what was decided; empty where no cluster would change.
  public mutating func rehearse(
    _ release: ReleaseID, for pin: PinID, at now: Instant
  ) -> [RecordedEvent] {
    let members = state.members(of: pin)
    guard members.contains(where: { state.differs($0, from: release, of: pin.app) }) else {
      return []
    }
    return deciding(at: now) { engine in
      engine.emit(
        .pinMoved(
          PinMoved(
            app: pin.app, environment: pin.environment, from: engine.state.pins[pin]?.release,
            to: release, stable: engine.state.pins[pin]?.stable, cause: .commanded)))
      engine.plan(pin, release, for: members, kind: .release)
    }
  }
}
