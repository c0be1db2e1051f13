internal import FleetModel

// From releases to what an (app, environment) wants: by following the branch, by rule, by people.

/// A release that somebody, or a rule, wants somewhere.
struct Wish {
  let release: ReleaseID
  let cause: PinMoved.Cause
  let actor: String
  let reason: String?
}

extension Engine {
  /// Lets automation choose, then starts what can start. Called whenever something changed that
  /// either may depend on.
  mutating func settle(_ pin: PinID, inheriting pause: Pause? = nil) {
    defer { advanceDependents(of: pin) }
    guard state.catalog.members[pin] != nil,
      let environment = state.environment(pin.environment)
    else { return }
    if let choice = state.automaticChoice(pin, environment, at: now) {
      want(
        Wish(release: choice.release, cause: choice.cause, actor: RecordedEvent.hub, reason: nil),
        in: pin, environment, inheriting: pause)
    }
    startNext(pin, inheriting: pause)
  }

  /// Begins a wish, or lets it wait for the open rollout as the environment says.
  mutating func want(
    _ wish: Wish, in pin: PinID, _ environment: Environment, inheriting pause: Pause? = nil
  ) {
    let open = state.pins[pin]?.rollout
    if open == nil, state.pins[pin]?.waiting.isEmpty ?? true,
      canBegin(wish.release, pin)
    {
      begin(wish, in: pin)
      return
    }
    // A catch-up yields to any newer release, whose plan includes its targets.
    let isCatchUp = open.flatMap { state.rollouts[$0]?.kind } == .catchUp
    var policy = isCatchUp ? .supersede : environment.onNewRelease
    // A rollback comes to its end first, and the release then in force is known.
    if policy == .supersede, open.flatMap({ state.rollouts[$0]?.kind }) == .rollback {
      policy = .coalesce
    }
    if policy == .supersede, !isCatchUp, let open, state.isProtected(open, at: now) {
      policy = .coalesce
    }
    let queued = ReleaseQueued(
      app: pin.app, environment: pin.environment, release: wish.release, cause: wish.cause)
    if policy == .hold, wish.cause != .commanded {
      emit(.releaseHeld(queued))
      return
    }
    if policy != .queue {
      for waiting in state.pins[pin]?.waiting ?? [] {
        emit(
          .releaseSkipped(
            ReleaseSkipped(
              app: pin.app, environment: pin.environment, release: waiting.release,
              by: wish.release)))
      }
    }
    emit(.releaseQueued(queued), actor: wish.actor, reason: wish.reason)
    if policy == .supersede, let open {
      emit(.rolloutSuperseding(RolloutSuperseding(rollout: open, by: wish.release)))
      advance(open)
    }
    // What waited alone for a hold to end has made way.
    startNext(pin, inheriting: pause)
  }

  /// Starts what waits, or else brings latecomers up to date.
  private mutating func startNext(_ pin: PinID, inheriting pause: Pause?) {
    guard state.pins[pin]?.rollout == nil else { return }
    guard let next = state.pins[pin]?.waiting.first else { return catchUp(pin) }
    guard next.cause == .commanded || state.hold(on: pin) == nil else { return }
    guard canBegin(next.release, pin) else { return }
    let wish = Wish(
      release: next.release, cause: next.cause, actor: next.actor, reason: next.reason)
    begin(wish, in: pin, inheriting: pause)
  }

  private func canBegin(_ release: ReleaseID, _ pin: PinID) -> Bool {
    state.members(of: pin).contains { state.digest(of: release, on: $0) != nil }
  }

  private mutating func begin(_ wish: Wish, in pin: PinID, inheriting pause: Pause? = nil) {
    emit(
      .pinMoved(
        PinMoved(
          app: pin.app, environment: pin.environment, from: state.pins[pin]?.release,
          to: wish.release, stable: state.pins[pin]?.stable, cause: wish.cause)),
      actor: wish.actor, reason: wish.reason)
    let members = state.members(of: pin)
    if members.contains(where: { state.differs($0, from: wish.release, of: pin.app) }) {
      plan(pin, wish.release, for: members, kind: .release, inheriting: pause)
    } else {
      stabilize(pin, wish.release, debt: [:])
      // No rollout will end and let the next one in.
      settle(pin)
    }
  }

  /// The release has arrived; environments after this one may want it now.
  mutating func stabilize(_ pin: PinID, _ release: ReleaseID, debt: [String: Debt]) {
    emit(
      .releaseStable(
        ReleaseStable(
          app: pin.app, environment: pin.environment, release: release, debt: debt)))
    for other in state.activePins where other.app == pin.app && other != pin { settle(other) }
  }
}

extension State {
  mutating func withPin(_ id: PinID, _ change: (inout Pin) -> Void) {
    change(&pins[id, default: Pin(id)])
  }

  private func ordinal(of release: ReleaseID) -> Int { releases[release]?.ordinal ?? 0 }

  mutating func apply(_ event: ReleaseQueued, held: Bool, _ record: RecordedEvent) {
    let ordinal = ordinal(of: event.release)
    withPin(PinID(app: event.app, environment: event.environment)) { pin in
      pin.newest = max(pin.newest, ordinal)
      if held { return }
      pin.waiting.append(
        Pin.Waiting(
          release: event.release, actor: record.actor, reason: record.reason, cause: event.cause,
          since: record.at))
    }
  }

  mutating func apply(_ event: ReleaseSkipped) {
    withPin(PinID(app: event.app, environment: event.environment)) { pin in
      pin.waiting.removeAll { $0.release == event.release }
    }
    if releases[event.release]?.skippedIn.contains(event.environment) == false {
      releases[event.release]?.skippedIn.append(event.environment)
    }
  }

  mutating func apply(_ event: PinMoved, _ record: RecordedEvent) {
    let ordinal = ordinal(of: event.to)
    let id = PinID(app: event.app, environment: event.environment)
    withPin(id) { pin in
      pin.release = event.to
      pin.movedAt = record.at
      pin.movedBy = record.actor
      pin.reason = record.reason
      pin.newest = max(pin.newest, ordinal)
      pin.waiting.removeAll { $0.release == event.to }
    }
    // From here on the environment is mixed.
    if let stable = event.stable,
      releases[stable]?.stability[event.environment]?.until == nil
    {
      releases[stable]?.stability[event.environment]?.until = record.at
    }
    refreshPromotions()
  }

  mutating func apply(_ event: ReleaseStable, _ record: RecordedEvent) {
    withPin(PinID(app: event.app, environment: event.environment)) { pin in
      pin.stable = event.release
      pin.debt = event.debt
      pin.supersedingSince = nil
    }
    let known = releases[event.release]?.stability[event.environment]
    if known == nil || known?.until != nil {
      releases[event.release]?.stability[event.environment] = Release.Stability(since: record.at)
    }
    refreshPromotions()
  }
}
