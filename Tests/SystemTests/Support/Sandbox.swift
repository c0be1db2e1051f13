import Foundation

/// A folder with a fleet repository, simulated clusters and a hub, all real programs.
final class Sandbox {
  let folder: String
  private(set) var clusters: ChildProcess?
  private(set) var hub: ChildProcess?
  private var starts = 0

  /// Where the programs of this build lie.
  static let programs: String = {
    if let given = ProcessInfo.processInfo.environment["FLOTILLA_BIN_DIR"] { return given }
    let own = (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? ""
    return URL(fileURLWithPath: own).deletingLastPathComponent().path
  }()

  static let checkout = URL(fileURLWithPath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent().path

  /// The work tree that changes are made in.
  var repository: String { folder + "/repository" }

  init() throws {
    folder =
      FileManager.default.temporaryDirectory
      .appendingPathComponent("flotilla-\(UUID().uuidString.prefix(8))").path
    try FileManager.default.createDirectory(
      atPath: folder + "/credentials", withIntermediateDirectories: true)
    try git("init", "-q", "--bare", "-b", "main", folder + "/fleet.git", in: folder)
    try git("init", "-q", "-b", "main", repository, in: folder)
    for part in ["fleet", "overlays"] {
      try FileManager.default.copyItem(
        atPath: Sandbox.checkout + "/" + part, toPath: repository + "/" + part)
    }
  }

  /// Ends what was started and removes the folder.
  func close() {
    hub?.kill()
    clusters?.kill()
    // A folder that stays behind is no failure of the test.
    try? FileManager.default.removeItem(atPath: folder)
  }

  // MARK: - Repository

  @discardableResult
  func git(_ arguments: String..., in place: String? = nil) throws -> String {
    let identity = ["-c", "user.name=Test", "-c", "user.email=test@example.com"]
    let result = try runProgram("git", identity + arguments, in: place ?? repository)
    guard result.status == 0 else {
      throw SandboxError("git \(arguments.joined(separator: " ")): \(result.errors)")
    }
    return result.output.trimmingCharacters(in: .whitespacesAndNewlines)
  }

  func file(_ path: String) throws -> String {
    try String(contentsOfFile: repository + "/" + path, encoding: .utf8)
  }

  func write(_ text: String, to path: String) throws {
    let full = URL(fileURLWithPath: repository + "/" + path)
    try FileManager.default.createDirectory(
      at: full.deletingLastPathComponent(), withIntermediateDirectories: true)
    try Data(text.utf8).write(to: full)
  }

  func replace(_ old: String, by new: String, in path: String) throws {
    let text = try file(path)
    guard text.contains(old) else { throw SandboxError("\(path) has no '\(old)'") }
    try write(text.replacingOccurrences(of: old, with: new), to: path)
  }

  /// Commits and pushes everything; answers all 40 digits.
  func commit(_ message: String) throws -> String {
    try git("add", "-A")
    try git("commit", "-q", "-m", message)
    try git("push", "-q", folder + "/fleet.git", "HEAD:main")
    return try git("rev-parse", "HEAD")
  }

  // MARK: - Programs

  /// Starts a simulator with the sample fleet's clusters and puts its kubeconfig into the hub's
  /// credentials.
  func startClusters(readyDelay: String = "200ms") async throws {
    let names = try clusterNames()
    let process = try ChildProcess(
      "cluster-simulator", program: Sandbox.programs + "/cluster-simulator",
      arguments: [
        "--clusters", names.joined(separator: ","), "--state", folder + "/clusters",
        "--ready-delay", readyDelay,
      ], outputPath: folder + "/clusters.log")
    clusters = process
    try await process.waitForOutput("ready ")
    try FileManager.default.copyItem(
      atPath: folder + "/clusters/kubeconfig",
      toPath: folder + "/credentials/clusters.kubeconfig")
  }

  func clusterNames() throws -> [String] {
    let directory = repository + "/fleet/clusters"
    var names: [String] = []
    for name in try FileManager.default.contentsOfDirectory(atPath: directory) {
      for line in try file("fleet/clusters/" + name).split(separator: "\n")
      where line.hasPrefix("  name: ") {
        names.append(String(line.dropFirst("  name: ".count)))
      }
    }
    return names.sorted()
  }

  var hubAddress: String { "unix:" + folder + "/hub.sock" }

  /// Starts the hub and waits until it is ready.
  func startHub(_ extra: [String] = []) async throws {
    try await launchHub(extra).waitForOutput(" serves ")
  }

  /// Starts the hub, which may not live long.
  @discardableResult
  func launchHub(
    _ extra: [String] = [], environment: [String: String] = [:]
  ) throws -> ChildProcess {
    starts += 1
    let process = try ChildProcess(
      "hub", program: Sandbox.programs + "/flotilla",
      arguments: [
        "hub", "--repo", folder + "/fleet.git", "--branch", "main",
        "--database", folder + "/hub.sqlite", "--credentials-dir", folder + "/credentials",
        "--mirror", folder + "/mirror.git", "--socket", folder + "/hub.sock", "--poll-interval",
        "1s",
      ] + extra, environment: environment, outputPath: folder + "/hub-\(starts).log")
    hub = process
    return process
  }

  func killHub() {
    hub?.kill()
    hub = nil
  }

  func stopHub() async throws {
    try await hub?.terminate()
    hub = nil
  }

  /// Runs the command line against the hub.
  func flotilla(_ arguments: String...) throws -> CommandResult {
    try runProgram(
      Sandbox.programs + "/flotilla", arguments, environment: ["FLOTILLA_HUB": hubAddress])
  }

  /// The items of `flotilla get KIND … -o json`.
  func get(_ arguments: String...) throws -> [[String: Any]] {
    let result = try runProgram(
      Sandbox.programs + "/flotilla", ["get"] + arguments + ["-o", "json"],
      environment: ["FLOTILLA_HUB": hubAddress])
    guard result.status == 0 else {
      throw SandboxError("flotilla get \(arguments.joined(separator: " ")): \(result.errors)")
    }
    let json = try JSONSerialization.jsonObject(with: Data(result.output.utf8))
    return (json as? [String: Any])?["items"] as? [[String: Any]] ?? []
  }

  /// Waits for `condition`, which may throw while it does not hold yet.
  func wait(
    for what: String, within limit: Duration = .seconds(90),
    _ condition: () async throws -> Bool
  ) async throws {
    let deadline = ContinuousClock.now + limit
    var lastProblem = ""
    while ContinuousClock.now < deadline {
      do { if try await condition() { return } } catch { lastProblem = "\(error)" }
      try await Task.sleep(for: .milliseconds(50))
    }
    let explanation = try flotilla("explain")
    throw SandboxError(
      "waited \(limit) for \(what) in vain. \(lastProblem)\n\(explanation.output)\n"
        + "\(explanation.errors)\nhub:\n\(hub?.output.suffix(3000) ?? "not running")")
  }
}
