internal import FleetModel
internal import Manifests
internal import RolloutEngine

// I8: what is open has work in flight, a timer or a named blocker.

extension SimulatedFleet {
  /// I8: what is open has work in flight, a timer or a named blocker; I9: rows equal the fold.
  mutating func checkOpen() throws {
    let state = engine.state
    guard checked.sequence != state.sequence || checked.at != now else { return }
    checked = (state.sequence, now)
    for (id, rollout) in state.rollouts where !rollout.phase.isTerminal {
      let blockers = state.blockers(of: .rollout(id), at: now)
      guard !blockers.isEmpty else { throw Violation("I8", "\(id) is stuck without a reason") }
      let moves = blockers.contains { blocker in
        blocker.command != nil || blocker.until != nil
          || blocker.who.contains("whoever may commit to fleet/")
      }
      guard moves || rollout.counts.inFlight > 0 || rollout.counts.silent > 0 else {
        throw Violation("I8", "\(id) waits for nothing that can come: \(blockers)")
      }
      for wave in rollout.waves where !wave.phase.isTerminal {
        if state.blockers(of: .wave(id, wave.name), at: now).isEmpty {
          throw Violation("I8", "wave \(wave.name) of \(id) is stuck without a reason")
        }
      }
      for (position, target) in rollout.targets.enumerated()
      where !rollout.waves[target.wave].phase.isTerminal {
        if target.phase.isInFlight, work["\(id)/\(target.cluster)/\(target.attempt)"] == nil {
          throw Violation("I8", "nobody is at work on target \(target.cluster) of \(id)")
        }
        if target.phase == .dispatched, target.deletes == nil,
          state.clusters[target.cluster]?.deployed[rollout.app]?.digest != nil
        {
          throw Violation("I1", "\(target.cluster) is believed to have something while in flight")
        }
        switch rollout.phase(ofTargetAt: position) {
        case .pending, .dispatched, .applied, .healthy:
          if state.blockers(of: .target(id, cluster: target.cluster), at: now).isEmpty {
            throw Violation("I8", "target \(target.cluster) of \(id) is stuck without a reason")
          }
        default: break
        }
      }
      for blocker in blockers {
        if let until = blocker.until, until > now, (state.nextTimer ?? until + until.span) > until {
          throw Violation("I8", "\(id): nothing wakes the engine at the end of '\(blocker.what)'")
        }
      }
    }
    for pin in state.activePins {
      guard let record = state.pins[pin] else { continue }
      let isOpen =
        record.rollout != nil || !record.waiting.isEmpty || record.release != record.stable
      if isOpen, state.blockers(of: .pin(pin), at: now).isEmpty {
        throw Violation("I8", "\(pin) is stuck without a reason")
      }
    }
  }
}

extension Instant {
  fileprivate var span: TimeSpan { .seconds(1) }
}
