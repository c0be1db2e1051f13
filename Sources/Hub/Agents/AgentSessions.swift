internal import KubernetesAPI
internal import Logging

/// The agents that are connected: at most one per cluster, the newer where there are two.
actor AgentSessions {
  private var current: [String: AgentSession] = [:]
  /// Runs of agents that had to give way, by cluster, as long as the one that came is there.
  private var superseded: [String: Set<String>] = [:]
  private var listeners: [String: [Int: AsyncStream<Void>.Continuation]] = [:]
  private var nextListener = 0
  /// When agents went that have not come back.
  private var gone: [String: ContinuousClock.Instant] = [:]
  private let started = ContinuousClock.now
  private let logger: Logger
  private let arrived: AsyncStream<String>.Continuation
  /// Clusters whose agent has just come.
  nonisolated let arrivals: AsyncStream<String>

  init(logger: Logger) {
    self.logger = logger
    (arrivals, arrived) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(65_536))
  }

  func session(of cluster: String) -> AgentSession? { current[cluster] }

  /// An agent that is connected gave a sign of life a moment ago.
  func line(to cluster: String) -> ClusterLine {
    if current[cluster] != nil { return ClusterLine(answered: .zero) }
    return ClusterLine(
      silence: .init(
        age: .now - (gone[cluster] ?? started), reason: "its agent is not connected"))
  }

  /// Begins a session. Throws ``AgentRefusal`` where a newer run of the agent has the place.
  func begin(cluster: String, instance: String) async throws -> AgentSession {
    let other = current[cluster]
    if other != nil, superseded[cluster]?.contains(instance) == true {
      throw AgentRefusal(
        .superseded,
        "a newer agent of cluster \(cluster) is connected; stop one of the two, or revoke the "
          + "cluster's agent if one of them is not yours")
    }
    let session = AgentSession(cluster: cluster, instance: instance)
    current[cluster] = session
    gone[cluster] = nil
    if let other {
      if other.instance != instance {
        superseded[cluster, default: []].insert(other.instance)
        logger.warning(
          "two agents have the identity of one cluster: the newer takes over",
          metadata: ["cluster": "\(cluster)"])
      }
      await other.close("another connection of its agent took over")
    }
    logger.info("agent connected", metadata: ["cluster": "\(cluster)"])
    arrived.yield(cluster)
    for listener in (listeners[cluster] ?? [:]).values { listener.yield() }
    return session
  }

  /// The session is over, however it ended.
  func ended(_ session: AgentSession) async {
    await session.close("its agent's connection was cut")
    let why = await session.end ?? ""
    logger.info(
      "agent gone", metadata: ["cluster": "\(session.cluster)", "why": "\(why)"])
    guard current[session.cluster]?.id == session.id else { return }
    current[session.cluster] = nil
    gone[session.cluster] = .now
    superseded[session.cluster] = nil
  }

  /// Cuts the stream of a cluster's agent.
  func cut(_ cluster: String, why: String) async { await current[cluster]?.close(why) }

  /// Returns when an agent of `cluster` connects, or when the task is cancelled.
  func nextArrival(of cluster: String) async {
    let number = nextListener
    nextListener += 1
    let (signals, continuation) = AsyncStream.makeStream(of: Void.self)
    listeners[cluster, default: [:]][number] = continuation
    for await _ in signals { break }
    listeners[cluster]?[number] = nil
    if listeners[cluster]?.isEmpty == true { listeners[cluster] = nil }
  }
}
