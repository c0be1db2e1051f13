/// Gives people a role. A role is a word that fleets choose; gates that ask for approvals name it.
public struct RoleBinding: Sendable, Hashable, Codable {
  public var role: String
  /// Login names.
  public var users: [String]
  /// Names of groups that logins belong to on the hub's machine.
  public var groups: [String]
  /// Empty: all.
  public var apps: [String]
  /// Empty: all.
  public var environments: [String]

  public init(
    role: String, users: [String] = [], groups: [String] = [], apps: [String] = [],
    environments: [String] = []
  ) {
    self.role = role
    self.users = users
    self.groups = groups
    self.apps = apps
    self.environments = environments
  }

  public func names(user: String, groups: [String]) -> Bool {
    users.contains(user) || self.groups.contains(where: groups.contains)
  }

  public func covers(app: String) -> Bool { apps.isEmpty || apps.contains(app) }

  public func covers(environment: String) -> Bool {
    environments.isEmpty || environments.contains(environment)
  }
}
