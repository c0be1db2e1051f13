import Foundation
import HTTPTransport
import HubAPI
import Testing

@Suite("Requests that cannot be answered")
struct ProblemTests {
  @Test func anUnknownPathIsANotFoundProblem() async throws {
    try await ServedHub.with(ModelHub()) { served in
      let response = try await served.http.send(served.request(.get, "/api/v1/nothing"))
      #expect(response.status == 404)
      #expect(response.head["content-type"] == "application/problem+json")
      let (_, problem) = try await served.problem(served.request(.get, "/api/v1/nothing"))
      #expect(problem.code == .notFound)
      #expect(problem.instance == "/api/v1/nothing")
    }
  }

  @Test func aWrongMethodSaysWhichOneIsRight() async throws {
    try await ServedHub.with(ModelHub()) { served in
      let (status, problem) = try await served.problem(
        served.request(.delete, "/api/v1/clusters"))
      #expect(status == 405)
      #expect(problem.detail.contains("takes GET, not DELETE"))
    }
  }

  @Test func aMisspeltNameIsAnsweredWithTheNearestOne() async throws {
    try await ServedHub.with(try await .promoting()) { served in
      let (status, problem) = try await served.problem(
        served.request(.get, "/api/v1/clusters/prod-ue-1"))
      #expect(status == 404)
      #expect(problem.detail == "there is no cluster 'prod-ue-1'")
      #expect(problem.remedy == "did you mean 'prod-eu-1'?")
    }
  }

  @Test func aMisspeltParameterIsRefusedNotIgnored() async throws {
    try await ServedHub.with(ModelHub()) { served in
      let (status, problem) = try await served.problem(
        served.request(.get, "/api/v1/clusters?selecto=a"))
      #expect(status == 400)
      #expect(problem.remedy == "did you mean 'selector'?")
    }
  }

  @Test func aMalformedSelectorSaysWhatIsWrong() async throws {
    try await ServedHub.with(ModelHub()) { served in
      let (status, problem) = try await served.problem(
        served.request(.get, "/api/v1/clusters?selector=a%20in%20b"))
      #expect(status == 400)
      #expect(problem.detail.contains("a in b"))
    }
  }

  @Test(arguments: [65 << 10, 5 << 20])
  func aBodyThatIsTooLargeIsRefused(size: Int) async throws {
    let hub = try await ModelHub.promoting()
    try await ServedHub.with(hub) { served in
      let before = await hub.log.count
      let body = #"{"reason": ""# + String(repeating: "x", count: size) + #""}"#
      let (status, problem) = try await served.problem(
        served.request(.post, "/api/v1/rollouts/web-prod-1/pause", body: body))
      #expect(status == 413)
      #expect(problem.code == .bodyTooLarge)
      #expect(await hub.log.count == before)
    }
  }

  @Test(arguments: [
    (#"{"#, 400), (#"{}"#, 400), (#"{"reason": " "}"#, 400), (#"{"reason": 5}"#, 400),
    (#"{"reason": "r", "wave": "asia"}"#, 404), (#"{"reason": "r", "until": "tomorrow"}"#, 400),
    (#"{"reason": "r", "wave": "eu", "at": "us"}"#, 400),
  ])
  func aMalformedPauseChangesNothing(body: String, status: Int) async throws {
    let hub = try await ModelHub.promoting()
    try await ServedHub.with(hub) { served in
      let before = await hub.log.count
      let answer = try await served.problem(
        served.request(.post, "/api/v1/rollouts/web-prod-1/pause", body: body))
      #expect(answer.status == status, "\(answer.problem.detail)")
      #expect(await hub.log.count == before)
    }
  }

  @Test func aCommandWithoutTheJSONTypeIsRefusedSoThatNoFormOfAWebPageCanSendIt() async throws {
    try await ServedHub.with(try await .promoting()) { served in
      let request = served.request(
        .post, "/api/v1/rollouts/web-prod-1/pause", body: #"{"reason": "r"}"#,
        headers: [HTTPHeader("Content-Type", "text/plain")])
      let answer = try await served.problem(request)
      #expect(answer.status == 415)
    }
  }

  @Test func aRequestOverTCPThatNamesAnotherHostIsRefused() async throws {
    try await ServedHub.with(ModelHub()) { served in
      let request = served.request(
        .get, "/api/v1/status", headers: [HTTPHeader("Host", "evil.example")], overTCP: true)
      let answer = try await served.problem(request)
      #expect(answer.status == 421)
    }
  }
}
