import Manifests

/// Waves that can do nothing, and limits that can limit nothing.
extension FleetDraft {
  func waves() -> [Finding] {
    var findings: [Finding] = []
    for strategy in strategies {
      guard let value = strategy.value else { continue }
      findings += order(of: value, in: strategy, at: ["spec"])
    }
    // By strategy and wave: a warning holds only when it holds for every environment that uses it.
    var warnings: [Inert: [Finding]] = [:]
    var users: [String: Int] = [:]
    for environment in environments {
      guard let draft = environment.value, let used = strategy(of: draft) else { continue }
      if used.declaration == nil {
        findings += order(of: used.strategy, in: environment, at: ["spec", "strategy"])
      }
      let key = used.declaration.map { "named \($0.name)" } ?? "inline \(environment.name)"
      users[key, default: 0] += 1
      let walk = WaveWalk(
        strategy: used.strategy, environment: environment.name,
        clusters: clusters.filter { cluster in
          cluster.labels.map { draft.environment.clusters.matches($0) } ?? false
        })
      if clusters.allSatisfy({ $0.labels != nil }) {
        if let names = walk.uncovered {
          findings.append(
            environment.error(
              at: ["spec", "strategy"],
              "\(names.count == 1 ? "cluster" : "clusters") "
                + "\(Array(names.prefix(3)).listed(by: "and")) of environment "
                + "'\(environment.name)' \(names.count == 1 ? "belongs" : "belong") to no wave",
              remedy: "add a last wave without 'clusters' and 'size': it takes the rest"))
        }
        for remark in walk.remarks {
          let finding: Finding
          let path: [PathStep] = ["waves", .index(remark.wave), .key(remark.field)]
          if let declaration = used.declaration {
            finding = declaration.warning(at: ["spec"] + path, remark.message)
          } else {
            finding = environment.warning(at: ["spec", "strategy"] + path, remark.message)
          }
          warnings[Inert(strategy: key, wave: remark.wave, field: remark.field), default: []]
            .append(finding)
        }
      }
    }
    for (inert, list) in warnings where list.count == users[inert.strategy] { findings += list }
    return findings
  }

  private struct Inert: Hashable {
    let strategy: String
    let wave: Int
    let field: String
  }

  /// Names, and waves behind one that leaves nothing.
  private func order<Value>(
    of strategy: Strategy, in declaration: Declaration<Value>, at path: [PathStep]
  ) -> [Finding] {
    var findings: [Finding] = []
    var names = Set<String>()
    var taker: String?
    for (index, wave) in strategy.waves.enumerated() {
      if !names.insert(wave.name).inserted {
        findings.append(
          declaration.error(
            at: path + ["waves", .index(index), "name"],
            "a second wave '\(wave.name)' in this strategy", remedy: "rename one of them"))
      }
      if let taker {
        findings.append(
          declaration.error(
            at: path + ["waves", .index(index)],
            "wave '\(wave.name)' never gets a cluster: wave '\(taker)' before it takes all that "
              + "are left",
            remedy: "give '\(taker)' a 'clusters' selector or a 'size', or move it to the end"))
      } else if wave.takesEverything {
        taker = wave.name
      }
    }
    return findings
  }
}

extension WaveSpec {
  /// Whether nothing is left for later waves, whatever the clusters are.
  fileprivate var takesEverything: Bool {
    switch membership {
    case .rest, .size(.percent(100)): true
    case .selector(let selector): selector.requirements.isEmpty
    case .size: false
    }
  }
}

/// One environment's clusters dealt out to the waves of its strategy.
private struct WaveWalk {
  struct Remark {
    let wave: Int
    let field: String
    let message: String
  }

  private(set) var remarks: [Remark] = []
  /// Clusters that no wave takes; `nil` when all are taken.
  private(set) var uncovered: [String]?

  init(strategy: Strategy, environment: String, clusters: [Declaration<Cluster>]) {
    guard !clusters.isEmpty else { return }
    var left = clusters
    for (index, wave) in strategy.waves.enumerated() {
      let isLast = index == strategy.waves.count - 1
      let size: Int
      let before = left
      switch wave.membership {
      case .rest: size = left.count
      case .size where isLast: size = left.count
      case .size(let quantity): size = min(left.count, quantity.roundedUp(of: clusters.count))
      case .selector(let selector):
        size = left.count { selector.matches($0.labels ?? [:]) }
        left.removeAll { selector.matches($0.labels ?? [:]) }
      }
      if left.count == before.count { left.removeFirst(size) }
      let place = "in environment '\(environment)'"
      guard size > 0 else {
        let selector: LabelSelector? =
          if case .selector(let selector) = wave.membership { selector } else { nil }
        remarks.append(
          Remark(
            wave: index, field: selector == nil ? "size" : "clusters",
            message: "wave '\(wave.name)' gets no cluster \(place): "
              + (selector.map { "none of those that are left matches '\($0)'" }
                ?? "earlier waves take all of them")))
        continue
      }
      limit(index, wave, size, place)
    }
    if !left.isEmpty { uncovered = left.map(\.name).sorted() }
  }

  private mutating func limit(_ index: Int, _ wave: WaveSpec, _ size: Int, _ place: String) {
    let clusters = size == 1 ? "1 cluster" : "\(size) clusters"
    func remark(_ field: String, _ quantity: Quantity, _ effect: String) -> Remark {
      Remark(
        wave: index, field: field,
        message: "\(field) \(quantity) of wave '\(wave.name)' cannot take effect \(place): the "
          + "wave has \(clusters), so \(effect)")
    }
    if wave.maxFailures.roundedDown(of: size, atLeast: 0) >= size {
      remarks.append(remark("maxFailures", wave.maxFailures, "it never halts"))
    }
    if wave.maxUnreachable.roundedDown(of: size, atLeast: 0) >= size {
      remarks.append(
        remark("maxUnreachable", wave.maxUnreachable, "it passes without having reached any"))
    }
    if let limit = wave.maxConcurrent, size > 1, limit.roundedDown(of: size, atLeast: 1) >= size {
      remarks.append(remark("maxConcurrent", limit, "all of them change at once"))
    }
  }
}
