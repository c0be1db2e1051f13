public import SourceTree

/// Why a build was refused: one line for the user, with the place where something is wrong.
public struct BuildError: Error, Sendable, Equatable, CustomStringConvertible {
  public enum Class: String, Sendable, Hashable {
    case kustomizationFile = "kustomization-file"
    case unknownField = "unknown-field"
    case wrongType = "wrong-type"
    case malformedYAML = "malformed-yaml"
    case missingFile = "missing-file"
    case missingMetadata = "missing-metadata"
    case loadRestriction = "load-restriction"
    case cycle
    case duplicateID = "duplicate-id"
    case idConflict = "id-conflict"
    case patch
    case patchTargetNotFound = "patch-target-not-found"
    case wrongNodeKind = "wrong-node-kind"
    case generatorBehavior = "generator-behavior"
    case replacement
    case variable = "vars"
    case ambiguous
    case configuration
    case output
    /// A feature of kustomize that is deliberately not built here, or not yet.
    case unsupported
  }

  public let `class`: Class
  /// The file at fault, where one is.
  public internal(set) var file: TreePath?
  /// Counted from 1.
  public internal(set) var line: Int?
  public internal(set) var column: Int?
  public let message: String

  public init(
    _ class: Class, _ message: String, file: TreePath? = nil, line: Int? = nil,
    column: Int? = nil
  ) {
    self.class = `class`
    self.message = message
    self.file = file
    self.line = line
    self.column = column
  }

  public var description: String {
    guard let file else { return message }
    var place = file.description
    if let line { place += ":\(line)" }
    if line != nil, let column { place += ":\(column)" }
    return "\(place): \(message)"
  }

  /// The same error with a place, if it has none yet.
  func at(_ file: TreePath, line: Int? = nil) -> BuildError {
    guard self.file == nil else { return self }
    var copy = self
    copy.file = file
    copy.line = copy.line ?? line
    return copy
  }
}

/// Something that built but most likely does not do what its author wants.
public struct BuildWarning: Sendable, Hashable, CustomStringConvertible {
  public let file: TreePath
  /// Counted from 1.
  public let line: Int?
  public let message: String
  /// What to do about it.
  public let remedy: String

  public init(file: TreePath, line: Int?, message: String, remedy: String) {
    self.file = file
    self.line = line
    self.message = message
    self.remedy = remedy
  }

  public var description: String {
    "\(file)\(line.map { ":\($0)" } ?? ""): warning: \(message); \(remedy)"
  }
}
