import FleetModel
import Foundation
import GateChecks
import HTTPTransport
import RolloutEngine
import Synchronization
import Testing

/// Gates asked over TLS at a server that answers as told.
@Suite struct GateInquiryTests {
  private static let start = Instant(milliseconds: 1_700_000_000_000)

  /// Everything that a gate said until it was settled, and what the server was asked.
  private func ask(
    _ gate: (String) -> Gate, _ answers: String..., clock: Clock = Clock(), asking limit: Int = 20,
    trusting: Bool = true, reports: Reports = Reports()
  ) async throws -> (said: [GateReport.Finding], asked: [[String: Any]]) {
    let http = try HTTPClient()
    let server = try await ScriptedServer.start()
    try await server.script(answers.joined(separator: ","), with: http)
    let inquirer = GateInquirer(
      http: http, connection: trusting ? server.settings : ConnectionSettings(),
      pace: .init(firstRetry: .milliseconds(1), longestRetry: .milliseconds(5)),
      clock: { clock.tell() })
    let check = GateCheck(
      rollout: RolloutID("web-prod-1"), wave: "canary", gate: 0, round: 1, since: Self.start,
      asks: gate(server.url))
    let left = Mutex(limit)
    await inquirer.run(check) {
      left.withLock { left in
        left -= 1
        return left >= 0
      }
    } report: {
      try reports.add($0)
    }
    let log = try await server.log(with: http)
    await http.shutdown()
    return (reports.findings, log)
  }

  /// A clock that goes on by itself from look to look.
  private final class Clock: Sendable {
    private let now: Mutex<Instant>
    private let step: TimeSpan

    init(at now: Instant = GateInquiryTests.start, step: TimeSpan = .zero) {
      self.now = Mutex(now)
      self.step = step
    }

    func tell() -> Instant {
      now.withLock { now in
        defer { now = now + step }
        return now
      }
    }
  }

  private final class Reports: Sendable {
    private let all = Mutex<[GateReport.Finding]>([])
    private let refusals: Mutex<Int>

    init(refusing count: Int = 0) { refusals = Mutex(count) }

    struct Refused: Error {}

    func add(_ report: GateReport) throws {
      let isRefused = refusals.withLock { count in
        count -= 1
        return count >= 0
      }
      if isRefused { throw Refused() }
      all.withLock { $0.append(report.finding) }
    }

    var findings: [GateReport.Finding] { all.withLock { $0 } }
  }

  private static func http(_ path: String = "/ready") -> (String) -> Gate {
    { .http(HTTPGate(url: $0 + path)) }
  }

  private static func prometheus(
    _ threshold: String = "< 0.01", for span: TimeSpan = .zero, _ path: String = ""
  ) -> (String) -> Gate {
    {
      .prometheus(
        PrometheusGate(
          url: $0 + path, query: #"sum(rate(errors{job="web"}[5m]))+1"#, threshold: threshold,
          for: span))
    }
  }

  private static func vector(_ values: String...) -> String {
    let series = values.map { #"{"metric":{"job":"web"},"value":[1700000000.781,"\#($0)"]}"# }
    return step(
      #"{"status":"success","data":{"resultType":"vector","result":["#
        + series.joined(separator: ",") + "]}}")
  }

  private static func step(_ body: String, status: Int = 200) -> String {
    let text = body.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"")
    return #"{"status":\#(status),"body":"\#(text)"}"#
  }

  // MARK: - http

  @Test(arguments: [200, 204]) func successPasses(_ status: Int) async throws {
    let (said, asked) = try await ask(Self.http(), #"{"status":\#(status)}"#)
    #expect(said.count == 1)
    guard case .passed(let line) = said.first else { return #expect(Bool(false), "\(said)") }
    #expect(line?.hasSuffix("/ready answered \(status)") == true)
    #expect(asked.count == 1 && asked.first?["method"] as? String == "GET")
  }

  @Test(arguments: [400, 403, 404, 409, 429]) func aRefusalFails(_ status: Int) async throws {
    let (said, asked) = try await ask(Self.http(), #"{"status":\#(status)}"#)
    guard said.count == 1, case .failed(let line) = said.first else {
      return #expect(Bool(false), "\(said)")
    }
    #expect(line.hasSuffix("/ready answered \(status)"))
    #expect(asked.count == 1)
  }

  @Test func everythingElseIsAskedAgain() async throws {
    let (said, asked) = try await ask(
      Self.http(), #"{"close":"before"}"#, #"{"status":503}"#,
      #"{"status":302,"headers":{"Location":"/elsewhere"}}"#, #"{"status":200}"#)
    #expect(asked.count == 4)
    #expect(said.count == 4)
    for finding in said.dropLast() {
      guard case .error = finding else { return #expect(Bool(false), "\(finding)") }
    }
    guard case .passed = said.last else { return #expect(Bool(false), "\(said)") }
    #expect(!asked.contains { $0["path"] as? String == "/elsewhere" }, "a redirect was followed")
  }

  @Test func aServerThatNeverAnswersIsAnErrorAfterTheTimeOfOneRequest() async throws {
    let (said, _) = try await ask(
      { .http(HTTPGate(url: $0 + "/ready", timeout: TimeSpan(milliseconds: 200))) },
      #"{"hang":true}"#, asking: 1)
    guard said.count == 1, case .error(let line) = said.first else {
      return #expect(Bool(false), "\(said)")
    }
    #expect(line.contains("timed out"))
  }

  @Test func anAnswerWithoutEndIsNotRead() async throws {
    let (said, _) = try await ask(Self.http(), #"{"endless":true}"#)
    guard case .passed = said.first else { return #expect(Bool(false), "\(said)") }
  }

  @Test func aCertificateOfAStrangerIsAnError() async throws {
    let (said, asked) = try await ask(Self.http(), asking: 1, trusting: false)
    guard said.count == 1, case .error(let line) = said.first else {
      return #expect(Bool(false), "\(said)")
    }
    #expect(line.contains("TLS"))
    #expect(asked.isEmpty)
  }

  @Test func whatItSaysHoldsNoQueryString() async throws {
    for status in [200, 404, 500] {
      let (said, asked) = try await ask(
        Self.http("/ready?token=s3cret"), #"{"status":\#(status)}"#, asking: 1)
      #expect(asked.first?["path"] as? String == "/ready?token=s3cret")
      #expect(!"\(said)".contains("s3cret"))
    }
  }

  @Test func itIsAskedNoMoreWhenNobodyWaits() async throws {
    let (said, asked) = try await ask(Self.http(), #"{"status":200}"#, asking: 0)
    #expect(said.isEmpty && asked.isEmpty)
  }

  @Test func anAnswerThatTheHubCouldNotWriteIsAskedForAgain() async throws {
    let (said, asked) = try await ask(Self.http(), reports: Reports(refusing: 2))
    #expect(asked.count == 3)
    #expect(said.count == 1)
  }

  // MARK: - prometheus

  @Test func aValueWithinTheThresholdPasses() async throws {
    let (said, asked) = try await ask(
      Self.prometheus(for: .zero, "/prometheus/"), Self.vector("0.005"))
    #expect(said == [.passed("the query gives 0.005, < 0.01")])
    #expect(
      asked.first?["path"] as? String
        == "/prometheus/api/v1/query?query=sum%28rate%28errors%7Bjob%3D%22web%22%7D%5B5m%5D%29%29%2B1"
    )
  }

  @Test func aScalarIsAValue() async throws {
    let (said, _) = try await ask(
      Self.prometheus(">= 2"),
      Self.step(
        #"{"status":"success","data":{"resultType":"scalar","result":[1700000000,"2"]}}"#))
    #expect(said == [.passed("the query gives 2.0, >= 2")])
  }

  @Test func aValueBeyondTheThresholdFails() async throws {
    let (said, _) = try await ask(Self.prometheus(), Self.vector("0.2"))
    #expect(said == [.failed("the query gives 0.2, not < 0.01")])
  }

  @Test func nothingAndNotANumberAndSeveralAreNoAnswer() async throws {
    let (said, _) = try await ask(
      Self.prometheus("< 1"), Self.vector(), Self.vector("NaN"), Self.vector("0", "0"),
      Self.vector("0"))
    #expect(
      said == [
        .error("the query gives no data"), .error("the query gives NaN"),
        .error("the query gives 2 values, not one"), .passed("the query gives 0.0, < 1"),
      ])
  }

  @Test func aQueryThatPrometheusRefusesFailsWithItsWords() async throws {
    let (said, _) = try await ask(
      Self.prometheus(),
      Self.step(
        #"{"status":"error","errorType":"bad_data","error":"parse error: unexpected \"}\""}"#,
        status: 400))
    guard said.count == 1, case .failed(let line) = said.first else {
      return #expect(Bool(false), "\(said)")
    }
    #expect(line.hasSuffix(#"answered 400: parse error: unexpected "}""#))
  }

  @Test(arguments: [
    #"{"status":503}"#, #"{"status":429}"#, #"{"body":"<html>"}"#,
    #"{"body":"{\"status\":\"success\",\"data\":{\"resultType\":\"matrix\",\"result\":[]}}"}"#,
    #"{"endless":true}"#,
  ])
  func whatIsNoAnswerOfPrometheusIsAskedForAgain(_ step: String) async throws {
    let (said, _) = try await ask(Self.prometheus(), step, Self.vector("0"))
    guard said.count == 2, case .error = said.first, case .passed = said.last else {
      return #expect(Bool(false), "\(said)")
    }
  }

  /// A hub that comes back after the time is over looks at what it missed.
  @Test func aMetricHasToHoldForAsLongAsIsAsked() async throws {
    let (said, asked) = try await ask(
      Self.prometheus(for: .minutes(1)), Self.vector("0"), Self.vector("0"), Self.vector("0"),
      Self.vector("0"), Self.vector("0"), clock: Clock(at: Self.start + .minutes(5)))
    #expect(said == [.passed("the query gives 0.0, < 0.01")])
    let times = asked.compactMap { ($0["path"] as? String)?.split(separator: "time=").last }
    #expect(
      times == ["1700000000", "1700000015", "1700000030", "1700000045", "1700000060"])
  }

  @Test func oneValueBeyondTheThresholdInThatTimeFails() async throws {
    let (said, _) = try await ask(
      Self.prometheus(for: .minutes(1)), Self.vector("0"), Self.vector("1"),
      clock: Clock(at: Self.start + .minutes(5)))
    #expect(said == [.failed("the query gives 1.0 at 2023-11-14T22:13:35Z, not < 0.01")])
  }

  @Test func itDoesNotPassBeforeThatTimeIsOver() async throws {
    let (said, asked) = try await ask(
      { .prometheus(PrometheusGate(url: $0, query: "up", threshold: "> 0", for: .seconds(1))) },
      Self.vector("1"), Self.vector("1"), clock: Clock(step: TimeSpan(milliseconds: 400)))
    #expect(said == [.passed("the query gives 1.0, > 0")])
    #expect(asked.count == 2)
  }

  @Test func aGapInTheDataBeginsTheTimeAnew() async throws {
    let late = Self.start + .minutes(5)
    let (said, asked) = try await ask(
      Self.prometheus(for: .minutes(1)), Self.vector("0"), Self.vector(), Self.vector("0"),
      clock: Clock(at: late), asking: 2)
    #expect(said == [.error("the query gives no data")])
    let times = asked.compactMap { ($0["path"] as? String)?.split(separator: "time=").last }
    #expect(times.last == "1700000300")
  }
}
