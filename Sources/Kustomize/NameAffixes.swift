internal import Manifests

/// `namePrefix` and `nameSuffix`.
struct NameAffix {
  enum Side { case prefix, suffix }

  var text: String
  var side: Side
  var specs: FieldSpecs

  /// Types whose names stay, by the kind they had at first.
  static func isExempt(_ resource: Resource) -> Bool { isExempt(resource.originalID.type) }

  private static func isExempt(_ type: GroupVersionKind) -> Bool {
    type.kind == "CustomResourceDefinition" || type.kind == "Namespace"
      || type.kind == "APIService" && type.group == "apiregistration.k8s.io"
  }

  func apply(to resources: inout ResourceList) throws(BuildError) {
    if text.isEmpty { return }
    for index in resources.indices {
      let original = resources[index].originalID.type
      if Self.isExempt(original) { continue }
      do throws(BuildError) {
        try resources.update(index) { resource throws(BuildError) in
          for spec in specs.matching(original) {
            if spec.path == "metadata/name" {
              switch side {
              case .prefix: resource.prefixes.append(text)
              case .suffix: resource.suffixes.append(text)
              }
              resource.recordPreviousName()
            }
            try spec.apply(to: &resource.node, creating: .scalar) { node throws(BuildError) in
              guard let scalar = node.scalar else {
                throw BuildError(
                  .wrongNodeKind,
                  "the field '\(spec.path)' is no text, and a prefix or suffix expects a name there"
                )
              }
              let old = scalar.tag == .null ? "" : scalar.text
              ScalarFields.set(&node, text: side == .prefix ? text + old : old + text)
            }
          }
          resource.refreshID()
        }
      } catch { throw error.about("\(resources[index].id)") }
    }
  }
}
