internal import FleetModel
internal import Manifests
internal import RolloutEngine

// After the faults: following what explain says leads to the end of every rollout.

extension SimulatedFleet {
  /// Heals everything, then does only what explain says, until nothing is open. Shows that every
  /// blocker's command works and that following them leads to the end.
  mutating func followBlockersToTheEnd() throws {
    dead = []
    broken = []
    orphans = []
    late = []
    lateAnswers = []
    doom = nil
    now = latest + .seconds(1)
    tell("everything heals")
    for index in configuration.environments.indices {
      configuration.environments[index].paused = false
    }
    configuration = FleetConfiguration(
      fleet: configuration.fleet, clusters: configuration.clusters, apps: configuration.apps,
      environments: configuration.environments, windows: configuration.windows)
    try give(.configuration(commit: "last", configuration))
    lies = false
    try reportAll()
    var lastReport = -1
    var random = SeededRandom(seed: 1)
    var idle = 0
    // Many releases may wait in a queue; each takes a few dozen rounds.
    for _ in 0..<5000 where idle < 50 {
      while let request = renders.popLast() { try render(request) }
      let open = engine.state.openRollouts
      if open.isEmpty,
        engine.state.pins.values.allSatisfy({ pin in
          pin.waiting.isEmpty || engine.state.members(of: pin.id).isEmpty
        })
      {
        // What was in flight at the last report may have ended otherwise than it said.
        if lastReport == engine.state.sequence { return try checkTruth() }
        try reportAll()
        lastReport = engine.state.sequence
        continue
      }
      let before = engine.state.sequence
      for key in work.keys.sorted() {
        guard let assignment = work[key] else { continue }
        guard engine.state.awaits(assignment) else {
          work[key] = nil
          continue
        }
        try give(.observation(look(assignment, &random)))
      }
      try letGatesPass()
      for pin in engine.state.activePins where engine.state.pins[pin]?.waiting.isEmpty == false {
        for blocker in engine.state.blockers(of: .pin(pin), at: now) {
          if let command = blocker.command, command.hasPrefix("flotilla unhold") {
            try paste(command)
          }
        }
      }
      for id in open {
        for blocker in engine.state.blockers(of: .rollout(id), at: now) {
          guard let command = blocker.command else { continue }
          // An earlier line may have cleared this one as well.
          let now = engine.state.blockers(of: .rollout(id), at: now).map(\.command)
          if now.contains(command) { try paste(command) }
        }
      }
      try checkOpen()
      // People and clusters are quick compared with deadlines.
      idle += 1
      if engine.state.sequence != before {
        idle = 0
        continue
      }
      if let next = engine.state.nextTimer { now = max(now, next) }
      now = now + .seconds(1)
      try give(.tick)
    }
    throw Violation("I8", "\(engine.state.openRollouts) never end")
  }

  private mutating func reportAll() throws {
    for cluster in configuration.clusters {
      let digests = live[cluster.name] ?? [:]
      try give(.inventory(.init(cluster: cluster.name, digests: digests, observedAt: now)))
      for (app, digest) in digests.sorted(by: { $0.key < $1.key }) {
        try give(.drift(driftReport(of: app, on: cluster.name, digest)))
      }
    }
  }

  /// What every cluster has in the end is what its environment wants, but for what was left behind.
  private func checkTruth() throws {
    let state = engine.state
    for id in state.activePins {
      guard let pin = state.pins[id], let stable = pin.stable, pin.release == stable,
        state.releases[stable]?.rejection == nil
      else { continue }
      for cluster in state.members(of: id) where pin.debt[cluster] == nil {
        guard let wanted = state.digest(of: stable, on: cluster) else {
          throw Violation("truth", "\(stable) was never rendered for \(cluster)")
        }
        guard live[cluster]?[id.app] == wanted else {
          throw Violation("truth", "\(cluster) does not have \(stable) of \(id)")
        }
        if state.clusters[cluster]?.deployed[id.app]?.drift?.isCorrected == true {
          throw Violation("truth", "the drift of \(id) on \(cluster) was never taken back")
        }
      }
    }
  }

  /// Runs a command line as a blocker prints it.
  mutating func paste(_ line: String) throws {
    let words = line.split(separator: " ").map(String.init).dropFirst()
    let verb: Command.Verb
    switch Array(words.prefix(2)) {
    case ["rollout", "resume"]:
      verb = .resume(RolloutID(words[3]), wave: words.count > 3 ? words.last : nil)
    case ["rollout", "retry"]:
      verb = .retry(RolloutID(words[3]), targets: words.count > 3 ? [words.last ?? ""] : [])
    case ["rollout", "approve"]:
      verb = .approve(
        RolloutID(words[3]), wave: words.count > 3 ? words.last : nil, plan: nil, until: nil)
    case ["rollout", "rollback"]: verb = .rollback(RolloutID(words[3]), .rollout)
    case ["rollout", "abort"]: verb = .abort(RolloutID(words[3]))
    case ["promote", words.count > 1 ? words[2] : ""]:
      verb = .promote(change: words[2], environment: words.last ?? "")
    case ["unfreeze", words.count > 1 ? words[2] : ""], ["unfreeze"]:
      let place = words.count > 1 ? words[2] : nil
      guard engine.state.freezes[place ?? ""] != nil else { return }
      verb = .unfreeze(environment: place)
    case ["unhold", words.count > 1 ? words[2] : ""]:
      let app = words.count > 3 ? words.last : nil
      let key = app.map { "\($0)/\(words[2])" } ?? words[2]
      guard engine.state.holds[key] != nil else { return }
      verb = .unhold(environment: words[2], app: app)
    case ["uncordon", words.last ?? ""]: verb = .uncordon(cluster: words.last ?? "")
    default: return
    }
    tell(line)
    let ended: RolloutID?
    switch verb {
    case .resume(let id, _), .retry(let id, _), .rollback(let id, _), .abort(let id): ended = id
    default: ended = nil
    }
    // An earlier line of the same look may have ended it.
    if let ended, engine.state.rollouts[ended]?.phase.isDriving != true { return }
    if case .uncordon(let cluster) = verb, engine.state.clusters[cluster]?.cordon == nil { return }
    // Each line is pasted by somebody else, so that a quorum comes together.
    people += 1
    if let refusal = try give(.command(Command(verb, actor: "person-\(people)"))) {
      throw Violation("I8", "'\(line)' was refused: \(refusal)")
    }
  }
}
