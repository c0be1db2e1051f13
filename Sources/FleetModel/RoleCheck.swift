import Manifests

/// Approvals that nobody, or too few, may give.
extension FleetDraft {
  func roles() -> [Finding] {
    // A binding that could not be read may be the one.
    guard access.allSatisfy({ $0.value != nil }) else { return [] }
    return environments.flatMap { environment -> [Finding] in
      guard let draft = environment.value else { return [] }
      var findings: [Finding] = []
      if let approvals = draft.environment.promotion.approvals {
        findings += fault(in: approvals, for: environment.name).map { fault in
          environment.warning(
            at: ["spec", "promotion", "approvals", "roles"], fault.message, remedy: fault.remedy)
        }
      }
      guard let (strategy, declaration) = strategy(of: draft) else { return findings }
      for (path, approvals) in strategy.approvals {
        findings += fault(in: approvals, for: environment.name).map { fault in
          declaration?.warning(
            at: ["spec"] + path, fault.message, remedy: fault.remedy)
            ?? environment.warning(
              at: ["spec", "strategy"] + path, fault.message, remedy: fault.remedy)
        }
      }
      return findings
    }
  }

  /// Why approvals in an environment cannot come together; empty or one.
  private func fault(
    in approvals: Approvals, for environment: String
  ) -> [(message: String, remedy: String)] {
    guard !approvals.roles.isEmpty else { return [] }
    let bindings = access.flatMap { $0.value ?? [] }
    let fitting = bindings.filter {
      approvals.roles.contains($0.role) && $0.covers(environment: environment)
    }
    let roles = approvals.roles.listed(by: "or")
    guard !fitting.isEmpty else {
      let remedy =
        approvals.roles.lazy.compactMap { role in
          Suggestion.nearest(to: role, among: bindings.map(\.role)).map { "did you mean '\($0)'?" }
        }.first ?? "bind it in an Access object, such as fleet/access.yaml"
      return [("nobody has the role \(roles) in environment '\(environment)'", remedy)]
    }
    let people = Set(fitting.flatMap(\.users)).count
    guard fitting.allSatisfy(\.groups.isEmpty), people < approvals.required else { return [] }
    return [
      (
        "\(approvals.required) people must agree, but \(people) \(people == 1 ? "has" : "have") "
          + "the role \(roles) in environment '\(environment)'",
        "ask for fewer, or bind the role to more people"
      )
    ]
  }
}

extension Strategy {
  /// Approvals that its gates ask for, with the path to their roles.
  fileprivate var approvals: [(path: [PathStep], approvals: Approvals)] {
    waves.enumerated().flatMap { index, wave in
      [("before", wave.before), ("after", wave.after)].flatMap { edge, gates in
        gates.enumerated().compactMap { position, gate in
          guard case .approval(let approvals) = gate else { return nil }
          let path: [PathStep] = [
            "waves", .index(index), .key(edge), .index(position), "approval", "roles",
          ]
          return (path, approvals)
        }
      }
    }
  }
}
