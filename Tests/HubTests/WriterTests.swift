import FleetModel
import Foundation
import Logging
import Manifests
import RolloutEngine
import Testing

@testable import Hub
@testable import HubStore

/// A writer on a database in a folder of its own.
private struct Desk {
  let folder: String
  let database: HubDatabase
  let writer: Writer

  init() throws {
    folder =
      FileManager.default.temporaryDirectory
      .appendingPathComponent("hub-\(UUID().uuidString)").path
    database = try HubDatabase(path: folder + "/hub.sqlite")
    writer = try Desk.writer(on: database)
  }

  static func writer(on database: HubDatabase) throws -> Writer {
    try Writer(
      database: database, clock: { Instant(milliseconds: 1_000_000) },
      logger: Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() }), onCommit: {})
  }

  func close() throws {
    try database.close()
    try FileManager.default.removeItem(atPath: folder)
  }
}

private let configuration = FleetConfiguration(
  clusters: [Cluster(name: "dev-1", labels: ["env": "dev"])],
  apps: [App(name: "web", path: "overlays/web")],
  environments: [
    Environment(name: "dev", clusters: LabelSelector([.init("env", .isIn, ["dev"])]))
  ])
private let commit = CommitSummary(
  commit: String(repeating: "a", count: 40), author: "ann", subject: "first",
  committedAt: Instant(milliseconds: 900_000))

private func release(_ text: String) -> Input {
  .candidate(
    Candidate(
      app: "web", commit: commit, rendererVersion: "1", digests: ["dev-1": Digest(hashing: text)],
      commits: [commit]))
}

@Test func whatTheWriterAnswersIsDurableAndComesBackAfterARestart() async throws {
  let desk = try Desk()
  _ = try await desk.writer.submit(.configuration(commit: commit.commit, configuration))
  let events = try await desk.writer.submit(release("one"))
  #expect(events.contains { $0.event.type == "targetDispatched" })
  #expect(try desk.database.lastSequence() == events.last?.sequence)
  let effects = await desk.writer.takeEffects()
  #expect(effects.count == 1)

  let again = try Desk.writer(on: desk.database)
  #expect(await again.read(\.rows) == desk.writer.read(\.rows))
  #expect(await again.takeEffects() == effects)
  try desk.close()
}

@Test func whatSharesATransactionIsAnsweredEachByItsOwn() async throws {
  let desk = try Desk()
  _ = try await desk.writer.submit(.configuration(commit: commit.commit, configuration))
  let events = try await desk.writer.submit(release("one"))
  let dispatched = events.compactMap { event in
    if case .targetDispatched(let dispatched) = event.event { dispatched } else { nil }
  }
  let target = try #require(dispatched.first)
  let answers = try await withThrowingTaskGroup(of: [RecordedEvent].self) { group in
    for number in 1...200 {
      group.addTask {
        try await desk.writer.submit(
          .observation(
            Observation(
              rollout: target.rollout, cluster: target.cluster, attempt: target.attempt,
              digest: target.digest, observedAt: Instant(milliseconds: 1_000_000),
              finding: .progressing("line \(number)"))))
      }
    }
    return try await group.reduce(into: [[RecordedEvent]]()) { $0.append($1) }
  }
  #expect(answers.allSatisfy { $0.count == 1 })
  let sequences = answers.joined().map(\.sequence).sorted()
  let first = (events.last?.sequence ?? 0) + 1
  #expect(sequences == Array(first..<first + 200))
  let stored = try desk.database.events(after: first - 1, limit: 300).map(\.body)
  let answered = answers.joined().sorted { $0.sequence < $1.sequence }
  #expect(stored == answered.map { String(decoding: $0.json, as: UTF8.self) })
  let again = try Desk.writer(on: desk.database)
  #expect(await again.read(\.rows) == desk.writer.read(\.rows))
  try desk.close()
}

@Test func aRefusedCommandWritesNothing() async throws {
  let desk = try Desk()
  _ = try await desk.writer.submit(.configuration(commit: commit.commit, configuration))
  let before = try desk.database.lastSequence()
  let command = Command(
    .promote(change: "web@doesnotexist", environment: "dev"), actor: "ann", reason: "try")
  await #expect(throws: Refusal.self) { try await desk.writer.submit(.command(command)) }
  #expect(try desk.database.lastSequence() == before)
  try desk.close()
}

@Test func aDatabaseThatCannotBeWrittenLeavesTheStateAsItWasUntilItCan() async throws {
  let desk = try Desk()
  _ = try await desk.writer.submit(.configuration(commit: commit.commit, configuration))
  let before = await desk.writer.read(\.rows)
  try desk.database.limitSize(pages: 1)
  let long = CommitSummary(
    commit: commit.commit, author: String(repeating: "x", count: 200_000), subject: "large",
    committedAt: commit.committedAt)
  let large = Input.candidate(
    Candidate(
      app: "web", commit: long, rendererVersion: "1",
      digests: ["dev-1": Digest(hashing: "one")], commits: [long]))
  await #expect(throws: HubUnavailable.self) { try await desk.writer.submit(large) }
  #expect(await desk.writer.trouble?.contains("disk is full") == true)
  #expect(await desk.writer.read(\.rows) == before)
  #expect(await desk.writer.takeEffects().isEmpty)
  try desk.database.limitSize(pages: 1_000_000)
  #expect(try await !desk.writer.submit(large).isEmpty)
  #expect(await desk.writer.trouble == nil)
  try desk.close()
}

@Test func aListenerGetsThePastAndThePresentWithoutAGap() async throws {
  let desk = try Desk()
  _ = try await desk.writer.submit(.configuration(commit: commit.commit, configuration))
  let cursor = EventCursor(
    after: 0, reader: EventReader(database: desk.database), signals: await desk.writer.signals())
  let past = try desk.database.lastSequence()
  var seen: [Int] = []
  for _ in 0..<past { if let event = try await cursor.next() { seen.append(event.sequence) } }
  async let next = cursor.next()
  let events = try await desk.writer.submit(release("one"))
  if let event = try await next { seen.append(event.sequence) }
  for _ in events.dropFirst() {
    if let event = try await cursor.next() { seen.append(event.sequence) }
  }
  #expect(seen == Array(1...(events.last?.sequence ?? 0)))
  await desk.writer.endFeed()
  #expect(try await cursor.next() == nil)
  try desk.close()
}

@Test func commandsOvertakeObservationsAndTheSameLaneKeepsItsOrder() async throws {
  let queue = InputQueue(limit: 3)
  let observation = Observation(
    rollout: RolloutID("web-dev-1"), cluster: "dev-1", attempt: 1, digest: Digest(hashing: "one"),
    observedAt: Instant(milliseconds: 0), finding: .healthy)
  var inputs: [Input] = (1...3).map { attempt in
    var numbered = observation
    numbered.attempt = attempt
    return .observation(numbered)
  }
  inputs.append(.command(Command(.cordon(cluster: "dev-1", until: nil), actor: "ann")))
  inputs.append(.tick)
  var additions: [InputQueue.Addition] = []
  await withTaskGroup(of: Void.self) { group in
    for input in inputs {
      // One after the other: the addition happens before the task's wait.
      let (stream, added) = AsyncStream.makeStream(of: InputQueue.Addition.self)
      group.addTask {
        _ = try? await withCheckedThrowingContinuation { answer in
          added.yield(queue.add(InputQueue.Submission(input: input, answer: answer)))
          added.finish()
        }
      }
      for await addition in stream { additions.append(addition) }
    }
    var taken: [Input] = []
    for limit in [2, 2, 9] {
      for submission in queue.take(limit) ?? [] {
        taken.append(submission.input)
        submission.answer.resume(returning: [])
      }
    }
    #expect(taken == [inputs[3], inputs[0], inputs[1], inputs[2], inputs[4]])
    #expect(queue.take(1) == nil)
  }
  #expect(additions == [.wakes, .waits, .waits, .waits, .waits])
}

@Test func aFullQueueRefusesObservationsButNotCommands() async throws {
  let queue = InputQueue(limit: 0)
  let observation = Observation(
    rollout: RolloutID("web-dev-1"), cluster: "dev-1", attempt: 1, digest: Digest(hashing: "one"),
    observedAt: Instant(milliseconds: 0), finding: .healthy)
  func addition(_ input: Input) async throws -> InputQueue.Addition {
    var result = InputQueue.Addition.full
    _ = try await withCheckedThrowingContinuation { answer in
      result = queue.add(InputQueue.Submission(input: input, answer: answer))
      if result == .full { answer.resume(returning: []) }
      for submission in queue.take(1) ?? [] { submission.answer.resume(returning: []) }
    }
    return result
  }
  #expect(try await addition(.observation(observation)) == .full)
  let cordon = Command(.cordon(cluster: "dev-1", until: nil), actor: "ann")
  #expect(try await addition(.command(cordon)) == .wakes)
}

@Test func aCommandSharesItsTransactionWithAQuarterOfTheUsualNumber() async {
  let queue = InputQueue()
  let command = Input.command(Command(.cordon(cluster: "dev-1", until: nil), actor: "ann"))
  let inputs = Array(repeating: Input.tick, count: 20) + [command]
  await withTaskGroup(of: Void.self) { group in
    let (stream, added) = AsyncStream.makeStream(of: Void.self)
    for input in inputs {
      group.addTask {
        _ = try? await withCheckedThrowingContinuation { answer in  // always answered
          _ = queue.add(InputQueue.Submission(input: input, answer: answer))
          added.yield()
        }
      }
    }
    var additions = stream.makeAsyncIterator()
    for _ in inputs { await additions.next() }
    var sizes: [Int] = []
    while let taken = queue.take(9) {
      sizes.append(taken.count)
      for submission in taken { submission.answer.resume(returning: []) }
    }
    #expect(sizes == [3, 9, 9])
  }
}

@Test func transactionsGrowWhileTheyAreQuickAndShrinkWhenTheyAreSlow() {
  var size = BatchSize()
  let first = size.limit
  size.learn(first, took: BatchSize.span / 10)
  #expect(size.limit == first * 2)
  size.learn(3, took: .microseconds(100))
  #expect(size.limit == first * 2, "a small transaction says nothing")
  for _ in 0..<20 { size.learn(size.limit, took: .microseconds(1)) }
  #expect(size.limit == BatchSize.range.upperBound)
  size.learn(size.limit, took: BatchSize.span * 100)
  #expect(size.limit == BatchSize.range.upperBound / 2)
  for _ in 0..<20 { size.learn(size.limit, took: .seconds(1)) }
  #expect(size.limit == BatchSize.range.lowerBound)
}
