internal import HTTPTransport
internal import Synchronization

/// Gives up connections that are dead and look open, as behind a balancer that lost its state: a
/// request that waited in vain makes those that follow use a new connection, and ends the watches of
/// the old one, which would stay silent.
final class ConnectionGenerations: Sendable {
  private struct State {
    var current = 0
    var watches: [Int: (generation: Int, body: HTTPBodyStream)] = [:]
    var lastNumber = 0
  }

  private let state = Mutex(State())

  /// That of new requests.
  var current: Int { state.withLock(\.current) }

  /// What keeps a watch known, as long as it is held.
  final class Lease: Sendable {
    private let generations: ConnectionGenerations
    private let generation: Int
    private let number: Int

    fileprivate init(_ generations: ConnectionGenerations, _ generation: Int, _ number: Int) {
      self.generations = generations
      self.generation = generation
      self.number = number
    }

    /// The watch itself failed.
    func failed(_ error: TransportError) { generations.failed(error, generation) }

    deinit {
      // The body goes after the lock: letting go of it does more than this.
      _ = generations.state.withLock { $0.watches.removeValue(forKey: number) }
    }
  }

  /// A watch has begun.
  func hold(_ body: HTTPBodyStream, _ generation: Int) -> Lease {
    let number = state.withLock { state in
      state.lastNumber += 1
      state.watches[state.lastNumber] = (generation, body)
      return state.lastNumber
    }
    return Lease(self, generation, number)
  }

  /// A request or a watch of `generation` failed by `error`.
  func failed(_ error: TransportError, _ generation: Int) {
    guard error.reason == .timedOut(.waiting) || error.reason == .timedOut(.receiving) else {
      return
    }
    let silent = state.withLock { state in
      // Those that failed together are one failure.
      guard generation == state.current else { return [HTTPBodyStream]() }
      state.current += 1
      return state.watches.values.filter { $0.generation <= generation }.map(\.body)
    }
    for body in silent { body.end(error) }
  }
}
