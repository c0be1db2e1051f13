internal import Manifests
internal import SourceTree

/// What a kustomization and everything below it has come to so far.
struct Accumulator: Sendable {
  var resources = ResourceList()
  var configuration = TransformerConfiguration()
  var variables = Variables()

  /// Takes over what a base has come to.
  mutating func merge(_ other: Accumulator) throws(BuildError) {
    try resources.append(contentsOf: other.resources)
    try merge(configuration: other.configuration)
    try variables.merge(other.variables)
  }

  private mutating func merge(configuration other: TransformerConfiguration) throws(BuildError) {
    if other.isDefault || other.isEmpty {
      if other.isDefault, configuration.isEmpty { configuration = other }
      return
    }
    if configuration.isEmpty { configuration = other } else { try configuration.merge(other) }
  }

  /// Adds field specs of a kustomization and the defaults behind them.
  mutating func configure(_ own: TransformerConfiguration) throws(BuildError) {
    if own.isEmpty {
      if configuration.isDefault { return }
      if configuration.isEmpty {
        configuration = .defaults
        return
      }
      return try configuration.merge(.defaults)
    }
    var full = own
    try full.merge(.defaults)
    if configuration.isEmpty { configuration = full } else { try configuration.merge(full) }
  }
}

extension TransformerConfiguration {
  /// Whether nothing has been put in, not even the defaults.
  var isEmpty: Bool {
    !isDefault && nameReferences.isEmpty && namePrefix.isEmpty && nameSuffix.isEmpty
      && namespace.isEmpty && templateLabels.isEmpty
      && images.isEmpty && replicas.isEmpty && commonLabels.isEmpty
      && commonAnnotations.isEmpty && variableReferences.isEmpty && labels.isEmpty
  }
}
