internal import FleetModel
internal import RolloutEngine

extension StateView {
  /// How far `change` is on its way to `environment`; empty while it is not known what the commit means.
  /// Throws where there is no such environment or app, and where the commit cannot arrive.
  func arrivals(
    of change: String, in environment: String, app: String?
  ) throws -> [ArrivalDocument] {
    let what = "wait for \(change) in \(environment)"
    if let refused = state.configuration?.refused, refused.commit.hasPrefix(change) {
      throw Refusal(
        what: what, why: "its fleet/ is invalid: \(refused.findings.joined(separator: "; "))",
        remedy: "commit a repair, then wait for that")
    }
    guard !state.isAwaited(change) else { return [] }
    let environments = state.configuration?.environments.map(\.name) ?? []
    guard environments.contains(environment) else {
      throw Problem.unknown("environment", environment, among: environments)
    }
    let apps = state.configuration?.apps.map(\.name) ?? []
    if let app, !apps.contains(app) { throw Problem.unknown("app", app, among: apps) }
    let arrivals = try state.releases(meantBy: change, for: what)
      .filter { (app ?? $0.app) == $0.app }
      .compactMap { arrival(of: $0, in: environment) }
    guard !arrivals.isEmpty else {
      throw Refusal(
        what: what, why: "no app of that change has clusters there",
        remedy: "see which apps there are: flotilla get apps")
    }
    return arrivals
  }

  private func arrival(of release: Release, in environment: String) -> ArrivalDocument? {
    guard !state.members(of: PinID(app: release.app, environment: environment)).isEmpty else {
      return nil
    }
    let stable = stable(in: environment, atLeast: release)
    let next = stable == nil ? obstacle(to: release, in: environment) : environment
    let pin = state.pins[PinID(app: release.app, environment: next)]
    let rollout = stable == nil ? pin?.rollout.flatMap { state.rollouts[$0] } : nil
    let blockers =
      stable == nil
      ? explain("pin/\(release.app)/\(next)").map(\.blockers) ?? [] : []
    return ArrivalDocument(
      app: release.app, release: release.id.rawValue, environment: environment,
      stable: stable?.rawValue, at: next, rollout: rollout?.id.rawValue,
      phase: rollout?.phase.rawValue,
      blockers: rollout.map { self.blockers(of: $0) } ?? blockers)
  }

  /// What is stable in an environment, where that is the release or a later one.
  private func stable(in environment: String, atLeast release: Release) -> ReleaseID? {
    let pin = state.pins[PinID(app: release.app, environment: environment)]
    guard let stable = pin?.stable, let ordinal = state.releases[stable]?.ordinal,
      ordinal >= release.ordinal
    else { return nil }
    return stable
  }

  /// The first environment on the way where the release is not stable. Lint keeps `after` free of
  /// circles; those passed once are not looked at again.
  private func obstacle(to release: Release, in environment: String) -> String {
    var (current, passed) = (environment, Set([environment]))
    while let before = state.configuration?.environment(current)?.after.first(where: { name in
      !passed.contains(name) && stable(in: name, atLeast: release) == nil
        && !state.members(of: PinID(app: release.app, environment: name)).isEmpty
    }) {
      passed.insert(before)
      current = before
    }
    return current
  }
}

extension [BlockerDocument] {
  /// Whether nothing goes on before a person gives one of the commands.
  public var needAPerson: Bool {
    contains { $0.isUpToAPerson } && allSatisfy { $0.isUpToAPerson || $0.isRemark }
  }
}

extension BlockerDocument {
  /// Neither time nor other work ends it.
  fileprivate var isUpToAPerson: Bool {
    guard let command, until == nil else { return false }
    return !command.hasPrefix("flotilla explain") && !isRemark
  }

  fileprivate var isRemark: Bool { command?.hasPrefix("flotilla lint") == true }
}
