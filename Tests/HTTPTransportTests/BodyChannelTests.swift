import Synchronization
import Testing

@testable import HTTPTransport

/// The hand-over of body bytes from the loop to a reader.
struct BodyChannelTests {
  private func offer(_ text: String, to channel: BodyChannel) -> Bool {
    Array(text.utf8).withUnsafeBytes { channel.offer($0) }
  }

  @Test func afterItWasFullTheConnectionIsResumedOnce() async throws {
    let channel = BodyChannel(limit: 4)
    let resumed = Mutex(0)
    #expect(offer("abcd", to: channel))
    #expect(!offer("e", to: channel))
    #expect(!offer("e", to: channel))
    #expect(try await channel.next { resumed.withLock { $0 += 1 } } == Array("abcd".utf8))
    #expect(resumed.withLock { $0 } == 1)
    #expect(offer("e", to: channel))
    #expect(try await channel.next { resumed.withLock { $0 += 1 } } == Array("e".utf8))
    #expect(resumed.withLock { $0 } == 1)
  }

  @Test func whatCameBeforeTheEndIsReadBeforeTheEnd() async throws {
    let channel = BodyChannel(limit: 4)
    #expect(offer("ab", to: channel))
    channel.finish(.failure(TransportError(server: "s", reason: .cut(received: 2))))
    #expect(try await channel.next {} == Array("ab".utf8))
    await #expect(throws: TransportError.self) { try await channel.next {} }
  }

  @Test func aReaderThatWaitsIsWokenByBytesByTheEndAndByCancellation() async throws {
    let channel = BodyChannel(limit: 4)
    let first = Task { try await channel.next {} }
    // Whether the reader or the byte comes first, it is read.
    #expect(offer("a", to: channel))
    #expect(try await first.value == Array("a".utf8))
    let cancelled = Task { try await channel.next {} }
    cancelled.cancel()
    await #expect(throws: CancellationError.self) { try await cancelled.value }
    let ending = BodyChannel(limit: 4)
    let last = Task { try await ending.next {} }
    ending.finish(.success(()))
    #expect(try await last.value == nil)
  }
}
