internal import ArgumentParser
internal import ClusterSimulator
internal import Dispatch
internal import Glibc

@main
struct ClusterSimulatorCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "cluster-simulator",
    abstract: "Simulated Kubernetes API servers over HTTPS, many behind one port.",
    discussion: """
      Each cluster answers below https://HOST:PORT/clusters/NAME. With --state DIR it writes \
      DIR/kubeconfig (one context per cluster), ca.crt, admin.crt, admin.key and control.token. \
      It prints one line when it is ready and ends on SIGTERM or SIGINT.
      """)

  @Option(help: "Names of the clusters, separated by commas.")
  var clusters: String?

  @Option(help: "Number of clusters, named PREFIX1, PREFIX2, ….")
  var count: Int?

  @Option(help: "Start of the names that --count makes.")
  var prefix = "c"

  @Option(help: "Address to listen on.")
  var listen = "127.0.0.1"

  @Option(help: "Port to listen on; 0 takes a free one.")
  var port = 0

  @Option(help: "Directory for kubeconfig, certificates and the control token.")
  var state: String?

  @Option(help: "From a new generation of a workload to its readiness.")
  var readyDelay = Delay(.seconds(1))

  @Option(help: "From a new generation with a bad image to ProgressDeadlineExceeded.")
  var progressDeadline = Delay(.seconds(3))

  @Option(help: "From a CustomResourceDefinition to its establishment.")
  var crdDelay = Delay(.milliseconds(50))

  @Option(help: "From the deletion of a namespace to its end.")
  var namespaceDeletionDelay = Delay(.seconds(1))

  @Option(help: "Share, 0 to 1, that is added at random to every delay.")
  var jitter = 0.3

  @Option(help: "Seed of jitter, uids and injected errors.")
  var seed: UInt64 = 1

  @Flag(help: "Give custom resources a Ready condition; else they have no status.")
  var readyCustomResources = false

  @Option(help: "Events held for watches, per cluster.")
  var historyLimit: Int?

  @Option(help: "Accepted writes held for the audit log, per cluster.")
  var auditLimit: Int?

  func validate() throws {
    if (clusters == nil) == (count == nil) {
      throw ValidationError("give either --clusters NAME,… or --count N")
    }
    if let count, count < 1 { throw ValidationError("--count: expected at least 1") }
    if !(0...1).contains(jitter) { throw ValidationError("--jitter: expected 0 to 1") }
    if !(0...65_535).contains(port) { throw ValidationError("--port: expected 0 to 65535") }
  }

  func run() async throws {
    // A client that goes away is an error of one write, not the end of the process.
    signal(SIGPIPE, SIG_IGN)
    raiseDescriptorLimit()
    let names =
      clusters.map { $0.split(separator: ",").map(String.init) }
      ?? (1...(count ?? 1)).map { "\(prefix)\($0)" }
    var configuration = SimulatorConfiguration(clusters: names)
    configuration.host = listen
    configuration.port = port
    configuration.stateDirectory = state
    configuration.readyDelay = readyDelay.duration
    configuration.progressDeadline = progressDeadline.duration
    configuration.definitionDelay = crdDelay.duration
    configuration.namespaceDeletionDelay = namespaceDeletionDelay.duration
    configuration.jitter = jitter
    configuration.seed = seed
    configuration.readiesCustomResources = readyCustomResources
    configuration.historyLimit = historyLimit
    configuration.auditLimit = auditLimit
    let signals = TerminationSignals()
    let simulator = try await SimulatedClusters.start(configuration)
    let kubeconfig = simulator.kubeconfigPath.map { ", kubeconfig \($0)" } ?? ""
    print("ready \(simulator.url) \(names.count) clusters\(kubeconfig)")
    fflush(nil)
    await signals.first()
    await simulator.stop()
  }
}

/// Allows as many connections as the process may have: clients open one or more per cluster.
private func raiseDescriptorLimit() {
  var limit = rlimit()
  guard getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else { return }
  limit.rlim_cur = limit.rlim_max
  // Without success the old limit stays, which is enough for some hundred clusters.
  _ = setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
}

/// SIGTERM and SIGINT as values.
struct TerminationSignals {
  private let sources: [any DispatchSourceSignal]
  private let received: AsyncStream<Void>

  init() {
    let (received, sink) = AsyncStream.makeStream(of: Void.self)
    self.received = received
    sources = [SIGTERM, SIGINT].map { number in
      signal(number, SIG_IGN)
      let source = DispatchSource.makeSignalSource(signal: number)
      source.setEventHandler { sink.yield() }
      source.resume()
      return source
    }
  }

  func first() async { for await _ in received { return } }
}

/// A duration such as `500ms`, `1s`, `1.5s` or `2m` on the command line.
struct Delay: ExpressibleByArgument {
  let duration: Duration

  init(_ duration: Duration) { self.duration = duration }

  init?(argument: String) {
    let units: [(suffix: String, milliseconds: Double)] = [
      ("ms", 1), ("s", 1000), ("m", 60_000), ("h", 3_600_000),
    ]
    guard let unit = units.first(where: { argument.hasSuffix($0.suffix) }),
      let value = Double(argument.dropLast(unit.suffix.count)), value >= 0, value.isFinite
    else { return nil }
    duration = .microseconds(Int(value * unit.milliseconds * 1000))
  }

  var defaultValueDescription: String { "\(duration)" }
}
