public import HTTPTransport
internal import Manifests

/// Speaks to the API server of one cluster.
///
/// Every method throws ``KubernetesError``, or `CancellationError` when its task is cancelled.
/// Requests that may be repeated safely are repeated by the retry policy; every other failure
/// reaches the caller at once.
public final class KubernetesClient: Sendable {
  /// The manager under which Flotilla owns fields.
  public static let fieldManager = "flotilla"

  /// The cluster's name, for messages.
  public let cluster: String
  public let access: ClusterAccess
  public let retry: RetryPolicy
  let http: HTTPClient
  let timeout: Duration
  let discovery: DiscoveryCache
  let impersonation: Impersonation?
  let breaker: CircuitBreaker
  let generations: ConnectionGenerations

  /// - Parameter timeout: for one request from the first byte to the last; watches only for their
  ///   beginning.
  /// - Parameter rests: its back-off says how long a server that did not answer several times in a
  ///   row is left alone.
  public init(
    cluster: String, access: ClusterAccess, http: HTTPClient, retry: RetryPolicy = RetryPolicy(),
    rests: RetryPolicy = .rests, timeout: Duration = .seconds(30)
  ) {
    self.cluster = cluster
    self.access = access
    self.http = http
    self.retry = retry
    self.timeout = timeout
    discovery = DiscoveryCache()
    impersonation = access.impersonation
    breaker = CircuitBreaker(rests: rests)
    generations = ConnectionGenerations()
  }

  private init(
    _ other: KubernetesClient, retry: RetryPolicy, impersonation: Impersonation?,
    timeout: Duration? = nil
  ) {
    cluster = other.cluster
    access = other.access
    http = other.http
    self.timeout = timeout ?? other.timeout
    discovery = other.discovery
    self.retry = retry
    self.impersonation = impersonation
    breaker = other.breaker
    generations = other.generations
  }

  /// The same client with another policy; connections and what is known of the server are shared.
  public func retrying(_ policy: RetryPolicy) -> KubernetesClient {
    KubernetesClient(self, retry: policy, impersonation: impersonation)
  }

  /// The same client, which asks once and waits for `timeout` at most.
  public func hurrying(_ timeout: Duration) -> KubernetesClient {
    KubernetesClient(
      self, retry: .never, impersonation: impersonation, timeout: min(timeout, self.timeout))
  }

  /// The same client in somebody's name; connections and what is known of the server are shared.
  /// `nil` is as whom the kubeconfig says.
  public func impersonating(_ user: Impersonation?) -> KubernetesClient {
    KubernetesClient(self, retry: retry, impersonation: user ?? access.impersonation)
  }

  /// The server's version, such as `v1.20.2`. One cheap request: it tells whether the cluster can
  /// be reached.
  public func version() async throws -> String {
    let answer = try await send(Call(.get, "/version", action: "read the version"))
    return answer["gitVersion"]?.string ?? "unknown"
  }
}

/// One API request before it knows its server.
struct Call: Sendable {
  enum Repetition: Sendable {
    /// Doing it twice is doing it once.
    case safe
    /// Only when the request cannot have arrived, or was turned away unread.
    case onlyIfNotExecuted
  }

  var method: HTTPRequest.Method
  var path: String
  var query: [(name: String, value: String)] = []
  var body: Node?
  var contentType = "application/json"
  var accept = "application/json"
  var repetition = Repetition.safe
  var acceptsCompression = false
  /// The body holds what must not be quoted in errors.
  var isConfidential = false
  /// For messages: `apply Deployment web/shop`.
  var action: String

  init(_ method: HTTPRequest.Method, _ path: String, action: String) {
    self.method = method
    self.path = path
    self.action = action
  }

  var target: String {
    guard !query.isEmpty else { return path }
    let pairs = query.map { "\($0.name)=\(PathEncoding.encode($0.value))" }
    return "\(path)?\(pairs.joined(separator: "&"))"
  }
}
