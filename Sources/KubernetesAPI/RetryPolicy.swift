/// When a request that failed is sent again. Time and chance come in as functions, so that tests
/// decide on both.
public struct RetryPolicy: Sendable {
  /// How often a request is sent at most, the first time included, while the server answers.
  public var attempts: Int
  /// The same while no answer comes. Lower, because each try may cost a whole time-out.
  public var attemptsWithoutAnswer: Int
  /// The first pause; each further one is twice as long.
  public var base: Duration
  /// The longest pause, and the longest `Retry-After` that is waited for; a server that wants more
  /// is an error for the caller to schedule.
  public var cap: Duration
  public var sleep: @Sendable (Duration) async throws -> Void
  /// A number from 0 up to but not including 1.
  public var random: @Sendable () -> Double

  public init(
    attempts: Int = 4, attemptsWithoutAnswer: Int = 2, base: Duration = .milliseconds(200),
    cap: Duration = .seconds(10),
    sleep: @escaping @Sendable (Duration) async throws -> Void = { try await Task.sleep(for: $0) },
    random: @escaping @Sendable () -> Double = { Double.random(in: 0..<1) }
  ) {
    self.attempts = attempts
    self.attemptsWithoutAnswer = attemptsWithoutAnswer
    self.base = base
    self.cap = cap
    self.sleep = sleep
    self.random = random
  }

  /// How long a cluster is left alone that does not answer at all: from a second up to half a
  /// minute, half of it by chance, so that clusters that fell together are not asked together.
  public static let rests = RetryPolicy(base: .seconds(1), cap: .seconds(30))

  /// Every request is sent once.
  public static let never = RetryPolicy(attempts: 1, attemptsWithoutAnswer: 1)

  /// How long to wait after the failure number `failures` (from 1): half of the doubling pause plus
  /// a random part of the other half, but at least what the server asked for. `nil` when nothing is
  /// left to try.
  public func pause(afterFailure failures: Int, answered: Bool = true, retryAfter: Int? = nil)
    -> Duration?
  {
    guard failures < (answered ? attempts : attemptsWithoutAnswer) else { return nil }
    let pause = backOff(failures)
    guard let retryAfter else { return pause }
    let asked = Duration.seconds(retryAfter)
    return asked > cap ? nil : max(asked, pause)
  }

  /// The doubling pause with its random part, without a limit on the number of failures.
  public func backOff(_ failures: Int) -> Duration {
    let doubled = base * (1 << min(max(0, failures - 1), 20))
    let whole = min(cap, doubled)
    return whole / 2 + whole / 2 * random()
  }
}
