/// Takes the values of Secrets out of what people and programs are shown. That a value changed stays
/// visible; the value does not.
public enum SecretMask {
  /// The node with every value of a Secret replaced; other objects as they are.
  public static func masking(_ object: Node) -> Node {
    guard isSecret(object), case .mapping(var mapping) = object else { return object }
    for index in mapping.pairs.indices {
      let pair = mapping.pairs[index]
      mapping.pairs[index].value = mask(pair.value, at: NodePath([.key(pair.key)]))
    }
    return .mapping(mapping)
  }

  /// A change of a Secret's field with its values replaced: `*** (before)`, `*** (after)`.
  public static func masking(_ change: FieldChange) -> FieldChange {
    FieldChange(
      path: change.path,
      before: change.before.map { mask($0, at: change.path, suffix: " (before)") },
      after: change.after.map { mask($0, at: change.path, suffix: " (after)") },
      isOrder: change.isOrder)
  }

  public static func isSecret(_ object: Node) -> Bool {
    object["kind"]?.string == "Secret" && object["apiVersion"]?.string == "v1"
  }

  private static func mask(_ node: Node, at path: NodePath, suffix: String = "") -> Node {
    if case .mapping(var mapping) = node {
      for index in mapping.pairs.indices {
        let pair = mapping.pairs[index]
        mapping.pairs[index].value = mask(pair.value, at: path + .key(pair.key), suffix: suffix)
      }
      return .mapping(mapping)
    }
    return holdsSecret(path) ? .string("***" + suffix) : node
  }

  /// Everything of a Secret but what names and describes it; of its annotations the one in which
  /// kubectl keeps a copy of the whole object.
  private static func holdsSecret(_ path: NodePath) -> Bool {
    !["apiVersion", "kind", "type", "immutable"].contains { path.isWithin($0) }
      && !["name", "namespace", "labels"].contains { path.isWithin("metadata", $0) }
      && !(path.isWithin("metadata", "annotations")
        && !path.isWithin(
          "metadata", "annotations", "kubectl.kubernetes.io/last-applied-configuration"))
  }
}
