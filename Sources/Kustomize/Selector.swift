internal import Manifests

/// Which resources a patch or a replacement means. Empty parts match everything.
struct Selector: Sendable {
  var group = ""
  var version = ""
  var kind = ""
  var name = ""
  var namespace = ""
  /// Kubernetes selectors.
  var annotations = ""
  var labels = ""

  /// For messages: the parts that are given, as they are written.
  var description: String {
    let parts = [
      ("group", group), ("version", version), ("kind", kind), ("name", name),
      ("namespace", namespace), ("labelSelector", labels), ("annotationSelector", annotations),
    ].filter { !$0.1.isEmpty }
    return "{" + parts.map { "\($0.0): \($0.1)" }.joined(separator: ", ") + "}"
  }
}

/// A selector whose parts are regular expressions, compiled.
struct ResourceMatcher {
  private let group: Pattern?
  private let version: Pattern?
  private let kind: Pattern?
  private let name: Pattern?
  private let namespace: Pattern?
  private let annotations: LabelSelector?
  private let labels: LabelSelector?

  init(_ selector: Selector) throws(BuildError) {
    group = try Self.pattern(selector.group)
    version = try Self.pattern(selector.version)
    kind = try Self.pattern(selector.kind)
    name = try Self.pattern(selector.name)
    namespace = try Self.pattern(selector.namespace)
    annotations = try Self.labels(selector.annotations)
    labels = try Self.labels(selector.labels)
  }

  private static func pattern(_ text: String) throws(BuildError) -> Pattern? {
    if text.isEmpty { return nil }
    do { return try Pattern(text, anchored: true) } catch {
      throw BuildError(.patch, error.description)
    }
  }

  static func labels(_ text: String) throws(BuildError) -> LabelSelector? {
    if text.isEmpty { return nil }
    do { return try LabelSelector(parsing: text) } catch {
      throw BuildError(.patch, "unable to parse selector: \(error)")
    }
  }

  /// Name and namespace may be the original or the present ones; the type is the present one.
  func matches(_ resource: Resource) -> Bool {
    if let kind, !kind.matches(resource.type.kind) { return false }
    if let group, !group.matches(resource.type.group) { return false }
    if let version, !version.matches(resource.type.version) { return false }
    let original = resource.originalID
    if let namespace, !namespace.matches(original.effectiveNamespace),
      !namespace.matches(resource.id.effectiveNamespace)
    {
      return false
    }
    if let name, !name.matches(original.name), !name.matches(resource.name) { return false }
    if let labels, !labels.matches(resource.scalarMap("metadata", "labels")) { return false }
    if let annotations, !annotations.matches(resource.scalarMap("metadata", "annotations")) {
      return false
    }
    return true
  }
}
