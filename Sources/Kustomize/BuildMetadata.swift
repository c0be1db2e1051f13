internal import Manifests

/// `buildMetadata`, and what kustomize does to the metadata of every object at the end.
struct BuildMetadata {
  private let origins: Bool
  private let transformations: Bool
  private let managedBy: Bool
  let isEmpty: Bool

  private static let originKey = "config.kubernetes.io/origin"
  private static let transformationsKey = "alpha.config.kubernetes.io/transformations"
  private static let managedByKey = "app.kubernetes.io/managed-by"
  /// The version whose output this is.
  static let version = "kustomize-(devel)"

  init(_ target: KustomizationTarget) throws(BuildError) {
    let names = target.kustomization.buildMetadata
    let known = ["originAnnotations", "transformerAnnotations", "managedByLabel"]
    if let other = names.first(where: { !known.contains($0) }) {
      throw BuildError(
        .configuration,
        "buildMetadata: '\(other)' is none of \(known.joined(separator: ", "))",
        file: target.file, line: target.kustomization.lines["buildMetadata"])
    }
    origins = names.contains(known[0])
    transformations = names.contains(known[1])
    managedBy = names.contains(known[2])
    isEmpty = names.isEmpty
  }

  /// The annotations in which kustomize keeps the origin of a resource while it builds. A JSON 6902
  /// patch that removes all annotations removes these, too.
  static func notes(on resource: Resource) -> [(key: String, value: Node)] {
    guard let origin = resource.origin else { return [] }
    let note = (key: originKey, value: text(origin.lines))
    if resource.transformations.isEmpty { return [note] }
    return [note, (transformationsKey, text(lines(resource)))]
  }

  /// Forgets what one of these annotations holds.
  static func forget(_ note: String, on resource: inout Resource) {
    if note == originKey { resource.origin = nil } else { resource.transformations = [] }
  }

  /// What transformers have left must still be an object.
  static func check(_ resource: Resource) throws(BuildError) {
    func fail(_ class: BuildError.Class, _ message: String) -> BuildError {
      BuildError(`class`, message, file: resource.place?.file, line: resource.place?.line)
    }
    guard !resource.kind.isEmpty else {
      throw fail(
        .missingMetadata,
        "the object '\(resource.name)' has lost its kind; correct the patch that took it")
    }
    if resource.name.isEmpty, !resource.kind.hasSuffix("List") {
      throw fail(
        .missingMetadata,
        "a \(resource.kind) has lost its metadata.name; correct the patch that took it")
    }
  }

  /// Annotations come out as strings, and none at all as nothing.
  func finish(_ resource: inout Resource) throws(BuildError) {
    guard resource.node["metadata"]?.mapping != nil else {
      resource.node["metadata"] = .emptyMapping
      return
    }
    if managedBy { try setManagedBy(&resource) }
    let annotations = resource.node.value(at: "metadata", "annotations")?.mapping
    let origin = origins ? resource.origin : nil
    let changes = transformations && !resource.transformations.isEmpty
    guard resource.node.value(at: "metadata", "annotations") != nil || origin != nil || changes
    else { return }
    var result = annotations ?? Mapping()
    result[Self.originKey] = origin.map { Self.text($0.lines) }
    result[Self.transformationsKey] = changes ? Self.text(Self.lines(resource)) : nil
    for index in result.pairs.indices {
      let scalar = result.pairs[index].value.scalar
      if scalar?.tag != .string { result.pairs[index].value = .string(scalar?.text ?? "") }
    }
    if result.isEmpty {
      resource.node["metadata"]?["annotations"] = nil
    } else if origin != nil || changes || !Self.isSame(result, annotations) {
      resource.node["metadata"]?["annotations"] = .mapping(result)
    }
  }

  private static func lines(_ resource: Resource) -> [String] {
    resource.transformations.flatMap { origin in
      origin.lines.enumerated().map { ($0.offset == 0 ? "- " : "  ") + $0.element }
    }
  }

  private static func text(_ lines: [String]) -> Node {
    .string(lines.map { $0 + "\n" }.joined())
  }

  private static func isSame(_ a: Mapping, _ b: Mapping?) -> Bool {
    guard let b else { return false }
    return Node.mapping(a) == Node.mapping(b)
  }

  private func setManagedBy(_ resource: inout Resource) throws(BuildError) {
    let labels = resource.node.value(at: "metadata", "labels")
    if labels?.mapping == nil {
      guard labels?.isNull ?? true else {
        throw BuildError(
          .wrongNodeKind,
          "\(resource.id): expected a mapping as metadata.labels, to which buildMetadata adds",
          file: resource.place?.file, line: resource.place?.line)
      }
      resource.node["metadata"]?["labels"] = .emptyMapping
    }
    resource.node["metadata"]?["labels"]?[Self.managedByKey] = .string(Self.version)
  }
}
