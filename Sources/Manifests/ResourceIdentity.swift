/// What names one object inside a cluster: its API group and kind, namespace and name. The version
/// is carried for requests and takes no part in equality.
public struct ResourceIdentity: Sendable, Hashable, Comparable, Codable, CustomStringConvertible {
  /// Empty for the core group.
  public let group: String
  public let version: String
  public let kind: String
  /// Empty for cluster-scoped objects and for objects without `metadata.namespace`.
  public let namespace: String
  public let name: String

  public init(group: String, version: String, kind: String, namespace: String, name: String) {
    self.group = group
    self.version = version
    self.kind = kind
    self.namespace = namespace
    self.name = name
  }

  /// Reads `apiVersion`, `kind` and `metadata` of an object; `nil` without a kind and a name.
  public init?(of object: Node) {
    guard let kind = object["kind"]?.string,
      let name = object.value(at: "metadata", "name")?.scalar, name.tag != .null
    else { return nil }
    let apiVersion = object["apiVersion"]?.string ?? ""
    let slash = apiVersion.utf8.firstIndex(of: UInt8(ascii: "/"))
    self.init(
      group: slash.map { String(apiVersion[..<$0]) } ?? "",
      version: slash.map { String(apiVersion[apiVersion.utf8.index(after: $0)...]) } ?? apiVersion,
      kind: kind,
      namespace: object.value(at: "metadata", "namespace")?.scalar?.text ?? "",
      name: name.text)
  }

  public var apiVersion: String { group.isEmpty ? version : "\(group)/\(version)" }

  /// `Deployment.apps`, or `ConfigMap` for the core group: kubectl's form of a group and kind.
  public var groupKind: String { group.isEmpty ? kind : "\(kind).\(group)" }

  /// `Deployment web/shop`: kind, then namespace and name.
  public var description: String {
    namespace.isEmpty ? "\(kind) \(name)" : "\(kind) \(namespace)/\(name)"
  }

  private var key: (String, String, String, String) { (group, kind, namespace, name) }
  public static func == (a: Self, b: Self) -> Bool { a.key == b.key }
  public static func < (a: Self, b: Self) -> Bool { a.key < b.key }
  public func hash(into hasher: inout Hasher) {
    hasher.combine(kind)
    hasher.combine(namespace)
    hasher.combine(name)
  }
}
