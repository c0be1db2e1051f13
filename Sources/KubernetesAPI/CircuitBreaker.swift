internal import HTTPTransport
internal import Synchronization

/// Spares a server that does not answer, and those who wait for it: after several failures in a row
/// requests fail at once, until one that is let through after a while is answered (the pattern of
/// Nygard, "Release It!").
///
/// An answer of any status is an answer. One breaker belongs to one cluster.
final class CircuitBreaker: Sendable {
  /// Failures in a row that open it.
  static let threshold = 5
  private struct State {
    var failures = 0
    /// Nobody is let through before; `nil` while it is closed.
    var restsUntil: ContinuousClock.Instant?
    /// Whether somebody is under way to find out.
    var isProbed = false
    var last = ""
    /// When the first of the failures was.
    var silentSince: ContinuousClock.Instant?
    var answered: ContinuousClock.Instant?
  }

  private let state = Mutex(State())
  private let now: @Sendable () -> ContinuousClock.Instant
  private let rests: RetryPolicy

  init(
    rests: RetryPolicy,
    now: @escaping @Sendable () -> ContinuousClock.Instant = { ContinuousClock.now }
  ) {
    self.rests = rests
    self.now = now
  }

  /// Throws while the server rests. After that the first who asks is let through, and nobody else
  /// before it is known how that went.
  func admit(to server: String) throws(TransportError) {
    let now = now()
    let refusal: String? = state.withLock { state in
      guard let until = state.restsUntil else { return nil }
      if now >= until, !state.isProbed {
        state.isProbed = true
        return nil
      }
      return "did not answer \(state.failures) times in a row (\(state.last)); it is asked again "
        + (now < until ? "in \(max(1, (until - now).components.seconds)) s" : "right now")
    }
    if let refusal { throw TransportError(server: server, reason: .resting(refusal)) }
  }

  func succeeded() {
    let now = now()
    state.withLock { $0 = State(answered: now) }
  }

  func failed(_ error: TransportError) {
    let now = now()
    state.withLock { state in
      state.failures += 1
      state.last = error.reason.line
      state.silentSince = state.silentSince ?? now
      state.isProbed = false
      let excess = state.failures - CircuitBreaker.threshold
      if excess >= 0 { state.restsUntil = now + rests.backOff(excess + 1) }
    }
  }

  /// No request could even be made, as without a credential.
  func wasNotAsked(_ reason: String) {
    let now = now()
    state.withLock { state in
      state.last = reason
      state.silentSince = state.silentSince ?? now
    }
  }

  /// When a request was last answered, and whether and why none is now.
  var line: (answered: Duration?, silence: ClusterLine.Silence?) {
    let now = now()
    return state.withLock { state in
      (
        state.answered.map { now - $0 },
        state.silentSince.map { ClusterLine.Silence(age: now - $0, reason: state.last) }
      )
    }
  }

  /// Nobody knows how it went: the request was cancelled.
  func abandoned() {
    state.withLock { $0.isProbed = false }
  }
}
