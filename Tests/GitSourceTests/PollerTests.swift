import Foundation
import GitSource
import Synchronization
import Testing

@Suite struct PollerTests {
  let directory: TemporaryDirectory
  let source: SourceRepository

  init() throws {
    directory = try TemporaryDirectory()
    source = try SourceRepository(at: directory.path + "/source")
  }

  private func poller(
    clock: ManualClock = ManualClock(), random: Double = 0.5, branch: String = "main",
    packLimit: Int = 50
  ) throws -> GitPoller {
    let mirror = try GitMirror(
      remote: GitRemote(url: source.path), path: directory.path + "/mirror.git")
    return GitPoller(
      mirror: mirror, branch: branch,
      schedule: PollSchedule(
        interval: .seconds(60), jitter: 0.5, longestWait: .seconds(300),
        packLimit: packLimit),
      clock: clock, now: { 1000 + Int64(clock.now.offset.components.seconds) },
      random: { random })
  }

  @Test func eachNewHeadIsReportedOnceAndAPollWithoutNewsIsSilent() async throws {
    let first = try source.commit("file", "1")
    let clock = ManualClock()
    let poller = try poller(clock: clock)
    let seen = Seen()
    let task = Task { await poller.run { seen.append($0) } }
    try await eventually("the first poll") { clock.waits == [.seconds(60)] }
    #expect(seen.all == [SourceStatus(state: .ok, head: first)])

    clock.advance(by: .seconds(60))
    try await eventually("the second poll") { clock.waits == [.seconds(60)] }
    #expect(seen.all.count == 1)

    let second = try source.commit("file", "2")
    clock.advance(by: .seconds(60))
    try await eventually("the third poll") { seen.all.count == 2 }
    #expect(seen.all.last == SourceStatus(state: .ok, head: second))
    task.cancel()
    await task.value
  }

  @Test func aPokePollsAtOnce() async throws {
    try source.commit("file", "1")
    let clock = ManualClock()
    let poller = try poller(clock: clock)
    let seen = Seen()
    let task = Task { await poller.run { seen.append($0) } }
    try await eventually("the first poll") { clock.waits == [.seconds(60)] }
    let second = try source.commit("file", "2")
    poller.poke()
    try await eventually("the second poll") { seen.all.last?.head == second }
    #expect(clock.now.offset == .zero)
    task.cancel()
    await task.value
  }

  @Test func failuresAreReportedOnceAndBackOffUntilTheRepositoryReturns() async throws {
    let head = try source.commit("file", "1")
    let clock = ManualClock()
    let poller = try poller(clock: clock)
    let seen = Seen()
    let task = Task { await poller.run { seen.append($0) } }
    try await eventually("the first poll") { clock.waits == [.seconds(60)] }
    let hidden = directory.path + "/hidden"
    try FileManager.default.moveItem(atPath: source.path, toPath: hidden)
    for wait in [120, 240, 300, 300] {
      clock.advance(by: .seconds(300))
      try await eventually("a failed poll") { clock.waits == [.seconds(wait)] }
    }
    #expect(seen.all.count == 2)
    guard case .refused(let since, let reason)? = seen.all.last?.state else {
      Issue.record("not refused but \(String(describing: seen.all.last))")
      return
    }
    #expect(since == 1300)
    #expect(reason.contains(source.path))
    #expect(seen.all.last?.head == head)

    try FileManager.default.moveItem(atPath: hidden, toPath: source.path)
    poller.poke()
    try await eventually("the return") { seen.all.count == 3 }
    #expect(seen.all.last == SourceStatus(state: .ok, head: head))
    try await eventually("the usual wait") { clock.waits == [.seconds(60)] }
    task.cancel()
    await task.value
  }

  @Test(arguments: [(0.0, 30), (0.5, 60), (0.75, 75)])
  func waitsAreSpreadByTheJitter(random: Double, seconds: Int) async throws {
    try source.commit("file", "1")
    let clock = ManualClock()
    let poller = try poller(clock: clock, random: random)
    let task = Task { await poller.run { _ in } }
    try await eventually("the wait") { clock.waits == [.seconds(seconds)] }
    task.cancel()
    await task.value
  }

  @Test func aRewrittenBranchIsAStateUntilTheBranchMovesOn() async throws {
    let first = try source.commit("file", "1")
    let old = try source.commit("file", "2")
    let poller = try poller()
    var status = await poller.poll(after: SourceStatus())
    #expect(status == SourceStatus(state: .ok, head: old))
    try source.git("reset", "--quiet", "--hard", first.hex)
    let new = try source.commit("file", "3")
    status = await poller.poll(after: status)
    #expect(status == SourceStatus(state: .forcePushed(old: old, new: new), head: new))
    #expect(status.state.description.contains(old.short))
    status = await poller.poll(after: status)
    #expect(status == SourceStatus(state: .forcePushed(old: old, new: new), head: new))
    let next = try source.commit("file", "4")
    status = await poller.poll(after: status)
    #expect(status == SourceStatus(state: .ok, head: next))
  }

  @Test func aRewriteWhileNobodyLookedIsNoticedFromTheRememberedHead() async throws {
    try source.commit("file", "1")
    let remembered = try #require(CommitID(String(repeating: "0a", count: 20)))
    let status = try await poller().poll(after: SourceStatus(state: .ok, head: remembered))
    #expect(status.state == .forcePushed(old: remembered, new: try source.head()))
  }

  @Test func aDeletedBranchKeepsItsLastGoodCommit() async throws {
    let head = try source.commit("file", "1")
    try source.git("branch", "-m", "main", "trunk")
    try source.git("branch", "main")
    let poller = try poller()
    var status = await poller.poll(after: SourceStatus())
    try source.git("branch", "-D", "main")
    status = await poller.poll(after: status)
    #expect(status == SourceStatus(state: .branchMissing(branch: "main"), head: head))
    #expect(!status.state.isHealthy)
    #expect(try await poller.mirror.contains(head))
  }

  @Test func thePacksOfManyFetchesAreJoined() async throws {
    let clock = ManualClock()
    let poller = try poller(clock: clock, packLimit: 2)
    let seen = Seen()
    var head = try source.commit("file", "0")
    let task = Task { await poller.run { seen.append($0) } }
    let packs = poller.mirror.repository.gitDirectory + "/objects/pack"
    func count() throws -> Int {
      try FileManager.default.contentsOfDirectory(atPath: packs).count { $0.hasSuffix(".pack") }
    }
    for index in 1...4 {
      try await eventually("poll \(index)") {
        seen.all.last?.head == head && clock.waits.count == 1
      }
      #expect(try count() <= 2)
      head = try source.commit("file", "\(index)")
      clock.advance(by: .seconds(60))
    }
    try await eventually("the last poll") { seen.all.last?.head == head && clock.waits.count == 1 }
    #expect(seen.all.allSatisfy { $0.upkeepTrouble == nil })
    task.cancel()
    await task.value
  }

  @Test func anEmptyRepositoryIsAState() async throws {
    let status = try await poller().poll(after: SourceStatus())
    #expect(status == SourceStatus(state: .repositoryEmpty))
  }
}

private final class Seen: Sendable {
  private let statuses = Mutex<[SourceStatus]>([])

  func append(_ status: SourceStatus) { statuses.withLock { $0.append(status) } }
  var all: [SourceStatus] { statuses.withLock { $0 } }
}
