public import KubernetesAPI
internal import Manifests

/// The conventions of KEP-3659 by which tools say which objects belong together, so that
/// `kubectl apply --prune --applyset` understands what Flotilla wrote.
public enum ApplySet {
  /// On the parent: the set's id. On members it is the value of ``partOfLabel``.
  public static let idLabel = "applyset.kubernetes.io/id"
  public static let partOfLabel = "applyset.kubernetes.io/part-of"
  public static let toolingAnnotation = "applyset.kubernetes.io/tooling"
  public static let groupKindsAnnotation = "applyset.kubernetes.io/contains-group-kinds"
  public static let namespacesAnnotation = "applyset.kubernetes.io/additional-namespaces"
  /// What Flotilla enters as the tool: only it may change its sets.
  public static let tooling = "flotilla/v1"

  /// The id of the set whose parent is that object: a URL-safe, unpadded base64 of the SHA-256 of
  /// `name.namespace.kind.group`, between `applyset-` and `-v1`.
  public static func id(name: String, namespace: String, kind: GroupKind) -> String {
    let digest = Digest(hashing: "\(name).\(namespace).\(kind.kind).\(kind.group)")
    let text = Base64.encode(digest.bytes).compactMap { character -> Character? in
      switch character {
      case "+": "-"
      case "/": "_"
      case "=": nil
      default: character
      }
    }
    return "applyset-\(String(text))-v1"
  }
}
