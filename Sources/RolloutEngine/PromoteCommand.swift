internal import FleetModel

// A person wants a release in an environment.

extension Engine {
  mutating func promote(
    _ change: String, to name: String, by command: Command
  ) throws(Refusal) {
    let what = "promote \(change) to \(name)"
    guard let environment = state.environment(name) else {
      let names = (state.configuration?.environments ?? []).map(\.name).joined(separator: ", ")
      throw Refusal(
        what: what, why: "there is no environment '\(name)'",
        remedy: names.isEmpty ? "declare it in fleet/environments" : "there are \(names)")
    }
    guard !environment.paused else {
      throw Refusal(
        what: what, why: "the environment is paused in Git",
        remedy: "set paused: false in fleet/environments of \(name) and commit")
    }
    if let freeze = state.freeze(of: name) {
      throw Refusal(
        what: what,
        why: "\(freeze.environment ?? "the fleet") is frozen by \(freeze.decision.text)",
        remedy: "to end that: \(freeze.endingCommand)")
    }
    var wishes: [(pin: PinID, release: ReleaseID)] = []
    for release in try releases(meantBy: change, what) {
      let pin = PinID(app: release.app, environment: name)
      guard state.catalog.members[pin] != nil else { continue }
      guard !state.isWanted(release.id, by: pin) else { continue }
      try require(release, ready: environment, for: what)
      wishes.append((pin, release.id))
    }
    guard !wishes.isEmpty else {
      throw Refusal(
        what: what, why: "\(name) has it, or is about to",
        remedy: "see how it stands: flotilla get rollouts")
    }
    for wish in wishes {
      let wanted = Wish(
        release: wish.release, cause: .commanded, actor: command.actor, reason: command.reason)
      want(wanted, in: wish.pin, environment)
    }
  }

  private func require(
    _ release: Release, ready environment: Environment, for what: String
  ) throws(Refusal) {
    let upstream = state.upstream(of: environment, app: release.app)
    let id = release.id
    if let rejection = release.rejection {
      throw Refusal(
        what: what, why: "\(id) was rejected by \(rejection.text)",
        remedy: "to lift that: flotilla unreject \(id)")
    }
    switch state.standing(of: release, for: environment, upstream: upstream, at: now) {
    case .ready: break
    case .notStable(let before):
      let open = state.pins[PinID(app: release.app, environment: before)]?.rollout
      throw Refusal(
        what: what, why: "\(id) is not stable in \(before)",
        remedy: open.map { "see how far it is there: flotilla rollout status \($0)" }
          ?? "bring it there first: flotilla promote \(id) --to \(before)")
    case .soaking(let before, let until):
      throw Refusal(
        what: what,
        why: "\(id) has to be stable in \(before) for \(environment.promotion.soak)",
        remedy: "it will be at \(until.text)")
    case .replaced(let before):
      throw Refusal(
        what: what,
        why: "\(id) was replaced in \(before) before it had been stable for "
          + "\(environment.promotion.soak)",
        remedy: "bring it back first: flotilla promote \(id) --to \(before)")
    }
  }

  /// The releases that a person means: one by its name, or every app's at a commit.
  func releases(meantBy change: String, _ what: String) throws(Refusal) -> [Release] {
    try state.releases(meantBy: change, for: what)
  }
}

extension State {
  /// The releases that a person means: one by its name, or every app's at a commit.
  /// `what` is asked for with it, in the words of a refusal.
  public func releases(
    meantBy change: String, for what: String
  ) throws(Refusal) -> [Release] {
    if let release = releases[ReleaseID(change)] { return [release] }
    let parts = change.split(separator: "@", maxSplits: 1, omittingEmptySubsequences: false)
    let digits = (parts.last ?? "").lowercased()
    let app = parts.count == 2 ? String(parts[0]) : nil
    guard digits.count >= 7, digits.allSatisfy(\.isHexDigit) else {
      throw Refusal(
        what: what,
        why: "'\(change)' is neither a release (app@commit) nor 7 or more digits of a commit",
        remedy: "list releases: flotilla get releases")
    }
    let matches = commits(startingWith: digits)
    guard let commit = matches.first, matches.count == 1 else {
      throw Refusal(
        what: what,
        why: matches.isEmpty
          ? "no commit '\(digits)' is known" : "'\(digits)' is the start of several commits",
        remedy: matches.isEmpty
          ? "list releases: flotilla get releases"
          : "give more digits: \(matches.sorted().joined(separator: ", "))")
    }
    var found: [Release] = []
    for name in (configuration?.apps ?? []).map(\.name) where app == nil || app == name {
      if case .invalid(let reason) = commits["\(name)@\(commit)"]?.result {
        throw Refusal(
          what: what, why: "\(name) cannot be rendered at \(commit.prefix(12)): \(reason)",
          remedy: "commit a repair, then promote that")
      }
      if let release = release(of: name, at: commit) { found.append(release) }
    }
    return found
  }

  /// Whether `change` has the form of a commit, or of a release of one, and the log does not say yet
  /// what it means for every app. It may come with the next fetch.
  public func isAwaited(_ change: String) -> Bool {
    guard releases[ReleaseID(change)] == nil else { return false }
    let parts = change.split(separator: "@", maxSplits: 1)
    let digits = (parts.last ?? "").lowercased()
    guard digits.count >= 7, digits.allSatisfy(\.isHexDigit) else { return false }
    let matches = commits(startingWith: digits)
    guard let commit = matches.first else { return true }
    guard matches.count == 1, let first = records(of: nil, at: commit).min() else { return false }
    // An app of which something later is known will not be told of this commit any more.
    return (configuration?.apps ?? []).map(\.name).contains { app in
      (parts.count < 2 || parts[0] == app) && !knows(commit, of: app)
        && records(of: app, at: nil).allSatisfy { $0 < first }
    }
  }

  /// When the log tells what commits mean for an app, by event; `nil` stands for any.
  private func records(of app: String?, at commit: String?) -> [Int] {
    let released = releases.values.filter {
      (app ?? $0.app) == $0.app && (commit ?? $0.commit.commit) == $0.commit.commit
    }
    let others = commits.values.filter {
      (app ?? $0.app) == $0.app && (commit ?? $0.commit.commit) == $0.commit.commit
    }
    return released.map(\.sequence) + others.compactMap(\.sequence)
  }

  /// Whether a pin has a release, is getting it, or has it waiting: a promotion passes it over.
  public func isWanted(_ release: ReleaseID, by id: PinID) -> Bool {
    guard let pin = pins[id] else { return false }
    if let last = pin.waiting.last { return last.release == release }
    return pin.release == release && (pin.rollout != nil || pin.stable == release)
  }

  fileprivate func commits(startingWith digits: String) -> Set<String> {
    var found: Set<String> = []
    for release in releases.values {
      if release.commit.commit.hasPrefix(digits) { found.insert(release.commit.commit) }
      for commit in release.commits where commit.commit.hasPrefix(digits) {
        found.insert(commit.commit)
      }
    }
    for outcome in commits.values where outcome.commit.commit.hasPrefix(digits) {
      found.insert(outcome.commit.commit)
    }
    return found
  }

  /// The release of an app at a commit, or the latest one before it.
  fileprivate func release(of app: String, at commit: String) -> Release? {
    if let release = releases[ReleaseID(app: app, commit: commit)] { return release }
    if case .unchanged(let id) = commits["\(app)@\(commit)"]?.result { return releases[id] }
    // A commit that was fetched together with later ones came out with the last of them.
    let own = self.releases(of: app).compactMap { releases[$0] }
    if let release = own.first(where: { $0.commits.contains { $0.commit == commit } }) {
      return release
    }
    let moments =
      releases.values.filter { $0.commit.commit == commit }.map(\.recordedAt)
      + commits.values.filter { $0.commit.commit == commit }.map(\.recordedAt)
    guard let moment = moments.min() else { return nil }
    return own.last { $0.recordedAt <= moment }
  }
}
