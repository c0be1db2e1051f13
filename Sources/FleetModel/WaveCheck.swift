import Manifests

/// Waves that can do nothing, and limits that can limit nothing.
extension FleetDraft {
  func waves() -> [Finding] {
    var findings: [Finding] = []
    for strategy in strategies {
      guard let value = strategy.value else { continue }
      findings += order(of: value, in: strategy, at: ["spec"])
    }
    let labelsAreKnown = clusters.allSatisfy { $0.labels != nil }
    var shared: [String: [WaveWalk]] = [:]
    for environment in environments {
      guard let draft = environment.value, let used = strategy(of: draft) else { continue }
      if used.declaration == nil {
        findings += order(of: used.strategy, in: environment, at: ["spec", "strategy"])
      }
      guard labelsAreKnown else { continue }
      let walk = WaveWalk(
        strategy: used.strategy, environment: environment.name,
        clusters: clusters.filter {
          draft.environment.clusters.matches(name: $0.name, labels: $0.labels ?? [:])
        })
      if !walk.uncovered.isEmpty {
        findings.append(uncovered(walk.uncovered, in: environment))
      }
      if let declaration = used.declaration {
        shared[declaration.name, default: []].append(walk)
      } else {
        findings += walk.remarks.map { remark in
          environment.warning(at: ["spec", "strategy"] + remark.path, remark.message)
        }
      }
    }
    for (name, walks) in shared {
      guard let declaration = strategies.first(where: { $0.name == name }) else { continue }
      findings += WaveWalk.agreed(walks).map { remark in
        declaration.warning(at: ["spec"] + remark.path, remark.message)
      }
    }
    return findings
  }

  private func uncovered(
    _ names: [String], in environment: Declaration<EnvironmentDraft>
  ) -> Finding {
    let shown = Array(names.prefix(3)).listed(by: "and")
    let more = names.count > 3 ? " and \(names.count - 3) more" : ""
    return environment.error(
      at: ["spec", "strategy"],
      "\(names.count == 1 ? "cluster" : "clusters") \(shown)\(more) of environment "
        + "'\(environment.name)' \(names.count == 1 ? "belongs" : "belong") to no wave",
      remedy: "add a last wave without 'clusters' and 'size': it takes the rest")
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

    var path: [PathStep] { ["waves", .index(wave), .key(field)] }
  }

  private(set) var remarks: [Remark] = []
  /// Clusters that no wave takes, by name.
  private(set) var uncovered: [String] = []
  /// Indexes of waves without a cluster.
  private var empty = Set<Int>()

  init(strategy: Strategy, environment: String, clusters: [Declaration<Cluster>]) {
    guard !clusters.isEmpty else {
      empty = Set(strategy.waves.indices)
      return
    }
    var left = clusters
    for (index, wave) in strategy.waves.enumerated() {
      let isLast = index == strategy.waves.count - 1
      let before = left.count
      switch wave.membership {
      case .size(let quantity) where !isLast:
        left.removeFirst(min(left.count, quantity.roundedUp(of: clusters.count)))
      case .rest, .size: left = []
      case .selector(let selector):
        left.removeAll { selector.matches(name: $0.name, labels: $0.labels ?? [:]) }
      }
      let place = "in environment '\(environment)'"
      if left.count == before {
        empty.insert(index)
        remarks.append(nothing(for: wave, index, place))
      } else {
        limits(of: wave, index, size: before - left.count, place)
      }
    }
    uncovered = left.map(\.name).sorted()
  }

  /// A strategy serves several environments, and a wave or limit may be meant for one of them: a
  /// remark counts when it holds for each in which it could.
  static func agreed(_ walks: [WaveWalk]) -> [Remark] {
    walks.flatMap { walk in
      walk.remarks.filter { remark in
        walks.allSatisfy { other in
          other.empty.contains(remark.wave)
            ? true
            : other.remarks.contains { $0.wave == remark.wave && $0.field == remark.field }
        }
      }
    }
  }

  private func nothing(for wave: WaveSpec, _ index: Int, _ place: String) -> Remark {
    let nobody = "wave '\(wave.name)' gets no cluster \(place): "
    if case .selector(let selector) = wave.membership {
      return Remark(
        wave: index, field: "clusters",
        message: nobody + "none that earlier waves left over matches '\(selector)'")
    }
    return Remark(wave: index, field: "size", message: nobody + "earlier waves take all of them")
  }

  private mutating func limits(of wave: WaveSpec, _ index: Int, size: Int, _ place: String) {
    let clusters = size == 1 ? "1 cluster" : "\(size) clusters"
    remarks += wave.limitsWithoutEffect(size: size).map { limit in
      Remark(
        wave: index, field: limit.field,
        message: "\(limit.field) \(limit.quantity) of wave '\(wave.name)' cannot take effect "
          + "\(place): the wave has \(clusters), so \(limit.effect)")
    }
  }
}
