internal import HubAPI

/// Gathers what happens while a watching command is busy drawing: the next look sees all of it at
/// once, so a flood of events costs one refresh.
actor WatchMailbox {
  struct Batch: Sendable {
    var events: [EventDocument] = []
    /// The connection to the hub: one line while it is lost.
    var interruption: String?
    /// A second passed or the terminal was resized.
    var isRedrawDue = false
    /// SIGINT or SIGTERM.
    var isStopped = false
    var failure: (any Error)?
  }

  private var batch = Batch()
  private var isEmpty = true
  private var waiter: CheckedContinuation<Void, Never>?

  func put(_ change: @Sendable (inout Batch) -> Void) {
    change(&batch)
    isEmpty = false
    waiter?.resume()
    waiter = nil
  }

  /// Waits for something to happen. For one reader.
  func next() async -> Batch {
    if isEmpty { await withCheckedContinuation { waiter = $0 } }
    defer {
      // An interruption lasts until an event comes.
      batch = Batch(interruption: batch.interruption)
      isEmpty = true
    }
    return batch
  }
}
