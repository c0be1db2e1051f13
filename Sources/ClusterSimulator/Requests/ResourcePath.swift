/// What a path below `/api` or `/apis` names.
struct ResourcePath: Sendable {
  let group: String
  let version: String
  let plural: String
  let namespace: String
  let name: String
  let subresource: String

  /// Reads `/api/v1/namespaces/web/configmaps/shop`, `/apis/apps/v1/deployments` and the like; `nil`
  /// for paths of other shapes.
  init?(_ path: [String]) {
    var rest = path[...]
    switch rest.popFirst() {
    case "api": group = ""
    case "apis":
      guard let name = rest.popFirst() else { return nil }
      group = name
    default: return nil
    }
    guard let version = rest.popFirst(), let first = rest.popFirst() else { return nil }
    self.version = version
    let finalizing = ["status", "finalize"]
    if first == "namespaces", rest.count >= 2, let scope = rest.first,
      let second = rest.dropFirst().first, !finalizing.contains(second) || rest.count > 2
    {
      namespace = scope
      rest = rest.dropFirst()
      plural = rest.popFirst() ?? ""
    } else {
      namespace = ""
      plural = first
    }
    name = rest.popFirst() ?? ""
    subresource = rest.popFirst() ?? ""
    guard rest.isEmpty, !plural.isEmpty else { return nil }
  }
}
