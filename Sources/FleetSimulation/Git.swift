internal import FleetModel
internal import Manifests
internal import RolloutEngine

// Commits: target states that change, stay, or cannot be rendered.

extension SimulatedFleet {
  func digest(_ app: String, _ commit: String, _ cluster: String) -> Digest {
    Digest(hashing: "\(app) \(commit) \(cluster)")
  }

  mutating func commit(_ random: inout SeededRandom) throws {
    if let again = lastCandidate, random.chance(5) {
      // Git is read twice.
      try give(.candidate(again))
    }
    commits += 1
    let id = commitID(commits)
    tell("commit \(id.prefix(8))")
    for app in configuration.apps {
      let summary = CommitSummary(
        commit: id, author: random.pick(["anna", "ben", "Cora D."]) ?? "anna",
        authorEmail: random.chance(50) ? "dora@example.org" : nil, subject: "change \(commits)",
        committedAt: now)
      if commits > 1, random.chance(8) {
        try give(.invalidCandidate(app: app.name, commit: summary, reason: "no such overlay"))
        continue
      }
      var wanted: [String: Digest] = [:]
      for cluster in configuration.clusters where app.clusters.matches(cluster.labels) {
        let old = digests[app.name]?[cluster.name]
        wanted[cluster.name] =
          old.flatMap { random.chance(30) ? $0 : nil } ?? digest(app.name, id, cluster.name)
      }
      if commits > 2, random.chance(10) {
        // A revert.
        let before = commitID(Int.random(in: 1..<commits, using: &random))
        for name in wanted.keys { wanted[name] = digest(app.name, before, name) }
      }
      if random.chance(15), let old = digests[app.name] {
        // A commit that changes nothing but perhaps the membership.
        wanted.merge(old.filter { wanted[$0.key] != nil }) { _, old in old }
      }
      digests[app.name] = wanted
      let candidate = Candidate(
        app: app.name, commit: summary, rendererVersion: "1", digests: wanted, commits: [summary])
      lastCandidate = candidate
      try give(.candidate(candidate))
    }
  }

  func commitID(_ number: Int) -> String {
    String(Digest(hashing: "commit \(number)").hex.prefix(40))
  }
}
