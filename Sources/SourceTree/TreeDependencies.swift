/// What a tree said about one path, as far as a reader of the tree can tell.
public enum TreeAnswer: Sendable, Hashable {
  case absent
  /// A regular file with this content.
  case file(identity: String)
  case directory
  case symbolicLink(target: String)
  case submodule
  /// The names in a directory.
  case children([String])

  public static func == (a: TreeAnswer, b: TreeAnswer) -> Bool {
    switch (a, b) {
    case (.absent, .absent), (.directory, .directory), (.submodule, .submodule): true
    case (.file(let first), .file(let second)): first == second
    case (.symbolicLink(let first), .symbolicLink(let second)): first.isSameBytes(as: second)
    case (.children(let first), .children(let second)):
      first.count == second.count && zip(first, second).allSatisfy { $0.isSameBytes(as: $1) }
    default: false
    }
  }
}

/// One question to a tree with its answer.
public struct TreeFact: Sendable, Hashable {
  public let path: TreePath
  public let answer: TreeAnswer

  public init(path: TreePath, answer: TreeAnswer) {
    self.path = path
    self.answer = answer
  }

  /// By path, what stands there before what it holds: one order for one set of facts.
  static func precedes(_ a: TreeFact, _ b: TreeFact) -> Bool {
    if a.path != b.path { return a.path < b.path }
    if case .children = b.answer { return true }
    return false
  }
}

/// Facts that many readers have in common, kept once.
public final class TreeFactSet: Sendable, Hashable {
  /// In the order of their paths.
  public let facts: [TreeFact]
  private let hash: Int

  public init(_ facts: [TreeFact]) {
    self.facts = facts
    hash = facts.hashValue
  }

  public static func == (a: TreeFactSet, b: TreeFactSet) -> Bool {
    a === b || a.hash == b.hash && a.facts == b.facts
  }

  public func hash(into hasher: inout Hasher) { hasher.combine(hash) }
}

/// All that something was made from: what its maker asked a tree, what it looked for and did not
/// find included, and the answers. A maker that asks nothing else makes the same again wherever the
/// answers are the same.
///
/// Facts below ``root`` are apart, because the object id of that directory vouches for all of them.
/// What was made on the way by others, as bases are, has dependencies of its own and is shared.
public final class TreeDependencies: Sendable {
  /// The directory that it was made for, without symbolic links. That it is one is always checked.
  public let root: TreePath
  /// Names everything below ``root``, where the tree knew.
  public let rootIdentity: String?
  /// Facts about paths below ``root``.
  public let inside: [TreeFact]
  /// Facts about all other paths.
  public let outside: TreeFactSet
  /// What is no file, by name: versions of programs, for example.
  public let inputs: [String: String]
  public let parts: [TreeDependencies]

  public init(
    root: TreePath, rootIdentity: String?, inside: [TreeFact], outside: TreeFactSet,
    inputs: [String: String] = [:], parts: [TreeDependencies] = []
  ) {
    self.root = root
    self.rootIdentity = rootIdentity
    self.inside = inside
    self.outside = outside
    self.inputs = inputs
    self.parts = parts
  }
}
