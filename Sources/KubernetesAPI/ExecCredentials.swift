internal import Foundation

/// What exec plugins gave, until it expires. Clusters that name the same program with the same
/// arguments share one run, and only a few programs run at a time.
actor ExecCredentials {
  static let shared = ExecCredentials()

  /// A credential is renewed this long before it expires, so that a request does not carry one that
  /// expires on its way.
  private static let margin: TimeInterval = 15
  /// After a failure the program is left alone for so long.
  private static let rest: TimeInterval = 5
  private static let concurrency = 4

  private enum Entry {
    case running(Task<ExecPlugin.Credential, any Error>)
    case ready(ExecPlugin.Credential)
    case failed(ClusterAccessError, at: Date)
  }

  private var entries: [ExecPlugin: Entry] = [:]
  private var running = 0
  private var waiting: [CheckedContinuation<Void, Never>] = []

  /// The credential of this moment; runs the program when there is none that holds.
  func credential(of plugin: ExecPlugin) async throws(ClusterAccessError) -> ExecPlugin.Credential {
    switch entries[plugin] {
    case .ready(let credential) where isValid(credential): return credential
    case .failed(let error, let at) where Date.now.timeIntervalSince(at) < Self.rest: throw error
    case .running(let task): return try await outcome(of: task, plugin)
    default:
      let task = Task { try await self.run(plugin) }
      entries[plugin] = .running(task)
      return try await outcome(of: task, plugin)
    }
  }

  /// The server refused this credential: the next request gets another.
  func refused(where isUsed: @Sendable (ExecPlugin.Credential) -> Bool, of plugin: ExecPlugin) {
    if case .ready(let known) = entries[plugin], isUsed(known) { entries[plugin] = nil }
  }

  private func isValid(_ credential: ExecPlugin.Credential) -> Bool {
    credential.expiry.map { $0.timeIntervalSinceNow > Self.margin } ?? true
  }

  private func outcome(
    of task: Task<ExecPlugin.Credential, any Error>, _ plugin: ExecPlugin
  ) async throws(ClusterAccessError) -> ExecPlugin.Credential {
    do { return try await task.value } catch {
      throw error as? ClusterAccessError ?? plugin.failure("\(error)")
    }
  }

  private func run(_ plugin: ExecPlugin) async throws -> ExecPlugin.Credential {
    await takeTurn()
    defer { passTurn() }
    // The program blocks its thread, which must not be one of Swift's few.
    let result: Result<ExecPlugin.Credential, ClusterAccessError> =
      await withCheckedContinuation { continuation in
        Thread {
          continuation.resume(
            returning: Result { () throws(ClusterAccessError) in try plugin.run() })
        }.start()
      }
    switch result {
    case .success(let credential): entries[plugin] = .ready(credential)
    case .failure(let error): entries[plugin] = .failed(error, at: .now)
    }
    return try result.get()
  }

  private func takeTurn() async {
    if running < Self.concurrency {
      running += 1
    } else {
      await withCheckedContinuation { waiting.append($0) }
    }
  }

  private func passTurn() {
    if waiting.isEmpty { running -= 1 } else { waiting.removeFirst().resume() }
  }
}
