public import FleetModel
internal import GitSource
public import HubStore
public import Logging
internal import Manifests
public import Rendering

/// Carries what the renderer remembers over restarts: after one, only what changed meanwhile is
/// rendered. On a thread of its own. Whatever fails here costs time and nothing else.
public actor RenderCache {
  private let executor = QueueExecutor("flotilla.render-cache")
  public nonisolated var unownedExecutor: UnownedSerialExecutor {
    executor.asUnownedSerialExecutor()
  }

  private let memory: RenderMemory
  private let database: HubDatabase
  private let clock: @Sendable () -> Instant
  private let logger: Logger
  private let limits = RenderCacheLimits()

  /// - Parameter clock: when a row was used, for forgetting the oldest.
  public init(
    memory: RenderMemory, database: HubDatabase, clock: @escaping @Sendable () -> Instant,
    logger: Logger
  ) {
    self.memory = memory
    self.database = database
    self.clock = clock
    self.logger = logger
  }

  /// Takes over what an earlier process stored. Blocks; for the start.
  public nonisolated func restore() {
    do {
      let stored = try database.renderedStates(rendererVersion: Renderer.version)
      let rows = RememberedRows(stored.states, stored.pieces)
      let count = memory.restore(rows)
      guard count > 0 || !stored.states.isEmpty else { return }
      logger.info(
        "target states remembered",
        metadata: ["known": "\(count)", "unusable": "\(stored.states.count - count)"])
    } catch {
      logger.warning(
        "what was rendered before is not known and is rendered again",
        metadata: ["why": "\(error)"])
    }
  }

  /// Stores what was rendered since the last call.
  public func save() {
    let rows = memory.takeNewRows()
    guard !rows.isEmpty else { return }
    do {
      guard try store(rows) else { return }
      // What is in use gets the time of now, so that the rest is oldest.
      _ = try store(memory.rowsInUse())
      try database.pruneRendered(rendererVersion: Renderer.version, limits: limits)
    } catch {
      logger.warning(
        "what was rendered is not stored and is rendered again after a restart",
        metadata: ["why": "\(error)"])
    }
  }

  private func store(_ rows: RememberedRows) throws -> Bool {
    try database.storeRendered(
      rows.states.map(StoredTargetState.init),
      rows.pieces.map { StoredPiece(name: $0.key.bytes, body: $0.value) },
      at: clock().milliseconds, limits: limits)
  }
}

extension StoredTargetState {
  fileprivate init(_ row: RememberedRows.TargetState) {
    self.init(
      key: row.key.bytes, rendererVersion: row.rendererVersion, overlay: row.overlay,
      parameters: row.parameters.bytes, dependencies: row.dependencies.bytes,
      digest: row.digest.bytes, objects: row.objects, claims: row.claims)
  }
}

extension RememberedRows {
  fileprivate init(_ states: [StoredTargetState], _ pieces: [StoredPiece]) {
    self.init()
    self.states = states.compactMap { row in
      guard let key = Digest(bytes: row.key), let parameters = Digest(bytes: row.parameters),
        let dependencies = Digest(bytes: row.dependencies), let digest = Digest(bytes: row.digest)
      else { return nil }
      return TargetState(
        key: key, rendererVersion: row.rendererVersion, overlay: row.overlay,
        parameters: parameters, dependencies: dependencies, digest: digest, objects: row.objects,
        claims: row.claims)
    }
    for piece in pieces {
      if let name = Digest(bytes: piece.name) { self.pieces[name] = piece.body }
    }
  }
}
