import Manifests

extension Codec where Value == [RoleBinding] {
  static let access: Codec = object("Access", "Who has which roles.") { reader in
    reader.required(
      "bindings", .list(.roleBinding, minimum: 1),
      "Each gives people a role. Those of several Access objects add up.")
  }
}

extension Codec where Value == RoleBinding {
  static let roleBinding: Codec = object("RoleBinding", "People who have a role.") { reader in
    let role = reader.required(
      "role", Codec<String>.nonEmptyText.located,
      "What `roles` of Approvals name: approver, release-manager or any other word.")
    let users = reader.optional(
      "users", .list(.nonEmptyText, minimum: 1), absent: "none", "Login names.")
    let groups = reader.optional(
      "groups", .list(.nonEmptyText, minimum: 1), absent: "none",
      "Unix groups, as the hub's machine knows them.")
    let apps = reader.optional(
      "apps", .list(.name), absent: "all", "Apps for which they have it.")
    let environments = reader.optional(
      "environments", .list(.name), absent: "all", "Environments in which they have it.")
    reader.demand(
      anyOf: [["users"], ["groups"]], at: role?.position,
      "nobody is given the role '\(role?.value.clipped ?? "")'", remedy: "add 'users' or 'groups'")
    return role.map { role in
      RoleBinding(
        role: role.value, users: users ?? [], groups: groups ?? [], apps: apps ?? [],
        environments: environments ?? [])
    }
  }
}
