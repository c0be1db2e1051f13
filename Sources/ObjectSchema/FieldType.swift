/// What stands in a field. Structures, element types and words are indices into a ``SchemaTable``,
/// so that a type costs nothing to copy.
enum FieldType: Sendable, Hashable {
  case string
  /// One of a list of words, or an empty text for the default.
  case word(of: Int32)
  case integer, number, boolean
  /// A number or a text, as in ports and percentages.
  case integerOrString
  /// An amount such as `500m` or `1Gi`.
  case quantity
  case base64
  case anything
  /// A structure where a mapping stands, else anything.
  case structureIfMapping(Int32)
  case structure(Int32)
  case map(of: Int32)
  case list(of: Int32)
}

/// A mapping with named fields.
struct Structure: Sendable {
  struct Field: Sendable {
    let name: String
    let type: FieldType
    let isRequired: Bool
  }

  /// Sorted by name, as the keys of most manifests are.
  let fields: [Field]
  /// What other keys hold; `nil` where there may be none.
  let others: FieldType?
  let requiredCount: Int

  init(fields: [Field], others: FieldType? = nil) {
    self.fields = fields.sorted { $0.name < $1.name }
    self.others = others
    requiredCount = fields.count { $0.isRequired }
  }
}

/// Structures that refer to each other, and to themselves, by index.
struct SchemaTable: Sendable {
  var structures: [Structure] = []
  var elements: [FieldType] = []
  var words: [[String]] = []
  mutating func list(of element: FieldType) -> FieldType { .list(of: add(element)) }
  mutating func map(of element: FieldType) -> FieldType { .map(of: add(element)) }

  mutating func structure(_ structure: Structure) -> FieldType {
    structures.append(structure)
    return .structure(Int32(structures.count - 1))
  }

  mutating func word(of list: [String]) -> FieldType {
    words.append(list)
    return .word(of: Int32(words.count - 1))
  }

  private mutating func add(_ element: FieldType) -> Int32 {
    elements.append(element)
    return Int32(elements.count - 1)
  }
}
