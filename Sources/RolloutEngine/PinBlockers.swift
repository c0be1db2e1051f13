internal import FleetModel

// Why an (app, environment) does not have the newest release.

extension State {
  func pinBlockers(_ id: PinID, at now: Instant) -> [Blocker] {
    guard catalog.members[id] != nil, let environment = environment(id.environment),
      let latest = releases(of: id.app).last
    else { return [] }
    let pin = pins[id] ?? Pin(id)
    var blockers: [Blocker] = []
    if let refused = configuration?.refused {
      blockers.append(
        Blocker(
          what: "fleet/ of \(refused.commit.prefix(12)) is refused: "
            + (refused.findings.first ?? ""), since: refused.since,
          who: "whoever may commit to fleet/", command: "flotilla lint"))
    }
    if let open = pin.rollout, let rollout = rollouts[open] {
      blockers.append(
        Blocker(
          what: "\(rollout.release) is being rolled out by \(open)"
            + protection(open, pin, environment, at: now), since: rollout.plannedAt,
          who: "\(open)", command: "flotilla explain \(open)"))
    } else if let hold = hold(on: id), let waiting = pin.waiting.first,
      waiting.cause != .commanded
    {
      blockers.append(holding(hold, waiting.release))
    } else if let waiting = pin.waiting.first {
      blockers.append(
        Blocker(
          what: "\(waiting.release) is being rendered for \(id.environment)",
          since: waiting.since, who: "the hub", command: nil))
    } else if pin.waiting.isEmpty, let release = pin.release, release != pin.stable {
      blockers.append(
        Blocker(
          what: "the rollout of \(release) ended before its plan, clusters are mixed",
          since: pin.movedAt, who: "a person",
          command: "flotilla promote \(release) --to \(id.environment)"))
    }
    if let stable = pin.stable, let rejection = releases[stable]?.rejection, pin.release == stable {
      blockers.append(
        Blocker(
          what: "\(stable), which \(id.environment) has, was rejected by \(rejection.text)",
          since: rejection.since, who: "a person", command: "flotilla unreject \(stable)"))
    }
    if let hold = hold(on: id), pin.waiting.isEmpty,
      (releases[latest]?.ordinal ?? 0) > pin.newest
    {
      blockers.append(holding(hold, latest))
    } else if (releases[latest]?.ordinal ?? 0) > pin.newest {
      blockers += promotionBlockers(id, environment, at: now)
    } else if let rejection = releases[latest]?.rejection, pin.release != latest {
      blockers.append(
        Blocker(
          what: "\(latest) was rejected by \(rejection.text)", since: rejection.since,
          who: "a person", command: "flotilla unreject \(latest)"))
    } else if pin.waiting.isEmpty, pin.release != latest, pin.rollout == nil {
      blockers.append(
        Blocker(
          what: "\(latest) was passed over", since: pin.movedAt, who: "a person",
          command: "flotilla promote \(latest) --to \(id.environment)"))
    }
    if let release = pin.release, pin.waiting.isEmpty {
      let missing = members(of: id).filter { digest(of: release, on: $0) == nil }
      if !missing.isEmpty {
        blockers.append(
          Blocker(
            what: "\(missing.joined(separator: ", ")) joined after \(release), whose target "
              + "states for them are being rendered", since: configuration?.acceptedAt,
            who: "the hub", command: nil))
      }
    }
    if !pin.debt.isEmpty, let rollout = lastRollout(of: id) {
      let names = pin.debt.keys.sorted().prefix(3).joined(separator: ", ")
      blockers.append(
        Blocker(
          what: "\(pin.debt.count) clusters were left behind: \(names)",
          since: rollouts[rollout]?.endedAt, who: "a person",
          command: "flotilla rollout retry \(rollout)"))
    }
    return blockers
  }

  /// Why a newer release does not take over.
  private func protection(
    _ open: RolloutID, _ pin: Pin, _ environment: Environment, at now: Instant
  ) -> String {
    guard environment.onNewRelease == .supersede, let next = pin.waiting.first,
      rollouts[open]?.supersededBy == nil, isProtected(open, at: now)
    else { return "" }
    let span = environment.protectAfter ?? Environment.defaultProtectAfter
    return "; \(next.release) waits for its end, since nothing has arrived for \(span)"
  }

  private func holding(_ hold: Hold, _ release: ReleaseID) -> Blocker {
    Blocker(
      what: "\(release) waits: \(hold.key) is held by \(hold.decision.text)",
      since: hold.decision.since, until: hold.decision.until,
      who: "\(hold.decision.actor), or whoever may let it go", command: hold.endingCommand)
  }

  func lastRollout(of id: PinID) -> RolloutID? {
    guard let count = pins[id]?.rollouts, count > 0 else { return nil }
    return RolloutID(app: id.app, environment: id.environment, number: count)
  }

  /// What the newest release still lacks for this environment.
  private func promotionBlockers(
    _ id: PinID, _ environment: Environment, at now: Instant
  ) -> [Blocker] {
    let upstream = upstream(of: environment, app: id.app)
    let newest = pins[id]?.newest ?? 0
    let fresh = releases(of: id.app).reversed().compactMap { releases[$0] }
      .prefix { $0.ordinal > newest }.filter { $0.rejection == nil }
    // The newest that a person could promote now says more than one that nobody can.
    let ready = fresh.first {
      standing(of: $0, for: environment, upstream: upstream, at: now) == .ready
    }
    if let ready {
      return [
        Blocker(
          what: "\(ready.id) is ready for \(id.environment) and waits for a person",
          since: ready.stability.values.map(\.since).max() ?? ready.recordedAt, who: "a person",
          command: "flotilla promote \(ready.id) --to \(id.environment)")
      ]
    }
    guard let latest = fresh.first else {
      guard let latest = releases(of: id.app).last, let rejection = releases[latest]?.rejection
      else { return [] }
      return [
        Blocker(
          what: "\(latest) was rejected by \(rejection.text)", since: rejection.since,
          who: "a person", command: "flotilla unreject \(latest)")
      ]
    }
    switch standing(of: latest, for: environment, upstream: upstream, at: now) {
    case .ready: return []
    case .notStable(let before):
      return [
        Blocker(
          what: "\(latest.id) is not stable in \(before) yet", since: latest.recordedAt,
          who: "\(before)", command: "flotilla explain environment/\(before)")
      ]
    case .soaking(let before, let until):
      return [
        Blocker(
          what: "\(latest.id) has to be stable in \(before) for \(environment.promotion.soak)",
          since: latest.stability[before]?.since, until: until, who: "time", command: nil)
      ]
    case .replaced(let before):
      return [
        Blocker(
          what: "\(latest.id) was replaced in \(before) before it had been stable for long enough",
          since: latest.stability[before]?.until, who: "a person",
          command: "flotilla promote \(latest.id) --to \(before)")
      ]
    }
  }
}
