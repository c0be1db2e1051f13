internal import Manifests

/// kustomize's label and annotation transformers put one and the same node into every field where
/// they add a key. Whoever changes one of these fields later changes all of them: an accident that
/// shows in the output, so it is kept.
///
/// Such scalars carry a common number; this notes what was written to them, and carries it over
/// to the others.
final class SharedScalars {
  private var written: [UInt32: Scalar] = [:]

  /// Notes that `new` takes the place of `old`, and lets it share what `old` shared.
  func replace(_ old: Scalar, with new: inout Scalar) {
    guard old.sharing != 0 else { return }
    new.sharing = old.sharing
    written[old.sharing] = new
  }

  /// Carries the last writes over to all scalars of `node` that share.
  func settle(_ node: inout Node) {
    if written.isEmpty { return }
    settleAll(&node)
    written = [:]
  }

  private func settleAll(_ node: inout Node) {
    switch node {
    case .scalar(let scalar):
      if scalar.sharing != 0, let value = written[scalar.sharing] { node = .scalar(value) }
    case .sequence(var items):
      guard items.contains(where: Self.shares) else { return }
      node = .null
      for index in items.indices { settleAll(&items[index]) }
      node = .sequence(items)
    case .mapping(var mapping):
      guard mapping.pairs.contains(where: { Self.shares($0.value) }) else { return }
      node = .null
      for index in mapping.pairs.indices { settleAll(&mapping.pairs[index].value) }
      node = .mapping(mapping)
    }
  }

  private static func shares(_ node: Node) -> Bool {
    switch node {
    case .scalar(let scalar): scalar.sharing != 0
    case .sequence(let items): items.contains(where: shares)
    case .mapping(let mapping): mapping.pairs.contains { shares($0.value) }
    }
  }

  /// A copy of `node` that shares nothing.
  static func separate(_ node: Node) -> Node {
    switch node {
    case .scalar(var scalar):
      scalar.sharing = 0
      return .scalar(scalar)
    case .sequence(let items): return shares(node) ? .sequence(items.map(separate)) : node
    case .mapping(var mapping):
      guard shares(node) else { return node }
      for index in mapping.pairs.indices {
        mapping.pairs[index].value = separate(mapping.pairs[index].value)
      }
      return .mapping(mapping)
    }
  }
}
