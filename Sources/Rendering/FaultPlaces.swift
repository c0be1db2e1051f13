internal import Kustomize
internal import Manifests
internal import ObjectSchema
internal import SourceTree

/// Finds the line that is to blame for a violation in the files that a target state was made from.
///
/// Objects do not remember where their fields come from, so this looks for the same field in the
/// files' objects of the same kind and name: a hint that is right where a field is written once, and
/// is left out where nothing fits. Used for faults only, so it may take its time.
struct FaultPlaces: Sendable {
  struct Place {
    let file: TreePath
    let position: YAML.Position
  }

  /// The objects of a file, which many overlays have in common; empty for other content.
  typealias Documents = AgingCache<TreePath, [LocatedNode]>
  static let largestFile = 1 << 20

  let tree: SharedTree
  let documents: Documents

  func place(of item: Admission.Case, in files: [TreePath]) -> Place? {
    var best: (score: Int, place: Place)?
    for file in files {
      for document in content(of: file) {
        let found: (score: Int, position: YAML.Position)? =
          document["kind"]?.scalar.map { $0.text == item.violation.object.kind } == true
          ? score(document, item) : inline(document, item)
        // Of equals the last: overlays are read after what they build on, by path.
        if let found, found.score >= best?.score ?? 1 {
          best = (found.score, Place(file: file, position: found.position))
        }
      }
    }
    return best?.place
  }

  private func content(of file: TreePath) -> [LocatedNode] {
    guard ["yaml", "yml", "json"].contains(file.name.split(separator: ".").last ?? "") else {
      return []
    }
    if let known = documents[file] { return known }
    var found: [LocatedNode] = []
    // What cannot be read or is no YAML was no object either: it is only left out of the search.
    if let bytes = try? tree.contents(of: file), bytes.count <= Self.largestFile,
      let parsed = try? YAML.parseLocated(bytes)
    {
      found = parsed
    }
    documents.store(found, for: file, cost: 1)
    return found
  }

  /// How well a document of the same kind fits; `nil` when it does not.
  private func score(
    _ document: LocatedNode, _ item: Admission.Case
  ) -> (score: Int, position: YAML.Position)? {
    let object = item.violation.object
    guard let name = document["metadata"]?["name"]?.scalar?.text else { return nil }
    // Prefixes and suffixes may have been added since.
    let likeness = name == object.name ? 2 : object.name.contains(name) ? 1 : 0
    guard likeness > 0 else { return nil }
    guard let schema = item.schema else { return (likeness, document.position) }
    let steps = schema.path.steps
    let (depth, last) = follow(steps, in: document, of: item.object)
    switch schema.problem {
    case .unknownField:
      guard depth == steps.count, case .key(let key)? = steps.last,
        let parent = follow(Array(steps.dropLast()), in: document, of: item.object).node.mapping,
        let entry = parent.entries.first(where: { $0.key == key })
      else { return nil }
      return (100 + likeness, entry.keyPosition)
    case .wrongValue:
      guard depth == steps.count else { return nil }
      let isSame = Self.value(steps, in: item.object) == last.node
      return ((isSame ? 100 : 50) + likeness, last.position)
    case .missingField: return (10 * depth + likeness, last.position)
    }
  }

  /// A patch in a kustomization that may have brought the field.
  private func inline(
    _ document: LocatedNode, _ item: Admission.Case
  ) -> (score: Int, position: YAML.Position)? {
    guard let schema = item.schema,
      schema.problem == .unknownField || schema.problem == .wrongValue,
      case .key(let key)? = schema.path.steps.last(where: {
        if case .key = $0 { true } else { false }
      }
      )
    else { return nil }
    let patches = document["patches"]?.sequence ?? []
    for patch in patches.compactMap({ $0["patch"] }) {
      if let text = patch.scalar?.text, text.contains(key) { return (20, patch.position) }
    }
    return nil
  }

  /// As far along `steps` as `document` has something, where elements of lists go by their names.
  private func follow(
    _ steps: [NodePath.Step], in document: LocatedNode, of object: Node
  ) -> (depth: Int, node: LocatedNode) {
    var node = document
    for (depth, step) in steps.enumerated() {
      let next: LocatedNode?
      switch step {
      case .key(let key): next = node[key]
      case .index(let index):
        let items = node.sequence ?? []
        if let name = Self.value(Array(steps[...depth]), in: object)?["name"]?.scalar?.text {
          next = items.first { $0["name"]?.scalar?.text == name }
        } else {
          next = items.indices.contains(index) ? items[index] : nil
        }
      case .element: next = nil
      }
      guard let next else { return (depth, node) }
      node = next
    }
    return (steps.count, node)
  }

  private static func value(_ steps: [NodePath.Step], in object: Node) -> Node? {
    var node = object
    for step in steps {
      let next: Node?
      switch step {
      case .key(let key): next = node[key]
      case .index(let index):
        let items = node.sequence ?? []
        next = items.indices.contains(index) ? items[index] : nil
      case .element: next = nil
      }
      guard let next else { return nil }
      node = next
    }
    return node
  }
}
