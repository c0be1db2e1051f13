import Foundation
import Testing

@Suite("flotilla diff")
struct DiffCommandTests {
  /// A clone with one commit on main, for as long as `body` runs.
  private func withClone(_ body: (Clone) async throws -> Void) async throws {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent(
      "fleet-\(UInt32.random(in: 0..<UInt32.max))")
    // It is made just below.
    defer { try? FileManager.default.removeItem(at: folder) }
    let clone = Clone(folder: folder)
    for (path, text) in SmallFleet.files { try clone.write(path, text) }
    try await clone.git("init", "-q", "-b", "main")
    try await clone.commit("first")
    try await body(clone)
  }

  private struct Clone {
    let folder: URL

    func write(_ path: String, _ text: String) throws {
      let file = folder.appendingPathComponent(path)
      try FileManager.default.createDirectory(
        at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
      try Data(text.utf8).write(to: file)
    }

    func paint(_ colour: String) throws {
      try write(
        "overlays/web/base/settings.yaml",
        "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: settings\ndata:\n  colour: \(colour)\n"
      )
    }

    func git(_ arguments: String...) async throws {
      let result = try await Program.run(
        ["git", "-c", "user.name=t", "-c", "user.email=t@example.org"] + arguments,
        program: "/usr/bin/env", directory: folder.path)
      try #require(result.status == 0, "\(result.errors)")
    }

    func commit(_ message: String) async throws {
      try await git("add", "-A")
      try await git("commit", "-q", "-m", message)
    }

    func diff(_ arguments: String...) async throws -> Program.Result {
      try await Program.run(["diff"] + arguments, directory: folder.path)
    }
  }

  @Test func withoutARangeTheFilesOnDiskAreComparedWithTheCommit() async throws {
    try await withClone { clone in
      let same = try await clone.diff()
      #expect(same.status == 0)
      #expect(same.output == "HEAD → files on disk: no difference on 1 cluster\n")
      try clone.paint("red")
      let changed = try await clone.diff()
      #expect(changed.status == 1)
      #expect(
        changed.output == """
          HEAD → files on disk: 1 of 1 cluster changes, 1 distinct change, 0 clusters untouched

          1  web, 1 cluster: eu-1
             changed  ConfigMap web-settings
                      .data.colour
                      - blue
                      + red

          """)
    }
  }

  @Test func threeDotsShowWhatABranchAdds() async throws {
    try await withClone { clone in
      try await clone.git("checkout", "-q", "-b", "feature")
      try clone.write(
        "overlays/web/base/kustomization.yaml", "resources: [settings.yaml]\nnamePrefix: a-\n")
      try await clone.commit("feature")
      try await clone.git("checkout", "-q", "main")
      try clone.paint("red")
      try await clone.commit("main goes on")
      let parted = try await clone.diff("main...feature", "-o", "json")
      #expect(parted.status == 1)
      #expect(!parted.output.contains("red"))
      #expect(parted.output.contains("\"a-settings\""))
      let whole = try await clone.diff("main..feature")
      #expect(whole.output.contains("main..feature: 1 of 1 cluster changes"))
      #expect(try await clone.diff("feature..feature").status == 0)
    }
  }

  @Test func whatDoesNotRenderIsAnErrorAndNoDeletion() async throws {
    try await withClone { clone in
      try clone.write("overlays/web/base/kustomization.yaml", "resources: [absent.yaml]\n")
      let result = try await clone.diff()
      #expect(result.status == 2)
      #expect(result.output.contains("✘") || result.output.contains("x web on eu-1"))
      #expect(result.output.contains("absent.yaml"))
      #expect(!result.output.contains("deleted"))
    }
  }

  @Test(arguments: [
    (["nowhere..main"], "no branch, tag or commit has this name"),
    (["--app", "wev"], "there is no app 'wev'; did you mean 'web'?"),
    (["--cluster", "eu-2"], "there is no cluster 'eu-2'; did you mean 'eu-1'?"),
    (["-l", "environment=dev"], "no cluster has these labels"),
    (["--outptu", "json"], "Unknown option '--outptu'"),
    (["-C", "/nonexistent"], "/nonexistent"),
  ])
  func anErrorHasAStatusThatIsNotThatOfADifference(
    arguments: [String], message: String
  ) async throws {
    try await withClone { clone in
      try clone.paint("red")
      let result = try await Program.run(["diff"] + arguments, directory: clone.folder.path)
      #expect(result.status == 2)
      #expect(result.output.isEmpty)
      #expect(result.errors.contains(message), "\(result.errors)")
    }
  }

  @Test func anInvalidFleetIsReportedWithItsPlace() async throws {
    try await withClone { clone in
      try clone.write("fleet/apps/web.yaml", "kind: App\n")
      let result = try await clone.diff()
      #expect(result.status == 2)
      #expect(result.errors.contains("fleet/apps/web.yaml:1:1"))
    }
  }
}
