public import Manifests

extension App {
  /// How strictly objects are held against the schema of their kinds.
  public enum SchemaCheck: String, Sendable, Hashable, Codable, CaseIterable {
    /// A fault keeps the commit from becoming a release.
    case strict
    /// Faults are warnings.
    case warn
    case off
  }

  /// What an app may consist of. Without one, it may hold anything.
  public struct Allowance: Sendable, Hashable, Codable {
    /// Names of namespaces, `*` standing for any characters; `nil` for every namespace.
    public var namespaces: [String]?
    /// Kinds of objects that belong into a namespace; `nil` for all of them.
    public var kinds: [KindPattern]?
    /// Kinds of cluster-scoped objects; none unless named.
    public var clusterKinds: [KindPattern]

    public init(
      namespaces: [String]? = nil, kinds: [KindPattern]? = nil, clusterKinds: [KindPattern] = []
    ) {
      self.namespaces = namespaces
      self.kinds = kinds
      self.clusterKinds = clusterKinds
    }
  }

  /// A kind as kubectl names it: `ConfigMap`, `Deployment.apps`; `*.apps` for every kind of a group,
  /// `*` for every kind.
  public struct KindPattern: Sendable, Hashable, Codable, CustomStringConvertible {
    public let text: String

    public init(_ text: String) { self.text = text }

    public var description: String { text }

    public func matches(_ identity: ResourceIdentity) -> Bool {
      text == "*" || text == identity.groupKind || text == "*.\(identity.group)"
    }

    // As plain text, in files as in records.
    public init(from decoder: any Decoder) throws {
      text = try decoder.singleValueContainer().decode(String.self)
    }

    public func encode(to encoder: any Encoder) throws {
      var container = encoder.singleValueContainer()
      try container.encode(text)
    }
  }
}

extension App.Allowance {
  /// Why an object does not belong into the app, and what to do; `nil` when it may be there.
  public func refusal(
    of object: ResourceIdentity, isClusterScoped: Bool
  ) -> (message: String, remedy: String)? {
    let kind = object.groupKind
    let mayBeClusterScoped = clusterKinds.contains { $0.matches(object) }
    if isClusterScoped {
      guard mayBeClusterScoped else {
        let others = clusterKinds.map(\.text)
        return (
          "\(kind) is cluster-scoped, and the app may have "
            + (others.isEmpty ? "no cluster-scoped kind" : "only \(others.listed(by: "and"))"),
          "add '\(kind)' to 'allowed.clusterKinds' of the app, or remove the object"
        )
      }
      if kind == "Namespace", !allows(namespace: object.name) {
        return outside("the namespace '\(object.name)'")
      }
      return nil
    }
    // A kind whose scope nobody here knows.
    if object.namespace.isEmpty, mayBeClusterScoped { return nil }
    if let kinds, !kinds.contains(where: { $0.matches(object) }) {
      return (
        "\(kind) is not among the kinds of the app",
        "add '\(kind)' to 'allowed.kinds' of the app, or remove the object"
      )
    }
    guard !object.namespace.isEmpty else {
      guard namespaces != nil, !allows(namespace: "default") else { return nil }
      return (
        "it names no namespace, and the app may not use 'default'",
        "set 'namespace' of the app; if \(kind) is cluster-scoped, add it to "
          + "'allowed.clusterKinds'"
      )
    }
    return allows(namespace: object.namespace)
      ? nil : outside("its namespace '\(object.namespace)'")
  }

  private func outside(_ what: String) -> (message: String, remedy: String) {
    (
      "\(what) is none of the app's, which are \((namespaces ?? []).listed(by: "and"))",
      "add it to 'allowed.namespaces' of the app, or change the object"
    )
  }

  private func allows(namespace: String) -> Bool {
    guard let namespaces else { return true }
    return namespaces.contains { App.Allowance.matches($0, namespace) }
  }

  private static func matches(_ pattern: String, _ text: String) -> Bool {
    // The first part stands at the start, the last at the end, and between them each part where it
    // is found first.
    let parts = pattern.split(separator: "*", omittingEmptySubsequences: false)
    guard let first = parts.first, let last = parts.last, parts.count > 1 else {
      return pattern == text
    }
    guard text.hasPrefix(first) else { return false }
    var rest = text.dropFirst(first.count)
    for part in parts.dropFirst().dropLast() where !part.isEmpty {
      guard let found = rest.firstRange(of: part) else { return false }
      rest = rest[found.upperBound...]
    }
    return rest.hasSuffix(last)
  }
}
