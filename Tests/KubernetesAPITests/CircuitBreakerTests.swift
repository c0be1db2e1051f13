import HTTPTransport
import Synchronization
import Testing

@testable import KubernetesAPI

/// A cluster that does not answer is left alone for a while.
@Suite struct CircuitBreakerTests {
  private final class Clock: Sendable {
    private let time = Mutex(ContinuousClock.now)
    var now: ContinuousClock.Instant { time.withLock { $0 } }
    func pass(_ duration: Duration) { time.withLock { $0 += duration } }
  }

  private let clock = Clock()
  private let breaker: CircuitBreaker
  private let fault = TransportError(server: "https://c1", reason: .refused("connection refused"))

  init() {
    var rests = RetryPolicy.rests
    rests.random = { 0 }
    breaker = CircuitBreaker(rests: rests, now: { [clock] in clock.now })
  }

  private func isAdmitted() -> Bool {
    do {
      try breaker.admit(to: "https://c1")
      return true
    } catch { return false }
  }

  private func fail(_ times: Int) { for _ in 0..<times { breaker.failed(fault) } }

  @Test func fewFailuresLetEverybodyThrough() {
    fail(CircuitBreaker.threshold - 1)
    #expect(isAdmitted() && isAdmitted())
  }

  @Test func aServerThatFailsAgainAndAgainRestsAndSaysWhy() {
    fail(CircuitBreaker.threshold)
    let error = #expect(throws: TransportError.self) { try breaker.admit(to: "https://c1") }
    #expect(
      error?.description
        == "https://c1: did not answer 5 times in a row (connection refused); it is asked again in "
        + "1 s")
    #expect(error?.mayPass == true && error?.neverArrived == true)
  }

  @Test func afterItsRestOneIsLetThroughAndAnAnswerLetsAllThrough() {
    fail(CircuitBreaker.threshold)
    clock.pass(.milliseconds(499))
    #expect(!isAdmitted())
    clock.pass(.milliseconds(1))
    #expect(isAdmitted())
    #expect(!isAdmitted())
    breaker.succeeded()
    #expect(isAdmitted() && isAdmitted())
  }

  @Test func everyFailedTrialMakesTheRestLongerUpToALimit() {
    fail(CircuitBreaker.threshold)
    for seconds in [1, 2, 4, 8, 15, 15] {
      clock.pass(.seconds(60))
      #expect(isAdmitted())
      fail(1)
      clock.pass(.seconds(seconds) - .milliseconds(1))
      #expect(!isAdmitted())
      clock.pass(.milliseconds(1))
      #expect(isAdmitted())
      breaker.abandoned()
    }
  }

  @Test func itKnowsWhenTheLastAnswerWasAndSinceWhenThereIsNone() {
    #expect(breaker.line.answered == nil && breaker.line.silence == nil)
    breaker.succeeded()
    clock.pass(.seconds(60))
    #expect(breaker.line.answered == .seconds(60) && breaker.line.silence == nil)
    fail(1)
    clock.pass(.seconds(20))
    breaker.failed(TransportError(server: "https://c1", reason: .timedOut(.connecting)))
    #expect(breaker.line.answered == .seconds(80))
    #expect(
      breaker.line.silence
        == .init(age: .seconds(20), reason: TransportError.Reason.timedOut(.connecting).line))
    breaker.succeeded()
    #expect(breaker.line.answered == .zero && breaker.line.silence == nil)
  }

  @Test func aTrialThatIsCancelledLeavesTheWayFree() {
    fail(CircuitBreaker.threshold)
    clock.pass(.seconds(1))
    #expect(isAdmitted())
    breaker.abandoned()
    #expect(isAdmitted())
  }
}

extension KubernetesClientTests {
  @Test func aClusterThatDoesNotAnswerIsNotAskedAllTheTime() async throws {
    let client = KubernetesClient(
      cluster: "c1", access: ClusterAccess(server: "https://127.0.0.1:1"),
      http: try HTTPClient(), retry: .never)
    for _ in 0..<CircuitBreaker.threshold {
      await #expect(throws: KubernetesError.self) { try await client.version() }
    }
    let error = await #expect(throws: KubernetesError.self) {
      try await client.retrying(RetryPolicy()).version()
    }
    #expect(error?.line.contains("did not answer 5 times in a row") == true)
    #expect(error?.isUnreachable == true)
    #expect(client.line.silence?.reason.isEmpty == false)
  }
}
