import Synchronization
import Testing

@testable import Hub

/// Counts who is inside at the same time.
private final class Crowd: Sendable {
  private let state = Mutex((inside: [String](), most: 0, collided: false))

  func enter(_ cluster: String) {
    state.withLock { state in
      if state.inside.contains(cluster) { state.collided = true }
      state.inside.append(cluster)
      state.most = max(state.most, state.inside.count)
    }
  }

  func leave(_ cluster: String) {
    state.withLock { state in
      if let index = state.inside.firstIndex(of: cluster) { state.inside.remove(at: index) }
    }
  }

  var most: Int { state.withLock { $0.most } }
  var hasCollided: Bool { state.withLock { $0.collided } }
}

/// Something that happened, or not yet.
private final class Flag: Sendable {
  private let state = Mutex(false)
  func raise() { state.withLock { $0 = true } }
  var isRaised: Bool { state.withLock { $0 } }
}

@Test func neverTwoAppliesOnOneClusterAndNeverMoreThanTheLimit() async throws {
  let slots = DeliverySlots(limit: 3)
  let crowd = Crowd()
  try await withThrowingTaskGroup(of: Void.self) { group in
    for turn in 0..<60 {
      let cluster = "c\(turn % 6)"
      group.addTask {
        try await slots.withSlot(for: cluster) {
          crowd.enter(cluster)
          for _ in 0..<3 { await Task.yield() }
          crowd.leave(cluster)
        }
      }
    }
    try await group.waitForAll()
  }
  #expect(!crowd.hasCollided)
  #expect(crowd.most <= 3)
}

@Test func aWaiterThatIsCancelledGivesItsPlaceUp() async throws {
  let slots = DeliverySlots(limit: 1)
  let (gate, open) = AsyncStream.makeStream(of: Void.self)
  let (inside, entered) = AsyncStream.makeStream(of: Void.self)
  let holder = Task {
    try await slots.withSlot(for: "a") {
      entered.yield()
      for await _ in gate { return }
    }
  }
  for await _ in inside { break }
  let waiter = Task { try await slots.withSlot(for: "b") {} }
  waiter.cancel()
  await #expect(throws: CancellationError.self) { try await waiter.value }
  open.yield()
  try await holder.value
  try await slots.withSlot(for: "b") {}
}

@Test func theStartIsOverWhenEveryTargetWasSeenOnce() async {
  let startup = StartupObservation()
  await startup.expect(["one", "two"])
  let over = Flag()
  await withTaskGroup(of: Void.self) { group in
    group.addTask {
      await startup.finish()
      over.raise()
    }
    await startup.reported("one")
    for _ in 0..<20 { await Task.yield() }
    #expect(!over.isRaised)
    await startup.reported("two")
    await group.waitForAll()
  }
  #expect(over.isRaised)
}

@Test func aHubWithNothingUnderWayStartsAtOnce() async {
  let startup = StartupObservation()
  await startup.expect([])
  await startup.finish()
}
