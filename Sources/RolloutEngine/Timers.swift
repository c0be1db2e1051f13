public import FleetModel

/// What the engine wants to be woken for.
enum Timer: Sendable, Hashable {
  case deadline(RolloutID, position: Int, attempt: Int)
  case soak(RolloutID, wave: Int)
  case rolloutPause(RolloutID)
  case wavePause(RolloutID, wave: Int)
  case cordon(String)
  /// A release becomes old enough upstream for this pin.
  case promotion(PinID)
  /// By ``Hold/key``.
  case hold(String)
  /// By ``Freeze/key``.
  case freeze(String)
  /// A window opens or closes.
  case windows
  case gate(RolloutID, wave: Int, gate: Int)

  /// Decides between timers of one instant, so that a hub that was restarted acts in the order
  /// that it would have acted in without.
  fileprivate var rank: (Int, String, Int) {
    switch self {
    case .deadline(let id, let position, _): (0, id.rawValue, position)
    case .soak(let id, let wave): (1, id.rawValue, wave)
    case .rolloutPause(let id): (2, id.rawValue, 0)
    case .wavePause(let id, let wave): (3, id.rawValue, wave)
    case .cordon(let cluster): (4, cluster, 0)
    case .promotion(let pin): (5, pin.description, 0)
    case .hold(let key): (6, key, 0)
    case .freeze(let key): (8, key, 0)
    case .windows: (9, "", 0)
    case .gate(let id, let wave, let gate): (7, id.rawValue, wave * 1000 + gate)
    }
  }
}

/// A binary heap of instants. Entries are never searched for: one that no longer holds is dropped
/// when it reaches the top.
struct Timers: Sendable {
  struct Entry: Sendable {
    let at: Instant
    let timer: Timer

    static func < (a: Entry, b: Entry) -> Bool {
      a.at == b.at ? a.timer.rank < b.timer.rank : a.at < b.at
    }
  }

  private var heap: [Entry] = []

  var first: Entry? { heap.first }

  mutating func insert(_ timer: Timer, at instant: Instant) {
    heap.append(Entry(at: instant, timer: timer))
    var child = heap.count - 1
    while child > 0 {
      let parent = (child - 1) / 2
      guard heap[child] < heap[parent] else { return }
      heap.swapAt(child, parent)
      child = parent
    }
  }

  mutating func removeFirst() {
    guard let last = heap.popLast(), !heap.isEmpty else { return }
    heap[0] = last
    var parent = 0
    while true {
      var least = parent
      for child in [2 * parent + 1, 2 * parent + 2]
      where child < heap.count && heap[child] < heap[least] {
        least = child
      }
      guard least != parent else { return }
      heap.swapAt(parent, least)
      parent = least
    }
  }
}

extension State {
  /// When the engine next wants a ``Input/tick``; `nil` while it waits for nothing but the world.
  /// May be earlier than needed, never later.
  public var nextTimer: Instant? { timers.first?.at }

  /// Whether a timer still stands for something.
  func holds(_ entry: Timers.Entry) -> Bool {
    switch entry.timer {
    case .deadline(let id, let position, let attempt):
      guard let rollout = rollouts[id], !rollout.phase.isTerminal else { return false }
      let target = rollout.targets[position]
      return target.phase.isInFlight && target.attempt == attempt
    case .soak(let id, let wave):
      guard let rollout = rollouts[id], rollout.phase == .running else { return false }
      let spec = rollout.waves[wave]
      return spec.phase == .soaking && spec.pause == nil && spec.soakUntil == entry.at
    case .rolloutPause(let id): return rollouts[id]?.pause?.until == entry.at
    case .wavePause(let id, let wave):
      guard let rollout = rollouts[id], !rollout.phase.isTerminal else { return false }
      return rollout.waves[wave].pause?.until == entry.at
    case .cordon(let cluster): return clusters[cluster]?.cordon?.until == entry.at
    case .promotion(let pin): return catalog.promotions[pin] == entry.at
    case .gate(let id, let wave, let gate):
      guard let rollout = rollouts[id], !rollout.phase.isTerminal,
        let waiting = rollout.waves[wave].gates?[gate]
      else { return false }
      return waiting.phase == .waiting && waiting.deadline == entry.at
        && !rollout.waves[wave].phase.isTerminal
    case .hold(let key): return holds[key]?.decision.until == entry.at
    case .freeze(let key): return freezes[key]?.decision.until == entry.at
    case .windows:
      guard configuration?.windows.isEmpty == false else { return false }
      return catalog.windowTick == entry.at
        || (catalog.windows.map { $0.until == entry.at } ?? true)
    }
  }

  mutating func dropVoidTimers() {
    while let entry = timers.first, !holds(entry) { timers.removeFirst() }
  }

  /// Forgets every timer and sets those that the present state calls for.
  mutating func resetTimers() {
    timers = Timers()
    catalog.promotions = [:]
    refreshPromotions()
    for id in rollouts.keys { setTimers(of: id) }
    setTimersOfDecisions()
    if let until = catalog.windows?.until { timers.insert(.windows, at: until) }
    if let due = catalog.windowTick { timers.insert(.windows, at: due) }
  }

  /// Sets every timer that a rollout's present state calls for.
  mutating func setTimers(of id: RolloutID) {
    guard let rollout = rollouts[id], !rollout.phase.isTerminal else { return }
    if let until = rollout.pause?.until { timers.insert(.rolloutPause(id), at: until) }
    for (index, wave) in rollout.waves.enumerated() {
      if let until = wave.pause?.until {
        timers.insert(.wavePause(id, wave: index), at: until)
      }
      if wave.phase == .soaking, let until = wave.soakUntil {
        timers.insert(.soak(id, wave: index), at: until)
      }
      for (gate, waiting) in (wave.gates ?? []).enumerated() where waiting.phase == .waiting {
        if let deadline = waiting.deadline {
          timers.insert(.gate(id, wave: index, gate: gate), at: deadline)
        }
      }
    }
    for (position, target) in rollout.targets.enumerated() where target.phase.isInFlight {
      if let deadline = target.deadline {
        let timer = Timer.deadline(id, position: position, attempt: target.attempt)
        timers.insert(timer, at: deadline)
      }
    }
  }
}

extension Engine {
  /// Does what became due. Late or early makes no difference to what happens, only to when.
  mutating func tick() {
    while let entry = state.timers.first, entry.at <= now {
      let holds = state.holds(entry)
      state.timers.removeFirst()
      guard holds else { continue }
      switch entry.timer {
      case .deadline(let id, let position, _): expire(id, position)
      case .soak(let id, _): advance(id)
      case .rolloutPause(let id): endPause(of: id)
      case .wavePause(let id, let wave): endPause(of: id, wave: wave)
      case .cordon(let cluster): endCordon(of: cluster)
      case .promotion(let pin):
        state.catalog.promotions[pin] = nil
        settle(pin)
      case .hold(let key): endHold(key)
      case .freeze(let key): endFreeze(key)
      case .windows:
        _ = state.refreshWindows(at: now)
        state.catalog.windowTick = nil
        goThroughWindows()
      case .gate(let id, let wave, let gate): expireGate(id, wave, gate)
      }
    }
  }
}
