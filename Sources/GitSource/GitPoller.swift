internal import Glibc
internal import Synchronization

/// How often a remote is asked for news.
public struct PollSchedule: Sendable, Equatable {
  /// From the end of one poll to the beginning of the next.
  public var interval: Duration
  /// Each wait is longer or shorter by at most this share, so that hubs do not ask in step.
  public var jitter: Double
  /// Failures double the wait up to this.
  public var longestWait: Duration
  /// The mirror is compacted when its fetches have left more pack files than this.
  public var packLimit: Int

  public init(
    interval: Duration = .seconds(30), jitter: Double = 0.2, longestWait: Duration = .seconds(600),
    packLimit: Int = 50
  ) {
    self.packLimit = packLimit
    self.interval = interval
    self.jitter = min(max(jitter, 0), 1)
    self.longestWait = max(longestWait, interval)
  }

  /// The wait after `failures` failed polls in a row; `random` is in 0..<1.
  func wait(failures: Int, random: Double) -> Duration {
    let factor = Double(1 << min(failures, 20))
    let base = min(interval * factor, longestWait)
    return base * (1 + jitter * (2 * random - 1))
  }
}

/// Follows one branch of a mirror: fetches at intervals, at once when poked, more rarely while
/// fetches fail.
public struct GitPoller: Sendable {
  public let mirror: GitMirror
  /// The tracked branch, without `refs/heads/`.
  public let branch: String
  private let schedule: PollSchedule
  private let clock: any Clock<Duration>
  private let now: @Sendable () -> Int64
  private let random: @Sendable () -> Double
  private let wakeup = Wakeup()

  /// `clock` measures the waits; `now` gives seconds since 1970 for messages; `random` gives
  /// numbers in 0..<1 for the jitter. Both default to the system's.
  public init(
    mirror: GitMirror, branch: String, schedule: PollSchedule = PollSchedule(),
    clock: any Clock<Duration> = ContinuousClock(),
    now: (@Sendable () -> Int64)? = nil,
    random: @escaping @Sendable () -> Double = { Double.random(in: 0..<1) }
  ) {
    self.mirror = mirror
    self.branch = branch
    self.schedule = schedule
    self.clock = clock
    self.now = now ?? { Int64(time(nil)) }
    self.random = random
  }

  /// Makes the next poll start now, as after a webhook. During a poll it causes one more.
  public func poke() { wakeup.poke() }

  /// Polls until the task is cancelled and hands each new status to `onChange`, the first one
  /// included; polls that change nothing are silent. `status` is what is known from before, so
  /// that a force push while the hub was down is noticed too.
  ///
  /// `onChange` is awaited before the next poll. A poller runs once at a time.
  public func run(
    from status: SourceStatus = SourceStatus(),
    onChange: @Sendable (SourceStatus) async -> Void
  ) async {
    var status = status
    while !Task.isCancelled {
      let next = await poll(after: status)
      if Task.isCancelled { return }
      if next.state != status.state || next.head != status.head { await onChange(next) }
      status = await afterUpkeep(next, onChange)
      let wait = schedule.wait(failures: status.failures, random: random())
      await wakeup.wait(atMost: wait, clock: clock)
    }
  }

  /// Fetches once and says what became of the branch.
  public func poll(after status: SourceStatus) async -> SourceStatus {
    let outcome: PollOutcome
    do {
      outcome = try await fetchedBranch(knowing: status.head)
    } catch let error as GitError {
      outcome = .failed(error)
    } catch {
      outcome = .failed(
        GitError(.failed, action: "fetch \(mirror.remote.url)", reason: "\(error)"))
    }
    var next = status.after(outcome, branch: branch, now: now())
    next.upkeepTrouble = status.upkeepTrouble
    return next
  }

  /// Compacts the mirror if need be, after the news went out. Trouble with that is reported once.
  private func afterUpkeep(
    _ status: SourceStatus, _ onChange: @Sendable (SourceStatus) async -> Void
  ) async -> SourceStatus {
    var next = status
    do {
      try await mirror.compact(whenPacksExceed: schedule.packLimit)
      next.upkeepTrouble = nil
    } catch {
      next.upkeepTrouble = "\(error)"
    }
    if next != status, !Task.isCancelled { await onChange(next) }
    return next
  }

  private func fetchedBranch(knowing old: CommitID?) async throws -> PollOutcome {
    let result = try await mirror.fetch()
    if result.isEmpty { return .repositoryEmpty }
    let branches = try await mirror.branches()
    guard let head = branches.first(where: { $0.name == branch })?.head else {
      return .branchMissing
    }
    guard let old, old != head else { return .found(head: head, descends: true) }
    // A commit that the mirror never saw cannot be an ancestor of one whose history is complete.
    let descends =
      try await mirror.contains(old) ? await mirror.isAncestor(old, of: head) : false
    return .found(head: head, descends: descends)
  }
}

/// A wait that can be cut short. A poke while nobody waits is kept for the next wait.
private final class Wakeup: Sendable {
  private let state = Mutex(State())

  private struct State {
    var isPoked = false
    var waiter: CheckedContinuation<Void, Never>?
  }

  func poke() {
    let waiter = state.withLock { state in
      defer { state.waiter = nil }
      if state.waiter == nil { state.isPoked = true }
      return state.waiter
    }
    waiter?.resume()
  }

  func wait(atMost limit: Duration, clock: any Clock<Duration>) async {
    await withTaskGroup(of: Void.self) { group in
      group.addTask { await self.waitForPoke() }
      // The only error of a sleep is cancellation, which ends the wait as well.
      group.addTask { try? await clock.sleep(for: limit) }
      await group.next()
      group.cancelAll()
    }
  }

  private func waitForPoke() async {
    await withTaskCancellationHandler {
      await withCheckedContinuation { continuation in
        let isDone = state.withLock { state in
          if state.isPoked || Task.isCancelled {
            state.isPoked = false
            return true
          }
          state.waiter = continuation
          return false
        }
        if isDone { continuation.resume() }
      }
    } onCancel: {
      state.withLock { state in
        defer { state.waiter = nil }
        return state.waiter
      }?.resume()
    }
  }
}
