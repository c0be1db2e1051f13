internal import FleetModel
internal import Foundation
internal import GitSource
internal import Manifests
internal import Rendering

/// What a commit costs a hub, from its id to the digests of all target states.
///
/// `render-benchmark REPOSITORY COMMIT…` renders the first commit cold and each other one with what
/// is remembered of those before it. Prints 'figure value unit' lines for `scripts/bench`.
@main
enum RenderBenchmark {
  struct Failure: Error, CustomStringConvertible { let description: String }

  /// Milliseconds since an arbitrary point: of the clock on the wall, and of all processors.
  private struct Moment {
    let wall = ContinuousClock.now
    let processor = clock()

    func print(_ figure: String) {
      let elapsed = wall.duration(to: .now) / .milliseconds(1)
      let used = Double(clock() - processor) / Double(CLOCKS_PER_SEC) * 1000
      Swift.print("\(figure), elapsed \(String(format: "%.1f", elapsed)) ms")
      Swift.print("\(figure), processor \(String(format: "%.1f", used)) ms")
    }
  }

  static func main() async throws {
    let arguments = CommandLine.arguments.dropFirst()
    guard let path = arguments.first, arguments.count >= 2 else {
      throw Failure(description: "usage: render-benchmark REPOSITORY COMMIT…")
    }
    let repository = try LocalRepository.open(path).repository
    let memory = RenderMemory()
    let fleets = FleetReader()
    for (number, revision) in arguments.dropFirst().enumerated() {
      let commit = try repository.resolve(revision)
      let start = Moment()
      let tree = try repository.tree(at: commit)
      guard let configuration = fleets.load(tree: tree).configuration else {
        throw Failure(description: "fleet/ of \(revision) is not valid")
      }
      start.print("commit \(number): fleet read")
      let renderer = Renderer(
        tree: tree, configuration: configuration, commit: commit.hex, memory: memory)
      for app in configuration.apps {
        let result = await renderer.digests(app: app.name)
        print(
          "commit \(number): rendered \(result.digests.count - result.remembered) target-states")
      }
      start.print("commit \(number)")
    }
  }
}
