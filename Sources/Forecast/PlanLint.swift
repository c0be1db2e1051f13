public import FleetModel
public import RolloutEngine

/// Something in a plan that most likely does not do what its strategy is there for.
public struct PlanLint: Sendable, Hashable {
  /// `nil` for the plan as a whole.
  public let wave: String?
  public let message: String
  public let remedy: String

  init(_ wave: String?, _ message: String, remedy: String) {
    self.wave = wave
    self.message = message
    self.remedy = remedy
  }
}

extension Plan {
  /// What is wrong with the waves of this plan as they turned out, which a look at the strategy
  /// alone cannot tell.
  ///
  /// - Parameters:
  ///   - environment: where the plan is for, with the strategy that it was made by; `nil` for a plan
  ///     that was frozen under another strategy than today's.
  ///   - isLast: no other environment comes after it.
  public func lints(environment: Environment?, isLast: Bool) -> [PlanLint] {
    let filled = waves.filter { !$0.targets.isEmpty }
    var lints = environment.map(promotionLints(isLast: isLast)) ?? []
    if isLast, let only = filled.first, filled.count == 1, targetCount > 1 {
      lints.append(everythingAtOnce(only, in: environment))
    }
    for (index, wave) in waves.enumerated() {
      if wave.targets.isEmpty {
        lints += lintsOfEmpty(wave)
        continue
      }
      lints += limitLints(wave, environment?.strategy.wave(named: wave.name))
      if let next = waves[(index + 1)...].first(where: { !$0.targets.isEmpty }),
        wave.soak == .zero, (wave.after ?? []).isEmpty, (next.before ?? []).isEmpty
      {
        lints.append(
          PlanLint(
            wave.name,
            "wave '\(next.name)' starts the moment that '\(wave.name)' is healthy: what breaks "
              + "after a minute is not seen",
            remedy: "give '\(wave.name)' a soak, or a gate after it"))
      }
    }
    return lints
  }

  private func promotionLints(isLast: Bool) -> (Environment) -> [PlanLint] {
    { environment in
      let promotion = environment.promotion
      guard isLast, !environment.after.isEmpty, promotion.mode == .auto, promotion.soak == .zero,
        promotion.approvals == nil
      else { return [] }
      let before = environment.after.joined(separator: " and ")
      return [
        PlanLint(
          nil,
          "\(environment.name) takes every release the moment that it is stable in \(before): "
            + "there is no soak before it",
          remedy: "set promotion.soak or promotion.approvals of \(environment.name)")
      ]
    }
  }

  private func everythingAtOnce(_ only: Wave, in environment: Environment?) -> PlanLint {
    let spec = environment?.strategy.wave(named: only.name)
    var why = ""
    if let spec, case .size(let size) = spec.membership, case .percent = size {
      why = " (size \(size) of \(targetCount) rounds up to all of them)"
    }
    return PlanLint(
      only.name,
      "the first wave is the whole rollout, all \(targetCount) clusters\(why): nothing is tried on "
        + "a few of them first",
      remedy: "put a small wave before it; --choose-canaries proposes one")
  }

  private func lintsOfEmpty(_ wave: Wave) -> [PlanLint] {
    let skipped =
      (wave.soak > .zero ? ["its soak"] : [])
      + (wave.before ?? []).map { "its gate '\($0.name)'" }
      + (wave.after ?? []).map { "its gate '\($0.name)'" }
    guard !skipped.isEmpty else { return [] }
    return [
      PlanLint(
        wave.name,
        "wave '\(wave.name)' changes no cluster, so \(skipped.joined(separator: " and ")) "
          + "\(skipped.count == 1 ? "does" : "do") not happen",
        remedy: "widen its 'clusters' or 'size' where it is meant to guard this change")
    ]
  }

  /// - Parameter spec: what the strategy says; the numbers of the plan where that is not known.
  private func limitLints(_ wave: Wave, _ spec: WaveSpec?) -> [PlanLint] {
    let spec =
      spec
      ?? WaveSpec(
        name: wave.name, maxConcurrent: wave.maxConcurrent.map { .count($0) },
        maxFailures: .count(wave.maxFailures), maxUnreachable: .count(wave.maxUnreachable))
    let size = wave.targets.count
    let clusters = size == 1 ? "1 cluster" : "\(size) clusters"
    var lints = spec.limitsWithoutEffect(size: size).map { limit in
      PlanLint(
        wave.name,
        "\(limit.field) \(limit.quantity) of wave '\(wave.name)' cannot bite: it has \(clusters), "
          + "so \(limit.effect)",
        remedy: "lower it")
    }
    if case .percent(let percent) = spec.maxFailures, percent > 0, wave.maxFailures == 0 {
      lints.append(
        PlanLint(
          wave.name,
          "maxFailures \(percent)% of wave '\(wave.name)' rounds down to none of \(clusters): the "
            + "first failure halts it",
          remedy: "write it as a number where one failure is to be allowed"))
    }
    return lints
  }
}

extension Strategy {
  fileprivate func wave(named name: String) -> WaveSpec? { waves.first { $0.name == name } }
}
