public import FleetModel
public import HTTPTransport
public import RolloutEngine

/// Asks gates in the world: a URL, or a Prometheus. Each request has its own time limit and a limit
/// for what is read of the answer; redirects are not followed. What it says never holds a query
/// string or a credential.
public struct GateInquirer: Sendable {
  /// The times between questions.
  public struct Pace: Sendable {
    /// After the first question without an answer; doubles from one to the next.
    public var firstRetry: Duration
    public var longestRetry: Duration

    public init(firstRetry: Duration = .seconds(1), longestRetry: Duration = .seconds(30)) {
      self.firstRetry = firstRetry
      self.longestRetry = longestRetry
    }
  }

  let http: HTTPClient
  let connection: ConnectionSettings
  private let pace: Pace
  private let clock: @Sendable () -> Instant

  public init(
    http: HTTPClient, connection: ConnectionSettings = ConnectionSettings(), pace: Pace = Pace(),
    clock: @escaping @Sendable () -> Instant
  ) {
    self.http = http
    self.connection = connection
    self.pace = pace
    self.clock = clock
  }

  /// What came of one question.
  enum Outcome: Equatable {
    case passed(String)
    case failed(String)
    /// No answer that decides.
    case error(String)
    /// All is well so far; there is nothing to ask before this time.
    case holds(until: Instant)
  }

  /// Asks until the gate passes or fails, until nobody waits for it any more, or until the task is
  /// cancelled. What it says goes to `report`; when that throws, the gate is asked again.
  public func run(
    _ check: GateCheck, isAwaited: @Sendable () async -> Bool,
    report: @Sendable (GateReport) async throws -> Void
  ) async {
    var samples = MetricSamples(of: check)
    var wait = pace.firstRetry
    while !Task.isCancelled, await isAwaited() {
      let now = clock()
      let outcome = await ask(check.asks, &samples, at: now)
      if Task.isCancelled { return }
      let finding: GateReport.Finding
      switch outcome {
      case .holds(let until):
        wait = pace.firstRetry
        await sleep(for: .milliseconds((until - clock()).milliseconds))
        continue
      case .passed(let line): finding = .passed(line)
      case .failed(let line): finding = .failed(line)
      case .error(let line): finding = .error(line)
      }
      do {
        try await report(GateReport(check: check, observedAt: now, finding: finding))
        guard case .error = finding else { return }
      } catch {
        // The hub cannot write now: what was said is not known, so it is asked for again.
      }
      await sleep(for: wait)
      wait = min(wait * 2, pace.longestRetry)
    }
  }

  private func ask(
    _ gate: Gate, _ samples: inout MetricSamples, at now: Instant
  ) async -> Outcome {
    switch gate {
    case .http(let gate): await ask(gate)
    case .prometheus(let gate): await ask(gate, &samples, at: now)
    // People answer these, see RolloutEngine.
    case .approval, .hold: .error("nothing outside is to be asked")
    }
  }

  private func sleep(for span: Duration) async {
    // Ends early only by cancellation, which the loop sees.
    try? await Task.sleep(for: max(span, .milliseconds(1)))
  }
}

/// What of a URL may be shown: its query may hold a token.
func visible(_ url: String) -> String { String(url.prefix { !"?#".contains($0) }) }
