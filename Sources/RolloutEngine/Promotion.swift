internal import FleetModel

// When a release may go from one environment to the next.

/// How a release stands with what an environment demands of it upstream.
enum Standing: Equatable {
  case ready
  case notStable(in: String)
  /// Stable, but not for long enough yet.
  case soaking(in: String, until: Instant)
  /// Another release took its place upstream before it had soaked.
  case replaced(in: String)
}

extension State {
  /// The environments in which a release of `app` must be stable first. One where the app has no
  /// clusters is looked through to those before it.
  func upstream(of environment: Environment, app: String) -> [String] {
    var result: [String] = []
    var pending = environment.after
    var seen: Set<String> = []
    while let name = pending.popLast() {
      guard seen.insert(name).inserted else { continue }
      if catalog.members[PinID(app: app, environment: name)] != nil {
        result.append(name)
      } else {
        pending += self.environment(name)?.after ?? []
      }
    }
    return result.sorted()
  }

  func standing(
    of release: Release, for environment: Environment, upstream: [String], at now: Instant
  ) -> Standing {
    var result = Standing.ready
    for name in upstream {
      guard let stability = release.stability[name] else { return .notStable(in: name) }
      if stability.span(at: now) >= environment.promotion.soak { continue }
      if stability.until != nil { return .replaced(in: name) }
      let until = stability.since + environment.promotion.soak
      if case .soaking(_, let other) = result, other >= until { continue }
      result = .soaking(in: name, until: until)
    }
    return result
  }

  /// What automation wants for a pin now, beyond what it already wanted.
  func automaticChoice(
    _ pin: PinID, _ environment: Environment, at now: Instant
  ) -> (release: ReleaseID, cause: PinMoved.Cause)? {
    let newest = pins[pin]?.newest ?? 0
    let upstream = upstream(of: environment, app: pin.app)
    let follows = environment.after.isEmpty
    guard follows || environment.promotion.mode == .auto, hold(on: pin) == nil else { return nil }
    for id in releases(of: pin.app).reversed() {
      guard let release = releases[id], release.ordinal > newest else { return nil }
      if release.rejection != nil { continue }
      if upstream.isEmpty { return (id, .followed) }
      if standing(of: release, for: environment, upstream: upstream, at: now) == .ready {
        return (id, .promoted)
      }
    }
    return nil
  }

  /// When a release that is newer than all that a pin wanted becomes ready by itself.
  func promotionDue(_ pin: PinID, at now: Instant) -> Instant? {
    guard let environment = environment(pin.environment), environment.promotion.mode == .auto,
      hold(on: pin) == nil
    else { return nil }
    let upstream = upstream(of: environment, app: pin.app)
    let newest = pins[pin]?.newest ?? 0
    var due: Instant?
    for id in releases(of: pin.app).reversed() {
      guard let release = releases[id], release.ordinal > newest else { break }
      if release.rejection != nil { continue }
      let standing = standing(of: release, for: environment, upstream: upstream, at: now)
      if case .soaking(_, let until) = standing { due = min(due ?? until, until) }
    }
    return due
  }

  /// Sets the timers of promotions that wait for time only.
  mutating func refreshPromotions() {
    for pin in catalog.members.keys {
      // At the beginning of time nothing has soaked, so every wait is found.
      let due = promotionDue(pin, at: Instant(milliseconds: .min / 2))
      guard due != catalog.promotions[pin] else { continue }
      catalog.promotions[pin] = due
      if let due { timers.insert(.promotion(pin), at: due) }
    }
  }
}
