internal import FleetModel
internal import Manifests
internal import RolloutEngine

// The order, the soak and the end of waves.

extension Witness {
  mutating func opened(_ event: WaveChanged) throws {
    let course = try course(event.rollout)
    try require(course.phase == "running", "state", "wave opened while \(course.phase)")
    try requireOrder(course, event.wave)
    if let wave = course.waves.first(where: { $0.name == event.wave }) {
      try requireGates(0..<wave.before.count, wave, of: event.rollout)
    }
    courses[event.rollout]?.wavePhase[event.wave] = "open"
  }

  func requireOrder(_ course: Course, _ wave: String) throws {
    for earlier in course.waves.prefix(while: { $0.name != wave }) {
      try require(
        Self.over.contains(course.wavePhase[earlier.name]), "I3",
        "\(wave) before \(earlier.name) passed")
    }
  }

  /// The wave soaked for its time, begun after the last of its targets became healthy. Clocks are set
  /// back at times, so what came first is told by the log.
  func requireSoak(_ course: Course, _ wave: Stage, _ now: Instant) throws {
    guard course.wavePhase[wave.name] == "soaking" || course.count(wave, ["healthy"]) > 0 else {
      return
    }
    guard let soak = course.soaks[wave.name] else {
      throw Violation("soak", "\(wave.name) passed without having soaked")
    }
    let isLast = wave.clusters.allSatisfy { cluster in
      course.healthySince[cluster].map { $0 < soak.sequence } ?? true
    }
    try require(isLast, "soak", "\(wave.name) soaked before all of it was healthy")
    guard course.wavePhase[wave.name] == "soaking" else { return }
    try require(soak.at + wave.soak <= now, "soak", "\(wave.name) passed before it had soaked")
  }

  mutating func passed(_ event: WaveChanged, _ record: RecordedEvent) throws {
    let course = try course(event.rollout)
    guard let wave = course.waves.first(where: { $0.name == event.wave }) else { return }
    try require(course.phase == "running", "state", "wave passed while \(course.phase)")
    try require(!course.pausedWaves.contains(wave.name), "state", "a paused wave passed")
    let waiting = course.count(wave, Self.flying.union(["pending"]))
    try require(waiting == 0, "I2", "\(wave.name) passed with \(waiting) targets open")
    let failed = course.count(wave, Self.failing)
    try require(
      failed <= course.maxFailures(wave), "I4", "\(wave.name) passed with \(failed) failed")
    let deferred = course.count(wave, ["deferred"])
    try require(
      deferred <= wave.maxUnreachable, "I4", "\(wave.name) passed with \(deferred) deferred")
    let silent = wave.clusters.count { course.silent.contains($0) }
    try require(
      silent + deferred <= wave.maxUnreachable, "I2", "\(wave.name) passed with \(silent) silent")
    try requireSoak(course, wave, record.at)
    let first = wave.before.count
    try requireGates(first..<first + wave.after.count, wave, of: event.rollout)
    courses[event.rollout]?.wavePhase[event.wave] = "passed"
  }
}
