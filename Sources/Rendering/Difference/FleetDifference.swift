internal import FleetModel
internal import Manifests

/// What becomes different on the clusters of a fleet between two states of its repository, equal
/// changes told once.
public struct FleetDifference: Sendable {
  /// A change that is the same on several clusters but for what is each one's own.
  public struct ChangeClass: Sendable {
    public let app: String
    /// The clusters, by name.
    public let clusters: [String]
    /// The change as it is on the first of them.
    public let change: StateChange
    public var example: String { clusters.first ?? "" }
  }

  /// An app that gives no target state on a cluster, so that nothing can be said about it.
  public struct Failure: Sendable {
    public enum Side: String, Sendable { case before, after }
    public let side: Side
    public let error: RenderError
  }

  /// Those with the gravest impact first, then those on most clusters.
  public let classes: [ChangeClass]
  public let failures: [Failure]
  /// Clusters of both sides on which nothing changes, by name.
  public let untouched: [String]
  /// Clusters on which something changes, by name.
  public let touched: [String]
  public var isEmpty: Bool { classes.isEmpty && failures.isEmpty }

  /// Renders both sides and compares them, on all cores.
  ///
  /// - Parameter includes: which apps and clusters to look at.
  public static func between(
    _ before: Renderer, _ after: Renderer,
    includes: @escaping @Sendable (_ app: String, _ cluster: String) -> Bool = { _, _ in true }
  ) async -> FleetDifference {
    let clusters = union(
      before.configuration.clusters.map(\.name), after.configuration.clusters.map(\.name))
    let apps = union(before.configuration.apps.map(\.name), after.configuration.apps.map(\.name))
    return await gathered(clusters) { cluster, collector in
      for app in apps where includes(app, cluster) {
        guard let comparison = Comparison(app: app, cluster: cluster, before: before, after: after)
        else { continue }
        collector.add(comparison)
      }
    }
  }

  /// Goes through `items` on all cores. Only one example of each change in a batch stays in memory.
  static func gathered<Item: Sendable>(
    _ items: [Item], _ compare: @escaping @Sendable (Item, inout DifferenceCollector) -> Void
  ) async -> FleetDifference {
    let size = 32
    let batches = stride(from: 0, to: items.count, by: size).map { start in
      items[start..<min(start + size, items.count)]
    }
    let collectors = await RenderThreads.map(batches) { batch in
      var collector = DifferenceCollector()
      for item in batch { compare(item, &collector) }
      return collector
    }
    var whole = DifferenceCollector()
    for collector in collectors { whole.add(collector) }
    return whole.difference()
  }

  private static func union(_ a: [String], _ b: [String]) -> [String] { Set(a + b).sorted() }
}

/// One app on one cluster, both sides compared.
struct Comparison: Sendable {
  let app: String
  let cluster: String
  var failures: [FleetDifference.Failure] = []
  var change: StateChange?
  var signature: Digest?

  /// `nil` when the app is on neither side on the cluster.
  init?(app: String, cluster: String, before: Renderer, after: Renderer) {
    self.app = app
    self.cluster = cluster
    let isBefore = before.hasTarget(app: app, cluster: cluster)
    let isAfter = after.hasTarget(app: app, cluster: cluster)
    guard isBefore || isAfter else { return nil }
    compare(
      isBefore ? { () throws(RenderError) in try before.render(app: app, cluster: cluster) } : nil,
      isAfter ? { () throws(RenderError) in try after.render(app: app, cluster: cluster) } : nil,
      after.configuration.app(app)?.apply)
  }

  init(_ planned: PlannedState) {
    app = planned.app
    cluster = planned.cluster
    compare(
      { () throws(RenderError) in try planned.state(planned.before) },
      { () throws(RenderError) in try planned.state(planned.after) }, planned.policy)
  }

  /// A side that is `nil`, or gives nothing, is a cluster without the app.
  private mutating func compare(
    _ before: (() throws(RenderError) -> TargetState?)?,
    _ after: (() throws(RenderError) -> TargetState?)?, _ policy: ApplyPolicy?
  ) {
    let old = state(before, .before)
    let new = state(after, .after)
    // A side that does not render is unknown, not empty.
    guard failures.isEmpty,
      let change = StateChange(from: old, to: new, policy: policy ?? ApplyPolicy())
    else { return }
    self.change = change
    signature = ChangeSignature.of(change, app: app, cluster: cluster, from: old, to: new)
  }

  private mutating func state(
    _ side: (() throws(RenderError) -> TargetState?)?, _ name: FleetDifference.Failure.Side
  ) -> TargetState? {
    guard let side else { return nil }
    do throws(RenderError) { return try side() } catch {
      failures.append(FleetDifference.Failure(side: name, error: error))
      return nil
    }
  }
}

/// Puts comparisons together, in whatever order they arrive.
struct DifferenceCollector {
  private var classes: [Digest: (example: Comparison, clusters: [String])] = [:]
  private var failures: [FleetDifference.Failure] = []
  private var seen = Set<String>()
  private var touched = Set<String>()

  mutating func add(_ comparison: Comparison) {
    seen.insert(comparison.cluster)
    failures += comparison.failures
    if !comparison.failures.isEmpty { touched.insert(comparison.cluster) }
    guard let signature = comparison.signature, comparison.change != nil else { return }
    touched.insert(comparison.cluster)
    if let known = classes[signature] {
      let isFirst = comparison.cluster < known.example.cluster
      classes[signature] = (
        isFirst ? comparison : known.example, known.clusters + [comparison.cluster]
      )
    } else {
      classes[signature] = (comparison, [comparison.cluster])
    }
  }

  mutating func add(_ other: DifferenceCollector) {
    failures += other.failures
    seen.formUnion(other.seen)
    touched.formUnion(other.touched)
    classes.merge(other.classes) { one, two in
      (
        one.example.cluster < two.example.cluster ? one.example : two.example,
        one.clusters + two.clusters
      )
    }
  }

  func difference() -> FleetDifference {
    let all = classes.values.compactMap { entry in
      entry.example.change.map {
        FleetDifference.ChangeClass(
          app: entry.example.app, clusters: entry.clusters.sorted(), change: $0)
      }
    }
    func order(_ item: FleetDifference.ChangeClass) -> (Int, Int, String, String) {
      let gravest = Impact.allCases.firstIndex { impact in
        item.change.objects.contains { $0.impacts.contains(impact) }
      }
      return (gravest ?? Impact.allCases.count, -item.clusters.count, item.app, item.example)
    }
    return FleetDifference(
      classes: all.sorted { order($0) < order($1) },
      failures: failures.sorted {
        ($0.error.cluster, $0.error.app, $0.side.rawValue)
          < ($1.error.cluster, $1.error.app, $1.side.rawValue)
      },
      untouched: seen.subtracting(touched).sorted(), touched: touched.sorted())
  }
}
