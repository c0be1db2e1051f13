internal import FleetModel
internal import Forecast
internal import Hub
internal import Manifests
internal import Rendering
internal import RolloutEngine

/// A plan that was made or would be, before its changes are known.
struct PlannedRollout: Sendable {
  let plan: Plan
  /// The rollout that carries it out.
  let rollout: Rollout?
  /// Clusters of the app in the environment that stay as they are; `nil` where only their number is
  /// known.
  let untouched: [String]?
  let refusal: Refusal?
  let behind: RolloutID?
}

extension StateView {
  /// The plans that a promotion of `change` would make, one per app that has clusters there. Apps
  /// that have it already are left out, unless all have.
  func plans(
    of change: String, in environment: String, app: String?
  ) throws -> [PlannedRollout] {
    let environments = state.configuration?.environments.map(\.name) ?? []
    guard environments.contains(environment) else {
      throw Problem.unknown("environment", environment, among: environments)
    }
    let apps = state.configuration?.apps.map(\.name) ?? []
    if let app, !apps.contains(app) { throw Problem.unknown("app", app, among: apps) }
    let what = "plan \(change) for \(environment)"
    let releases = try state.releases(meantBy: change, for: what)
      .filter { (app ?? $0.app) == $0.app }
    let missing = releases.filter { release in
      let pin = PinID(app: release.app, environment: environment)
      return !state.members(of: pin).isEmpty && !state.isWanted(release.id, by: pin)
    }
    let plans = (missing.isEmpty ? releases : missing).compactMap { plan(of: $0, in: environment) }
    guard !plans.isEmpty else {
      throw Refusal(
        what: what, why: "no app of that change has clusters there",
        remedy: "see which apps there are: flotilla get apps")
    }
    return plans
  }

  private func plan(of release: Release, in environment: String) -> PlannedRollout? {
    let pin = PinID(app: release.app, environment: environment)
    let members = state.members(of: pin)
    guard !members.isEmpty, let plan = state.plan(pin, release.id) else { return nil }
    let changed = Set(plan.waves.flatMap { $0.targets.map(\.cluster) })
    return PlannedRollout(
      plan: plan, rollout: nil, untouched: members.filter { !changed.contains($0) },
      refusal: refusal(of: release.id, in: environment), behind: state.pins[pin]?.rollout)
  }

  /// Why the engine would not promote now.
  private func refusal(of release: ReleaseID, in environment: String) -> Refusal? {
    let verb = Command.Verb.promote(change: release.rawValue, environment: environment)
    do {
      _ = try decide(state, .command(Command(verb, actor: RecordedEvent.hub)), at: now)
      return nil
    } catch { return error }
  }

  func plan(of rollout: Rollout) -> PlannedRollout {
    PlannedRollout(
      plan: rollout.plan, rollout: rollout, untouched: nil, refusal: nil, behind: nil)
  }

  // MARK: - What is to be rendered

  func targets(of planned: PlannedRollout) -> [PlannedTarget] {
    let plan = planned.plan
    return plan.waves.flatMap { wave in
      wave.targets.map { target in
        let release = state.releases[target.release ?? plan.release]
        return PlannedTarget(
          app: plan.app, cluster: target.cluster, base: base(of: target, in: planned),
          commit: release?.commit.commit ?? "", digest: target.digest)
      }
    }
  }

  private func base(of target: Plan.Target, in planned: PlannedRollout) -> PlannedTarget.Base {
    let plan = planned.plan
    if let digest = target.base {
      let release = state.release(
        of: plan.app, wanting: digest, on: target.cluster, likely: plan.from)
      guard let commit = release.flatMap({ state.releases[$0]?.commit.commit }) else {
        return .unknown("what is there, \(digest.short), is of no release that this hub knows")
      }
      return .state(commit: commit, digest)
    }
    if planned.rollout == nil {
      let isUnconfirmed = state.clusters[target.cluster]?.deployed[plan.app] != nil
      return isUnconfirmed ? .unknown("what was delivered there last is not confirmed") : .nothing
    }
    // What the plan found nobody wrote down; but clusters that are caught up had nothing.
    let hadSomething =
      planned.rollout?.kind != .catchUp
      && plan.from.flatMap { state.digest(of: $0, on: target.cluster) } != nil
    return hadSomething ? .unknown("what was there when the plan was made is not known") : .nothing
  }

  // MARK: - Documents

  func document(_ planned: PlannedRollout, _ difference: FleetDifference) -> PlanDocument {
    let plan = planned.plan
    let environment = state.configuration?.environment(plan.environment)
    let isLast = !(state.configuration?.environments ?? []).contains {
      $0.after.contains(plan.environment)
    }
    let coverage = Coverage(of: difference.classes.map(\.clusters), in: plan)
    let range = state.commits(from: plan.from, to: plan.release)
    return PlanDocument(
      rollout: planned.rollout?.id.rawValue, app: plan.app, environment: plan.environment,
      release: plan.release.rawValue, from: plan.from?.rawValue,
      digest: (planned.rollout?.planDigest ?? plan.digest).hex,
      summary: PlanSummary.text(
        changing: plan.targetCount, classes: difference.classes.count, untouched: plan.unchanged,
        failures: difference.failures),
      clusters: plan.targetCount, unchanged: plan.unchanged,
      commits: range.commits.map(CommitDocument.init), takesBack: range.isTakenBack,
      waves: plan.waves.enumerated().map { index, wave in
        PlannedWaveDocument(
          wave,
          tries: coverage.firstWave.indices.filter { coverage.firstWave[$0] == index }
            .map { $0 + 1 })
      },
      classes: difference.classes.map { ChangeClassDocument($0) },
      blastRadius: BlastRadiusDocument(difference), untried: coverage.untried.map { $0 + 1 },
      lints: plan.lints(environment: planned.rollout == nil ? environment : nil, isLast: isLast)
        .map { PlanLintDocument(wave: $0.wave, message: $0.message, remedy: $0.remedy) },
      failures: difference.failures.map { failure in
        PlanFailureDocument(
          cluster: failure.error.cluster, side: failure.side.rawValue,
          message: failure.error.description)
      },
      refusal: planned.refusal.map { PlanRefusalDocument(why: $0.why, remedy: $0.remedy) },
      behind: planned.behind?.rawValue)
  }

  func preview(
    _ plans: [PlannedRollout], _ differences: [FleetDifference]
  ) -> PlanPreviewDocument {
    let documents = zip(plans, differences).map { document($0, $1) }
    return PlanPreviewDocument(
      summary: PlanSummary.text(of: plans, differences), plans: documents,
      canaries: canaries(for: differences.flatMap { $0.classes.map(\.clusters) }))
  }

  private func canaries(for classes: [[String]]) -> CanaryDocument {
    var changes: [String: Set<Int>] = [:]
    for (index, clusters) in classes.enumerated() {
      for cluster in clusters { changes[cluster, default: []].insert(index) }
    }
    let silent = silentClusters
    let choice = CanaryChoice(
      among: changes.map { cluster, changes in
        CanaryChoice.Candidate(
          cluster: cluster, changes: changes,
          isReady: state.clusters[cluster].map { $0.cordon == nil } == true
            && !silent.contains(cluster))
      })
    return CanaryDocument(
      clusters: choice.clusters, notReady: choice.notReady, isSmallest: choice.isSmallest,
      changes: classes.count)
  }

  /// Clusters that did not answer when they were last asked.
  private var silentClusters: Set<String> {
    var silent: Set<String> = []
    for pin in state.pins.values {
      silent.formUnion(pin.debt.filter { $0.value.phase == .deferred }.keys)
    }
    for id in state.openRollouts {
      for target in state.rollouts[id]?.targets ?? [] where target.unreachableSince != nil {
        silent.insert(target.cluster)
      }
    }
    return silent
  }
}

/// The first line of a plan.
enum PlanSummary {
  static func text(
    changing: Int, classes: Int, untouched: Int, failures: [FleetDifference.Failure]
  ) -> String {
    let unknown = Set(failures.map(\.error.cluster)).count
    guard changing > 0 else { return "no cluster changes, \(untouched) untouched" }
    return "\(count(changing, "cluster")), \(count(classes, "distinct change")), "
      + "\(untouched) untouched"
      + (unknown > 0 ? "; what changes on \(unknown) of them cannot be told" : "")
  }

  /// Of several plans together: a cluster counts once.
  static func text(of plans: [PlannedRollout], _ differences: [FleetDifference]) -> String {
    var changing: Set<String> = []
    var untouched: Set<String> = []
    for planned in plans {
      for wave in planned.plan.waves { changing.formUnion(wave.targets.map(\.cluster)) }
      untouched.formUnion(planned.untouched ?? [])
    }
    let isOne = plans.count == 1
    return text(
      changing: changing.count, classes: differences.reduce(0) { $0 + $1.classes.count },
      untouched: isOne ? plans[0].plan.unchanged : untouched.subtracting(changing).count,
      failures: differences.flatMap(\.failures))
  }

  private static func count(_ number: Int, _ noun: String) -> String {
    "\(number) \(noun)\(number == 1 ? "" : "s")"
  }
}

extension CommitDocument {
  init(_ commit: CommitSummary) {
    self.init(
      commit: commit.commit, author: commit.author, subject: commit.subject,
      committed: Timestamp(commit.committedAt))
  }
}

extension PlannedWaveDocument {
  fileprivate init(_ wave: Plan.Wave, tries: [Int]) {
    self.init(
      name: wave.name, clusters: wave.targets.map(\.cluster), maxConcurrent: wave.maxConcurrent,
      maxFailures: wave.maxFailures, maxUnreachable: wave.maxUnreachable,
      progressDeadline: wave.progressDeadline.description, soak: wave.soak.description,
      onBreach: (wave.onBreach ?? .halt).rawValue, before: (wave.before ?? []).map(\.name),
      after: (wave.after ?? []).map(\.name), tries: tries)
  }
}
