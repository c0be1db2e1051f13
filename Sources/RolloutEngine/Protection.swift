internal import FleetModel

// Under `supersede` newer releases take over from each other, but not for ever: after `protectAfter` the
// rollout that is open comes to its end, however many commits arrive. One that halted gives way.

extension State {
  /// Whether newer releases have to wait for the end of a rollout, under `supersede`.
  func isProtected(_ id: RolloutID, at now: Instant) -> Bool {
    guard let rollout = rollouts[id], rollout.kind == .release, rollout.phase != .halted,
      rollout.phase.isDriving, let environment = environment(rollout.environment)
    else { return false }
    let since = pins[rollout.pin]?.supersedingSince ?? rollout.plannedAt
    return since + (environment.protectAfter ?? Environment.defaultProtectAfter) <= now
  }

  /// The release that takes over from a rollout that halted while it waited.
  func successor(ofHalted id: RolloutID) -> ReleaseID? {
    guard let rollout = rollouts[id], rollout.kind == .release, rollout.supersededBy == nil,
      environment(rollout.environment)?.onNewRelease == .supersede,
      let next = pins[rollout.pin]?.waiting.first,
      next.cause == .commanded || hold(on: rollout.pin) == nil
    else { return nil }
    return next.release
  }
}
