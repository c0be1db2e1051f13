internal import FleetModel
internal import HubAPI

/// A document that `get` prints as a row.
protocol TableRow: Codable, Sendable {
  static func columns(wide: Bool) -> [Table.Column]
  func cells(_ context: RowContext, wide: Bool) -> [StyledLine]
  /// `kind/name`, as `-o name` prints.
  var reference: String { get }
  /// The document without what changes all the time: what differs in this is told to who watches.
  var settled: Self { get }
}

extension TableRow {
  var settled: Self { self }
}

/// What a row needs to know about its surroundings.
struct RowContext: Sendable {
  var now: Timestamp
  var glyphs: Glyphs

  func age(_ time: Timestamp?) -> StyledLine {
    time.map { StyledLine((now.instant - $0.instant).age) } ?? StyledLine("-", .faint)
  }

  /// A missing value is a dash, never an empty cell: columns stay readable for programs.
  func text(_ value: String?, _ tone: Tone = .plain) -> StyledLine {
    guard let value, !value.isEmpty else { return StyledLine("-", .faint) }
    return StyledLine(value, tone)
  }

  func phase(_ phase: String) -> StyledLine { StyledLine(phase, Phase.tone(phase)) }

  func list(_ values: [String]) -> StyledLine { text(values.joined(separator: ",")) }

  func labels(_ labels: [String: String]) -> StyledLine {
    list(labels.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" })
  }

  func progress(_ counts: TargetCounts) -> StyledLine {
    StyledLine("\(counts.done)/\(counts.total)")
  }
}

extension ClusterDocument: TableRow {
  static func columns(wide: Bool) -> [Table.Column] {
    [.init("NAME"), .init("ENVIRONMENT"), .init("STATUS"), .init("APPS", isFlexible: !wide)]
      + (wide
        ? [
          .init("CONNECTION"), .init("FAILURE-DOMAIN"), .init("SERVER"),
          .init("LABELS", isFlexible: true),
        ] : [])
  }

  func cells(_ context: RowContext, wide: Bool) -> [StyledLine] {
    var cells = [
      context.text(name), context.text(environment),
      status,
      context.list(apps.map { "\($0.app)=\($0.release.map(shortRelease) ?? "-")" }),
    ]
    if wide {
      cells += [
        connection?.cell(now: context.now) ?? context.text(nil), context.text(failureDomain),
        context.text(server), context.labels(labels),
      ]
    }
    return cells
  }

  private var status: StyledLine {
    let marks =
      (cordon == nil ? [] : ["cordoned"])
      + (apps.contains { $0.drifted != nil } ? ["drifted"] : [])
      + (connection?.silence == nil ? [] : ["silent"])
    return marks.isEmpty
      ? StyledLine("active", .good) : StyledLine(marks.joined(separator: ","), .warning)
  }

  var reference: String { "cluster/\(name)" }

  var settled: ClusterDocument {
    var document = self
    document.connection?.answered = nil
    // The hub counts backwards from its present, which shifts it by a little each time.
    document.connection?.silence?.since = Timestamp(Instant(milliseconds: 0))
    return document
  }
}

extension DriftDocument: TableRow {
  static func columns(wide: Bool) -> [Table.Column] {
    [.init("CLUSTER"), .init("APP"), .init("SINCE"), .init("CORRECTED")]
      + (wide ? [.init("ENVIRONMENT")] : []) + [.init("WHAT", isFlexible: true)]
  }

  /// Wide tells all that is known, else the first object and how many there are.
  func cells(_ context: RowContext, wide: Bool) -> [StyledLine] {
    let first =
      (lines.first ?? "") + (lines.count > 1 ? " (and \(lines.count - 1) more)" : "")
    return [
      context.text(cluster), context.text(app), context.age(since),
      isCorrected ? StyledLine("yes", .good) : StyledLine("no", .warning),
    ] + (wide ? [context.text(environment)] : [])
      + [context.text(wide ? lines.joined(separator: " | ") : first)]
  }

  var reference: String { "drift/\(cluster)/\(app)" }
}

/// `shop@4f2a91c…` without the app, which stands beside it.
private func shortRelease(_ release: String) -> String {
  let change = release.split(separator: "@").last.map(String.init) ?? release
  return String(change.prefix(12))
}

extension AppDocument: TableRow {
  static func columns(wide: Bool) -> [Table.Column] {
    [.init("NAME"), .init("PATH", isFlexible: true), .init("CLUSTERS", .right), .init("RELEASE")]
      + (wide ? [.init("NAMESPACE"), .init("OVERLAYS", isFlexible: true)] : [])
  }

  func cells(_ context: RowContext, wide: Bool) -> [StyledLine] {
    [
      context.text(name), context.text(path), StyledLine("\(clusters)"),
      context.text(release.map(shortRelease)),
    ] + (wide ? [context.text(namespace), context.list(overlays)] : [])
  }

  var reference: String { "app/\(name)" }
}

extension EnvironmentDocument: TableRow {
  static func columns(wide: Bool) -> [Table.Column] {
    [
      .init("NAME"), .init("AFTER"), .init("PROMOTION"), .init("CLUSTERS", .right),
      .init("STABLE", isFlexible: true),
    ] + (wide ? [.init("WANTED", isFlexible: true), .init("ROLLOUTS", isFlexible: true)] : [])
  }

  func cells(_ context: RowContext, wide: Bool) -> [StyledLine] {
    func perApp(_ release: (PinDocument) -> String?) -> StyledLine {
      context.list(pins.map { pin in "\(pin.app)=\(release(pin).map(shortRelease) ?? "-")" })
    }
    return [
      context.text(name), context.list(after),
      hold == nil ? context.text(promotion) : StyledLine("held", .warning),
      StyledLine("\(clusters)"),
      perApp(\.stable),
    ] + (wide ? [perApp(\.release), context.list(pins.compactMap(\.rollout))] : [])
  }

  var reference: String { "environment/\(name)" }
}

extension ReleaseDocument: TableRow {
  static func columns(wide: Bool) -> [Table.Column] {
    [
      .init("NAME"), .init("APP"), .init("STATUS"), .init("WANTED-IN"), .init("STABLE-IN"),
      .init("AGE"), .init("SUBJECT", isFlexible: true),
    ] + (wide ? [.init("CHANGED", .right), .init("AUTHOR"), .init("CHANGE")] : [])
  }

  func cells(_ context: RowContext, wide: Bool) -> [StyledLine] {
    [
      context.text(name), context.text(app),
      invalid != nil
        ? StyledLine("invalid", .bad)
        : rejection != nil ? StyledLine("rejected", .bad) : StyledLine("valid", .good),
      context.list(pinned), context.list(stable), context.age(created),
      context.text(invalid ?? subject),
    ]
      + (wide
        ? [StyledLine("\(changedClusters)"), context.text(author), context.text(change)] : [])
  }

  var reference: String { "release/\(name)" }
}

extension RolloutDocument: TableRow {
  static func columns(wide: Bool) -> [Table.Column] {
    [
      .init("NAME"), .init("APP"), .init("ENVIRONMENT"), .init("CHANGE"), .init("PHASE"),
      .init("WAVE"), .init("DONE"), .init("FAILED", .right), .init("AGE"),
    ] + (wide ? [.init("PLAN"), .init("SUBJECT", isFlexible: true)] : [])
  }

  func cells(_ context: RowContext, wide: Bool) -> [StyledLine] {
    [
      context.text(name), context.text(app), context.text(environment),
      context.text(String(change.prefix(12))), context.phase(phase),
      context.text(waves.first { Phase.isOpen($0.phase) }?.name), context.progress(counts),
      StyledLine("\(counts.failed)", counts.failed > 0 ? .bad : .plain), context.age(created),
    ] + (wide ? [context.text(String(plan.prefix(12))), context.text(subject)] : [])
  }

  var reference: String { "rollout/\(name)" }
}

extension WaveDocument: TableRow {
  static func columns(wide: Bool) -> [Table.Column] {
    [
      .init("ROLLOUT"), .init("WAVE"), .init("PHASE"), .init("DONE"), .init("IN-FLIGHT", .right),
      .init("FAILED", .right), .init("SOAK"), .init("AGE"),
    ] + (wide ? [.init("MAX-CONCURRENT", .right), .init("MAX-FAILURES", .right)] : [])
  }

  func cells(_ context: RowContext, wide: Bool) -> [StyledLine] {
    [
      context.text(rollout), context.text(name), context.phase(phase), context.progress(counts),
      StyledLine("\(counts.inFlight)"),
      StyledLine("\(counts.failed)", counts.failed > 0 ? .bad : .plain),
      context.text(soak == "0s" ? nil : soak), context.age(opened),
    ]
      + (wide
        ? [context.text(maxConcurrent.map(String.init)), StyledLine("\(maxFailures)")] : [])
  }

  var reference: String { "wave/\(rollout)/\(name)" }
}

extension TargetDocument: TableRow {
  static func columns(wide: Bool) -> [Table.Column] {
    [
      .init("ROLLOUT"), .init("WAVE"), .init("CLUSTER"), .init("PHASE"),
      .init("ATTEMPT", .right), .init("AGE"), .init("REASON", isFlexible: true),
    ] + (wide ? [.init("FROM"), .init("TO")] : [])
  }

  func cells(_ context: RowContext, wide: Bool) -> [StyledLine] {
    [
      context.text(rollout), context.text(wave), context.text(cluster), context.phase(phase),
      StyledLine("\(attempt)"), context.age(since), context.text(reason),
    ]
      + (wide
        ? [context.text(from.map { String($0.prefix(12)) }), context.text(String(to.prefix(12)))]
        : [])
  }

  var reference: String { "target/\(rollout)/\(cluster)" }
}

extension EventDocument: TableRow {
  static func columns(wide: Bool) -> [Table.Column] {
    [.init("SEQUENCE", .right), .init("AGE"), .init("TYPE"), .init("ACTOR")]
      + (wide ? [.init("AT"), .init("OBJECT")] : []) + [.init("MESSAGE", isFlexible: true)]
  }

  func cells(_ context: RowContext, wide: Bool) -> [StyledLine] {
    [
      StyledLine("\(sequence)"), context.age(at), context.text(type), context.text(actor ?? "hub"),
    ]
      + (wide ? [StyledLine(at.description), context.text(object)] : [])
      + [context.text(message)]
  }

  /// The innermost thing that the event is about.
  var object: String? {
    if let rollout, let cluster { return "target/\(rollout)/\(cluster)" }
    if let rollout, let wave { return "wave/\(rollout)/\(wave)" }
    if let rollout { return "rollout/\(rollout)" }
    if let cluster { return "cluster/\(cluster)" }
    if let environment { return "environment/\(environment)" }
    return app.map { "app/\($0)" }
  }

  var reference: String { "event/\(sequence)" }
}
