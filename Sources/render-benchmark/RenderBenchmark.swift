internal import FleetModel
internal import Foundation
internal import GitSource
internal import Hub
internal import HubStore
internal import Logging
internal import Manifests
internal import Rendering

/// What a commit costs a hub, from its id to the digests of all target states.
///
/// `render-benchmark REPOSITORY [--database PATH] [NAME=]COMMIT…` takes the commits one after the
/// other, each with what is remembered of those before it. With a database, `restart=COMMIT` comes
/// after the process has forgotten all but the database, and every answer is held against a
/// rendering without memory. Prints 'figure value unit' lines for `scripts/bench`.
@main
struct RenderBenchmark {
  struct Failure: Error, CustomStringConvertible {
    let description: String

    static let usage = Failure(
      description: "usage: render-benchmark REPOSITORY [--database PATH] [NAME=]COMMIT…")
  }

  /// A moment on the wall clock, and on that of all threads of this process.
  private struct Moment {
    private let wall = ContinuousClock.now
    private let processor = clock()

    func print(_ figure: String) {
      let elapsed = wall.duration(to: .now) / .milliseconds(1)
      let used = Double(clock() - processor) / Double(CLOCKS_PER_SEC) * 1000
      Swift.print("\(figure), elapsed \(String(format: "%.1f", elapsed)) ms")
      Swift.print("\(figure), processor \(String(format: "%.1f", used)) ms")
    }
  }

  static func main() async throws {
    var arguments = CommandLine.arguments.dropFirst()
    guard let path = arguments.popFirst() else { throw Failure.usage }
    var database: HubDatabase?
    if arguments.first == "--database" {
      guard let file = arguments.dropFirst().first else { throw Failure.usage }
      database = try HubDatabase(path: file)
      arguments = arguments.dropFirst(2)
    }
    guard !arguments.isEmpty else { throw Failure.usage }
    var run = RenderBenchmark(
      path: path, repository: try LocalRepository.open(path).repository, database: database)
    for (number, argument) in arguments.enumerated() {
      let parts = argument.split(separator: "=", maxSplits: 1).map { String($0) }
      guard let revision = parts.last else { throw Failure.usage }
      try await run.take(revision, as: parts.count == 2 ? parts[0] : "commit \(number)")
    }
  }

  private let path: String
  private var repository: GitRepository
  private let database: HubDatabase?
  private var memory = RenderMemory()
  private var fleets = FleetReader()

  private var cache: RenderCache? {
    database.map {
      // One time will do where nothing is forgotten.
      RenderCache(
        memory: memory, database: $0, clock: { Instant(milliseconds: 0) },
        logger: Logger(label: "render-benchmark"))
    }
  }

  private mutating func take(_ revision: String, as name: String) async throws {
    let isRestart = name == "restart"
    if isRestart { try restart() }
    let commit = try repository.resolve(revision)
    let start = Moment()
    let tree = try repository.tree(at: commit)
    guard let configuration = fleets.load(tree: tree).configuration else {
      throw Failure(description: "fleet/ of \(revision) is not valid")
    }
    if isRestart { start.print("\(name): fleet read") }
    let renderer = Renderer(
      tree: tree, configuration: configuration, commit: commit.hex, memory: memory)
    let answers = await renderer.digestsOfAllApps()
    start.print(name)
    let rendered = answers.values.reduce(0) { $0 + $1.digests.count - $1.remembered }
    print("\(name): rendered \(rendered) target-states")
    if let error = answers.values.lazy.flatMap(\.errors.values).first {
      throw Failure(description: "\(name): \(error)")
    }
    guard let cache else { return }
    let stored = Moment()
    await cache.save()
    if rendered > 1 { stored.print("\(name): database written") }
    let fresh = await Renderer(tree: tree, configuration: configuration, commit: commit.hex)
      .digestsOfAllApps()
    guard answers.mapValues(\.digests) == fresh.mapValues(\.digests) else {
      throw Failure(description: "\(name): differs from what is rendered without memory")
    }
  }

  /// Forgets what a new process does not know.
  private mutating func restart() throws {
    repository = try LocalRepository.open(path).repository
    memory = RenderMemory()
    fleets = FleetReader()
    let start = Moment()
    cache?.restore()
    start.print("restart: database read")
  }
}
