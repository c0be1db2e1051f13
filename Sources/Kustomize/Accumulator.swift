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
    if configuration.isEmpty {
      configuration = try other.handedUp()
    } else {
      try configuration.merge(other)
    }
  }

  /// What kustomize does to a component's outcome: merges it into nothing, as it does with a base.
  mutating func handUp() throws(BuildError) {
    // Replacements may have given two resources one name.
    try resources.checkIDs()
    if !configuration.isDefault { configuration = try configuration.handedUp() }
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
  /// The configuration as it arrives above: merged once more, kinds first, so that a field spec of
  /// one kind takes the place of the general one of the same path, or contradicts it.
  fileprivate func handedUp() throws(BuildError) -> TransformerConfiguration {
    var result = self
    try Self.merge(&result.namePrefix)
    try Self.merge(&result.nameSuffix)
    try Self.merge(&result.namespace)
    try Self.merge(&result.labels)
    try Self.merge(&result.commonLabels)
    try Self.merge(&result.templateLabels)
    try Self.merge(&result.commonAnnotations)
    try Self.merge(&result.variableReferences)
    try Self.merge(&result.images)
    try Self.merge(&result.replicas)
    return result
  }

  private static func merge(_ specs: inout FieldSpecs) throws(BuildError) {
    let all = specs.all
    specs = FieldSpecs([])
    try specs.merge(all.filter { !$0.type.kind.isEmpty } + all.filter(\.type.kind.isEmpty))
  }

  /// Whether nothing has been put in, not even the defaults.
  var isEmpty: Bool {
    !isDefault && nameReferences.isEmpty && namePrefix.isEmpty && nameSuffix.isEmpty
      && namespace.isEmpty && templateLabels.isEmpty
      && images.isEmpty && replicas.isEmpty && commonLabels.isEmpty
      && commonAnnotations.isEmpty && variableReferences.isEmpty && labels.isEmpty
  }
}
