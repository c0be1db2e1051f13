internal import FleetModel
internal import Manifests
internal import RolloutEngine

// People who press every verb in every state.

extension SimulatedFleet {
  /// A person presses some verb, sensible or not.
  mutating func press(_ random: inout SeededRandom) throws {
    let ids = engine.state.rollouts.keys.sorted { $0.rawValue < $1.rawValue }
    let open = engine.state.openRollouts
    let id = random.pick(random.chance(85) && !open.isEmpty ? open : ids)
    let clusters = configuration.clusters.map(\.name)
    let until = random.chance(40) ? now + .minutes(3) : nil
    var verbs: [Command.Verb] = []
    let place = random.chance(50) ? random.pick(configuration.environments.map(\.name)) : nil
    verbs += [.freeze(environment: place, until: until), .unfreeze(environment: place)]
    if let cluster = random.pick(clusters) {
      verbs += [.cordon(cluster: cluster, until: until), .uncordon(cluster: cluster)]
    }
    if let name = random.pick(configuration.environments.map(\.name)) {
      let app = random.chance(50) ? random.pick(configuration.apps.map(\.name)) : nil
      verbs += [
        .hold(environment: name, app: app, until: until), .unhold(environment: name, app: app),
      ]
    }
    if let release = random.pick(engine.state.releases.keys.map(\.rawValue).sorted()) {
      let change =
        random.chance(50) ? release : commitID(Int.random(in: 1...commits, using: &random))
      for name in configuration.environments.map(\.name) {
        verbs.append(.promote(change: change, environment: name))
      }
      verbs += [.reject(change: change), .unreject(change: change)]
    }
    if let id, let rollout = engine.state.rollouts[id] {
      let current = rollout.waves.indices.contains(rollout.currentWave) ? rollout.currentWave : 0
      let wave =
        (random.chance(50) ? rollout.waves[current].name : random.pick(rollout.waves.map(\.name)))
        ?? "?"
      let isLast = wave == rollout.waves.last?.name
      let reached = isLast && until != nil ? rollout.comingDeletionWave ?? wave : wave
      let target = random.pick(rollout.targets.map(\.cluster)) ?? "?"
      verbs += [
        .pause(id, .rollout, until: until), .pause(id, .wave(wave), until: until),
        .pause(id, .atWave(reached), until: until), .resume(id, wave: nil), .resume(id, wave: wave),
        .raiseBudget(
          id, wave: random.chance(30) ? wave : nil,
          maxFailures: Int.random(in: 0...4, using: &random)),
        .abort(id), .retry(id, targets: []), .retry(id, targets: [target]),
        .retry(id, targets: []), .resume(id, wave: nil),
        .skip(id, wave: nil, targets: []), .skip(id, wave: wave, targets: []),
        .skip(id, wave: nil, targets: [target]), .rollback(id, .rollout),
        .rollback(id, .wave(wave)), .rollback(id, .targets([target])),
        .approve(id, wave: nil, plan: nil, until: until),
        .approve(id, wave: nil, plan: String(rollout.planDigest.hex.prefix(8)), until: nil),
        .approve(id, wave: wave, plan: nil, until: nil),
        .approve(
          id, wave: nil, plan: String(digest("another", "plan", target).hex.prefix(8)), until: nil),
      ]
    }
    guard let verb = random.pick(verbs),
      let actor = random.pick(["anna", "ben", "dora", "emil", "emil"])
    else { return }
    tell("\(actor): \(verb)")
    let phase = id.flatMap { engine.state.rollouts[$0]?.phase.rawValue } ?? "-"
    seen["\("\(verb)".prefix { $0 != "(" }) in \(phase)", default: 0] += 1
    let (before, life) = (engine.state.sequence, epoch)
    let refusal = try give(.command(Command(verb, actor: actor, reason: "because")))
    if let refusal {
      // A hub that stopped before it heard of the command goes on with what is due when it is back.
      guard engine.state.sequence == before || epoch != life else {
        throw Violation("refusal", "\(refusal) changed something")
      }
      guard !refusal.why.isEmpty, !refusal.remedy.isEmpty else {
        throw Violation("refusal", "\(refusal) says too little")
      }
    } else if engine.state.sequence == before {
      throw Violation("verbs", "\(verb) was accepted and did nothing")
    }
  }
}
