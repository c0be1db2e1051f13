internal import Manifests

/// What a strategic merge patch asks for and its target does not show afterwards: accidents of
/// kustomize, and slips of the author, that pass in silence.
struct PatchReview {
  /// One wish that came to nothing.
  struct Finding: Hashable, Comparable {
    let path: String
    let problem: String
    let remedy: String

    static func < (a: Finding, b: Finding) -> Bool { (a.path, a.problem) < (b.path, b.problem) }
  }

  /// Findings that all targets so far have; `nil` before the first. What one of several targets
  /// cannot show is the way of patches for many objects.
  private var common: Set<Finding>?

  var findings: [Finding] { (common ?? []).sorted() }

  /// Compares a target before and after the patch.
  mutating func look(_ patch: Node, before: Node, after: Node) {
    if common?.isEmpty == true { return }
    var found = Set<Finding>()
    if patch[Self.directive]?.scalar?.text == "replace" {
      found.insert(Self.replaceDirective("the object"))
    }
    for pair in patch.mapping?.pairs ?? [] where !Self.isIdentity(pair.key) {
      Self.compare(pair, before, after, [], &found)
    }
    common = common?.intersection(found) ?? found
  }

  private static let directive = "$patch"
  /// Directives of Kubernetes' own strategic merge that kustomize takes for fields.
  private static let unknownDirectives = [
    "$deleteFromPrimitiveList/", "$setElementOrder/", "$retainKeys",
  ]

  private static func isIdentity(_ key: String) -> Bool {
    key == "apiVersion" || key == "kind" || key == directive
  }

  private static func compare(
    _ pair: Mapping.Pair, _ before: Node?, _ after: Node?, _ path: [String],
    _ found: inout Set<Finding>
  ) {
    let here = path + [pair.key]
    let place = here.joined(separator: ".")
    if unknownDirectives.contains(where: pair.key.hasPrefix) {
      found.insert(
        Finding(
          path: place, problem: "\(place) is no directive of kustomize and becomes a field",
          remedy: "leave it out; lists merge by their keys, $patch: delete removes an element"))
      return
    }
    if path == ["metadata"], ["name", "namespace"].contains(pair.key) { return }
    let (old, new) = (before?[pair.key], after?[pair.key])
    switch pair.value {
    case .scalar(let scalar) where scalar.tag == .null:
      if let new, new.scalar?.tag == .string, path.first == "metadata" {
        found.insert(
          Finding(
            path: place, problem: "null sets \(place) to a text here instead of removing it",
            remedy: "use an entry of 'patches' without target and options"))
      } else if old == nil {
        found.insert(
          Finding(
            path: place, problem: "there is no \(place) to remove",
            remedy: "correct the name of the field or leave it out"))
      }
    case .scalar(let scalar):
      if new?.scalar?.text != scalar.text { found.insert(ignored(place)) }
    case .mapping(let mapping):
      compare(mapping, old, new, here, &found)
    case .sequence(let items):
      compare(items, old, new, here, &found)
    }
  }

  private static func compare(
    _ mapping: Mapping, _ old: Node?, _ new: Node?, _ path: [String],
    _ found: inout Set<Finding>
  ) {
    if mapping[directive]?.scalar?.text == "delete" {
      if old == nil {
        let place = path.joined(separator: ".")
        found.insert(
          Finding(
            path: place, problem: "there is no \(place) to delete",
            remedy: "correct the name of the field or leave it out"))
      }
      return
    }
    for pair in mapping.pairs where pair.key != directive { compare(pair, old, new, path, &found) }
  }

  private static func compare(
    _ items: [Node], _ old: Node?, _ new: Node?, _ path: [String],
    _ found: inout Set<Finding>
  ) {
    let place = path.joined(separator: ".")
    let (before, after) = (old?.sequence ?? [], new?.sequence ?? [])
    if after.isEmpty, !items.isEmpty {
      // An emptied list has a warning of its own.
      return
    }
    for item in items {
      guard case .mapping(let mapping) = item else {
        if !after.contains(where: { shows(item, $0) }) { found.insert(ignored(place)) }
        continue
      }
      switch mapping[directive]?.scalar?.text {
      case "delete" where mapping.count > 1:
        var wanted = mapping
        wanted[directive] = nil
        if after.contains(where: { $0[directive]?.scalar?.text == "delete" }) {
          found.insert(
            Finding(
              path: place,
              problem: "'$patch: delete' stays in \(place) as a field, because this list is "
                + "replaced as a whole",
              remedy: "write the list as it shall be, or patch it with JSON 6902 operations"))
        } else if !before.contains(where: { sharesAKey(wanted, $0) }) {
          found.insert(
            Finding(
              path: place, problem: "\(place) has no such element to delete",
              remedy: "correct the merge key or leave the element out"))
        }
      case "replace" where mapping.count > 1:
        found.insert(replaceDirective("an element of \(place)"))
      case nil, "merge"?:
        if !after.contains(where: { shows(item, $0) }) { found.insert(ignored(place)) }
      default: break
      }
    }
  }

  private static func ignored(_ place: String) -> Finding {
    Finding(
      path: place, problem: "\(place) does not become what this patch says",
      remedy: "name all merge keys of the element (a port its protocol, too), and each once")
  }

  private static func replaceDirective(_ what: String) -> Finding {
    Finding(
      path: "", problem: "'$patch: replace' on \(what) does nothing",
      remedy: "set it on the list or on a nested mapping, or use a JSON 6902 'replace'")
  }

  private static func sharesAKey(_ wanted: Mapping, _ node: Node) -> Bool {
    wanted.pairs.contains { pair in
      pair.value.scalar != nil && node[pair.key]?.scalar?.text == pair.value.scalar?.text
    }
  }

  /// Whether everything that `patch` says is in `node`.
  private static func shows(_ patch: Node, _ node: Node?) -> Bool {
    switch patch {
    case .scalar(let scalar):
      scalar.tag == .null ? node?.isNull ?? true : node?.scalar?.text == scalar.text
    case .sequence(let items):
      items.allSatisfy { item in
        item[directive] != nil || node?.sequence?.contains { shows(item, $0) } == true
      }
    case .mapping(let mapping):
      mapping.pairs.allSatisfy { pair in
        pair.key == directive
          || (mapping[directive]?.scalar?.text == "delete")
          || (pair.value[directive]?.scalar?.text == "delete") || shows(pair.value, node?[pair.key])
      }
    }
  }
}
