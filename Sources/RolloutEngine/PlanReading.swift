internal import FleetModel
public import Manifests

// What people want to know of a plan before it runs, and of one that does.

extension Rollout {
  /// The plan as it was frozen; its digest is ``planDigest``.
  public var plan: Plan {
    Plan(
      app: app, environment: environment, release: release, from: from,
      waves: plannedWaves.map { wave in
        Plan.Wave(
          name: wave.name, maxConcurrent: wave.maxConcurrent,
          maxFailures: wave.plannedMaxFailures,
          maxUnreachable: wave.maxUnreachable, progressDeadline: wave.progressDeadline,
          soak: wave.soak, onBreach: wave.onBreach, before: wave.planned(.before),
          after: wave.planned(.after),
          targets: targets[wave.targets].map { target in
            Plan.Target(
              cluster: target.cluster, base: target.base, digest: target.digest,
              release: target.release)
          })
      },
      unchanged: unchanged, approvals: approvals, deletions: deletions)
  }
}

extension Wave {
  fileprivate func planned(_ edge: WaveGate.Edge) -> [Gate]? {
    let planned = (gates ?? []).filter { $0.edge == edge }.map(\.gate)
    return planned.isEmpty ? nil : planned
  }
}

/// The commits between the release that is there and the one that is wanted.
public struct CommitRange: Sendable, Hashable {
  /// Oldest first.
  public let commits: [CommitSummary]
  /// The wanted release is older than what is there: the commits are taken back.
  public let isTakenBack: Bool
}

extension State {
  /// Every commit after `from` up to `release`, or from `release` up to `from` where that is the
  /// newer one. Without `from` there is nothing to count from, and only the last step is told.
  public func commits(from: ReleaseID?, to release: ReleaseID) -> CommitRange {
    let wanted = releases[release]?.ordinal ?? 0
    let present = from.flatMap { releases[$0]?.ordinal } ?? wanted - 1
    let range = min(present, wanted) + 1..<max(present, wanted) + 1
    // The ordinal of a release is its place in the order of the branch, counted from 1.
    let known = releases(of: releases[release]?.app ?? "").filter { id in
      releases[id].map { range.contains($0.ordinal) } ?? false
    }
    return CommitRange(
      commits: known.flatMap { releases[$0]?.commits ?? [] }, isTakenBack: present > wanted)
  }

  /// A release that wants `digest` on `cluster`: `likely`, or else the newest that does. `nil` when
  /// none is known to.
  public func release(
    of app: String, wanting digest: Digest, on cluster: String, likely: ReleaseID?
  ) -> ReleaseID? {
    if let likely, self.digest(of: likely, on: cluster) == digest { return likely }
    return releases(of: app).last { self.digest(of: $0, on: cluster) == digest }
  }
}
