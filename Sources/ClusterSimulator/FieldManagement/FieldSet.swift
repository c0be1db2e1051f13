internal import Manifests

/// A set of fields of one object, in the model of structured-merge-diff: a tree whose edges are the
/// path elements in the notation of `fieldsV1` (`f:name`, `k:{"name":"web"}`, `v:"x"`).
struct FieldSet: Sendable, Equatable {
  struct Entry: Sendable, Equatable {
    var element: String
    /// Whether the field itself belongs to the set, not only fields below it.
    var isMember: Bool
    var below: FieldSet
  }

  /// Sorted by element, so that two sets are combined in one pass.
  private(set) var entries: [Entry] = []

  var isEmpty: Bool { entries.isEmpty }

  private func position(of element: String) -> (index: Int, isFound: Bool) {
    var low = 0
    var high = entries.count
    while low < high {
      let middle = (low + high) / 2
      if entries[middle].element < element { low = middle + 1 } else { high = middle }
    }
    return (low, low < entries.count && entries[low].element == element)
  }

  subscript(element: String) -> Entry? {
    let (index, isFound) = position(of: element)
    return isFound ? entries[index] : nil
  }

  /// Adds the field `element` itself.
  mutating func insert(_ element: String) {
    let (index, isFound) = position(of: element)
    if isFound {
      entries[index].isMember = true
    } else {
      entries.insert(Entry(element: element, isMember: true, below: FieldSet()), at: index)
    }
  }

  /// Changes the set below `element`; an entry that ends up empty is not kept.
  mutating func withBelow<Result>(
    _ element: String, _ change: (inout FieldSet) throws -> Result
  ) rethrows -> Result {
    let (index, isFound) = position(of: element)
    if !isFound {
      entries.insert(Entry(element: element, isMember: false, below: FieldSet()), at: index)
    }
    defer {
      if !entries[index].isMember, entries[index].below.isEmpty { entries.remove(at: index) }
    }
    return try change(&entries[index].below)
  }

  private mutating func append(_ entry: Entry) {
    if entry.isMember || !entry.below.isEmpty { entries.append(entry) }
  }

  /// Walks two sorted sets side by side.
  private static func combine(
    _ a: FieldSet, _ b: FieldSet, _ keep: (Entry?, Entry?) -> Entry?
  ) -> FieldSet {
    var result = FieldSet()
    var left = a.entries[...]
    var right = b.entries[...]
    while left.first != nil || right.first != nil {
      let entry: Entry?
      if let x = left.first, let y = right.first, x.element == y.element {
        entry = keep(x, y)
        left.removeFirst()
        right.removeFirst()
      } else if let x = left.first, right.first.map({ x.element < $0.element }) ?? true {
        entry = keep(x, nil)
        left.removeFirst()
      } else {
        entry = keep(nil, right.popFirst())
      }
      if let entry { result.append(entry) }
    }
    return result
  }

  func union(_ other: FieldSet) -> FieldSet {
    if isEmpty { return other }
    if other.isEmpty { return self }
    return Self.combine(self, other) { x, y in
      guard var both = x, let y else { return x ?? y }
      both.isMember = both.isMember || y.isMember
      both.below = both.below.union(y.below)
      return both
    }
  }

  func intersection(_ other: FieldSet) -> FieldSet {
    Self.combine(self, other) { x, y in
      guard var both = x, let y else { return nil }
      both.isMember = both.isMember && y.isMember
      both.below = both.below.intersection(y.below)
      return both
    }
  }

  func subtracting(_ other: FieldSet) -> FieldSet {
    if other.isEmpty { return self }
    return Self.combine(self, other) { x, y in
      guard var rest = x, let y else { return x }
      rest.isMember = rest.isMember && !y.isMember
      rest.below = rest.below.subtracting(y.below)
      return rest
    }
  }

  /// Removes whole branches: a member of `other` takes everything below it along.
  func subtractingBranches(_ other: FieldSet) -> FieldSet {
    Self.combine(self, other) { x, y in
      guard var rest = x, let y else { return x }
      if y.isMember { return nil }
      rest.below = rest.below.subtractingBranches(y.below)
      return rest
    }
  }

  /// The members, each as a list of path elements.
  var paths: [[String]] {
    entries.flatMap { entry in
      (entry.isMember ? [[entry.element]] : []) + entry.below.paths.map { [entry.element] + $0 }
    }
  }
}

extension FieldSet {
  /// The `fieldsV1` form.
  var fieldsV1: Node { node(isMember: false) }

  private func node(isMember: Bool) -> Node {
    var pairs: [Mapping.Pair] = []
    if isMember, !isEmpty { pairs.append(Mapping.Pair(".", .emptyMapping)) }
    for entry in entries {
      pairs.append(Mapping.Pair(entry.element, entry.below.node(isMember: entry.isMember)))
    }
    return .mapping(Mapping(pairs))
  }

  /// Reads the `fieldsV1` form; whatever is no mapping counts as a leaf.
  init(fieldsV1 node: Node) {
    for pair in node.mapping?.pairs ?? [] where pair.key != "." {
      let below = FieldSet(fieldsV1: pair.value)
      let isMember = below.isEmpty || pair.value["."] != nil
      entries.append(Entry(element: pair.key, isMember: isMember, below: below))
    }
    entries.sort { $0.element < $1.element }
  }
}

/// The notation of path elements.
enum PathElement {
  static func field(_ name: String) -> String { "f:" + name }

  static func value(_ scalar: Node) -> String {
    "v:" + String(decoding: JSON.serialize(scalar), as: UTF8.self)
  }

  static func key(_ values: [(name: String, value: Node)]) -> String {
    let pairs = values.sorted { $0.name < $1.name }.map { Mapping.Pair($0.name, $0.value) }
    return "k:" + String(decoding: JSON.serialize(.mapping(Mapping(pairs))), as: UTF8.self)
  }

  /// `.spec.template.spec.containers[name="web"].image`, as the API server prints paths.
  static func text(_ path: [String]) -> String {
    path.map { element in
      let rest = element.dropFirst(2)
      switch element.first {
      case "k":
        // The bytes were written by `key`, so they read back; if not they are shown as they are.
        guard let node = try? JSON.parse(String(rest)), let keys = node.mapping else {
          return "[\(rest)]"
        }
        let parts = keys.pairs.map { pair in
          "\(pair.key)=\(String(decoding: JSON.serialize(pair.value), as: UTF8.self))"
        }
        return "[\(parts.joined(separator: ","))]"
      case "v": return "[=\(rest)]"
      default: return ".\(rest)"
      }
    }.joined()
  }
}
