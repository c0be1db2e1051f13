public import Manifests
public import SourceTree

/// Where a field of an object got its value.
public struct FieldSource: Sendable, Hashable {
  /// What did it: the field of the kustomization file, as `patches` or `commonLabels`, or `resource`
  /// for an object as its file has it.
  public let what: String
  /// The file at work, and a line in it that counts from 1.
  public let file: TreePath?
  public let line: Int?

  public init(_ what: String, file: TreePath? = nil, line: Int? = nil) {
    self.what = what
    self.file = file
    self.line = line
  }

  init(_ what: String, _ place: SourcePlace?) {
    self.init(what, file: place?.file, line: place.flatMap { $0.line > 0 ? $0.line : nil })
  }

  /// `overlays/shop/base/kustomization.yaml:3`; `nil` where no file is at work.
  public var place: String? {
    file.map { file in file.description + (line.map { ":\($0)" } ?? "") }
  }
}

/// The history of one object through a build: where it comes from and who changed it afterwards.
///
/// Made by comparing the object before and after each step, so it tells what happened and not what
/// was meant to.
public struct ObjectTrace: Sendable {
  /// A field that is not as the object's first source had it.
  public struct Change: Sendable {
    public let path: NodePath
    /// The last one to change it.
    public let source: FieldSource
    /// The value before the first change; `nil` where there was none.
    public let before: Node?
    public let isRemoval: Bool

    public init(path: NodePath, source: FieldSource, before: Node?, isRemoval: Bool) {
      self.path = path
      self.source = source
      self.before = before
      self.isRemoval = isRemoval
    }
  }

  /// What brought the object in.
  public let origin: FieldSource
  /// By field, in the order in which they happened; a change of a field takes the place of all
  /// earlier ones of it and below it.
  public private(set) var changes: [Change] = []
  /// The object as the latest step left it.
  public private(set) var object: Node

  public init(_ object: Node, origin: FieldSource) {
    self.object = object
    self.origin = origin
  }

  /// Puts everything that `present` has otherwise down to `source`.
  public mutating func attribute(_ present: Node, to source: FieldSource) {
    attribute(present) { _ in source }
  }

  /// As above, with a source for each change.
  public mutating func attribute(_ present: Node, to source: (FieldChange) -> FieldSource) {
    for change in NodeDifference.changes(from: object, to: present) {
      let known = changes.first { $0.path == change.path }
      changes.removeAll { $0.path.steps.starts(with: change.path.steps) }
      // What came and went again leaves no trace.
      if change.after == nil, known != nil, known?.before == nil { continue }
      changes.append(
        Change(
          path: change.path, source: source(change),
          before: known == nil ? change.before : known?.before, isRemoval: change.after == nil))
    }
    object = present
  }

  /// Takes over the object in another form of the same content.
  mutating func reform(_ present: Node) { object = present }
}

extension Variables {
  /// The definition of the variable that a field held before the change.
  func source(of change: FieldChange) -> FieldSource {
    let text = change.before?.scalar?.text ?? ""
    let definition = definitions.first { text.contains("$(\($0.variable.name))") }
    return FieldSource(
      definition.map { "vars: \($0.variable.name)" } ?? "vars",
      definition.map { SourcePlace(file: $0.file, line: $0.variable.line) })
  }
}

extension ResourceList {
  /// Puts what has changed since the last call down to `source`; new resources have it as origin.
  mutating func attribute(to source: FieldSource) {
    attribute(to: { _ in source }, origin: { source })
  }

  /// As above, with a source for each change.
  mutating func attribute(
    to source: (FieldChange) -> FieldSource,
    origin: () -> FieldSource = { FieldSource("resource") }
  ) {
    for index in indices {
      withTrace(at: index) { trace, node in
        if trace == nil {
          trace = ObjectTrace(node, origin: origin())
        } else {
          trace?.attribute(node, to: source)
        }
      }
    }
  }
}
