import Foundation
import Testing

@testable import HubStore

/// What was rendered is a cache beside the log: bounded, and the oldest goes first.
@Suite struct RenderCacheTests {
  private static func name(_ kind: UInt8, _ number: Int) -> [UInt8] {
    [kind, UInt8(number / 256), UInt8(number % 256)] + [UInt8](repeating: 7, count: 29)
  }

  private static func state(_ number: Int, version: String = "1") -> StoredTargetState {
    StoredTargetState(
      key: name(1, number), rendererVersion: version, overlay: "overlays/shop/c\(number)",
      parameters: name(2, 0), dependencies: name(3, number), digest: name(4, number), objects: 3,
      claims: [1, 2, 3])
  }

  private static func piece(_ number: Int) -> StoredPiece {
    StoredPiece(name: name(3, number), body: [UInt8](repeating: 1, count: 100))
  }

  private func withDatabase(_ body: (HubDatabase) throws -> Void) throws {
    let folder = FileManager.default.temporaryDirectory
      .appendingPathComponent("hubstore-\(UUID().uuidString)").path
    defer { try? FileManager.default.removeItem(atPath: folder) }  // left behind is no failure
    try body(try HubDatabase(path: folder + "/hub.sqlite"))
  }

  @Test func whatIsStoredComesBackForTheSameRendererOnly() throws {
    try withDatabase { store in
      let isFull = try store.storeRendered(
        [Self.state(1), Self.state(2, version: "0")], [Self.piece(1), Self.piece(2)], at: 1,
        limits: RenderCacheLimits())
      #expect(!isFull)
      let stored = try store.renderedStates(rendererVersion: "1")
      #expect(stored.states == [Self.state(1)])
      #expect(Set(stored.pieces) == [Self.piece(1), Self.piece(2)])
    }
  }

  @Test func whatWasNotUsedForLongestGoesFirst() throws {
    try withDatabase { store in
      let limits = RenderCacheLimits(rows: 8, bytes: 1 << 20)
      for number in 0..<8 {
        let isFull = try store.storeRendered(
          [Self.state(number)], [Self.piece(number)], at: Int64(number), limits: limits)
        #expect(!isFull)
      }
      // The first is used again.
      _ = try store.storeRendered([Self.state(0)], [Self.piece(0)], at: 8, limits: limits)
      let isFull = try store.storeRendered(
        [Self.state(8)], [Self.piece(8)], at: 9, limits: limits)
      #expect(isFull)
      try store.pruneRendered(rendererVersion: "1", limits: limits)
      #expect(
        try store.renderedStates(rendererVersion: "1").states
          == [4, 5, 6, 7, 0, 8].map { Self.state($0) })
    }
  }

  @Test func piecesAreBoundedByBytesAndTakeTheirTargetStatesAlong() throws {
    try withDatabase { store in
      let limits = RenderCacheLimits(rows: 1000, bytes: 800)
      for number in 0..<9 {
        _ = try store.storeRendered(
          [Self.state(number)], [Self.piece(number)], at: Int64(number), limits: limits)
      }
      try store.pruneRendered(rendererVersion: "1", limits: limits)
      let stored = try store.renderedStates(rendererVersion: "1")
      #expect(stored.states == [3, 4, 5, 6, 7, 8].map { Self.state($0) })
      #expect(stored.pieces.count == 6)
    }
  }
}
