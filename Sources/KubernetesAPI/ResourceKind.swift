public import Manifests

/// A kind of object in one version of its API group: what `apiVersion` and `kind` say.
public struct GroupVersionKind: Sendable, Hashable, CustomStringConvertible {
  /// Empty for the core group.
  public let group: String
  public let version: String
  public let kind: String

  public init(group: String, version: String, kind: String) {
    self.group = group
    self.version = version
    self.kind = kind
  }

  public init(of identity: ResourceIdentity) {
    self.init(group: identity.group, version: identity.version, kind: identity.kind)
  }

  public var apiVersion: String { group.isEmpty ? version : "\(group)/\(version)" }
  public var groupKind: GroupKind { GroupKind(group: group, kind: kind) }
  public var description: String { "\(kind) (\(apiVersion))" }
}

/// A kind of object whatever its version.
public struct GroupKind: Sendable, Hashable, Comparable, CustomStringConvertible {
  /// Empty for the core group.
  public let group: String
  public let kind: String

  public init(group: String, kind: String) {
    self.group = group
    self.kind = kind
  }

  public init(of identity: ResourceIdentity) {
    self.init(group: identity.group, kind: identity.kind)
  }

  /// Reads kubectl's form, `Deployment.apps` or `ConfigMap`; `nil` for an empty text.
  public init?(parsing text: some StringProtocol) {
    guard !text.isEmpty else { return nil }
    let dot = text.firstIndex(of: ".")
    kind = String(text[..<(dot ?? text.endIndex)])
    group = dot.map { String(text[text.index(after: $0)...]) } ?? ""
    if kind.isEmpty { return nil }
  }

  public var description: String { group.isEmpty ? kind : "\(kind).\(group)" }

  public static func < (a: Self, b: Self) -> Bool { (a.kind, a.group) < (b.kind, b.group) }
}

/// A kind as one server serves it: enough to build the paths of its objects.
public struct ServedResource: Sendable, Hashable {
  public let kind: GroupVersionKind
  /// The word in paths, such as `deployments`.
  public let plural: String
  public let isNamespaced: Bool
  public let verbs: Set<String>

  public init(kind: GroupVersionKind, plural: String, isNamespaced: Bool, verbs: Set<String>) {
    self.kind = kind
    self.plural = plural
    self.isNamespaced = isNamespaced
    self.verbs = verbs
  }

  /// Path of the collection in `namespace`, or in all namespaces and for cluster-scoped kinds
  /// when that is `nil`.
  public func collectionPath(namespace: String?) -> String {
    let root = kind.group.isEmpty ? "/api/\(kind.version)" : "/apis/\(kind.apiVersion)"
    if isNamespaced, let namespace {
      return "\(root)/namespaces/\(PathEncoding.encode(namespace))/\(plural)"
    }
    return "\(root)/\(plural)"
  }

  /// Path of one object. A namespaced object without a namespace is one of `default`.
  public func path(name: String, namespace: String) -> String {
    let place = namespace.isEmpty ? ServedResource.defaultNamespace : namespace
    return collectionPath(namespace: isNamespaced ? place : nil)
      + "/\(PathEncoding.encode(name))"
  }

  /// Where Kubernetes puts namespaced objects that name no namespace.
  public static let defaultNamespace = "default"
}

/// Percent-encoding for parts of URLs.
enum PathEncoding {
  static func encode(_ text: String) -> String {
    let digits = Array("0123456789ABCDEF".utf8)
    var output: [UInt8] = []
    for byte in text.utf8 {
      switch byte {
      case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
        UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."),
        UInt8(ascii: "_"), UInt8(ascii: "~"):
        output.append(byte)
      default:
        output += [UInt8(ascii: "%"), digits[Int(byte >> 4)], digits[Int(byte & 15)]]
      }
    }
    return String(decoding: output, as: UTF8.self)
  }
}
