internal import FleetModel
internal import Manifests

// From the digests of a commit to a release, or to the knowledge that there is none.

extension Engine {
  mutating func take(_ candidate: Candidate) {
    guard !state.knows(candidate.commit.commit, of: candidate.app) else { return }
    let latest = state.releases(of: candidate.app).last
    var added: [String: Digest] = [:]
    var changed = latest == nil
    for (cluster, digest) in candidate.digests {
      guard let latest, let known = state.digest(of: latest, on: cluster) else {
        added[cluster] = digest
        continue
      }
      if known != digest { changed = true }
    }
    if changed {
      record(candidate, after: latest)
    } else if let latest {
      if !added.isEmpty { emit(.releaseExtended(.init(release: latest, digests: added))) }
      emit(
        .commitUnchanged(.init(app: candidate.app, commit: candidate.commit, release: latest)))
    }
    settleAll(of: candidate.app)
  }

  private mutating func record(_ candidate: Candidate, after latest: ReleaseID?) {
    let predecessor = latest.flatMap { state.releases[$0] }
    let changes = candidate.digests.filter { cluster, digest in
      guard let predecessor, let status = state.clusters[cluster] else { return true }
      return digest
        != state.recordedDigest(of: predecessor, on: cluster, placed: status.placed)
    }
    emit(
      .releaseRecorded(
        ReleaseRecorded(
          release: ReleaseID(app: candidate.app, commit: candidate.commit.commit),
          app: candidate.app, commit: candidate.commit,
          rendererVersion: candidate.rendererVersion, predecessor: latest, changes: changes,
          commits: candidate.commits)))
  }

  mutating func take(invalid app: String, _ commit: CommitSummary, reason: String) {
    guard !state.knows(commit.commit, of: app) else { return }
    emit(.commitInvalid(.init(app: app, commit: commit, reason: reason)))
  }

  mutating func take(rendered request: RenderRequest, digests: [String: Digest]) {
    let wanted = digests.filter { cluster, _ in
      request.clusters.contains(cluster)
        && state.clusters[cluster]?.environment == request.environment
        && state.digest(of: request.release, on: cluster) == nil
    }
    guard !wanted.isEmpty, state.releases[request.release] != nil else {
      ignore("digests that nobody waits for")
      return
    }
    emit(.releaseExtended(.init(release: request.release, digests: wanted)))
    settleAll(of: request.app)
  }

  private mutating func settleAll(of app: String) {
    for pin in state.activePins where pin.app == app { settle(pin) }
  }
}

extension State {
  /// Whether the log already says what became of a commit.
  func knows(_ commit: String, of app: String) -> Bool {
    releases[ReleaseID(app: app, commit: commit)] != nil || commits["\(app)@\(commit)"] != nil
  }

  mutating func apply(_ event: ReleaseRecorded, _ record: RecordedEvent) {
    let release = Release(
      id: event.release, app: event.app, commit: event.commit,
      rendererVersion: event.rendererVersion, ordinal: releases(of: event.app).count + 1,
      recordedAt: record.at, sequence: record.sequence, predecessor: event.predecessor,
      changes: event.changes, commits: event.commits, extensions: [:], stability: [:],
      skippedIn: [])
    releases[event.release] = release
    register(release)
  }

  mutating func apply(_ event: ReleaseExtended, _ record: RecordedEvent) {
    for (cluster, digest) in event.digests {
      releases[event.release]?.extensions[cluster] = Release.Extension(
        digest: digest, sequence: record.sequence)
    }
  }

  mutating func apply(_ event: CommitUnchanged, _ record: RecordedEvent) {
    commits["\(event.app)@\(event.commit.commit)"] = CommitOutcome(
      app: event.app, commit: event.commit, result: .unchanged(event.release),
      recordedAt: record.at, sequence: record.sequence)
  }

  mutating func apply(_ event: CommitInvalid, _ record: RecordedEvent) {
    commits["\(event.app)@\(event.commit.commit)"] = CommitOutcome(
      app: event.app, commit: event.commit, result: .invalid(reason: event.reason),
      recordedAt: record.at, sequence: record.sequence)
  }
}
