internal import FleetModel
internal import GitSource
internal import Kustomize
internal import Logging
internal import Manifests
internal import Rendering
internal import RolloutEngine

/// Turns commits of the tracked branch into configurations and releases.
struct RepositoryFollower: Sendable {
  /// How many commits between two releases are named; older ones are left out.
  private static let historyLimit = 500

  let mirror: GitMirror
  let writer: Writer
  let targetStates: TargetStates
  let memory: RenderMemory
  let services: BuildServices
  let cache: RenderCache
  let logger: Logger
  private let fleets = FleetReader()

  init(
    mirror: GitMirror, writer: Writer, targetStates: TargetStates, memory: RenderMemory,
    services: BuildServices, cache: RenderCache, logger: Logger
  ) {
    self.mirror = mirror
    self.writer = writer
    self.targetStates = targetStates
    self.memory = memory
    self.services = services
    self.cache = cache
    self.logger = logger
  }

  /// Reads `head` and hands what it says to the writer. Throws when the commit cannot be read or
  /// the database cannot be written; then nothing of it counts and the caller tries again.
  func take(_ head: CommitID) async throws {
    guard await !writer.read({ RepositoryFollower.isTaken(head.hex, in: $0) }) else { return }
    let started = ContinuousClock.now
    let tree = try await mirror.tree(at: head)
    let loaded = await RenderThreads.run { fleets.load(tree: tree) }
    let errors = loaded.findings.filter { $0.severity == .error }
    guard let configuration = loaded.configuration, errors.isEmpty else {
      let lines = errors.map(\.description)
      logger.warning(
        "fleet/ is not valid; the last valid configuration stays in force",
        metadata: ["commit": "\(head.short)", "findings": "\(lines.count)"])
      _ = try await writer.submit(
        .configurationRefused(commit: head.hex, findings: lines))
      return
    }
    let previous = await writer.read { $0.configuration?.commit }
    _ = try await writer.submit(.configuration(commit: head.hex, configuration))
    let commits = try await history(to: head, from: previous)
    let renderer = Renderer(
      tree: tree, configuration: configuration, commit: head.hex, memory: memory,
      services: services)
    await targetStates.keep(renderer, of: head.hex, configuredBy: head.hex)
    let answers = await renderer.digestsOfAllApps()
    for app in configuration.apps {
      try await take(app, at: head, answers[app.name], commits: commits)
    }
    await cache.save()
    logger.info(
      "commit taken",
      metadata: [
        "commit": "\(head.short)", "apps": "\(configuration.apps.count)",
        "took": "\(started.duration(to: .now))",
      ])
  }

  /// Whether everything that this commit says is known already, as after a restart.
  private static func isTaken(_ commit: String, in state: State) -> Bool {
    guard let configuration = state.configuration, configuration.commit == commit else {
      return state.configuration?.refused?.commit == commit
    }
    return configuration.apps.allSatisfy { app in
      if state.commits["\(app.name)@\(commit)"] != nil { return true }
      guard let release = state.releases[ReleaseID(app: app.name, commit: commit)] else {
        return false
      }
      return release.rendererVersion == Renderer.version
    }
  }

  private func take(
    _ app: App, at head: CommitID, _ answer: Renderer.AppDigests?, commits: [CommitSummary]
  ) async throws {
    guard let commit = commits.last, let answer else { return }
    logger.info(
      "target states known",
      metadata: [
        "app": "\(app.name)", "commit": "\(head.short)", "clusters": "\(answer.digests.count)",
        "unchanged": "\(answer.remembered)",
      ])
    if answer.errors.isEmpty {
      _ = try await writer.submit(
        .candidate(
          Candidate(
            app: app.name, commit: commit, rendererVersion: Renderer.version,
            digests: answer.digests,
            commits: commits)))
    } else {
      let reason = RepositoryFollower.summary(of: answer.errors.values.map(\.description))
      logger.warning(
        "app cannot be released; clusters keep what they have",
        metadata: ["app": "\(app.name)", "commit": "\(head.short)", "why": "\(reason)"])
      _ = try await writer.submit(
        .invalidCandidate(app: app.name, commit: commit, reason: reason))
    }
  }

  private static func summary(of problems: [String]) -> String {
    let distinct = Array(Set(problems)).sorted()
    let shown = distinct.prefix(3).joined(separator: "; ")
    return distinct.count > 3 ? "\(shown); and \(distinct.count - 3) more" : shown
  }

  /// Every commit after `previous` up to `head`, oldest first; only `head` where `previous` is no
  /// ancestor any more.
  private func history(to head: CommitID, from previous: String?) async throws -> [CommitSummary] {
    let old = previous.flatMap(CommitID.init)
    var commits: [CommitInfo] = []
    if let old, old != head, try await mirror.contains(old),
      try await mirror.isAncestor(old, of: head)
    {
      commits = try await mirror.history(
        from: old, to: head, limit: RepositoryFollower.historyLimit)
    }
    if commits.isEmpty { commits = [try await mirror.commit(head)] }
    // The mirror tells the newest first.
    if commits.first?.id == head { commits.reverse() }
    return commits.map { commit in
      CommitSummary(
        commit: commit.id.hex, author: commit.author.name, authorEmail: commit.author.email,
        subject: commit.summary,
        committedAt: Instant(milliseconds: commit.committer.time * 1000))
    }
  }

  /// Digests of a release for clusters that joined after it was made.
  func render(_ request: RenderRequest) async throws {
    let renderer = try await targetStates.renderer(
      of: request.commit, configuredBy: request.configuration)
    var digests: [String: Digest] = [:]
    for cluster in request.clusters {
      let state = try renderer.render(app: request.app, cluster: cluster)
      digests[cluster] = state.digest
      await targetStates.keep(state)
    }
    _ = try await writer.submit(.rendered(request, digests: digests))
  }
}
