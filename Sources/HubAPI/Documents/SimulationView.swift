internal import FleetModel
internal import Forecast
internal import Manifests
internal import Rendering
internal import RolloutEngine

/// A rollout that is to be simulated, and what it was made for.
struct SimulatedRollout: Sendable {
  let start: SimulationStart
  let plan: Plan
  /// The rollout that goes on.
  let rollout: RolloutID?
  let model: AttemptModel
  let modelDocument: AttemptModelDocument
  let runs: Int
}

extension StateView {
  /// The rollouts that a promotion would begin.
  func simulations(
    of change: String, in environment: String, app: String?, _ request: SimulationRequest
  ) throws -> [SimulatedRollout] {
    let plans = try plans(of: change, in: environment, app: app).map(\.plan)
    let changing = plans.filter { $0.targetCount > 0 }
    guard !changing.isEmpty else {
      throw Refusal(
        what: "simulate \(change) in \(environment)", why: "no cluster would change",
        remedy: "see what is there: flotilla get environments")
    }
    return try changing.compactMap { plan in
      let pin = PinID(app: plan.app, environment: plan.environment)
      return try SimulationStart(promoting: plan.release, to: pin, in: state, at: now).map {
        try simulated($0, nil, request)
      }
    }
  }

  func simulation(of rollout: Rollout, _ request: SimulationRequest) throws -> SimulatedRollout {
    guard let start = SimulationStart(rollout.id, in: state, at: now) else {
      throw Refusal(
        what: "simulate \(rollout.id)", why: "it is over (\(rollout.phase.rawValue))",
        remedy: "see what happened: flotilla rollout history \(rollout.id)")
    }
    return try simulated(start, rollout.id, request)
  }

  private func simulated(
    _ start: SimulationStart, _ rollout: RolloutID?, _ request: SimulationRequest
  ) throws -> SimulatedRollout {
    guard let plan = start.plan else { throw Problem.unknown("rollout", "", among: []) }
    let recorded = RecordedAttempts(of: plan.app, in: state)
    let (model, document) = try request.model(of: plan.app, recorded)
    return SimulatedRollout(
      start: start, plan: plan, rollout: rollout, model: model, modelDocument: document,
      runs: request.injections.isEmpty ? try request.runs(ofTargets: plan.targetCount) : 1)
  }

  // MARK: - Documents

  func document(
    _ simulated: SimulatedRollout, people: [String], expectation: ExpectationDocument? = nil,
    rehearsal: RehearsalDocument? = nil
  ) -> SimulationDocument {
    let plan = simulated.plan
    return SimulationDocument(
      rollout: simulated.rollout?.rawValue, app: plan.app, environment: plan.environment,
      release: plan.release.rawValue, plan: plan.digest.hex, start: Timestamp(now),
      model: simulated.modelDocument, people: people, expectation: expectation,
      rehearsal: rehearsal)
  }

  func rehearse(
    _ simulated: SimulatedRollout, _ request: SimulationRequest
  ) throws -> SimulationDocument {
    let rehearsal: Rehearsal
    do throws(Injection.SyntaxError) {
      rehearsal = try Rehearsal(
        simulated.start, median: simulated.model.median, injections: request.injections)
    } catch {
      throw Problem(
        .badRequest, status: 400, title: "Nothing to inject", detail: error.description,
        remedy: "see which cluster is in which wave: flotilla plan, or flotilla rollout plan")
    }
    let events = rehearsal.events.map { record in
      let document = EventDocument(record)
      return RehearsedEventDocument(
        after: (record.at - rehearsal.startedAt).description, type: document.type,
        wave: document.wave, cluster: document.cluster, message: document.message)
    }
    let name = "rollout/\(simulated.rollout?.rawValue ?? "\(simulated.plan.app) (rehearsed)")"
    return document(
      simulated, people: rehearsal.report.people.sorted(),
      rehearsal: RehearsalDocument(
        injections: request.injected, events: events, phase: rehearsal.phase.rawValue,
        blockers: rehearsal.blockers.map { blocker in
          BlockerDocument(
            object: name, message: blocker.what, clearedBy: blocker.who,
            command: blocker.command.map(StateView.withReason))
        }))
  }

  func expect(
    _ simulated: SimulatedRollout, _ reports: [RunReport], seed: Int
  ) -> SimulationDocument {
    let result = SimulationResult(of: reports, start: simulated.start)
    func share(_ count: Int) -> Double { Double(count) / Double(max(result.runs, 1)) }
    let waves = zip(simulated.start.waves, result.waves).map { wave, expected in
      WaveExpectationDocument(
        name: wave.name, clusters: wave.count, halts: share(expected.halts),
        opens: expected.opens.map(SpreadDocument.init),
        passes: expected.passes.map(SpreadDocument.init))
    }
    return document(
      simulated, people: result.people,
      expectation: ExpectationDocument(
        runs: result.runs, seed: seed, succeeded: share(result.succeeded),
        withDebt: share(result.withDebt), halted: share(result.halted),
        finish: result.finish.map(SpreadDocument.init), waves: waves,
        waits: result.waits.map {
          WaitDocument(what: $0.what, chance: share($0.runs), span: SpreadDocument($0.span))
        },
        stuck: result.stuck.sorted { ($1.value, $0.key) < ($0.value, $1.key) }.map {
          StuckDocument(what: $0.key, chance: share($0.value))
        }))
  }
}

extension SpreadDocument {
  /// Whole seconds, where it is not less than one: nobody plans by milliseconds.
  fileprivate init(_ spread: SimulationResult.Spread) {
    func text(_ span: TimeSpan) -> String {
      let seconds = (span.milliseconds + 500) / 1000
      return (seconds > 0 ? TimeSpan(milliseconds: seconds * 1000) : span).description
    }
    self.init(p50: text(spread.p50), p95: text(spread.p95))
  }
}
