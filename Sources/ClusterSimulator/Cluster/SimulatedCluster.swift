public import Manifests
internal import Synchronization

/// One simulated Kubernetes API server. Made by ``SimulatedClusters``; safe to use from any task.
public final class SimulatedCluster: Sendable {
  public let name: String
  /// Bearer token of a user who may do everything.
  public let token: String
  /// Bearer token of a user who may read everything.
  public let viewerToken: String
  /// Bearer token of user `nobody`, who may do what roles in the cluster allow.
  public let nobodyToken: String

  private struct Guarded {
    var cluster: ClusterState
    var waiting: [Int: CheckedContinuation<Void, Never>] = [:]
    var nextWaiter = 0
  }
  private let state: Mutex<Guarded>
  private let timeline: Timeline

  init(name: String, state: ClusterState, timeline: Timeline) {
    self.name = name
    self.timeline = timeline
    func secret() -> String {
      var random = SystemRandomNumberGenerator()
      return (0..<4).map { _ in String(random.next() as UInt64, radix: 36) }.joined()
    }
    token = secret()
    viewerToken = secret()
    nobodyToken = secret()
    var state = state
    state.bootstrap()
    state.pending = []
    self.state = Mutex(Guarded(cluster: state))
  }

  /// Changes the cluster, then schedules what the change put off.
  private func change<Result>(_ body: (inout ClusterState) throws -> sending Result) rethrows
    -> Result
  {
    let (outcome, pending, opened, ended) = try state.withLock { guarded in
      let outcome = try body(&guarded.cluster)
      let pending = guarded.cluster.pending
      let opened = guarded.cluster.openedWatches
      let ended = guarded.cluster.endedSinks
      guarded.cluster.pending = []
      guarded.cluster.openedWatches = []
      guarded.cluster.endedSinks = []
      return (outcome, pending, opened, ended)
    }
    for sink in ended { sink.finish() }
    for item in pending {
      timeline.after(item.delay) { [weak self] in self?.change { $0.perform(item.action) } }
    }
    for watch in opened {
      watch.sink.onTermination = { [weak self] _ in
        self?.change { _ = $0.watches.removeValue(forKey: watch.id) }
      }
    }
    return outcome
  }

  // MARK: Serving

  /// What comes of one request.
  enum Reply: Sendable {
    case answer(ClusterAnswer, isCut: Bool)
    /// The connection is to be closed without an answer.
    case refuse
  }

  func respond(to request: ClusterRequest) async -> Reply {
    let (fault, delay) = change { cluster in
      let path = ResourcePath(request.path)
      let verb = path.map { ClusterState.verb(request, $0) } ?? "discovery"
      cluster.requestCounts[verb, default: 0] += 1
      return (
        cluster.faults.decide(method: request.method, random: &cluster.random),
        cluster.faults.delay(method: request.method)
      )
    }
    if await !becomesReachable() { return .refuse }
    if delay > .zero {
      do { try await Task.sleep(for: delay) } catch { return .refuse }
    }
    switch fault {
    case .fail(let status, let retryAfter):
      return .answer(.error(Self.injected(status, retryAfter)), isCut: false)
    case .refuse: return .refuse
    case .cut, .none:
      let answer: ClusterAnswer
      do {
        let user = try authenticate(request)
        answer = try change { try $0.answer(request, user: user) }
      } catch let error as APIError {
        answer = .error(error)
      } catch {
        answer = .error(.internalFault("\(error)"))
      }
      return .answer(answer, isCut: fault == .cut)
    }
  }

  private static func injected(_ status: Int, _ retryAfter: Int?) -> APIError {
    switch status {
    case 429:
      APIError(
        code: 429, reason: "TooManyRequests",
        message: "Too many requests, please try again later.", retryAfterSeconds: retryAfter)
    case 503:
      APIError(
        code: 503, reason: "ServiceUnavailable",
        message: "the server is currently unable to handle the request",
        retryAfterSeconds: retryAfter)
    default:
      APIError(
        code: status, reason: "InternalError",
        message: "Internal error occurred: a fault that the simulator was told to make")
    }
  }

  /// Waits while the cluster hangs. `false` when it refuses connections.
  func becomesReachable() async -> Bool {
    while true {
      switch state.withLock({ $0.cluster.faults.reachability }) {
      case .reachable: return true
      case .refuse: return false
      case .hang:
        await waitForChange()
        if Task.isCancelled { return false }
      }
    }
  }

  private func waitForChange() async {
    let id = state.withLock { guarded in
      guarded.nextWaiter += 1
      return guarded.nextWaiter
    }
    await withTaskCancellationHandler {
      await withCheckedContinuation { (continuation: CheckedContinuation<Void, Never>) in
        let waits = state.withLock { guarded in
          guard guarded.cluster.faults.reachability == .hang, !Task.isCancelled else {
            return false
          }
          guarded.waiting[id] = continuation
          return true
        }
        if !waits { continuation.resume() }
      }
    } onCancel: {
      state.withLock { $0.waiting.removeValue(forKey: id) }?.resume()
    }
  }

  private func authenticate(_ request: ClusterRequest) throws -> RequestUser {
    var user = RequestUser.anonymous
    if let header = request.authorization {
      let parts = header.split(separator: " ", maxSplits: 1).map(String.init)
      switch parts.count == 2 && parts[0].lowercased() == "bearer" ? parts[1] : "" {
      case token:
        user = RequestUser(
          name: "admin", groups: [RequestUser.administrators, "system:authenticated"])
      case viewerToken:
        user = RequestUser(
          name: "viewer", groups: [RequestUser.viewers, "system:authenticated"])
      case nobodyToken: user = RequestUser(name: "nobody", groups: ["system:authenticated"])
      default: throw APIError.unauthorized
      }
    } else if let certificate = request.certificate {
      switch certificate {
      case .known(let name, let groups):
        user = RequestUser(name: name, groups: groups + ["system:authenticated"])
      case .foreign: throw APIError.unauthorized
      }
    }
    guard let impersonated = request.impersonatedUser else { return user }
    guard user.groups.contains(RequestUser.administrators) else {
      throw AccessAttempt(
        verb: "impersonate", group: "", resource: "users", namespace: "", name: impersonated
      ).refusal(user)
    }
    var groups = request.impersonatedGroups + ["system:authenticated"]
    let parts = impersonated.split(separator: ":")
    if impersonated.hasPrefix("system:serviceaccount:"), parts.count == 4 {
      groups += ["system:serviceaccounts", "system:serviceaccounts:\(parts[2])"]
    }
    return RequestUser(name: impersonated, groups: groups)
  }

  // MARK: For tests and the control endpoint

  /// How the cluster misbehaves. Setting it takes effect at once, for open watches too.
  public var faults: ClusterFaults {
    get { state.withLock { $0.cluster.faults } }
    set {
      let (waiting, broken) = state.withLock { guarded in
        guarded.cluster.faults = newValue
        let waiting = newValue.reachability == .hang ? [] : Array(guarded.waiting.values)
        if newValue.reachability != .hang { guarded.waiting = [:] }
        let watches = Array(guarded.cluster.watches.values)
        if newValue.reachability == .refuse { guarded.cluster.watches = [:] }
        return (waiting, newValue.reachability == .refuse ? watches : [])
      }
      for continuation in waiting { continuation.resume() }
      for watch in broken { watch.sink.finish() }
    }
  }

  /// Accepted writes after `sequence`, oldest first. Only the latest are held (see
  /// ``SimulatorConfiguration/auditLimit``).
  public func audit(after sequence: Int = 0) -> [AuditRecord] {
    state.withLock { $0.cluster.audit.records(after: sequence) }
  }

  /// Writes accepted so far, held or not.
  public var acceptedWrites: Int { state.withLock { $0.cluster.audit.lastSequence } }

  /// Requests so far, by verb: `get`, `list`, `watch`, `create`, `update`, `patch`, `delete`,
  /// `deletecollection`, and `discovery` for all others.
  public var requestCounts: [String: Int] { state.withLock { $0.cluster.requestCounts } }

  public var openWatches: Int { state.withLock { $0.cluster.watches.count } }

  /// The object at `path`, such as `/apis/apps/v1/namespaces/web/deployments/shop`; `nil` if there is
  /// none.
  public func object(_ path: String) -> Node? {
    guard let (parsed, served) = resolve(path) else { return nil }
    return state.withLock { guarded in
      guarded.cluster.object(Self.key(parsed, served)).map {
        VersionConversion.convert($0.node, to: served.resource)
      }
    }
  }

  /// Every object of the cluster, by resource and name.
  public var objects: [Node] {
    state.withLock { guarded in
      guarded.cluster.objects.sorted { $0.key < $1.key }.flatMap { store in
        store.value.sorted { $0.key < $1.key }.map(\.value.node)
      }
    }
  }

  /// Why a change from outside could not be made.
  public struct ChangeError: Error, CustomStringConvertible {
    public let description: String
  }

  /// Changes an object behind the back of whoever applied it, as a person with `kubectl edit` would.
  /// - Parameter patch: a JSON merge patch.
  public func edit(_ path: String, merging patch: Node, as manager: String = "kubectl-edit") throws
  {
    try act(path) { cluster, parsed, served in
      guard let live = cluster.object(Self.key(parsed, served)) else {
        throw APIError.notFound(served.resource, parsed.name)
      }
      let write = WriteRequest(
        served: served, namespace: parsed.namespace, name: parsed.name,
        subresource: parsed.subresource, manager: manager, isDryRun: false)
      let before = VersionConversion.convert(live.node, to: served.resource)
      _ = try cluster.write(MergePatch.apply(patch, to: before), onto: live, write)
    }
  }

  /// Deletes an object behind the back of whoever applied it.
  public func delete(_ path: String) throws {
    try act(path) { cluster, parsed, served in
      _ = try cluster.delete(Self.key(parsed, served), served, DeletionOptions(nil))
    }
  }

  /// Makes a workload unready with a waiting reason such as `CrashLoopBackOff`; `nil` heals it.
  public func breakWorkload(_ path: String, reason: String?) throws {
    try act(path) { cluster, parsed, served in
      cluster.setBroken(Self.key(parsed, served), reason: reason)
    }
  }

  /// Forgets the watch history, as a compaction of etcd does: older watches and continue tokens end
  /// in 410.
  public func compactHistory() { change { $0.history.compact(to: $0.resourceVersion) } }

  private static func key(_ path: ResourcePath, _ served: ServedResource) -> ObjectKey {
    ObjectKey(
      groupResource: served.resource.groupResource,
      name: ObjectName(namespace: path.namespace, name: path.name))
  }

  private func resolve(_ path: String) -> (ResourcePath, ServedResource)? {
    guard let parsed = ResourcePath(path.split(separator: "/").map(String.init)) else { return nil }
    return state.withLock { guarded in
      guarded.cluster.served(parsed.group, parsed.version, parsed.plural).map { (parsed, $0) }
    }
  }

  private func act(
    _ path: String, _ body: (inout ClusterState, ResourcePath, ServedResource) throws -> Void
  ) throws {
    guard let (parsed, served) = resolve(path) else {
      throw ChangeError(description: "cluster \(name) serves nothing at \(path)")
    }
    do {
      try change { try body(&$0, parsed, served) }
    } catch let error as APIError {
      throw ChangeError(description: "cluster \(name), \(path): \(error.message)")
    }
  }

  /// Ends all watches, as a server does that stops.
  func close() {
    let watches = state.withLock { guarded in
      let open = Array(guarded.cluster.watches.values)
      guarded.cluster.watches = [:]
      return open
    }
    for watch in watches { watch.sink.finish() }
  }
}
