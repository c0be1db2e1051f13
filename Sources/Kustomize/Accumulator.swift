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
    // What a base brings holds the defaults already, and what is there first decides.
    guard configuration.isEmpty else { return try configuration.merge(own) }
    configuration = own
    try configuration.merge(.defaults)
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
