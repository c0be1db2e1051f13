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
  private let text: String
  /// Other places that the error is about, with the words before each.
  private var others: [Other] = []

  private struct Other: Sendable, Hashable {
    let words: String
    let file: TreePath
    let line: Int
  }

  /// What is wrong and what to do.
  public var message: String { message { $0.description } }

  /// The message with files of the tree called by the names that the reader knows them by.
  public func message(naming name: (TreePath) -> String) -> String {
    others.reduce(text) { "\($0); \($1.words) \(name($1.file)):\($1.line)" }
  }

  public init(
    _ class: Class, _ message: String, file: TreePath? = nil, line: Int? = nil,
    column: Int? = nil
  ) {
    self.class = `class`
    text = message
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

  /// The same error with words about another place, if that is known.
  func mentioning(_ words: String, _ place: SourcePlace?) -> BuildError {
    guard let place else { return self }
    var copy = self
    copy.others.append(Other(words: words, file: place.file, line: place.line))
    return copy
  }

  /// The same error with words before it, as the object that it is about.
  func about(_ words: String) -> BuildError {
    var copy = BuildError(`class`, "\(words): \(text)", file: file, line: line, column: column)
    copy.others = others
    return copy
  }

  func at(_ place: SourcePlace?) -> BuildError {
    place.map { at($0.file, line: $0.line) } ?? self
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
