public import FleetModel
public import Manifests

// Approvals: bound to one plan, given by people who are allowed to, for as long as they are valid.

/// One person's agreement.
public struct Approval: Sendable, Hashable, Codable {
  public let actor: String
  public let reason: String?
  public let at: Instant
  public let until: Instant?
  public let roles: [String]?
  /// The plan that was agreed with, or the list of deletions of the wave that deletes.
  public let plan: Digest
  /// The wave whose gates it is for; `nil` for the start of the rollout.
  public let wave: String?
  public let edge: WaveGate.Edge?
}

extension Approvals {
  /// All of it in one line: what a plan's digest is made of.
  var words: String {
    "\(required) \(roles.sorted().joined(separator: ",")) \(authorMayApprove) "
      + (validFor.map { "\($0)" } ?? "-")
  }
}

extension Engine {
  mutating func approve(
    _ id: RolloutID, wave name: String?, plan: String?, until: Instant?, by command: Command
  ) throws(Refusal) {
    let what = "approve \(id)"
    let rollout = try open(id, for: what)
    try requireNotRejected(rollout, for: what)
    if let until, until <= now {
      throw Refusal(
        what: what, why: "\(until.text) has passed", remedy: "give --until a later time")
    }
    let place = try approvable(rollout, name, what)
    let digest = rollout.digestToApprove(wave: place.wave)
    if let plan, plan.count < 7 || !digest.hex.hasPrefix(plan.lowercased()) {
      let subject = digest == rollout.planDigest ? "plan" : "list of deletions"
      throw Refusal(
        what: what, why: "its \(subject) is \(digest.hex.prefix(12)), not \(plan)",
        remedy: "look at that \(subject) first: flotilla rollout "
          + "\(digest == rollout.planDigest ? "plan" : "status") \(id)")
    }
    let roles = state.roles(of: command, for: rollout.pin)
    try require(command, having: roles, isAllowedBy: place.approvals, rollout, what)
    let given = place.approvals.flatMap {
      state.approvals(of: id, for: $0, wave: place.wave, place.edge, at: now)
    }
    if given.contains(where: { $0.actor == command.actor }) {
      throw Refusal(
        what: what, why: "\(command.actor) has approved it already",
        remedy: "see what it waits for: flotilla explain \(id)")
    }
    let ends = place.approvals.compactMap(\.validFor).map { now + $0 } + (until.map { [$0] } ?? [])
    emit(
      .rolloutApproved(
        RolloutApproved(
          rollout: id, plan: digest, wave: place.wave, edge: place.edge,
          roles: roles.isEmpty ? nil : roles.sorted(), until: ends.min())),
      by: command)
    advance(id)
  }

  /// What an approval of a rollout would be for now.
  private func approvable(
    _ rollout: Rollout, _ name: String?, _ what: String
  ) throws(Refusal) -> (wave: String?, edge: WaveGate.Edge?, approvals: [Approvals]) {
    if name == nil, rollout.phase == .planned, let approvals = rollout.approvals {
      return (nil, nil, [approvals])
    }
    let index = rollout.currentWave
    if let name { _ = try wave(name, of: rollout, for: what) }
    if index < rollout.waves.count, rollout.phase != .planned,
      name == nil || rollout.waves[index].name == name
    {
      let wave = rollout.waves[index]
      let edge: WaveGate.Edge = wave.phase == .pending ? .before : .after
      let approvals = (wave.gates ?? []).compactMap { gate -> Approvals? in
        guard gate.edge == edge, gate.phase == .waiting, case .approval(let approvals) = gate.gate
        else { return nil }
        return approvals
      }
      if !approvals.isEmpty, wave.phase == .pending || wave.phase == .verifying {
        return (wave.name, edge, approvals)
      }
    }
    throw Refusal(
      what: what,
      why: name.map { "wave '\($0)' waits for no approval now" } ?? "it waits for no approval now",
      remedy: "see what it waits for: flotilla explain \(rollout.id)")
  }

  private func require(
    _ command: Command, having roles: Set<String>, isAllowedBy approvals: [Approvals],
    _ rollout: Rollout, _ what: String
  ) throws(Refusal) {
    if approvals.allSatisfy({ !$0.authorMayApprove }),
      let commit = state.commit(writtenBy: command.actor, in: rollout)
    {
      throw Refusal(
        what: what, why: "\(command.actor) is the author of commit \(commit.prefix(12))",
        remedy: "let somebody else look at it")
    }
    let wanted = Set(approvals.flatMap(\.roles))
    let isOpen = approvals.contains { $0.roles.isEmpty }
    guard isOpen || !wanted.isDisjoint(with: roles) else {
      if command.proof == .claimed, command.roles.isEmpty {
        throw Refusal(
          what: what,
          why: "\(command.actor) is only what the client says, and a claimed name has no role",
          remedy: "send it over the hub's Unix socket")
      }
      throw Refusal(
        what: what, why: "\(command.actor) has none of the roles that may approve it",
        remedy: "ask \(state.people(having: wanted.sorted(), for: rollout.pin))")
    }
  }
}

extension State {
  /// Whether a rollout has the approvals that its start needs.
  func isApproved(_ id: RolloutID, at now: Instant) -> Bool {
    guard let approvals = rollouts[id]?.approvals else { return true }
    return self.approvals(of: id, for: approvals, wave: nil, nil, at: now).count
      >= approvals.required
  }

  /// The approvals that count, one per person. Without a time, expired ones are among them.
  func approvals(
    of id: RolloutID, for wanted: Approvals, wave: String?, _ edge: WaveGate.Edge?,
    at now: Instant?
  ) -> [Approval] {
    guard let rollout = rollouts[id] else { return [] }
    let digest = rollout.digestToApprove(wave: wave)
    var people: Set<String> = []
    return (rollout.given ?? []).filter { approval in
      guard approval.plan == digest, approval.wave == wave, approval.edge == edge,
        wanted.roles.isEmpty || !Set(wanted.roles).isDisjoint(with: approval.roles ?? [])
      else { return false }
      if let now, let until = approval.until, until <= now { return false }
      if !wanted.authorMayApprove, commit(writtenBy: approval.actor, in: rollout) != nil {
        return false
      }
      return people.insert(approval.actor).inserted
    }
  }

  /// A commit of the change that `actor` wrote. People are known by their login, in commits by name
  /// and address: the name, the address, and what stands before its @ are compared.
  func commit(writtenBy actor: String, in rollout: Rollout) -> String? {
    let actor = actor.lowercased()
    let to = releases[rollout.release]?.ordinal ?? 0
    let from = min(rollout.from.flatMap { releases[$0]?.ordinal } ?? 0, to - 1)
    for id in releases(of: rollout.app) {
      guard let release = releases[id], release.ordinal > from, release.ordinal <= to else {
        continue
      }
      for commit in release.commits + [release.commit] {
        let email = commit.authorEmail?.lowercased()
        let names = [
          commit.author.lowercased(), email, email?.split(separator: "@").first.map(String.init),
        ]
        if names.contains(actor) { return commit.commit }
      }
    }
    return nil
  }

  func missingApprovals(of rollout: Rollout) -> (what: String, who: String)? {
    rollout.approvals.map { missing($0, of: rollout, wave: nil, nil, at: nil) }
  }

  /// Who has to agree still.
  func missing(
    _ wanted: Approvals, of rollout: Rollout, wave: String?, _ edge: WaveGate.Edge?,
    at now: Instant?
  ) -> (what: String, who: String) {
    let given = approvals(of: rollout.id, for: wanted, wave: wave, edge, at: now)
    let by = given.isEmpty ? "" : " (\(given.map(\.actor).joined(separator: ", ")))"
    let who =
      wanted.roles.isEmpty
      ? "anybody who may approve" : people(having: wanted.roles, for: rollout.pin)
    return (
      "approved by \(given.count) of \(wanted.required)\(by)",
      who + (wanted.authorMayApprove ? "" : ", except who wrote the change")
    )
  }

  mutating func apply(_ event: RolloutApproved, _ record: RecordedEvent) {
    change(event.rollout) { rollout in
      rollout.given =
        (rollout.given ?? []) + [
          Approval(
            actor: record.actor, reason: record.reason, at: record.at, until: event.until,
            roles: event.roles, plan: event.plan, wave: event.wave, edge: event.edge)
        ]
    }
  }
}
