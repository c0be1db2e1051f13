internal import Manifests

/// The type of one field, as far as server-side apply, strategic merge and type checks need it: the
/// model of structured-merge-diff, which the Kubernetes API server uses.
indirect enum FieldType: Sendable {
  case scalar(ScalarKind)
  case map(MapType)
  case list(ListType)
  /// No schema: maps are merged by key, lists are replaced as a whole.
  case deduced

  enum ScalarKind: Sendable {
    case string, integer, boolean, number, integerOrString, quantity

    /// Whether a scalar of tag `tag` can be decoded into this kind.
    func accepts(_ tag: ScalarTag) -> Bool {
      switch self {
      case .string: tag == .string || tag == .timestamp || tag == .binary
      case .integer: tag == .int
      case .boolean: tag == .bool
      case .number: tag == .int || tag == .float
      case .integerOrString: tag == .int || tag == .string
      case .quantity: tag == .int || tag == .float || tag == .string
      }
    }

    /// As the API server words it.
    var expectation: String {
      switch self {
      case .string: "string"
      case .integer, .number: "numeric (int or float)"
      case .boolean: "boolean"
      case .integerOrString, .quantity: "string or number"
      }
    }
  }
}

/// A mapping: a structure with named fields, a map from strings to one type, or both.
final class MapType: Sendable {
  let fields: [String: FieldType]
  /// Type of the values under keys that `fields` does not name; `nil` refuses such keys.
  let element: FieldType?
  /// Owned and replaced as a whole.
  let isAtomic: Bool

  init(fields: [String: FieldType] = [:], element: FieldType? = nil, isAtomic: Bool = false) {
    self.fields = fields
    self.element = element
    self.isAtomic = isAtomic
  }

  func type(of key: String) -> FieldType? { fields[key] ?? element }

  /// Whether `key` belongs to a structure (and not to an open map).
  func isNamed(_ key: String) -> Bool { fields[key] != nil }
}

/// A list and how its items are told apart.
final class ListType: Sendable {
  enum Relationship: Sendable {
    case atomic
    /// Scalars, each at most once.
    case set
    /// Mappings told apart by the values of these keys; a default stands in for a missing key.
    case keyed([Key])
  }
  struct Key: Sendable {
    let name: String
    let standard: String?
  }

  let element: FieldType
  let relationship: Relationship

  init(_ element: FieldType, _ relationship: Relationship) {
    self.element = element
    self.relationship = relationship
  }
}
