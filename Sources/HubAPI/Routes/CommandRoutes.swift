internal import FleetModel
internal import HTTPTypes
internal import Hummingbird
internal import RolloutEngine

/// What people order: promotions, and steering of rollouts and clusters.
enum CommandRoutes {
  static let all = [
    APIRoute(.post, "/api/v1/promotions") { call in
      let order = try await call.body(PromotionRequest.self)
      let change = try await call.read { try $0.promotable(order) }
      return try await call.execute(
        .promote(change: change, environment: order.environment), reason: order.reason)
    },
    APIRoute(.post, "/api/v1/rollouts/{name}/pause") { call in
      let order = try await call.body(PauseRequest.self)
      let rollout = try await call.rollout(havingWave: order.at ?? order.wave)
      if order.at != nil, order.wave != nil {
        throw Problem(
          .badRequest, status: 400, title: "Ambiguous scope",
          detail: "'wave' pauses one wave, 'at' the rollout when it reaches one; give one of them")
      }
      let scope: Command.PauseScope =
        order.at.map { .atWave($0) } ?? order.wave.map { .wave($0) } ?? .rollout
      return try await call.execute(
        .pause(rollout, scope, until: order.until?.instant), reason: order.reason)
    },
    APIRoute(.post, "/api/v1/rollouts/{name}/resume") { call in
      let order = try await call.body(ResumeRequest.self)
      let rollout = try await call.rollout(havingWave: order.wave)
      if let maxFailures = order.maxFailures {
        return try await call.execute(
          .raiseBudget(rollout, wave: order.wave, maxFailures: maxFailures), reason: order.reason)
      }
      return try await call.execute(.resume(rollout, wave: order.wave), reason: order.reason)
    },
    APIRoute(.post, "/api/v1/rollouts/{name}/abort") { call in
      let order = try await call.body(ReasonRequest.self)
      return try await call.execute(.abort(try await call.rollout()), reason: order.reason)
    },
    APIRoute(.post, "/api/v1/rollouts/{name}/retry") { call in
      let order = try await call.body(RetryRequest.self)
      let rollout = try await call.rollout()
      let targets = order.targets ?? []
      try await call.require(targets, of: rollout)
      return try await call.execute(.retry(rollout, targets: targets), reason: order.reason)
    },
    APIRoute(.post, "/api/v1/rollouts/{name}/skip") { call in
      let order = try await call.body(PartRequest.self)
      let rollout = try await call.rollout(havingWave: order.wave)
      let targets = order.targets ?? []
      try await call.require(targets, of: rollout)
      return try await call.execute(
        .skip(rollout, wave: order.wave, targets: targets), reason: order.reason)
    },
    APIRoute(.post, "/api/v1/rollouts/{name}/rollback") { call in
      let order = try await call.body(PartRequest.self)
      let rollout = try await call.rollout(havingWave: order.wave)
      let targets = order.targets ?? []
      try await call.require(targets, of: rollout)
      if order.wave != nil, !targets.isEmpty {
        throw Problem(
          .badRequest, status: 400, title: "Ambiguous scope",
          detail: "'wave' rolls one wave back, 'targets' single clusters; give one of them")
      }
      let scope: Command.RollbackScope =
        order.wave.map { .wave($0) } ?? (targets.isEmpty ? .rollout : .targets(targets))
      return try await call.execute(.rollback(rollout, scope), reason: order.reason)
    },
    APIRoute(.post, "/api/v1/rollouts/{name}/approve") { call in
      let order = try await call.body(ApprovalRequest.self)
      let rollout = try await call.rollout(havingWave: order.wave)
      return try await call.execute(
        .approve(rollout, wave: order.wave, plan: order.plan, until: order.until?.instant),
        reason: order.reason)
    },
    APIRoute(.post, "/api/v1/releases/{name}/reject") { call in
      let order = try await call.body(ReasonRequest.self)
      return try await call.execute(
        .reject(change: call.parameter("name")), reason: order.reason)
    },
    APIRoute(.post, "/api/v1/releases/{name}/unreject") { call in
      let order = try await call.body(ReasonRequest.self)
      return try await call.execute(
        .unreject(change: call.parameter("name")), reason: order.reason)
    },
    APIRoute(.post, "/api/v1/environments/{name}/hold") { call in
      let order = try await call.body(HoldRequest.self)
      return try await call.execute(
        .hold(
          environment: call.parameter("name"), app: order.app, until: order.until?.instant),
        reason: order.reason)
    },
    APIRoute(.post, "/api/v1/environments/{name}/unhold") { call in
      let order = try await call.body(HoldRequest.self)
      return try await call.execute(
        .unhold(environment: call.parameter("name"), app: order.app), reason: order.reason)
    },
    APIRoute(.post, "/api/v1/freeze") { call in
      let order = try await call.body(FreezeRequest.self)
      return try await call.execute(
        .freeze(environment: order.environment, until: order.until?.instant),
        reason: order.reason)
    },
    APIRoute(.post, "/api/v1/unfreeze") { call in
      let order = try await call.body(FreezeRequest.self)
      return try await call.execute(
        .unfreeze(environment: order.environment), reason: order.reason)
    },
    APIRoute(.post, "/api/v1/clusters/{name}/cordon") { call in
      let order = try await call.body(CordonRequest.self)
      let cluster = try await call.cluster()
      return try await call.execute(
        .cordon(cluster: cluster, until: order.until?.instant), reason: order.reason)
    },
    APIRoute(.post, "/api/v1/clusters/{name}/uncordon") { call in
      let order = try await call.body(ReasonRequest.self)
      return try await call.execute(
        .uncordon(cluster: try await call.cluster()), reason: order.reason)
    },
    APIRoute(.post, "/api/v1/clusters/{name}/correct-drift") { call in
      let order = try await call.body(CorrectionRequest.self)
      let cluster = try await call.cluster()
      if let app = order.app { try await call.require(app: app) }
      return try await call.execute(
        .correctDrift(cluster: cluster, app: order.app), reason: order.reason)
    },
  ]
}

extension APICall {
  /// The rollout in the path; it exists, and so does the wave.
  fileprivate func rollout(havingWave wave: String? = nil) async throws -> RolloutID {
    let name = parameter("name")
    return try await read { view in
      let rollout = try view.known(name)
      let waves = rollout.waves.map(\.name) + [rollout.comingDeletionWave].compactMap(\.self)
      if let wave, !waves.contains(wave) { throw Problem.unknown("wave", wave, among: waves) }
      return rollout.id
    }
  }

  fileprivate func require(_ targets: [String], of rollout: RolloutID) async throws {
    try await read { view in
      let clusters = try view.known(rollout.rawValue).targets.map(\.cluster)
      for target in targets where !clusters.contains(target) {
        throw Problem.unknown("target", target, among: clusters)
      }
    }
  }

  fileprivate func require(app: String) async throws {
    try await read { view in
      let apps = view.state.configuration?.apps.map(\.name) ?? []
      guard apps.contains(app) else { throw Problem.unknown("app", app, among: apps) }
    }
  }

  func cluster() async throws -> String {
    let name = parameter("name")
    return try await read { view in
      guard view.state.clusters[name] != nil else {
        throw Problem.unknown("cluster", name, among: Array(view.state.clusters.keys))
      }
      return name
    }
  }
}

extension StateView {
  /// What the engine is to promote: the change as it was named, or the one release that `app` makes
  /// of it.
  fileprivate func promotable(_ order: PromotionRequest) throws -> String {
    let environments = state.configuration?.environments.map(\.name) ?? []
    guard environments.contains(order.environment) else {
      throw Problem.unknown("environment", order.environment, among: environments)
    }
    guard let app = order.app else { return order.change }
    let apps = state.configuration?.apps.map(\.name) ?? []
    guard apps.contains(app) else { throw Problem.unknown("app", app, among: apps) }
    let commit = order.change.split(separator: "@").last.map(String.init) ?? order.change
    let matches = state.releases(of: app).filter { release in
      release.rawValue == order.change
        || commit.count >= 7
          && (state.releases[release]?.commit.commit.hasPrefix(commit.lowercased()) ?? false)
    }
    guard let only = matches.first, matches.count == 1 else {
      throw Problem(
        .notFound, status: 404, title: "Not found",
        detail: matches.isEmpty
          ? "\(app) has no release of \(order.change)"
          : "\(order.change) names \(matches.count) releases of \(app)",
        remedy: "`flotilla get releases --app \(app)` lists them")
    }
    return only.rawValue
  }
}
