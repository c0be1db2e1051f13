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
/// `render-benchmark REPOSITORY DATABASE NAME=COMMIT…` takes the commits one after the other, each
/// with what is remembered of those before it, and a name `restart` after the process has forgotten
/// all but the database. Every answer is held against a rendering without memory. Prints 'figure
/// value unit' lines for `scripts/bench`.
@main
enum RenderBenchmark {
  struct Failure: Error, CustomStringConvertible { let description: String }

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
    let arguments = CommandLine.arguments.dropFirst()
    guard arguments.count >= 3 else {
      throw Failure(description: "usage: render-benchmark REPOSITORY DATABASE NAME=COMMIT…")
    }
    let database = try HubDatabase(path: arguments[2])
    // A fixed time will do where nothing is forgotten.
    func cache(_ memory: RenderMemory) -> RenderCache {
      RenderCache(
        memory: memory, database: database, clock: { Instant(milliseconds: 0) },
        logger: Logger(label: "render-benchmark"))
    }
    var repository = try LocalRepository.open(arguments[1]).repository
    var memory = RenderMemory()
    var fleets = FleetReader()
    for argument in arguments.dropFirst(2) {
      let parts = argument.split(separator: "=", maxSplits: 1).map { String($0) }
      guard parts.count == 2 else {
        throw Failure(description: "\(argument): expected NAME=COMMIT")
      }
      let (name, commit) = (parts[0], try repository.resolve(parts[1]))
      if name == "restart" {
        // As a new process has it: nothing is read, nothing is known.
        repository = try LocalRepository.open(arguments[1]).repository
        memory = RenderMemory()
        fleets = FleetReader()
        let start = Moment()
        cache(memory).restore()
        start.print("\(name): database read")
      }
      let start = Moment()
      let tree = try repository.tree(at: commit)
      guard let configuration = fleets.load(tree: tree).configuration else {
        throw Failure(description: "fleet/ of \(parts[1]) is not valid")
      }
      if name == "restart" { start.print("\(name): fleet read") }
      let renderer = Renderer(
        tree: tree, configuration: configuration, commit: commit.hex, memory: memory)
      let answers = await renderer.digestsOfAllApps()
      start.print(name)
      let rendered = answers.values.reduce(0) { $0 + $1.digests.count - $1.remembered }
      print("\(name): rendered \(rendered) target-states")
      let stored = Moment()
      await cache(memory).save()
      if rendered > 1 { stored.print("\(name): database written") }
      let fresh = await Renderer(tree: tree, configuration: configuration, commit: commit.hex)
        .digestsOfAllApps()
      for (app, answer) in answers {
        guard answer.errors.isEmpty, answer.digests == fresh[app]?.digests else {
          throw Failure(
            description: "\(name): app \(app) differs from what is rendered without memory "
              + (answer.errors.values.first?.description ?? ""))
        }
      }
    }
  }
}
