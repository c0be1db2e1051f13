import KubernetesAPI
import Testing

struct RetryPolicyTests {
  private func policy(attempts: Int = 5, random: Double) -> RetryPolicy {
    RetryPolicy(
      attempts: attempts, base: .milliseconds(100), cap: .seconds(1), random: { random })
  }

  @Test func pausesDoubleUpToTheCap() {
    let policy = policy(attempts: 10, random: 0.5)
    let pauses = (1...6).map { policy.pause(afterFailure: $0, retryAfter: nil) }
    #expect(
      pauses == [75, 150, 300, 600, 750, 750].map { Duration.milliseconds($0) })
  }

  @Test func chanceNeverTakesMoreThanHalfOfAPause() {
    #expect(policy(random: 0).pause(afterFailure: 2, retryAfter: nil) == .milliseconds(100))
    #expect(policy(random: 0.999).backOff(2) < .milliseconds(200))
  }

  @Test func nothingIsTriedAfterTheLastAttempt() {
    #expect(policy(attempts: 3, random: 0).pause(afterFailure: 3, retryAfter: nil) == nil)
    #expect(RetryPolicy.never.pause(afterFailure: 1, retryAfter: nil) == nil)
  }

  @Test func aServerThatAsksForTimeGetsItUpToTheCap() {
    #expect(policy(random: 0).pause(afterFailure: 1, retryAfter: 1) == .seconds(1))
    #expect(policy(random: 0).pause(afterFailure: 1, retryAfter: 60) == nil)
  }

  @Test func manyFailuresDoNotOverflow() {
    #expect(policy(random: 0).backOff(1_000_000) == .milliseconds(500))
  }
}
