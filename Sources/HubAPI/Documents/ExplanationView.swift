internal import FleetModel
internal import RolloutEngine

extension StateView {
  /// What keeps a rollout.
  func blockers(of rollout: Rollout) -> [BlockerDocument] { documents([.rollout(rollout.id)]) }

  /// Everything that waits.
  func explainAll() -> ExplanationDocument {
    let open = state.rollouts.values.filter { !$0.phase.isTerminal }
      .sorted { $0.id.rawValue < $1.id.rawValue }
    // What merely points at something else that is told here anyway is left out.
    let pins = documents(allPins.map { .pin($0) }).filter { blocker in
      let command = blocker.command ?? ""
      return !command.hasPrefix("flotilla explain") && !command.hasPrefix("flotilla lint")
    }
    let blockers = unique(
      configurationBlockers + open.flatMap { explain($0) } + pins + driftFindings())
    let summary =
      state.configuration == nil
      ? "no valid fleet/ has been read yet"
      : blockers.isEmpty
        ? "nothing waits"
        : "\(count(blockers.count, "thing")) \(blockers.count == 1 ? "waits" : "wait")"
    return ExplanationDocument(object: nil, summary: summary, blockers: blockers)
  }

  /// One rollout, wave, target, environment, app, pin (`app/environment`), cluster or release, with
  /// or without its kind in front; `nil` where nothing has that name.
  func explain(_ object: String) -> ExplanationDocument? {
    let parts = object.split(separator: "/", maxSplits: 1).map(String.init)
    if parts.count == 2, let answer = explain(kind: parts[0], name: parts[1]) { return answer }
    for kind in ["rollout", "environment", "cluster", "app", "pin"] {
      if let answer = explain(kind: kind, name: object) { return answer }
    }
    return nil
  }

  /// What ``explain(_:)`` understands, for suggestions.
  var explainableNames: [String] {
    state.rollouts.keys.map(\.rawValue) + state.clusters.keys
      + (state.configuration?.environments.map(\.name) ?? [])
      + (state.configuration?.apps.map(\.name) ?? [])
  }

  private func explain(kind: String, name: String) -> ExplanationDocument? {
    switch kind {
    case "rollout":
      guard let rollout = state.rollouts[RolloutID(name)] else { return nil }
      return answer("rollout/\(name)", explain(rollout), "is \(rollout.phase.rawValue)")
    case "wave", "target":
      let parts = name.split(separator: "/", maxSplits: 1).map(String.init)
      guard parts.count == 2, let rollout = state.rollouts[RolloutID(parts[0])] else { return nil }
      if kind == "wave" {
        guard let wave = rollout.waves.first(where: { $0.name == parts[1] }) else { return nil }
        return answer(
          "wave/\(name)", documents([.wave(rollout.id, wave.name)]), "is \(wave.phase.rawValue)")
      }
      guard let target = target(parts[1], of: rollout) else { return nil }
      return answer(
        "target/\(name)", documents([.target(rollout.id, cluster: parts[1])]),
        "is \(target.phase)" + (target.reason.map { ": \($0)" } ?? ""))
    case "environment":
      guard state.configuration?.environment(name) != nil else { return nil }
      return answer(
        "environment/\(name)", explainPins { $0.environment == name }, "is at rest",
        driftFindings(ListFilter(environment: name)))
    case "app":
      guard state.configuration?.app(name) != nil else { return nil }
      return answer(
        "app/\(name)", explainPins { $0.app == name }, "is at rest",
        driftFindings(ListFilter(app: name)))
    case "pin":
      let parts = name.split(separator: "/").map(String.init)
      guard parts.count == 2 else { return nil }
      let id = PinID(app: parts[0], environment: parts[1])
      guard allPins.contains(id) else { return nil }
      return answer("pin/\(name)", explainPins { $0 == id }, "is at rest")
    case "cluster":
      guard let cluster = state.clusters[name] else { return nil }
      return answer(
        "cluster/\(name)", explain(cluster), "gets work as usual",
        driftFindings(onCluster: name), connectionFindings(name))
    default: return nil
    }
  }

  private func answer(
    _ object: String, _ blockers: [BlockerDocument], _ rest: String,
    _ drift: [BlockerDocument] = [], _ connection: [BlockerDocument] = []
  ) -> ExplanationDocument {
    let summary =
      !blockers.isEmpty
      ? "waits"
      : !drift.isEmpty
        ? "has drifted" : connection.isEmpty ? rest : "has something wrong with its connection"
    return ExplanationDocument(
      object: object, summary: "\(object) \(summary)",
      blockers: unique(blockers + drift + connection))
  }

  private func explain(_ rollout: Rollout) -> [BlockerDocument] {
    guard !rollout.phase.isTerminal else { return [] }
    let targets = rollout.targets.filter { $0.phase != .done && $0.phase != .pending }
      .map { Blocker.Subject.target(rollout.id, cluster: $0.cluster) }
    return unique(blockers(of: rollout) + documents(targets))
  }

  private func explainPins(_ isMeant: (PinID) -> Bool) -> [BlockerDocument] {
    allPins.filter(isMeant).flatMap { pin in
      documents([.pin(pin)])
        + (state.pins[pin]?.rollout.flatMap { state.rollouts[$0] }.map { explain($0) } ?? [])
    }
  }

  /// Those in which nothing was ever wanted included: that is why they have nothing.
  private var allPins: [PinID] { Set(state.pins.keys).union(state.activePins).sorted() }

  private func explain(_ cluster: ClusterStatus) -> [BlockerDocument] {
    let name = cluster.record.name
    let open = state.rollouts.values
      .filter { !$0.phase.isTerminal && $0.positions[name] != nil }
      .sorted { $0.id.rawValue < $1.id.rawValue }
      .map { Blocker.Subject.target($0.id, cluster: name) }
    var blockers = documents(open)
    if let cordon = cluster.cordon {
      let why = cordon.reason.map { ": \($0)" } ?? ""
      blockers.insert(
        BlockerDocument(
          object: "cluster/\(name)", message: "cordoned by \(cordon.actor)\(why)",
          since: Timestamp(cordon.since), until: cordon.until.map(Timestamp.init),
          clearedBy: "a person", command: "flotilla uncordon \(name) --reason 'WHY'"),
        at: 0)
    }
    return blockers
  }

  private var configurationBlockers: [BlockerDocument] {
    guard let refused = state.configuration?.refused else { return [] }
    return [
      BlockerDocument(
        object: "fleet",
        message:
          "fleet/ of commit \(refused.commit.prefix(12)) is invalid, the last valid one stays in "
          + "force: \(refused.findings.joined(separator: "; "))",
        since: Timestamp(refused.since), clearedBy: "whoever pushes a commit that mends it",
        command: "flotilla lint --revision \(refused.commit.prefix(12))")
    ]
  }

  private func documents(_ subjects: [Blocker.Subject]) -> [BlockerDocument] {
    unique(
      subjects.flatMap { subject in
        state.blockers(of: subject, at: now).map { blocker in
          BlockerDocument(
            object: Self.name(of: subject), message: blocker.what,
            since: blocker.since.map(Timestamp.init), until: blocker.until.map(Timestamp.init),
            clearedBy: blocker.who, command: blocker.command.map(Self.withReason))
        }
      })
  }

  /// Commands that change something want a reason; whoever pastes one replaces the last word.
  static func withReason(_ command: String) -> String {
    let verbs = [
      "promote", "rollout", "cordon", "uncordon", "reject", "unreject", "hold", "unhold", "freeze",
      "unfreeze", "drift",
    ]
    let words = command.split(separator: " ")
    guard words.count > 1, verbs.contains(String(words[1])), !words.contains("--reason") else {
      return command
    }
    return command + " --reason 'WHY'"
  }

  private static func name(of subject: Blocker.Subject) -> String {
    switch subject {
    case .pin(let pin): "pin/\(pin)"
    case .rollout(let rollout): "rollout/\(rollout)"
    case .wave(let rollout, let wave): "wave/\(rollout)/\(wave)"
    case .target(let rollout, let cluster): "target/\(rollout)/\(cluster)"
    }
  }

  /// The same reason is told of the outermost object only.
  private func unique(_ blockers: [BlockerDocument]) -> [BlockerDocument] {
    var told = Set<[String]>()
    return blockers.filter { blocker in
      let key = [blocker.message, blocker.since?.description ?? "", blocker.command ?? ""]
      return told.insert(key).inserted
    }
  }

  private func count(_ count: Int, _ noun: String) -> String {
    "\(count) \(noun)\(count == 1 ? "" : "s")"
  }
}
