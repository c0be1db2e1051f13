/// The smallest set of clusters on which every distinct change is tried.
///
/// Minimum set cover, solved exactly by branch and bound over groups of clusters that exercise the
/// same changes; where that takes too many steps, the best cover that was found. With one change per
/// cluster it is one cluster per change.
public struct CanaryChoice: Sendable, Hashable {
  /// A cluster that may be chosen.
  public struct Candidate: Sendable, Hashable {
    public let cluster: String
    /// What is tried on it, as indexes of changes.
    public let changes: Set<Int>
    /// It is reachable and takes new work. One that does not is chosen where no other will do.
    public let isReady: Bool

    public init(cluster: String, changes: Set<Int>, isReady: Bool) {
      self.cluster = cluster
      self.changes = changes
      self.isReady = isReady
    }
  }

  /// By name.
  public let clusters: [String]
  /// Of those, the ones that are not ready.
  public let notReady: [String]
  /// No smaller set covers all changes.
  public let isSmallest: Bool

  /// The same for the same candidates, in whatever order they come.
  public init(among candidates: [Candidate], steps: Int = 100_000) {
    let groups = CanaryChoice.groups(candidates)
    var search = CoverSearch(
      sets: groups.map(\.changes), costs: groups.map { $0.isReady ? 0 : 1 }, steps: steps)
    let chosen = search.run().map { groups[$0] }
    clusters = chosen.map(\.cluster).sorted()
    notReady = chosen.filter { !$0.isReady }.map(\.cluster).sorted()
    isSmallest = !search.isExhausted
  }

  /// One candidate for each set of changes: a ready one where there is one, then by name.
  private static func groups(_ candidates: [Candidate]) -> [Candidate] {
    var best: [Set<Int>: Candidate] = [:]
    for candidate in candidates where !candidate.changes.isEmpty {
      guard let known = best[candidate.changes] else {
        best[candidate.changes] = candidate
        continue
      }
      if (candidate.isReady ? 0 : 1, candidate.cluster) < (known.isReady ? 0 : 1, known.cluster) {
        best[candidate.changes] = candidate
      }
    }
    return best.values.sorted {
      ($0.isReady ? 0 : 1, -$0.changes.count, $0.cluster)
        < ($1.isReady ? 0 : 1, -$1.changes.count, $1.cluster)
    }
  }
}

/// Fewest sets that cover everything that any set covers; of equally many, the cheapest.
struct CoverSearch {
  let sets: [Set<Int>]
  /// Added to what each set counts for; decides between covers of one size.
  let costs: [Int]
  private var stepsLeft: Int
  private(set) var isExhausted = false
  private var best: [Int] = []

  init(sets: [Set<Int>], costs: [Int], steps: Int) {
    self.sets = sets
    self.costs = costs
    stepsLeft = steps
  }

  /// Indexes of the chosen sets.
  mutating func run() -> [Int] {
    let everything = sets.reduce(into: Set<Int>()) { $0.formUnion($1) }
    let forced = indispensable()
    let rest = forced.reduce(into: everything) { $0.subtract(sets[$1]) }
    best = greedy(rest)
    extend([], rest)
    return forced + best
  }

  /// Sets that hold something that no other set holds.
  private func indispensable() -> [Int] {
    var holder: [Int: Int?] = [:]
    for (index, set) in sets.enumerated() {
      for item in set { holder.updateValue(holder[item] == nil ? index : nil, forKey: item) }
    }
    return Set(holder.values.compactMap(\.self)).sorted()
  }

  /// The set that covers most of the rest, again and again.
  private func greedy(_ everything: Set<Int>) -> [Int] {
    var rest = everything
    var chosen: [Int] = []
    while !rest.isEmpty {
      let gains = sets.indices.map { rest.intersection(sets[$0]).count }
      guard let most = gains.max(), most > 0,
        let next = sets.indices.filter({ gains[$0] == most }).min(by: { costs[$0] < costs[$1] })
      else { break }
      chosen.append(next)
      rest.subtract(sets[next])
    }
    return chosen
  }

  private mutating func extend(_ chosen: [Int], _ rest: Set<Int>) {
    guard !rest.isEmpty else {
      if isBetter(chosen) { best = chosen }
      return
    }
    guard stepsLeft > 0 else {
      isExhausted = true
      return
    }
    stepsLeft -= 1
    let widest = sets.map { rest.intersection($0).count }.max() ?? 1
    let least = (rest.count + widest - 1) / max(widest, 1)
    guard chosen.count + least <= best.count else { return }
    // What fewest sets cover leaves the fewest ways to go on.
    let options = Dictionary(
      uniqueKeysWithValues: rest.map { item in
        (item, sets.indices.filter { sets[$0].contains(item) })
      })
    guard
      let hardest = options.min(by: { ($0.value.count, $0.key) < ($1.value.count, $1.key) })
    else { return }
    for option in hardest.value {
      extend(chosen + [option], rest.subtracting(sets[option]))
    }
  }

  private func isBetter(_ other: [Int]) -> Bool {
    func price(_ chosen: [Int]) -> (Int, Int) {
      (chosen.count, chosen.reduce(0) { $0 + costs[$1] })
    }
    return price(other) < price(best)
  }
}
