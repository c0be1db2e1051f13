internal import Synchronization

/// Carries body bytes from the loop's thread to one reader. Bounded: when it is full the loop stops
/// reading from the connection until the reader has taken what is here.
final class BodyChannel: Sendable {
  private struct State {
    var bytes: [UInt8] = []
    var isPaused = false
    var end: Result<Void, any Error>?
    var isCancelled = false
    var reader: CheckedContinuation<[UInt8]?, any Error>?
  }

  private let state = Mutex(State())
  private let limit: Int

  init(limit: Int) { self.limit = limit }

  /// Takes over `bytes`; `false` when full, and then the same bytes are offered again later.
  func offer(_ bytes: UnsafeRawBufferPointer) -> Bool {
    state.withLock { state in
      if let reader = state.reader {
        state.reader = nil
        reader.resume(returning: Array(bytes))
        return true
      }
      if state.bytes.count >= limit {
        state.isPaused = true
        return false
      }
      state.bytes.append(contentsOf: bytes)
      return true
    }
  }

  func finish(_ end: Result<Void, any Error>) {
    state.withLock { state in
      guard state.end == nil else { return }
      state.end = end
      guard let reader = state.reader else { return }
      state.reader = nil
      switch end {
      case .success: reader.resume(returning: nil)
      case .failure(let error): reader.resume(throwing: error)
      }
    }
  }

  /// Everything that is here, else the next bytes, else `nil` at the end. Calls `resume` when the
  /// connection has to be read again.
  func next(resume: @Sendable () -> Void) async throws -> [UInt8]? {
    try await withTaskCancellationHandler {
      try await withCheckedThrowingContinuation { reader in
        let mustResume = state.withLock { state in
          if state.isCancelled {
            reader.resume(throwing: CancellationError())
          } else if !state.bytes.isEmpty {
            reader.resume(returning: state.bytes)
            state.bytes = []
            defer { state.isPaused = false }
            return state.isPaused
          } else if let end = state.end {
            switch end {
            case .success: reader.resume(returning: nil)
            case .failure(let error): reader.resume(throwing: error)
            }
          } else {
            state.reader = reader
          }
          return false
        }
        if mustResume { resume() }
      }
    } onCancel: {
      state.withLock { state in
        state.isCancelled = true
        state.reader?.resume(throwing: CancellationError())
        state.reader = nil
      }
    }
  }
}

/// The body of a streamed answer: chunks in order, for one reader. Letting go of it, or cancelling
/// the task that reads it, closes the exchange.
public struct HTTPBodyStream: AsyncSequence, Sendable {
  public typealias Element = [UInt8]

  fileprivate final class Reader: Sendable {
    let transfer: Transfer
    let channel: BodyChannel
    let loop: TransferLoop

    init(transfer: Transfer, channel: BodyChannel, loop: TransferLoop) {
      self.transfer = transfer
      self.channel = channel
      self.loop = loop
    }

    deinit { loop.submit(.cancel(transfer)) }
  }

  private let reader: Reader

  /// Ends the exchange for its reader by `error`.
  public func end(_ error: TransportError) {
    reader.channel.finish(.failure(error))
    reader.loop.submit(.cancel(reader.transfer))
  }

  init(transfer: Transfer, channel: BodyChannel, loop: TransferLoop) {
    reader = Reader(transfer: transfer, channel: channel, loop: loop)
  }

  public struct AsyncIterator: AsyncIteratorProtocol {
    fileprivate let reader: Reader

    public mutating func next() async throws -> [UInt8]? {
      let reader = reader
      return try await reader.channel.next { reader.loop.submit(.resume(reader.transfer)) }
    }
  }

  public func makeAsyncIterator() -> AsyncIterator { AsyncIterator(reader: reader) }
}
