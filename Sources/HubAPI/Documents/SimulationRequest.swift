internal import FleetModel
internal import Forecast
internal import RolloutEngine

/// What is asked of a simulation beside the rollout.
struct SimulationRequest: Sendable {
  static let parameters: Set<String> = ["apply-seconds", "failure-rate", "runs", "seed", "inject"]

  var durations: (p50: TimeSpan, p95: TimeSpan)?
  var failureRate: Double?
  var runs: Int?
  var seed: Int
  var injections: [Injection] = []
  private(set) var injected: [String] = []

  /// - Parameter seed: where none is asked for.
  init(_ query: [String: String], seed: Int) throws {
    durations = try query["apply-seconds"].map(SimulationRequest.durations)
    failureRate = try query["failure-rate"].map(SimulationRequest.share)
    runs = try query["runs"].map { try SimulationRequest.count("runs", $0, 1...100_000) }
    self.seed =
      try query["seed"].map { try SimulationRequest.count("seed", $0, 0...Int(UInt32.max)) } ?? seed
    injected = (query["inject"] ?? "").split(separator: ",").map(String.init)
    for text in injected {
      do throws(Injection.SyntaxError) { injections.append(try Injection(parsing: text)) } catch {
        throw SimulationRequest.malformed("inject", error.description)
      }
    }
  }

  private static func durations(_ text: String) throws -> (p50: TimeSpan, p95: TimeSpan) {
    let numbers = text.split(separator: ",", omittingEmptySubsequences: false).map {
      Double($0) ?? .nan
    }
    guard numbers.count == 2, numbers[0] > 0, numbers[1] >= numbers[0], numbers[1] <= 1e6 else {
      throw malformed(
        "apply-seconds",
        "'\(text)' is not the median and the 95th percentile in seconds, such as 20,90")
    }
    func span(_ seconds: Double) -> TimeSpan { TimeSpan(milliseconds: Int64(seconds * 1000)) }
    return (span(numbers[0]), span(numbers[1]))
  }

  private static func share(_ text: String) throws -> Double {
    let isPercent = text.hasSuffix("%")
    let number = Double(isPercent ? text.dropLast() : text[...]).map { isPercent ? $0 / 100 : $0 }
    guard let number, (0...1).contains(number) else {
      throw malformed("failure-rate", "'\(text)' is no share from 0 to 1, such as 0.02 or 2%")
    }
    return number
  }

  private static func count(
    _ name: String, _ text: String, _ range: ClosedRange<Int>
  ) throws -> Int {
    guard let number = Int(text), range.contains(number) else {
      throw malformed(
        name, "'\(text)' is no number from \(range.lowerBound) to \(range.upperBound)")
    }
    return number
  }

  private static func malformed(_ name: String, _ detail: String) -> Problem {
    Problem(
      .badRequest, status: 400, title: "Malformed parameter", detail: "\(name): \(detail)")
  }

  /// Targets times runs that are simulated in one answer.
  static let largest = 5_000_000

  /// How often a rollout of so many targets is played.
  func runs(ofTargets targets: Int) throws -> Int {
    let limit = max(1, SimulationRequest.largest / max(targets, 1))
    guard let runs else { return min(limit, max(20, min(1000, 200_000 / max(targets, 1)))) }
    guard runs <= limit else {
      throw SimulationRequest.malformed(
        "runs", "\(runs) runs of \(targets) targets take too long; at most \(limit)")
    }
    return runs
  }

  // MARK: - The model

  /// How attempts at an app go: as they did, or as it is given. Refused where neither is known.
  func model(
    of app: String, _ recorded: RecordedAttempts
  ) throws -> (model: AttemptModel, document: AttemptModelDocument) {
    let isShort = (
      durations: durations == nil && recorded.durations.count < RecordedAttempts.fewest,
      ends: failureRate == nil && injections.isEmpty && recorded.attempts < RecordedAttempts.fewest
    )
    guard !isShort.durations, !isShort.ends else {
      let flags =
        (isShort.durations ? ["--apply-seconds P50,P95"] : [])
        + (isShort.ends ? ["--failure-rate SHARE"] : [])
      throw Refusal(
        what: "simulate \(app)",
        why: "this hub has recorded \(recorded.attempts) attempts of \(app), "
          + "\(recorded.durations.count) of them healthy, and \(RecordedAttempts.fewest) are needed",
        remedy: "say what to expect with \(flags.joined(separator: " and "))")
    }
    let model = AttemptModel(
      durations: durations.map { .given(p50: $0.p50, p95: $0.p95) }
        ?? .recorded(recorded.durations),
      ends: failureRate.map { .init(failed: $0) } ?? .init(recorded))
    let spread = durations ?? recorded.spread
    return (
      model,
      AttemptModelDocument(
        durations: durations == nil ? "recorded" : "given",
        durationSamples: durations == nil ? recorded.durations.count : nil,
        p50: spread?.p50.description ?? "", p95: spread?.p95.description ?? "",
        ends: failureRate == nil ? "recorded" : "given",
        endSamples: failureRate == nil ? recorded.attempts : nil, failed: model.ends.failed,
        timedOut: model.ends.timedOut, regressed: model.ends.regressed,
        unreachable: model.ends.unreachable,
        troubleBound: failureRate == nil ? recorded.troubleBound : nil)
    )
  }
}
