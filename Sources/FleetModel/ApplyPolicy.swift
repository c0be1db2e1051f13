public import Manifests

/// What an apply may do where it meets what is not Flotilla's to change: objects that somebody else
/// made, fields that somebody else owns, fields that the server does not let change.
///
/// It is said for an app, and for a single object by annotations, which win.
public struct ApplyPolicy: Sendable, Hashable, Codable {
  /// Objects that exist already and that no app brought.
  public enum Existing: String, Sendable, Hashable, Codable, CaseIterable {
    /// The apply fails and says what it would change.
    case refuse
    /// They become the app's: changed, and deleted once they leave the target state.
    case adopt
  }

  /// Fields that another manager owns with another value.
  public enum Conflicts: String, Sendable, Hashable, Codable, CaseIterable {
    /// The apply fails and names field and manager.
    case refuse
    /// They become Flotilla's.
    case takeOver
  }

  /// Fields that the server does not let change once they are set.
  public enum Immutable: String, Sendable, Hashable, Codable, CaseIterable {
    /// The apply fails and names the field.
    case refuse
    /// The object is deleted and created again.
    case replace
  }

  public var existing: Existing
  public var conflicts: Conflicts
  public var immutable: Immutable

  public init(
    existing: Existing = .refuse, conflicts: Conflicts = .refuse, immutable: Immutable = .refuse
  ) {
    self.existing = existing
    self.conflicts = conflicts
    self.immutable = immutable
  }

  /// The prefix of annotations by which an object says for itself what else the app says.
  public static let annotationPrefix = "flotilla.dev/"

  /// An annotation whose value is none of its words.
  public struct AnnotationFault: Error, Sendable, Hashable, CustomStringConvertible {
    public let annotation: String
    public let value: String
    public let expected: [String]

    public var description: String {
      "annotation \(annotation): expected \(expected.listed(by: "or")), found '\(value.clipped)'"
    }
  }

  /// The policy for `object`, which may have annotations of its own.
  public func refined(by object: Node) throws(AnnotationFault) -> ApplyPolicy {
    guard let annotations = object.value(at: "metadata", "annotations") else { return self }
    var policy = self
    policy.existing = try ApplyPolicy.word("existing", annotations) ?? existing
    policy.conflicts = try ApplyPolicy.word("conflicts", annotations) ?? conflicts
    policy.immutable = try ApplyPolicy.word("immutable", annotations) ?? immutable
    return policy
  }

  /// Whether `object` may be deleted and created again. What holds more than itself only where it
  /// says so itself.
  public func mayReplace(_ object: ManifestObject) -> Bool {
    let policy = ApplyPolicy.holdsMore(object.identity) ? ApplyPolicy() : self
    do { return try policy.refined(by: object.node).immutable == .replace } catch {
      return false  // An annotation that cannot be read allows nothing.
    }
  }

  private static func holdsMore(_ identity: ResourceIdentity) -> Bool {
    switch (identity.group, identity.kind) {
    case ("", "Namespace"), ("", "PersistentVolume"), ("", "PersistentVolumeClaim"),
      ("apiextensions.k8s.io", "CustomResourceDefinition"):
      true
    default: false
    }
  }

  private static func word<Word: RawRepresentable & CaseIterable>(
    _ field: String, _ annotations: Node
  ) throws(AnnotationFault) -> Word? where Word.RawValue == String {
    guard let text = annotations[annotationPrefix + field]?.string else { return nil }
    guard let word = Word(rawValue: text) else {
      throw AnnotationFault(
        annotation: annotationPrefix + field, value: text,
        expected: Word.allCases.map(\.rawValue))
    }
    return word
  }
}
