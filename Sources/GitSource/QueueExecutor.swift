internal import Dispatch

/// Runs an actor on a thread outside Swift's cooperative pool, so that its blocking C calls and
/// child processes hold up nobody else.
public final class QueueExecutor: SerialExecutor {
  private let queue: DispatchQueue

  /// `label` names the thread in debuggers.
  public init(_ label: String) { queue = DispatchQueue(label: label) }

  public func enqueue(_ job: consuming ExecutorJob) {
    let job = UnownedJob(job)
    queue.async { job.runSynchronously(on: self.asUnownedSerialExecutor()) }
  }
}
