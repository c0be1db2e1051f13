import Manifests

/// Checks of objects against each other: unique names and references that resolve.
extension FleetDraft {
  var isEmpty: Bool {
    fleets.isEmpty && clusters.isEmpty && apps.isEmpty && environments.isEmpty
      && strategies.isEmpty && windows.isEmpty && access.isEmpty
  }

  func checkedAgainstEachOther() -> [Finding] {
    uniqueNames() + references() + cycles() + membership() + waves() + limits() + roles()
  }

  private func uniqueNames() -> [Finding] {
    var findings =
      duplicates(.cluster, clusters) + duplicates(.app, apps)
      + duplicates(.environment, environments) + duplicates(.strategy, strategies)
      + duplicates(.window, windows) + duplicates(.access, access)
    for (extra, first) in zip(fleets.dropFirst(), repeatElement(fleets.first, count: fleets.count))
    {
      findings.append(
        extra.error(
          "a second Fleet; the first is in \(first.map { "\($0.file):\($0.namePosition.line)" } ?? "")",
          remedy: "keep one"))
    }
    return findings
  }

  private func duplicates<Value>(
    _ kind: FleetKind, _ declarations: [Declaration<Value>]
  ) -> [Finding] {
    var first: [String: Declaration<Value>] = [:]
    return declarations.compactMap { declaration -> Finding? in
      guard let earlier = first[declaration.name] else {
        first[declaration.name] = declaration
        return nil
      }
      return declaration.error(
        "\(kind.rawValue) '\(declaration.name)' is declared twice, first in "
          + "\(earlier.file):\(earlier.namePosition.line)",
        remedy: "rename or remove one of them")
    }
  }

  private func references() -> [Finding] {
    let environmentNames = Set(environments.map(\.name))
    let appNames = Set(apps.map(\.name))
    let strategyNames = Set(strategies.map(\.name))
    var findings: [Finding] = []
    func check<Value>(
      _ names: [String], in known: Set<String>, _ kind: FleetKind,
      from declaration: Declaration<Value>, at path: (Int) -> [PathStep]
    ) {
      for (index, name) in names.enumerated() where !known.contains(name) {
        let all = known.sorted()
        findings.append(
          declaration.error(
            at: path(index), "there is no \(kind.rawValue) '\(name)'",
            remedy: Suggestion.remedy(
              for: name, among: all,
              otherwise: all.isEmpty
                ? "declare it" : "known are \(all.prefix(10).joined(separator: ", "))")))
      }
    }
    for fleet in fleets {
      check(
        fleet.value?.defaultStrategy.map { [$0] } ?? [], in: strategyNames, .strategy, from: fleet,
        at: { _ in ["spec", "defaultStrategy"] })
    }
    for environment in environments {
      guard let value = environment.value else { continue }
      check(
        value.environment.after, in: environmentNames, .environment, from: environment,
        at: { ["spec", "after", .index($0)] })
      if case .named(let name) = value.strategy {
        check(
          [name], in: strategyNames, .strategy, from: environment,
          at: { _ in ["spec", "strategy"] }
        )
      }
      if value.environment.protectAfter != nil, value.environment.onNewRelease != .supersede {
        findings.append(
          environment.warning(
            at: ["spec", "protectAfter"],
            "nothing takes over from a rollout of environment '\(environment.name)' before its end",
            remedy: "set onNewRelease: supersede, or remove it"))
      }
      if value.environment.after.isEmpty, value.hasPromotion {
        findings.append(
          environment.error(
            at: ["spec", "promotion"],
            "environment '\(environment.name)' has no 'after', so it follows the tracked branch "
              + "and nothing is ever promoted to it",
            remedy: "add 'after', or remove 'promotion'"))
      }
    }
    for app in apps {
      check(
        app.value?.dependsOn ?? [], in: appNames, .app, from: app,
        at: { ["spec", "dependsOn", .index($0)] })
    }
    for window in windows {
      check(
        window.value?.environments ?? [], in: environmentNames, .environment, from: window,
        at: { ["spec", "environments", .index($0)] })
      check(
        window.value?.apps ?? [], in: appNames.isEmpty ? ["default"] : appNames, .app,
        from: window, at: { ["spec", "apps", .index($0)] })
    }
    for access in access {
      for (index, binding) in (access.value ?? []).enumerated() {
        check(
          binding.environments, in: environmentNames, .environment, from: access,
          at: { ["spec", "bindings", .index(index), "environments", .index($0)] })
        check(
          binding.apps, in: appNames.isEmpty ? ["default"] : appNames, .app, from: access,
          at: { ["spec", "bindings", .index(index), "apps", .index($0)] })
      }
    }
    return findings
  }

  private func cycles() -> [Finding] {
    cycles(
      environments, "environments come after each other", field: "after",
      edges: { $0.value?.environment.after ?? [] })
      + cycles(
        apps, "apps depend on each other", field: "dependsOn",
        edges: { $0.value?.dependsOn ?? [] })
  }

  /// One finding per cycle, at the reference that closes it.
  private func cycles<Value>(
    _ declarations: [Declaration<Value>], _ what: String, field: String,
    edges: (Declaration<Value>) -> [String]
  ) -> [Finding] {
    let byName = Dictionary(declarations.map { ($0.name, $0) }, uniquingKeysWith: { a, _ in a })
    var findings: [Finding] = []
    var finished = Set<String>()
    // Depth-first without recursion: (name, index of the next edge).
    for start in declarations.map(\.name).sorted() where !finished.contains(start) {
      var path: [(name: String, next: Int)] = [(start, 0)]
      while let top = path.last {
        guard let declaration = byName[top.name] else {
          path.removeLast()
          continue
        }
        let targets = edges(declaration)
        guard top.next < targets.count else {
          finished.insert(top.name)
          path.removeLast()
          continue
        }
        path[path.count - 1].next += 1
        let target = targets[top.next]
        if let back = path.firstIndex(where: { $0.name == target }) {
          let circle = path[back...].map(\.name) + [target]
          findings.append(
            declaration.error(
              at: ["spec", .key(field), .index(top.next)],
              "\(what) in a circle: \(circle.joined(separator: " -> "))",
              remedy: "remove one of these references"))
        } else if !finished.contains(target) {
          path.append((target, 0))
        }
      }
    }
    return findings
  }

  var places: [LoadedFleet.ObjectPlace] {
    func places<Value>(_ kind: FleetKind, _ list: [Declaration<Value>]) -> [LoadedFleet.ObjectPlace]
    {
      list.map {
        LoadedFleet.ObjectPlace(
          kind: kind, name: $0.name, file: $0.file, line: $0.namePosition.line,
          column: $0.namePosition.column)
      }
    }
    return places(.fleet, fleets) + places(.cluster, clusters) + places(.app, apps)
      + places(.environment, environments) + places(.strategy, strategies)
      + places(.window, windows) + places(.access, access)
  }

  /// The values, once nothing is wrong with them.
  func configuration() -> FleetConfiguration {
    let fleet = fleets.first.flatMap { declaration in
      declaration.value.map { value in
        Fleet(
          name: declaration.name, stateBranch: value.stateBranch,
          defaultStrategy: value.defaultStrategy, limits: value.limits)
      }
    }
    let declaredApps = apps.compactMap { declaration in
      declaration.value.map { value in
        var app = value
        app.name = declaration.name
        if app.path.isEmpty { app.path = "overlays/\(declaration.name)" }
        return app
      }
    }
    return FleetConfiguration(
      fleet: fleet ?? Fleet(),
      clusters: clusters.compactMap { declaration in
        declaration.value.map { value in
          var cluster = value
          cluster.name = declaration.name
          cluster.labels = declaration.labels ?? [:]
          return cluster
        }
      },
      apps: apps.isEmpty ? [App(name: "default", path: "overlays")] : declaredApps,
      environments: environments.compactMap { declaration in
        declaration.value.map { value in
          var environment = value.environment
          environment.name = declaration.name
          environment.strategy = strategy(of: value)?.strategy ?? .allAtOnce
          return environment
        }
      },
      windows: windows.compactMap { declaration in
        declaration.value.map { value in
          var window = value
          window.name = declaration.name
          return window
        }
      },
      access: access.sorted { $0.name < $1.name }.flatMap { $0.value ?? [] })
  }

  /// The strategy that an environment uses, and the named declaration that it comes from.
  func strategy(
    of draft: EnvironmentDraft
  ) -> (strategy: Strategy, declaration: Declaration<Strategy>?)? {
    let name: String
    switch draft.strategy {
    case .inline(let strategy): return (strategy, nil)
    case .named(let chosen): name = chosen
    case .unsaid:
      guard let standard = fleets.first?.value?.defaultStrategy else { return nil }
      name = standard
    }
    guard let declaration = strategies.first(where: { $0.name == name }),
      let value = declaration.value
    else { return nil }
    return (Strategy(name: name, waves: value.waves, deletions: value.deletions), declaration)
  }
}
