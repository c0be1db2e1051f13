internal import FleetModel
internal import RolloutEngine

// The hub stops, at every place where it can, and another one starts from what was stored.

extension SimulatedFleet {
  /// Where a hub stops when the next input comes.
  enum Doom: Equatable {
    /// Decided, nothing stored: to the world, and to the hub that starts, it never happened.
    case beforeCommit
    /// Stored, and so many of the effects handed out.
    case afterCommit(effects: Int)

    var effectsDone: Int? {
      if case .afterCommit(let count) = self { count } else { nil }
    }
  }

  mutating func crash(_ random: inout SeededRandom) throws {
    switch Int.random(in: 0..<4, using: &random) {
    case 0: doom = .beforeCommit
    case 1: doom = .afterCommit(effects: 0)
    case 2: doom = .afterCommit(effects: Int.random(in: 1...3, using: &random))
    default:
      tell("crash")
      try restart()
    }
  }

  /// What was not stored is lost; what the hub itself reads again comes again.
  mutating func lose(_ input: Input, since stored: State) throws -> Refusal? {
    tell("crash before the commit")
    doom = nil
    engine = Engine(stored)
    try restart()
    switch input {
    case .configuration, .configurationRefused, .candidate, .invalidCandidate:
      return try give(input)
    case .command:
      return Refusal(what: "reach the hub", why: "it stopped", remedy: "try again")
    case .rendered, .inventory, .drift, .observation, .gate, .tick: return nil
    }
  }

  mutating func restart() throws {
    if let count = doom?.effectsDone { tell("crash after \(count) effects") }
    doom = nil
    if isStrict {
      writeRows()
      let stored = rows.values.sorted { $0.key < $1.key }
      engine = Engine(try State(rows: stored, sequence: log.last?.sequence ?? 0))
    } else {
      engine = Engine(engine.state.reloaded())
    }
    epoch += 1
    work = [:]
    prunes = [:]
    renders = []
    checks = [:]
    for effect in engine.state.openEffects {
      try checkKey(effect)
      execute(effect)
      // Whoever is not sure whether it was done does it again.
      execute(effect)
    }
    try give(.tick)
  }

  /// A second hub starts while the first one still runs: that one's deliveries go on until a cluster
  /// tells them that a newer hub was there. Its decisions are stored nowhere.
  mutating func takeOver() throws {
    tell("a second hub takes over")
    // Where it would delete, it finds that the cluster holds what is wanted there.
    orphans += work.keys.sorted().filter { prunes[$0] == nil }.compactMap { work[$0] }
      .map { ($0, epoch) }
    try restart()
  }

  mutating func deliverAsOrphan(_ random: inout SeededRandom) {
    guard !orphans.isEmpty else { return }
    let (assignment, epoch) = orphans.remove(
      at: Int.random(in: 0..<orphans.count, using: &random))
    guard !dead.contains(assignment.cluster), epochs[assignment.cluster, default: 0] <= epoch
    else { return }
    tell("the former hub delivers to \(assignment.cluster)")
    live[assignment.cluster, default: [:]][assignment.app] = assignment.digest
    edits[assignment.cluster]?[assignment.app] = nil
  }
}
