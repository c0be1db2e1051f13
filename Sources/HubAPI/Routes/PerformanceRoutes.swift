internal import FleetModel
internal import HTTPTypes
internal import Hub
internal import Hummingbird
internal import RolloutEngine

/// How well changes are delivered: the DORA figures.
enum PerformanceRoutes {
  static let all = [
    APIRoute(.get, "/api/v1/dora", query: ["app", "environment", "since", "until"]) { call in
      let to = try time(call, "until") ?? call.hub.now()
      let from = try time(call, "since") ?? to + usual
      guard from < to else {
        throw Problem(
          .badRequest, status: 400, title: "Empty period",
          detail: "the period ends at \(Timestamp(to)), before it begins at \(Timestamp(from))")
      }
      let events = try await call.hub.log(ofTypes: DeliveryPerformance.types)
      let filter = try call.filter()
      let list = await call.read { view in
        ItemList(
          items: DeliveryPerformance.figures(view.state, events, from: from, to: to)
            .filter {
              (filter.app ?? $0.pin.app) == $0.pin.app
                && (filter.environment ?? $0.pin.environment) == $0.pin.environment
            }
            .map(PerformanceDocument.init), sequence: view.state.sequence)
      }
      return try call.json(list)
    }
  ]

  /// 30 days back.
  private static let usual = TimeSpan(milliseconds: -30 * 86_400_000)

  private static func time(_ call: APICall, _ name: String) throws -> Instant? {
    guard let text = call.query[name] else { return nil }
    guard let time = Timestamp(parsing: text) else {
      throw Problem(
        .badRequest, status: 400, title: "Malformed parameter",
        detail: "'\(name)' must be a time in UTC (2026-05-01T14:00:00Z), not '\(text)'")
    }
    return time.instant
  }
}

extension PerformanceDocument {
  init(_ figures: DeliveryPerformance) {
    self.init(
      app: figures.pin.app, environment: figures.pin.environment, from: Timestamp(figures.from),
      to: Timestamp(figures.to),
      deploymentFrequency: .init(count: figures.succeeded, perDay: figures.perDay),
      leadTime: .init(figures.leadTime),
      changeFailureRate: .init(
        failed: figures.failed, count: figures.started, rate: figures.changeFailureRate),
      timeToRestore: .init(figures.timeToRestore), unrestored: figures.unrestored)
  }
}

extension PerformanceDocument.Sample {
  init(_ sample: DeliveryPerformance.Sample) {
    self.init(
      count: sample.count, median: sample.median.map { Double($0.milliseconds) / 1000 },
      p90: sample.p90.map { Double($0.milliseconds) / 1000 })
  }
}
