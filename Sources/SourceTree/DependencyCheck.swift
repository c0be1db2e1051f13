internal import Synchronization

/// Whether things made earlier, perhaps from another tree, would come out the same from this one.
///
/// Made for many questions about one tree that does not change: what several things depend on is
/// compared once. From any thread.
public final class DependencyCheck: Sendable {
  private let tree: any FileTree
  private let inputs: @Sendable (String) -> String?
  private let known = Mutex(Known())

  private struct Known {
    var answers: [ObjectIdentifier: Bool] = [:]
    /// Keeps alive what the identifiers above stand for.
    var asked: [any AnyObject & Sendable] = []
  }

  /// - Parameter inputs: the present value of what is no file, by name.
  public init(
    of tree: any FileTree, inputs: @escaping @Sendable (String) -> String? = { _ in nil }
  ) {
    self.tree = tree
    self.inputs = inputs
  }

  /// Whether this tree gives every answer that `dependencies` hold. `false` where it cannot be
  /// read: whoever makes the thing anew meets the failure.
  public func holds(_ dependencies: TreeDependencies) -> Bool {
    guard case .directory(let identity)? = entry(at: dependencies.root) else { return false }
    return holds(dependencies, rootIdentity: identity)
  }

  /// As ``holds(_:)``, for callers who know that ``TreeDependencies/root`` is a directory of this
  /// tree and its identity.
  public func holds(_ dependencies: TreeDependencies, rootIdentity identity: String?) -> Bool {
    for (name, value) in dependencies.inputs where inputs(name) != value { return false }
    let isSame = identity != nil && identity == dependencies.rootIdentity
    return (isSame || dependencies.inside.allSatisfy(holds)) && holds(dependencies.outside)
      && dependencies.parts.allSatisfy(holdsPart)
  }

  private func entry(at path: TreePath) -> TreeEntry? {
    // As the promise above says, a failure counts as a difference.
    (try? tree.entry(at: path)) ?? nil
  }

  private func holdsPart(_ part: TreeDependencies) -> Bool {
    remembered(part) { holds(part) }
  }

  private func holds(_ set: TreeFactSet) -> Bool {
    remembered(set) { set.facts.allSatisfy(holds) }
  }

  private func remembered(_ object: any AnyObject & Sendable, _ find: () -> Bool) -> Bool {
    let name = ObjectIdentifier(object)
    if let answer = known.withLock({ $0.answers[name] }) { return answer }
    let answer = find()
    known.withLock {
      if $0.answers.updateValue(answer, forKey: name) == nil { $0.asked.append(object) }
    }
    return answer
  }

  private func holds(_ fact: TreeFact) -> Bool {
    do {
      if case .children = fact.answer {
        return TreeAnswer.children(try tree.children(of: fact.path)) == fact.answer
      }
      return TreeAnswer(try tree.entry(at: fact.path)) == fact.answer
    } catch {
      // As the promise of `holds` says, a failure counts as a difference.
      return false
    }
  }
}
