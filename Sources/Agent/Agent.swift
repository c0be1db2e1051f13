internal import Certificates
internal import Delivery
internal import FleetModel
internal import Foundation
internal import HTTPTransport
internal import KubernetesAPI
public import Logging
public import ServiceLifecycle

/// The agent of one cluster: dials the hub, carries its orders out with ``Delivery``, and reports
/// what became of them. Nobody dials the agent, and nothing of a target state is kept.
public final class Agent: Service {
  private let configuration: AgentConfiguration
  private let http: HTTPClient
  private let turns = AppTurns()
  private let logger: Logger
  private let instance = "\(UInt64.random(in: .min ... .max))"

  /// How long what changes the cluster may take to finish when the agent stops.
  private static let grace = Duration.seconds(20)
  /// A stream that lasted this long ends a series of failures.
  private static let goodRun = Duration.seconds(10)
  /// Certificates are not renewed more often than this.
  private static let shortestRenewal = Duration.seconds(10)

  public init(_ configuration: AgentConfiguration, logger: Logger) throws {
    var configuration = configuration
    while configuration.hub.hasSuffix("/") { configuration.hub.removeLast() }
    guard configuration.hub.hasPrefix("https://") else {
      throw AgentError("'\(configuration.hub)' is no address of a hub: expected https://HOST:PORT")
    }
    self.configuration = configuration
    self.logger = logger
    http = try HTTPClient()
  }

  /// Runs until its group shuts down gracefully. Throws ``AgentError`` when nothing but somebody's
  /// doing helps: a token that is not good, an agent that was revoked.
  public func run() async throws {
    let work = Task { try await self.work() }
    let result = await withTaskCancellationHandler {
      await withGracefulShutdownHandler {
        await work.result
      } onGracefulShutdown: {
        work.cancel()
      }
    } onCancel: {
      work.cancel()
    }
    await turns.finish(within: Agent.grace)
    await http.shutdown()
    if case .failure(let error) = result, !(error is CancellationError) { throw error }
    logger.info("stopped")
  }

  private func work() async throws {
    var identity = try await Joining(
      configuration: configuration, http: http, instance: instance, logger: logger
    ).identity()
    guard let cluster = identity.cluster else {
      throw AgentError("the agent's identity names no cluster; join again with a new token")
    }
    let delivery = ClusterDelivery(
      client: KubernetesClient(cluster: cluster, access: try access(cluster), http: http))
    var backOff = BackOff()
    while true {
      try Task.checkCancellation()
      guard try identity.isInTime else {
        throw AgentError(
          "the agent's certificate has expired while it was off; join again with a new token: "
            + "flotilla cluster join \(cluster)")
      }
      let started = ContinuousClock.now
      do {
        if let renewed = try await serve(identity, delivery) {
          identity = renewed
          try identity.save(in: configuration.stateDirectory)
          logger.info("certificate renewed", metadata: ["cluster": "\(cluster)"])
          continue
        }
        logger.warning("the hub ended the stream", metadata: ["cluster": "\(cluster)"])
      } catch let refusal as HubLink.Refusal {
        if refusal.isFinal { throw AgentError(refusal.description) }
        logger.error("refused, tried again", metadata: ["why": "\(refusal)"])
      } catch let error as TransportError {
        logger.warning("hub not reached, tried again", metadata: ["why": "\(error)"])
      } catch let fault as OrderFault {
        logger.error("stream dropped", metadata: ["why": "\(fault)"])
      }
      if started.duration(to: .now) > Agent.goodRun { backOff.reset() }
      try await backOff.rest()
    }
  }

  private func access(_ cluster: String) throws -> ClusterAccess {
    let environment = ProcessInfo.processInfo.environment
    do {
      return try ClusterAccess(
        of: try configuration.cluster.record(of: cluster, environment: environment),
        credentialsDirectory: FileManager.default.currentDirectoryPath,
        environment: environment)
    } catch {
      throw AgentError("\(error)")
    }
  }

  /// Carries orders out until the stream ends, or until it is time for another certificate, which is
  /// then the answer.
  private func serve(_ identity: Identity, _ delivery: ClusterDelivery) async throws -> Identity? {
    let link = HubLink(
      hub: configuration.hub, http: http, identity: identity, instance: instance,
      version: configuration.version)
    return try await withThrowingTaskGroup(of: Identity?.self) { group in
      group.addTask {
        try await self.carryOut(link, delivery)
        return nil
      }
      group.addTask { try await self.renew(identity, link) }
      defer { group.cancelAll() }
      return try await group.next() ?? nil
    }
  }

  private func carryOut(_ link: HubLink, _ delivery: ClusterDelivery) async throws {
    let (session, bytes) = try await link.orders()
    logger.info("connected", metadata: ["cluster": "\(delivery.cluster)", "hub": "\(link.hub)"])
    let desk = OrderDesk(
      delivery: delivery, turns: turns, link: link, session: session, logger: logger)
    do {
      var reader = OrderReader()
      for try await piece in bytes {
        for (number, order) in try reader.take(piece) { await desk.take(number, order) }
      }
      await desk.end()
    } catch {
      await desk.end()
      throw error
    }
  }

  /// Returns with a new certificate for a new key, in time.
  private func renew(_ identity: Identity, _ link: HubLink) async throws -> Identity {
    try await Task.sleep(for: max(try identity.renewal(), Agent.shortestRenewal))
    var backOff = BackOff()
    while true {
      do {
        let key = try Key.generate()
        let answer = try await link.renew(RenewalRequest(request: try SigningRequest(for: key).pem))
        if let certificate = answer.certificate {
          var renewed = identity
          renewed.key = try key.pem()
          renewed.certificate = certificate
          return renewed
        }
      } catch let error as TransportError {
        logger.warning("certificate not renewed, tried again", metadata: ["why": "\(error)"])
      }
      try await backOff.rest()
    }
  }
}
