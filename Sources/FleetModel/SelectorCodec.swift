import Manifests

extension Codec where Value == LabelSelector {
  /// A label selector as text (`env=prod,canary!=true`) or as the mapping that Kubernetes objects
  /// use (`matchLabels`, `matchExpressions`).
  static let selector: Codec = Codec(
    .either([
      .text(form: "a label selector such as env=prod,canary!=true", pattern: selectorPattern),
      selectorMapping.shape(),
    ]),
    decode: { node, context in
      if node.mapping != nil { return selectorMapping.decode(node, context) }
      guard let scalar = node.scalar, scalar.tag == .string else {
        context.mismatch(
          node,
          expected: "a label selector such as env=prod,canary!=true, or a mapping with matchLabels")
        return nil
      }
      do {
        let selector = try LabelSelector(parsing: scalar.text)
        let invalid = selector.requirements.first { requirement in
          !LabelSyntax.isKey(requirement.key)
            || !requirement.values.allSatisfy(LabelSyntax.isValue)
        }
        if let invalid {
          context.report(
            at: node.position,
            "label selector '\(scalar.text.clipped)': '\(LabelSelector([invalid]))' can match no "
              + "label, since keys and values of labels are letters, digits, '-', '_' and '.'")
          return nil
        }
        return selector
      } catch {
        let reason = (error as? LabelSelector.SyntaxError)?.reason ?? "\(error)"
        context.report(
          at: node.position, "label selector '\(scalar.text.clipped)': \(reason)",
          remedy: "write it as in kubectl get -l: key=value, key!=value, key in (a,b), key, !key")
        return nil
      }
    })

  private static let selectorPattern: String = {
    let key = "([a-z0-9]([-a-z0-9.]*[a-z0-9])?/)?[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?"
    let value = "([A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?)?"
    let list = "\\(\\s*\(value)(\\s*,\\s*\(value))*\\s*\\)"
    let requirement =
      "(!?\\s*\(key)|\(key)\\s*(==?|!=)\\s*\(value)|\(key)\\s+(in|notin)\\s*\(list))"
    return "^\\s*(\(requirement)(\\s*,\\s*\(requirement))*)?\\s*$"
  }()

  private static let selectorMapping: Codec = object(
    "Selector", "Requirements on labels, all of which must hold."
  ) { reader in
    let equal = reader.optional(
      "matchLabels", .map(keys: .labelKey, keyNoun: "label keys", values: .labelValue),
      "Labels with exactly these values.")
    let expressions = reader.optional(
      "matchExpressions", .list(requirement), "Requirements with an operator each.")
    return LabelSelector(
      (equal ?? [:]).sorted { $0.key < $1.key }.map { .init($0.key, .isIn, [$0.value]) }
        + (expressions ?? []))
  }

  private static let selectorOperator: Codec<LabelSelector.Operator> = .word(
    "operator", of: "Requirement", among: [.isIn, .notIn, .exists, .doesNotExist])

  private static let requirement: Codec<LabelSelector.Requirement> = .object(
    "Requirement", "One requirement on one label."
  ) { reader in
    let key = reader.required("key", .labelKey, "The label.")
    let kind = reader.required(
      "operator", selectorOperator.located,
      "How the label and the values must relate.")
    let values = reader.optional(
      "values", .list(.labelValue), absent: "none",
      "For In and NotIn; Exists and DoesNotExist take none.")
    guard let key, let kind else { return nil }
    let needsValues = kind.value == .isIn || kind.value == .notIn
    guard needsValues == !(values ?? []).isEmpty else {
      reader.report(
        at: kind.position,
        "operator \(kind.value.rawValue) takes \(needsValues ? "at least one value" : "no values")",
        remedy: needsValues ? "add 'values'" : "remove 'values'")
      return nil
    }
    return LabelSelector.Requirement(key, kind.value, values ?? [])
  }
}
