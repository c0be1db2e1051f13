internal import FleetModel

// Apps that depend on others: in one environment, a rollout starts when what its commit wants of the
// apps that it depends on is stable there. Who has no clusters there, or nothing to change, keeps nobody.

/// What a rollout waits for.
private enum Lack {
  /// This release, or a later one, is to be stable.
  case release(ReleaseID)
  /// The dependency is to arrive on this cluster, which joined.
  case cluster(String)
  /// No target states of the dependency belong to the commit yet.
  case answer
  case invalid(reason: String)
}

extension Engine {
  /// Goes on with rollouts that may have waited for an app.
  mutating func advanceDependents(of pin: PinID) {
    for id in state.openRollouts {
      guard state.rollouts[id]?.phase == .planned,
        state.rollouts[id]?.environment == pin.environment, let app = state.rollouts[id]?.app,
        state.configuration?.app(app)?.dependsOn.contains(pin.app) == true
      else { continue }
      advance(id)
    }
  }
}

extension State {
  /// Whether everything that a rollout's app depends on is there.
  func hasDependencies(_ id: RolloutID) -> Bool {
    rollouts[id].map { lacking($0) == nil } ?? true
  }

  /// The first dependency that is not there.
  private func lacking(_ rollout: Rollout) -> (pin: PinID, what: Lack)? {
    guard rollout.kind != .rollback else { return nil }
    for app in configuration?.app(rollout.app)?.dependsOn ?? [] {
      let pin = PinID(app: app, environment: rollout.environment)
      guard catalog.members[pin] != nil else { continue }
      let what =
        rollout.kind == .release ? lack(of: pin, for: rollout) : lack(of: pin, onTargetsOf: rollout)
      if let what { return (pin, what) }
    }
    return nil
  }

  private func lack(of pin: PinID, for rollout: Rollout) -> Lack? {
    guard let release = releases[rollout.release] else { return nil }
    let wanted: Release
    switch answer(of: pin.app, to: release) {
    case .release(let id):
      guard let found = releases[id] else { return nil }
      wanted = found
    case let other: return other
    }
    if let stable = pins[pin]?.stable.flatMap({ releases[$0] }), stable.ordinal >= wanted.ordinal {
      return nil
    }
    // While a rollout is under way, what was applied may not be healthy yet.
    let isThere =
      pins[pin]?.rollout == nil
      && members(of: pin).allSatisfy {
        digest(of: wanted.id, on: $0) != nil && !differs($0, from: wanted.id, of: pin.app)
      }
    return isThere ? nil : .release(wanted.id)
  }

  /// A cluster that joined gets the apps in the same order. What was left behind there keeps nobody.
  private func lack(of pin: PinID, onTargetsOf rollout: Rollout) -> Lack? {
    let open = pins[pin]?.rollout.flatMap { rollouts[$0] }
    let members = Set(members(of: pin))
    return rollout.targets.first { target in
      guard members.contains(target.cluster), pins[pin]?.debt[target.cluster] == nil else {
        return false
      }
      return open?.positions[target.cluster] != nil
        || clusters[target.cluster]?.deployed[pin.app]?.digest == nil
    }.map { .cluster($0.cluster) }
  }

  /// What an app has for the commit of another app's release: its release of that commit, or of the
  /// first later one that has any.
  private func answer(of app: String, to release: Release) -> Lack {
    let commit = release.commit.commit
    let own = ReleaseID(app: app, commit: commit)
    if releases[own]?.commit.commit == commit { return .release(own) }
    let outcome = commits["\(app)@\(commit)"]
    if case .unchanged(let id) = outcome?.result { return .release(id) }
    var first: (sequence: Int, id: ReleaseID)?
    for id in releases(of: app) {
      guard let later = releases[id],
        later.sequence > release.sequence || later.commits.contains(where: { $0.commit == commit })
      else { continue }
      first = (later.sequence, id)
      break
    }
    for outcome in commits.values where outcome.app == app {
      if case .unchanged(let id) = outcome.result, let sequence = outcome.sequence,
        sequence > release.sequence, sequence < first?.sequence ?? .max
      {
        first = (sequence, id)
      }
    }
    if let first { return .release(first.id) }
    if case .invalid(let reason) = outcome?.result { return .invalid(reason: reason) }
    return .answer
  }

  /// What a planned rollout waits for among the apps that its app depends on.
  func dependencyBlocker(_ rollout: Rollout, at now: Instant) -> Blocker? {
    guard let (pin, what) = lacking(rollout) else { return nil }
    let depends = "\(rollout.app) depends on \(pin.app)"
    let abort = "flotilla rollout abort \(rollout.id)"
    switch what {
    case .answer:
      return Blocker(
        what: "\(depends), which is being rendered for the same commit", since: rollout.plannedAt,
        who: "the hub", command: nil)
    case .invalid(let reason):
      return Blocker(
        what: "\(depends), which cannot be rendered for the same commit: \(reason)",
        since: rollout.plannedAt, who: "whoever may commit to \(pin.app)", command: abort)
    case .release, .cluster:
      let wanted: ReleaseID?
      let line: String
      if case .release(let id) = what {
        wanted = id
        line = "\(depends), and \(id) is not stable in \(pin.environment)"
      } else if case .cluster(let name) = what {
        wanted = pins[pin]?.release ?? releases(of: pin.app).last
        line = "\(depends), which is not on \(name) yet"
      } else {
        return nil
      }
      if let open = pins[pin]?.rollout {
        return Blocker(
          what: line, since: rollout.plannedAt, who: "\(open)", command: "flotilla explain \(open)")
      }
      if pins[pin]?.waiting.isEmpty == false {
        return Blocker(
          what: line, since: rollout.plannedAt, who: "\(pin)", command: "flotilla explain \(pin)")
      }
      return Blocker(
        what: line, since: rollout.plannedAt, who: "a person",
        command: wanted.flatMap { promotion(of: $0, to: pin, at: now) } ?? abort)
    }
  }

  /// The command that brings a release there, where it would not be refused.
  private func promotion(of id: ReleaseID, to pin: PinID, at now: Instant) -> String? {
    guard let release = releases[id], release.rejection == nil, pins[pin]?.stable != id,
      let environment = environment(pin.environment), !environment.paused,
      freeze(of: environment.name) == nil,
      standing(
        of: release, for: environment, upstream: upstream(of: environment, app: pin.app), at: now)
        == .ready
    else { return nil }
    return "flotilla promote \(id) --to \(environment.name)"
  }
}
