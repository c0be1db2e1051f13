internal import Manifests
internal import SourceTree

/// A base on its own, before anything above it has changed it.
struct FinishedBase: Sendable {
  private(set) var accumulator: Accumulator
  /// Directories below it that it uses, itself included: none may lie on the way to it.
  let roots: [TreePath]
  let filesRead: [TreePath: String?]
  let warnings: [BuildWarning]
  /// Whether it has asked the built-in schema itself.
  let usesBuiltInSchema: Bool
  /// Whether it holds clear text of encrypted files.
  let isConfidential: Bool
  /// What it was made from; `nil` where the tree cannot tell.
  let dependencies: TreeDependencies?

  /// The same base with objects of its own.
  func copied() -> FinishedBase {
    var copy = self
    copy.accumulator.resources = accumulator.resources.copied()
    return copy
  }
}

extension ResourceList {
  fileprivate func copied() -> ResourceList {
    var copy = ResourceList()
    for resource in items { copy.appendUnchecked(resource.copied()) }
    copy.prepareLookups()
    return copy
  }
}

extension Resource {
  fileprivate func copied() -> Resource {
    var copy = self
    copy.node = node.copied()
    copy.refreshID()
    copy.history = history.map { name in
      PreviousName(
        kind: name.kind.copied(), name: name.name.copied(),
        effectiveNamespace: name.effectiveNamespace.copied())
    }
    return copy
  }
}

extension Node {
  /// The same tree in storage of its own.
  fileprivate func copied() -> Node {
    switch self {
    case .scalar(var scalar):
      scalar.text = scalar.text.copied()
      return .scalar(scalar)
    case .sequence(let items): return .sequence(items.map { $0.copied() })
    case .mapping(let mapping):
      return .mapping(
        Mapping(
          mapping.pairs.map { pair in
            Mapping.Pair(pair.key.copied(), pair.value.copied(), keyTag: pair.keyTag)
          }))
    }
  }
}

extension String {
  fileprivate func copied() -> String { String(decoding: Array(utf8), as: UTF8.self) }
}
