internal import FleetModel

// Roles: what `fleet/` of the commit in force gives people, for some apps and environments.

extension State {
  /// The roles of whoever sent a command. A name that is only claimed has none in `fleet/`.
  func roles(of command: Command, for pin: PinID) -> Set<String> {
    var roles = Set(command.roles)
    guard case .known(let groups) = command.proof else { return roles }
    for binding in bindings(for: pin) where binding.names(user: command.actor, groups: groups) {
      roles.insert(binding.role)
    }
    return roles
  }

  /// Those who have one of `roles`: `approver or admin (ada, ben, group platform)`.
  func people(having roles: [String], for pin: PinID) -> String {
    let names = roles.joined(separator: " or ")
    let bindings = bindings(for: pin).filter { roles.contains($0.role) }
    let people =
      Set(bindings.flatMap(\.users)).sorted()
      + Set(bindings.flatMap(\.groups)).sorted().map { "group \($0)" }
    guard !people.isEmpty else {
      return "\(names) (nobody yet: bind the role in fleet/access.yaml)"
    }
    let shown = people.count > 6 ? people.prefix(5) + ["\(people.count - 5) more"] : people[...]
    return "\(names) (\(shown.joined(separator: ", ")))"
  }

  private func bindings(for pin: PinID) -> [RoleBinding] {
    (configuration?.access ?? []).filter {
      $0.covers(app: pin.app) && $0.covers(environment: pin.environment)
    }
  }
}
