internal import Manifests
internal import Synchronization

/// Keeps one copy of equal content for all clusters: ten thousand clusters that run the same app hold
/// its objects once. Bounded: what has not been asked for during the last ``capacity`` new values is
/// let go (objects that hold it keep it alive).
final class ContentPool: Sendable {
  /// Values per generation; at most twice as many are held.
  static let capacity = 16_384

  private struct Generations {
    var young: [Int: Node] = [:]
    var old: [Int: Node] = [:]
    var youngSets: [Int: FieldSet] = [:]
    var oldSets: [Int: FieldSet] = [:]

    /// Nodes of one hash that differ are told apart, the later one is just not shared.
    mutating func known(_ node: Node, _ hash: Int) -> Node? {
      if let known = young[hash], known == node { return known }
      guard let known = old[hash], known == node else { return nil }
      keep(known, hash)
      return known
    }

    mutating func keep(_ node: Node, _ hash: Int) {
      if young.count >= ContentPool.capacity {
        old = young
        young = [:]
      }
      young[hash] = node
    }
  }
  private let generations = Mutex(Generations())

  /// An equal node that others hold already, or `content` with such parts (specification, data,
  /// metadata entries, status).
  func share(_ content: Node) -> Node {
    let hash = Self.hash(of: content)
    if let known = generations.withLock({ $0.known(content, hash) }) { return known }
    guard case .mapping(var mapping) = content else { return content }
    for index in mapping.pairs.indices {
      let pair = mapping.pairs[index]
      if pair.value.scalar != nil { continue }
      mapping.pairs[index].value =
        pair.key == "metadata" ? shareParts(pair.value) : shared(pair.value)
    }
    let made = Node.mapping(mapping)
    generations.withLock { $0.keep(made, hash) }
    return made
  }

  func share(_ managers: [ManagedFieldsEntry]) -> [ManagedFieldsEntry] {
    managers.map { entry in
      var shared = entry
      shared.fields = self.shared(entry.fields)
      return shared
    }
  }

  private func shareParts(_ node: Node) -> Node {
    guard case .mapping(var mapping) = node else { return node }
    for index in mapping.pairs.indices where mapping.pairs[index].value.scalar == nil {
      mapping.pairs[index].value = shared(mapping.pairs[index].value)
    }
    return .mapping(mapping)
  }

  private func shared(_ node: Node) -> Node {
    let hash = Self.hash(of: node)
    return generations.withLock { pool in
      if let known = pool.known(node, hash) { return known }
      pool.keep(node, hash)
      return node
    }
  }

  private func shared(_ set: FieldSet) -> FieldSet {
    var hasher = Hasher()
    Self.hash(set, into: &hasher)
    let hash = hasher.finalize()
    return generations.withLock { pool in
      if let known = pool.youngSets[hash], known == set { return known }
      var kept = set
      if let known = pool.oldSets[hash], known == set { kept = known }
      if pool.youngSets.count >= Self.capacity {
        pool.oldSets = pool.youngSets
        pool.youngSets = [:]
      }
      pool.youngSets[hash] = kept
      return kept
    }
  }

  private static func hash(of node: Node) -> Int {
    var hasher = Hasher()
    hash(node, into: &hasher)
    return hasher.finalize()
  }

  private static func hash(_ set: FieldSet, into hasher: inout Hasher) {
    hasher.combine(set.entries.count)
    for entry in set.entries {
      hasher.combine(entry.element)
      hash(entry.below, into: &hasher)
    }
  }

  private static func hash(_ node: Node, into hasher: inout Hasher) {
    switch node {
    case .scalar(let scalar): hasher.combine(scalar.text)
    case .sequence(let items):
      hasher.combine(items.count)
      for item in items { hash(item, into: &hasher) }
    case .mapping(let mapping):
      hasher.combine(mapping.count)
      for pair in mapping.pairs {
        hasher.combine(pair.key)
        hash(pair.value, into: &hasher)
      }
    }
  }
}
