internal import Synchronization

/// A tree that notes what it is asked and what it answers.
///
/// Work that stands inside other work, as a base inside an overlay, is noted apart between
/// ``begin(_:)`` and ``end()``, so that it can be shared. One reader at a time.
public final class RecordingTree: FileTree {
  private let tree: any FileTree
  private let sets: TreeFactSets
  private let frames: Mutex<[Frame]>

  private struct Frame {
    let root: TreePath
    var entries: [TreePath: TreeAnswer] = [:]
    var children: [TreePath: [String]] = [:]
    var inputs: [String: String] = [:]
    var parts: [TreeDependencies] = []
    /// Whether all answers can be named: a failed read can not, nor a file without identity.
    var isComplete = true
  }

  /// - Parameter sets: where facts that several readers have in common are kept.
  public init(_ tree: any FileTree, root: TreePath, sets: TreeFactSets = TreeFactSets()) {
    self.tree = tree
    self.sets = sets
    frames = Mutex([Frame(root: root)])
  }

  private func note(_ change: (inout Frame) -> Void) {
    frames.withLock { if !$0.isEmpty { change(&$0[$0.count - 1]) } }
  }

  public func entry(at path: TreePath) throws -> TreeEntry? {
    let entry: TreeEntry?
    do { entry = try tree.entry(at: path) } catch {
      note { $0.isComplete = false }
      throw error
    }
    note { frame in
      guard let answer = TreeAnswer(entry) else {
        frame.isComplete = false
        return
      }
      frame.entries[path] = answer
    }
    return entry
  }

  public func contents(of path: TreePath) throws -> [UInt8] {
    // The entry names the content.
    if frames.withLock({ $0.last?.entries[path] == nil }) { _ = try entry(at: path) }
    do { return try tree.contents(of: path) } catch {
      note { $0.isComplete = false }
      throw error
    }
  }

  public func children(of path: TreePath) throws -> [String] {
    do {
      let names = try tree.children(of: path)
      note { $0.children[path] = names }
      return names
    } catch {
      note { $0.isComplete = false }
      throw error
    }
  }

  /// Asks for what lies below the directories only that were noted already.
  public func resolve(_ path: TreePath) throws -> (path: TreePath, entry: TreeEntry) {
    let known = frames.withLock { frames in
      var directory = path.parent
      while !directory.isRoot, frames.last?.entries[directory] != .directory {
        directory = directory.parent
      }
      return directory
    }
    return try followLinks(path, below: known)
  }

  public func absolute(_ target: String) -> TreePath? { tree.absolute(target) }

  // MARK: What is noted

  /// Notes something that is no file: the version of a program, for example.
  public func note(input name: String, _ value: String) { note { $0.inputs[name] = value } }

  /// Notes that something made earlier is used; `nil` where it is not known what it was made from.
  public func note(part: TreeDependencies?) {
    note { frame in
      guard let part else {
        frame.isComplete = false
        return
      }
      if !frame.parts.contains(where: { $0 === part }) { frame.parts.append(part) }
    }
  }

  /// Notes apart what follows until ``end()``: it is made for the directory at `root`.
  public func begin(_ root: TreePath) { frames.withLock { $0.append(Frame(root: root)) } }

  /// What was asked since ``begin(_:)``, which becomes a part of what stands around it. `nil` when
  /// some answer cannot be named.
  public func end() -> TreeDependencies? {
    guard let frame = frames.withLock({ $0.popLast() }) else { return nil }
    let dependencies = finish(frame)
    note(part: dependencies)
    return dependencies
  }

  /// All that was asked. `nil` when some answer cannot be named.
  public var dependencies: TreeDependencies? { frames.withLock(\.first).flatMap(finish) }

  private func finish(_ frame: Frame) -> TreeDependencies? {
    guard frame.isComplete else { return nil }
    // A failure here only costs the short cut over the directory's identity.
    let rootEntry = (try? tree.entry(at: frame.root)) ?? nil
    let rootIdentity: String? =
      if case .directory(let identity)? = rootEntry { identity } else { nil }
    var inside: [TreeFact] = []
    var outside: [TreeFact] = []
    func add(_ fact: TreeFact) {
      // Always checked, as the way to the identity.
      if fact.path == frame.root, fact.answer == .directory { return }
      let isInside =
        fact.path.isWithin(frame.root)
        && (fact.path != frame.root || fact.answer.isListing)
      if isInside { inside.append(fact) } else { outside.append(fact) }
    }
    for (path, answer) in frame.entries { add(TreeFact(path: path, answer: answer)) }
    for (path, names) in frame.children { add(TreeFact(path: path, answer: .children(names))) }
    inside.sort(by: TreeFact.precedes)
    outside.sort(by: TreeFact.precedes)
    return TreeDependencies(
      root: frame.root, rootIdentity: rootIdentity, inside: inside, outside: sets.set(of: outside),
      inputs: frame.inputs, parts: frame.parts)
  }
}

extension TreeAnswer {
  /// `nil` for a file without identity, which nothing names.
  init?(_ entry: TreeEntry?) {
    switch entry {
    case nil: self = .absent
    case .file(let identity?)?: self = .file(identity: identity)
    case .file(nil)?: return nil
    case .directory?: self = .directory
    case .symbolicLink(let target)?: self = .symbolicLink(target: target)
    case .submodule?: self = .submodule
    }
  }

  fileprivate var isListing: Bool { if case .children = self { true } else { false } }
}

/// The sets of facts that several readers have in common, each kept once.
public final class TreeFactSets: Sendable {
  private let known = Mutex<Set<TreeFactSet>>([])
  /// Then the collection starts over, which only costs that some sets are kept twice.
  private static let limit = 20_000

  public init() {}

  /// The one set with these facts.
  public func set(of facts: [TreeFact]) -> TreeFactSet {
    let set = TreeFactSet(facts)
    return known.withLock { known in
      if known.count >= Self.limit { known.removeAll() }
      return known.insert(set).memberAfterInsert
    }
  }
}
