internal import FleetModel
internal import Manifests

// Windows: when changes may start. Those of the kind `deny` win; where windows of the kind `allow`
// hold for a target, one of them must be open. What is in flight finishes, soaks run on, and a
// rollback waits for no window.

extension State {
  /// Looks at every window anew where the last look no longer holds; answers whether one changed.
  mutating func refreshWindows(at now: Instant) -> Bool {
    guard let windows = configuration?.windows, !windows.isEmpty else {
      defer { catalog.windows = nil }
      return catalog.windows != nil
    }
    if let known = catalog.windows, known.since <= now, known.until.map({ now < $0 }) ?? true {
      return false
    }
    let schedules = catalog.windows?.schedules ?? windows.map(WindowSchedule.init)
    var isOpen: [Bool] = []
    var until: Instant?
    for schedule in schedules {
      let status = schedule?.status(at: now)
      isOpen.append(status?.isOpen ?? false)
      if let end = status?.until { until = min(until ?? end, end) }
    }
    let changed = catalog.windows?.isOpen != isOpen
    catalog.windows = Catalog.Windows(
      schedules: schedules, isOpen: isOpen, since: now, until: until)
    if let until { timers.insert(.windows, at: until) }
    return changed
  }

  /// Lets the next tick go through what may start now, whatever comes before it.
  mutating func expectWindowTick(at now: Instant) {
    let due = min(catalog.windowTick ?? now, now)
    catalog.windowTick = due
    timers.insert(.windows, at: due)
  }

  /// Whether windows that hold for all clusters of a pin keep changes from starting now.
  func isShut(_ pin: PinID) -> Bool {
    guard let known = catalog.windows, let windows = configuration?.windows else { return false }
    return shuts(
      zip(windows, known.isOpen).filter { window, _ in
        window.holds(for: pin) && window.clusters.requirements.isEmpty
      })
  }

  /// Whether windows keep a change of one cluster from starting now.
  func isShut(_ pin: PinID, for cluster: String) -> Bool {
    guard let known = catalog.windows, let windows = configuration?.windows,
      let record = clusters[cluster]?.record
    else { return false }
    return shuts(
      zip(windows, known.isOpen).filter { window, _ in
        window.holds(for: pin) && window.clusters.matches(record)
      })
  }

  private func shuts(_ windows: [(Window, Bool)]) -> Bool {
    let allowing = windows.filter { $0.0.kind == .allow }
    return windows.contains { $0.0.kind == .deny && $0.1 }
      || !allowing.isEmpty && !allowing.contains { $0.1 }
  }

  /// What keeps changes of a pin, or of one of its clusters, from starting, and until when.
  func windowBlocker(_ pin: PinID, for cluster: String?, at now: Instant) -> Blocker? {
    guard let all = configuration?.windows, !all.isEmpty else { return nil }
    if let known = catalog.windows, known.since <= now, known.until.map({ now < $0 }) ?? true,
      !(cluster.map { isShut(pin, for: $0) } ?? isShut(pin))
    {
      // What the windows let start now begins with the tick that is due.
      return catalog.windowTick.map { due in
        Blocker(
          what: "a window has just opened", since: due, until: due, who: "the hub, at once",
          command: nil)
      }
    }
    let record = cluster.flatMap { clusters[$0]?.record }
    let schedules = catalog.windows?.schedules ?? all.map(WindowSchedule.init)
    let windows = zip(all, schedules).filter { window, _ in
      window.holds(for: pin)
        && (record.map { window.clusters.matches($0) } ?? window.clusters.requirements.isEmpty)
    }
    func statuses(at instant: Instant) -> [(Window, WindowSchedule.Status)] {
      windows.compactMap { window, schedule in
        schedule.map { (window, $0.status(at: instant)) }
      }
    }
    let present = statuses(at: now)
    guard shuts(present.map { ($0.0, $0.1.isOpen) }) else { return nil }
    let allowing = windows.map(\.0).filter { $0.kind == .allow }
    let denying = present.first { $0.0.kind == .deny && $0.1.isOpen }?.0
    let what =
      denying.map { "window '\($0.name)' lets nothing start\($0.suffix)" }
      ?? "outside of \(allowing.map { "window '\($0.name)'" }.joined(separator: " and "))"
      + (allowing.first?.suffix ?? "")
    // From change to change until one lets something start.
    var moment = now
    var opening: Instant?
    for _ in 0..<1000 {
      guard let next = statuses(at: moment).compactMap(\.1.until).min(), next > moment else {
        break
      }
      moment = next
      if !shuts(statuses(at: moment).map { ($0.0, $0.1.isOpen) }) {
        opening = moment
        break
      }
    }
    return Blocker(
      what: what, since: nil, until: opening, who: "time, or whoever may commit to fleet/",
      command: nil)
  }
}

extension Window {
  fileprivate var suffix: String { reason.isEmpty ? "" : ": \(reason)" }

  fileprivate func holds(for pin: PinID) -> Bool {
    (environments.isEmpty || environments.contains(pin.environment))
      && (apps.isEmpty || apps.contains(pin.app))
  }
}

extension Engine {
  /// A window opened or closed.
  mutating func goThroughWindows() {
    for id in state.openRollouts {
      state.change(id) { $0.enqueueHeld() }
      advance(id)
    }
  }
}
