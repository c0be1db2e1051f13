internal import Manifests

/// One entry of `images`.
struct ImageTags {
  let image: Kustomization.Image
  let specs: FieldSpecs
  private let pattern: Pattern

  init(_ image: Kustomization.Image, specs: FieldSpecs) throws(BuildError) {
    self.image = image
    self.specs = specs
    do {
      // kustomize takes the name for a regular expression, and so do we.
      pattern = try Pattern(
        "^\(image.name)(:[a-zA-Z0-9_.{}-]*)?(@sha256:[a-zA-Z0-9_.{}-]*)?$", anchored: false)
    } catch { throw BuildError(.wrongType, "images: name '\(image.name)': \(error)") }
  }

  /// Answers whether any image has the name.
  @discardableResult
  func apply(to resources: inout ResourceList) throws(BuildError) -> Bool {
    var isFound = false
    for index in resources.indices {
      let type = resources[index].type
      if type.kind == "CustomResourceDefinition" { continue }
      do throws(BuildError) {
        try resources.withNode(at: index) { node throws(BuildError) in
          if Self.holdsContainers(node) { try applyToContainers(&node, &isFound) }
          for spec in specs.matching(type) {
            try spec.apply(to: &node, creating: .nothing) { field throws(BuildError) in
              guard field.scalar != nil else {
                throw BuildError(
                  .wrongNodeKind,
                  "the field '\(spec.path)' is no text, and 'images' expects the image there")
              }
              set(&field, &isFound)
            }
          }
        }
      } catch { throw error.about("\(resources[index].id)") }
    }
    return isFound
  }

  /// Whether a walk for containers can find any: looks without changing anything, so that
  /// untouched objects stay shared.
  private static func holdsContainers(_ node: Node) -> Bool {
    switch node {
    case .scalar: false
    case .sequence(let items): items.contains(where: holdsContainers)
    case .mapping(let mapping):
      mapping.pairs.contains { pair in
        if case .scalar = pair.value { return false }
        return isList(pair.key) || holdsContainers(pair.value)
      }
    }
  }

  private static func isList(_ key: String) -> Bool {
    key == "containers" || key == "initContainers"
  }

  /// Changes the images in every list of containers, at any depth.
  private func applyToContainers(_ node: inout Node, _ isFound: inout Bool) throws(BuildError) {
    switch node {
    case .scalar: return
    case .sequence(var items):
      node = .null
      defer { node = .sequence(items) }
      for index in items.indices { try applyToContainers(&items[index], &isFound) }
    case .mapping(var mapping):
      node = .null
      defer { node = .mapping(mapping) }
      for index in mapping.pairs.indices {
        let key = mapping.pairs[index].key
        if Self.isList(key) {
          _ = try mapping.pairs[index].value.withSequence { items throws(BuildError) in
            for place in items.indices { try setImage(of: &items[place], in: key, &isFound) }
          }
        }
        try applyToContainers(&mapping.pairs[index].value, &isFound)
      }
    }
  }

  private func setImage(
    of container: inout Node, in list: String, _ isFound: inout Bool
  ) throws(BuildError) {
    let isContainer: Void? = try container.withMapping { container throws(BuildError) in
      guard let place = container.index(of: "image") else { return }
      guard container.pairs[place].value.scalar != nil else {
        throw BuildError(.wrongNodeKind, "the image of a container in '\(list)' is no text")
      }
      set(&container.pairs[place].value, &isFound)
    }
    if isContainer == nil, !container.isNull {
      throw BuildError(.wrongNodeKind, "'\(list)' holds what is no container")
    }
  }

  private func set(_ node: inout Node, _ isFound: inout Bool) {
    guard let scalar = node.scalar, scalar.tag != .null, pattern.matches(scalar.text) else {
      return
    }
    isFound = true
    let text = replaced(scalar.text)
    if text != scalar.text { ScalarFields.set(&node, text: text) }
  }

  private func replaced(_ text: String) -> String {
    var (name, tag, digest) = Self.split(text)
    if !image.newName.isEmpty { name = image.newName }
    switch (image.newTag.isEmpty, image.digest.isEmpty) {
    case (false, false): (tag, digest) = (image.newTag, image.digest)
    case (false, true): (tag, digest) = (image.newTag, "")
    case (true, false): (tag, digest) = ("", image.digest)
    case (true, true): break
    }
    if !image.tagSuffix.isEmpty { (tag, digest) = (tag + image.tagSuffix, "") }
    return name + (tag.isEmpty ? "" : ":\(tag)") + (digest.isEmpty ? "" : "@\(digest)")
  }

  /// Name, tag and digest; colons of a registry's port belong to the name.
  static func split(_ text: String) -> (name: String, tag: String, digest: String) {
    let bytes = Array(text.utf8)
    var start = bytes.firstIndex(of: UInt8(ascii: "/")) ?? 0
    if start < 0 { start = 0 }
    let at = bytes[start...].firstIndex(of: UInt8(ascii: "@"))
    let colon = bytes[start...].firstIndex(of: UInt8(ascii: ":"))
    func piece(_ range: Range<Int>) -> String { String(decoding: bytes[range], as: UTF8.self) }
    switch (at, colon) {
    case (nil, nil): return (text, "", "")
    case (let at?, let colon?) where colon < at:
      return (piece(0..<colon), piece(colon + 1..<at), piece(at + 1..<bytes.count))
    case (let at?, _): return (piece(0..<at), "", piece(at + 1..<bytes.count))
    case (nil, let colon?): return (piece(0..<colon), piece(colon + 1..<bytes.count), "")
    }
  }
}
