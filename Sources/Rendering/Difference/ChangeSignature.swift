internal import Manifests

/// What two clusters' changes have in common: the change without what is each cluster's own, its
/// name, the namespace of its app and the hashes in names of generated objects.
struct ChangeSignature {
  private let cluster: String
  /// Of the app's objects, if they share one.
  private let namespace: String?
  private let generated: GeneratedNames
  private var text = ""

  static func of(
    _ change: StateChange, app: String, cluster: String, from before: TargetState?,
    to after: TargetState?
  ) -> Digest {
    var signature = ChangeSignature(
      cluster: cluster, namespace: commonNamespace(after ?? before),
      generated: GeneratedNames([before, after]))
    signature.put(app)
    signature.put(change.kind.rawValue)
    // What nobody is shown does not tell changes apart: deleted objects, and those of an app that
    // comes or goes as a whole, count by their names.
    for object in change.objects { signature.put(object, inFull: change.kind == .changed) }
    return Digest(hashing: signature.text)
  }

  private init(cluster: String, namespace: String?, generated: GeneratedNames) {
    self.cluster = cluster
    self.namespace = namespace
    self.generated = generated
  }

  private static func commonNamespace(_ state: TargetState?) -> String? {
    var namespaces = Set((state?.objects ?? []).lazy.map(\.identity.namespace))
    namespaces.remove("")
    return namespaces.count == 1 ? namespaces.first : nil
  }

  private mutating func put(_ object: ObjectChange, inFull: Bool) {
    put(object.kind.rawValue)
    put(object.identity.group)
    put(object.identity.version)
    put(object.identity.kind)
    put(value: object.identity.namespace)
    put(value: object.identity.name)
    if inFull, object.kind == .created, let whole = object.object { put(whole) }
    for field in object.fields {
      for step in field.path.steps {
        switch step {
        case .key(let key): put(key)
        case .index(let index): put("[\(index)]")
        case .element(let names):
          for name in names {
            put(name.key)
            put(value: name.value)
          }
        }
      }
      put(field.before)
      put(field.after)
    }
  }

  private mutating func put(_ node: Node?) {
    switch node {
    case nil: put("-")
    case .scalar(let scalar):
      put("\(scalar.tag.rawValue)")
      if scalar.tag == .string { put(value: scalar.text) } else { put(scalar.text) }
    case .sequence(let items):
      put("[\(items.count)")
      for item in items { put(item) }
    case .mapping(let mapping):
      put("{\(mapping.count)")
      for pair in mapping.pairs.sorted(by: { $0.key < $1.key }) {
        put(pair.key)
        put(pair.value)
      }
    }
  }

  /// Every part is preceded by its length, so that no two sequences of parts give one text.
  private mutating func put(_ part: String) { text += "\(part.utf8.count):\(part)" }

  private mutating func put(value: String) {
    if let stem = generated.stems[value] { return put("\(stem)-\u{1}hash") }
    if value == namespace { return put("\u{1}namespace") }
    put(withoutCluster(value))
  }

  /// The text with the cluster's name taken out wherever it stands as a word.
  private func withoutCluster(_ value: String) -> String {
    guard value.utf8.count >= cluster.utf8.count, !cluster.isEmpty else { return value }
    var result = ""
    var rest = value[...]
    while let range = rest.firstRange(of: cluster) {
      let isWord =
        !(rest[..<range.lowerBound].last ?? result.last ?? " ").isWordCharacter
        && !(rest[range.upperBound...].first ?? " ").isWordCharacter
      result += rest[..<range.lowerBound] + (isWord ? "\u{1}cluster" : cluster)
      rest = rest[range.upperBound...]
    }
    return result + rest
  }
}

extension Character {
  fileprivate var isWordCharacter: Bool { isLetter || isNumber || self == "-" }
}
