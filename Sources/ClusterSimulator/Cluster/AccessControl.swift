internal import Manifests

/// Who sends a request.
struct RequestUser: Sendable, Equatable {
  let name: String
  let groups: [String]

  static let anonymous = RequestUser(name: "system:anonymous", groups: ["system:unauthenticated"])
  /// Members may do everything, as in Kubernetes.
  static let administrators = "system:masters"
  /// Members may read everything. Only simulated clusters know this group.
  static let viewers = "simulator:viewers"
}

/// What a request wants to do.
struct AccessAttempt: Sendable {
  let verb: String
  let group: String
  /// `pods` or `pods/status`.
  let resource: String
  let namespace: String
  let name: String

  /// The refusal as the API server words it.
  func refusal(_ user: RequestUser) -> APIError {
    let plural = resource.split(separator: "/").first.map(String.init) ?? resource
    let qualified = group.isEmpty ? plural : "\(plural).\(group)"
    let subject = name.isEmpty ? qualified : "\(qualified) \"\(name)\""
    let scope = namespace.isEmpty ? "at the cluster scope" : "in the namespace \"\(namespace)\""
    return APIError(
      code: 403, reason: "Forbidden",
      message:
        "\(subject) is forbidden: User \"\(user.name)\" cannot \(verb) resource \"\(resource)\" in API group \"\(group)\" \(scope)",
      name: name, group: group, kind: plural)
  }
}

extension ClusterState {
  /// Role-based access control over the roles and bindings that the cluster holds, with the standard
  /// roles `cluster-admin`, `admin`, `edit` and `view` built in.
  func allows(_ user: RequestUser, _ attempt: AccessAttempt) -> Bool {
    if user.groups.contains(RequestUser.administrators) { return true }
    let isRead = ["get", "list", "watch"].contains(attempt.verb)
    if isRead, user.groups.contains(RequestUser.viewers) { return true }
    let wide = objects["clusterrolebindings.rbac.authorization.k8s.io"] ?? [:]
    for binding in wide.values where names(binding, user) {
      if grants(binding, in: "", attempt) { return true }
    }
    guard !attempt.namespace.isEmpty else { return false }
    let local = objects["rolebindings.rbac.authorization.k8s.io"] ?? [:]
    for (name, binding) in local where name.namespace == attempt.namespace && names(binding, user) {
      if grants(binding, in: attempt.namespace, attempt) { return true }
    }
    return false
  }

  private func names(_ binding: StoredObject, _ user: RequestUser) -> Bool {
    (binding.content["subjects"]?.sequence ?? []).contains { subject in
      let name = subject["name"]?.string ?? ""
      switch subject["kind"]?.string {
      case "User": return name == user.name
      case "Group": return user.groups.contains(name)
      case "ServiceAccount":
        let namespace = subject["namespace"]?.string ?? binding.namespace
        return user.name == "system:serviceaccount:\(namespace):\(name)"
      default: return false
      }
    }
  }

  private func grants(_ binding: StoredObject, in namespace: String, _ attempt: AccessAttempt)
    -> Bool
  {
    let reference = binding.content["roleRef"]
    let name = reference?["name"]?.string ?? ""
    let isWide = reference?["kind"]?.string == "ClusterRole"
    let role = object(
      ObjectKey(
        groupResource: (isWide ? "clusterroles" : "roles") + ".rbac.authorization.k8s.io",
        name: ObjectName(namespace: isWide ? "" : namespace, name: name)))
    guard let role else {
      guard isWide else { return false }
      let isRead = ["get", "list", "watch"].contains(attempt.verb)
      switch name {
      case "cluster-admin": return true
      case "admin", "edit": return !attempt.namespace.isEmpty
      case "view": return isRead && attempt.resource != "secrets"
      default: return false
      }
    }
    return (role.content["rules"]?.sequence ?? []).contains { rule in
      func lists(_ key: String, _ value: String) -> Bool {
        let values = rule[key]?.sequence?.compactMap(\.string) ?? []
        return values.contains("*") || values.contains(value)
      }
      let limited = rule["resourceNames"]?.sequence?.compactMap(\.string) ?? []
      return lists("verbs", attempt.verb) && lists("apiGroups", attempt.group)
        && lists("resources", attempt.resource)
        && (limited.isEmpty || limited.contains(attempt.name))
    }
  }
}
