public import FleetModel
public import Rendering
public import RolloutEngine

/// What the API may ask of a running hub.
public protocol HubOperations: Sendable {
  /// Looks at the state between two transactions. `body` is short; what takes long takes the state
  /// with it and lets go of it soon, because a state that is kept is copied by the next transaction.
  func read<Value: Sendable>(_ body: @Sendable (State) throws -> Value) async rethrows -> Value

  /// Carries a command out. Returns when its events are durable; throws
  /// `RolloutEngine.Refusal` with a remedy, or ``HubUnavailable``.
  func execute(_ command: Command) async throws -> [RecordedEvent]

  /// All events after `sequence`, those of the past first, then new ones as they are written,
  /// without a gap and at the reader's pace. Ends when the hub stops.
  func events(after sequence: Int) async -> AsyncThrowingStream<RecordedEvent, any Error>

  /// What the targets of a plan change in objects. Takes as long as rendering them does; nothing
  /// waits for it.
  func difference(of targets: [PlannedTarget]) async -> FleetDifference

  /// The events of one rollout, in order and in the form in which the log stores them.
  func log(of scope: RolloutLog.Scope) async throws -> [String]

  /// All events of some types, in order.
  func log(ofTypes types: Set<String>) async throws -> [RecordedEvent]

  /// What is known of the lines to `clusters`, or to all; without those that were never asked.
  func connections(to clusters: Set<String>?) async -> [String: ClusterConnection]

  func status() async -> HubStatus

  func now() -> Instant

  /// Who lets agents in; `nil` where the hub does not listen for any.
  var agents: (any AgentAdministration)? { get }
}

/// A hub that cannot do its work at the moment, and why.
public struct HubUnavailable: Error, Sendable, CustomStringConvertible {
  public let reason: String

  public init(reason: String) { self.reason = reason }

  public var description: String { reason }
}

/// The hub about itself.
public struct HubStatus: Sendable, Codable {
  public struct Repository: Sendable, Codable {
    /// Without user, password and query.
    public var url: String
    public var branch: String
    /// The last good commit of the branch.
    public var head: String?
    /// How the branch stands, in words.
    public var state: String
    public var isHealthy: Bool

    public init(url: String, branch: String, head: String?, state: String, isHealthy: Bool) {
      self.url = url
      self.branch = branch
      self.head = head
      self.state = state
      self.isHealthy = isHealthy
    }
  }

  public var version: String
  /// Grows with every start; clusters refuse work of a lower one.
  public var epoch: Int
  public var startedAt: Instant
  public var repository: Repository
  public var database: String
  /// Sequence number of the newest event.
  public var sequence: Int
  /// Effects that wait or are under way.
  public var openEffects: Int
  /// Why the hub cannot write at the moment; `nil` when all is well.
  public var trouble: String?

  public init(
    version: String, epoch: Int, startedAt: Instant, repository: Repository, database: String,
    sequence: Int, openEffects: Int, trouble: String? = nil
  ) {
    self.version = version
    self.epoch = epoch
    self.startedAt = startedAt
    self.repository = repository
    self.database = database
    self.sequence = sequence
    self.openEffects = openEffects
    self.trouble = trouble
  }
}
