import Foundation
import Testing

@Suite("Commands on a fleet repository")
struct RepositoryCommandTests {
  /// A repository on disk with these files, for as long as `body` runs.
  private func with(_ files: [String: String], _ body: (String) async throws -> Void) async throws {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent(
      "fleet-\(UInt32.random(in: 0..<UInt32.max))")
    for (path, text) in files {
      let file = folder.appendingPathComponent(path)
      try FileManager.default.createDirectory(
        at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
      try Data(text.utf8).write(to: file)
    }
    // It was made just above.
    defer { try? FileManager.default.removeItem(at: folder) }
    try await body(folder.path)
  }

  private let fleet = SmallFleet.files

  private let rendered = """
    apiVersion: v1
    data:
      colour: blue
    kind: ConfigMap
    metadata:
      name: web-settings

    """

  @Test func buildPrintsWhatKustomizePrints() async throws {
    try await with(fleet) { folder in
      let result = try await Program.run(["build", "overlays/web/base"], directory: folder)
      #expect(result.status == 0, "\(result.errors)")
      #expect(result.output == rendered)
      let above = try await Program.run(["build"], directory: folder + "/overlays/web/base")
      #expect(above.output == rendered)
    }
  }

  @Test func healthShowsWhatTheExpressionsOfAnAppSayAboutAnObject() async throws {
    var files = fleet
    files["fleet/apps/health.yaml"] = """
      apiVersion: flotilla.dev/v1
      kind: App
      metadata: {name: health}
      spec:
        path: overlays/web
        healthCheckExprs:
          - apiVersion: example.test/v1
            kind: Widget
            failed: status.phase == 'Failed'
            current: status.phase == 'Ready'
      """
    func widget(_ status: String) -> String {
      "apiVersion: example.test/v2\nkind: Widget\nmetadata: {name: w, namespace: web}\n\(status)"
    }
    files["new.yaml"] = widget("")
    files["ready.yaml"] = widget("status: {phase: Ready}")
    files["both.yaml"] = """
      apiVersion: v1
      kind: List
      items:
      - {apiVersion: example.test/v1, kind: Widget, metadata: {name: a}, status: {phase: Ready}}
      - {apiVersion: example.test/v1, kind: Widget, metadata: {name: b}, status: {phase: Failed, message: no}}
      """
    try await with(files) { folder in
      func health(_ arguments: String...) async throws -> Program.Result {
        try await Program.run(["health"] + arguments, directory: folder)
      }
      let new = try await health("-f", "new.yaml", "--app", "health")
      #expect(
        new.output == """
          progressing  Widget web/w: cannot tell by 'failed' of healthCheckExprs: the object has no 'status'
            failed     error: the object has no 'status'
            current    error: the object has no 'status'

          """)
      #expect(new.status == 2)
      let ready = try await health("-f", "ready.yaml", "--app", "health")
      #expect(
        ready.output
          == "healthy      Widget web/w\n  failed     false\n  current    true\n")
      #expect(ready.status == 0)
      let both = try await health("-f", "both.yaml", "--app", "health")
      #expect(both.output.contains("degraded     Widget b: failed by healthCheckExprs: no\n"))
      #expect(both.status == 3)
      // Without an app a kind that nobody knows is healthy as soon as it exists.
      #expect(try await health("-f", "new.yaml").output == "healthy      Widget web/w\n")
      let unknown = try await health("-f", "new.yaml", "--app", "helath")
      #expect(unknown.errors == "error: there is no app 'helath'; did you mean 'health'?\n")
      #expect(unknown.status == 1)
      let broken = try await health("-f", "fleet", "--app", "health")
      #expect(broken.status == 1)
    }
  }

  @Test func aBuildLoadsNoLibraryThatItDoesNotCall() async throws {
    try await with(fleet) { folder in
      let names: (Program.Result) -> Set<String> = { result in
        Set(result.errors.matches(of: /file=(lib(?:git2|curl)\.so\.[0-9.]+)/).map { "\($0.1)" })
      }
      let build = try await Program.run(
        ["build", "overlays/web/base"], variables: ["LD_DEBUG": "files"], directory: folder)
      #expect(build.errors.contains("libc.so.6"))
      #expect(names(build).isEmpty)
      let difference = try await Program.run(
        ["diff", "HEAD~1..HEAD"], variables: ["LD_DEBUG": "files"], directory: folder)
      let library = try #require(names(difference).first { $0.contains("git2") })

      try Data("no library".utf8).write(to: URL(fileURLWithPath: "\(folder)/\(library)"))
      let broken = try await Program.run(
        ["diff", "HEAD~1..HEAD"], directory: folder, libraries: folder)
      #expect(broken.status == 127)
      #expect(broken.errors.hasPrefix("error: this command needs \(library), which could not"))
      #expect(broken.errors.split(separator: "\n").count == 1)
    }
  }

  @Test func aBuildErrorIsOneLineWithThePlaceAsTheUserNamesIt() async throws {
    var files = fleet
    files["overlays/web/base/kustomization.yaml"] = "resources: [settings.yaml]\nnamePrefx: web-\n"
    try await with(files) { folder in
      let result = try await Program.run(["build", "overlays/web/base"], directory: folder)
      #expect(result.status == 1)
      #expect(result.output.isEmpty)
      #expect(
        result.errors.hasPrefix("error: overlays/web/base/kustomization.yaml"), "\(result.errors)")
      #expect(result.errors.split(separator: "\n").count == 1)
    }
  }

  @Test func aLevelOfCompatibilityMergesListsThatKustomizeReplaces() async throws {
    func gateway(_ listener: String) -> String {
      "apiVersion: gateway.networking.k8s.io/v1\nkind: Gateway\nmetadata:\n  name: edge\n"
        + "spec:\n  listeners:\n  - name: \(listener)\n"
    }
    try await with([
      "kustomization.yaml": "resources: [gateway.yaml]\npatches: [path: patch.yaml]\n",
      "gateway.yaml": gateway("http"), "patch.yaml": gateway("https"),
    ]) { folder in
      let plain = try await Program.run(["build", folder])
      #expect(plain.output == gateway("https"), "\(plain.errors)")
      let merged = try await Program.run(["build", folder, "--compat", "kubernetes"])
      #expect(merged.output == gateway("https") + "  - name: http\n", "\(merged.errors)")
      let unknown = try await Program.run(["build", folder, "--compat", "best"])
      #expect(unknown.status == 1)
      #expect(unknown.errors == "error: --compat: expected kustomize or kubernetes, not 'best'\n")
    }
  }

  @Test func renderPrintsTheTargetStateOfAnAppForACluster() async throws {
    try await with(fleet) { folder in
      let result = try await Program.run(["render", "web", "eu-1", "-C", folder])
      #expect(result.status == 0, "\(result.errors)")
      #expect(result.output == rendered)
      let misspelt = try await Program.run(["render", "wbe", "eu-1", "-C", folder])
      #expect(misspelt.status == 1)
      #expect(misspelt.errors == "error: there is no app 'wbe'; did you mean 'web'?\n")
    }
  }

  @Test func renderAllWritesOneFilePerClusterAndAppIntoANewFolderOnly() async throws {
    try await with(fleet) { folder in
      let arguments = ["render", "--all", "-o", folder + "/out", "-C", folder]
      let first = try await Program.run(arguments)
      #expect(first.status == 0, "\(first.errors)")
      let file = try String(contentsOfFile: folder + "/out/eu-1/web.yaml", encoding: .utf8)
      #expect(file == rendered)
      let second = try await Program.run(arguments)
      #expect(second.status == 1)
      #expect(second.errors.contains("is not empty"))
    }
  }

  @Test func lintReportsEverythingAtOnceWithItsPlace() async throws {
    var files = fleet
    files["fleet/apps/web.yaml"] = """
      apiVersion: flotilla.dev/v1
      kind: App
      metadata: {name: web}
      spec:
        pth: overlays/web
      """
    files["fleet/environments/prod.yaml"] = "kind: Environmnt\n"
    try await with(files) { folder in
      let result = try await Program.run(["lint", folder])
      #expect(result.status == 1)
      #expect(result.output.contains("fleet/apps/web.yaml:5:3: error:"), "\(result.output)")
      #expect(result.output.contains("fleet/environments/prod.yaml:1:"))
    }
    try await with(fleet) { folder in
      let result = try await Program.run(["lint", folder])
      #expect(result.status == 0, "\(result.output)\(result.errors)")
    }
  }

  /// Lint, render and the hub decide by the same checks.
  @Test func whatTheHubWouldRefuseIsRefusedBeforeThePush() async throws {
    var files = fleet
    files["overlays/web/base/settings.yaml"] =
      "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: settings\ndatta:\n  colour: blue\n"
    try await with(files) { folder in
      let place = "overlays/web/base/settings.yaml:5:1: "
      let fault = "ConfigMap web-settings: unknown field 'datta'"
      let lint = try await Program.run(["lint", folder])
      #expect(lint.status == 1)
      #expect(
        lint.output
          == "\(place)error: app 'web': \(fault) (cluster eu-1); did you mean 'data'?\n")
      let render = try await Program.run(["render", "web", "eu-1", "-C", folder])
      #expect(render.status == 1)
      #expect(render.output.isEmpty)
      #expect(
        render.errors == "error: web on eu-1: \(place)\(fault); did you mean 'data'?\n")
    }
    files["fleet/apps/web.yaml"] = (fleet["fleet/apps/web.yaml"] ?? "")
      .replacing("overlays/web", with: "overlays/web, schema: warn")
    try await with(files) { folder in
      let lint = try await Program.run(["lint", folder])
      #expect(lint.status == 0)
      #expect(lint.output.contains("warning: app 'web': ConfigMap web-settings"))
      let render = try await Program.run(["render", "web", "eu-1", "-C", folder])
      #expect(render.status == 0)
      #expect(render.errors.contains("warning: ConfigMap web-settings: unknown field 'datta'"))
    }
  }

  @Test func aRevisionIsReadWithoutTouchingTheFilesOnDisk() async throws {
    try await with(fleet) { folder in
      for arguments in [
        ["init", "-q", "-b", "main"], ["add", "-A"],
        ["-c", "user.name=Test", "-c", "user.email=test@example.org", "commit", "-qm", "first"],
      ] {
        let git = Process()
        git.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        git.arguments = ["git", "-C", folder] + arguments
        try git.run()
        git.waitUntilExit()
        #expect(git.terminationStatus == 0)
      }
      try Data("broken".utf8).write(to: URL(fileURLWithPath: folder + "/fleet/apps/web.yaml"))
      let now = try await Program.run(["lint", folder])
      #expect(now.status == 1)
      let then = try await Program.run(["lint", folder, "--revision", "main"])
      #expect(then.status == 0, "\(then.output)\(then.errors)")
      let result = try await Program.run(
        ["render", "web", "eu-1", "-C", folder, "--revision", "main"])
      #expect(result.output == rendered)
      let unknown = try await Program.run(["lint", folder, "--revision", "nope"])
      #expect(unknown.status == 1)
      #expect(unknown.errors.contains("no branch, tag or commit has this name"))
    }
  }

  @Test func aDirectoryThatIsNotThereIsSaidSo() async throws {
    for command in ["lint", "build"] {
      let result = try await Program.run([command, "/nonexistent"])
      #expect(result.status == 1)
      #expect(result.errors == "error: /nonexistent: no such directory\n")
    }
  }
}
