internal import Manifests
internal import SourceTree

/// What a kustomization and everything below it has come to so far.
struct Accumulator: Sendable {
  var resources = ResourceList()
  var configuration = TransformerConfiguration()

  /// Takes over what a base has come to.
  mutating func merge(_ other: Accumulator) throws(BuildError) {
    try resources.append(contentsOf: other.resources)
    try merge(configuration: other.configuration)
  }

  private mutating func merge(configuration other: TransformerConfiguration) throws(BuildError) {
    if other.isDefault || other.isEmpty {
      if other.isDefault, configuration.isEmpty { configuration = other }
      return
    }
    if configuration.isEmpty { configuration = other } else { try configuration.merge(other) }
  }

  /// Makes sure that the defaults are there.
  mutating func addDefaults() throws(BuildError) {
    if configuration.isDefault { return }
    if configuration.isEmpty {
      configuration = .defaults
    } else {
      try configuration.merge(.defaults)
    }
  }
}

extension TransformerConfiguration {
  /// Whether nothing has been put in, not even the defaults.
  var isEmpty: Bool {
    !isDefault && nameReferences.isEmpty && namePrefix.isEmpty && namespace.isEmpty
      && images.isEmpty && replicas.isEmpty && commonLabels.isEmpty
      && commonAnnotations.isEmpty && variableReferences.isEmpty && labels.isEmpty
  }
}

/// Builds one kustomization on top of what is there.
struct KustomizationTarget {
  let directory: Directory
  let kustomization: Kustomization
  let file: TreePath

  private var session: BuildSession { directory.session }

  init(_ directory: Directory) throws(BuildError) {
    self.directory = directory
    let (path, identity) = try directory.kustomizationFile()
    file = path
    kustomization = try directory.session.kustomization(at: path, identity: identity)
    warnAboutDeprecation()
    try refuseUnsupported()
  }

  private func warnAboutDeprecation() {
    for field in kustomization.deprecated {
      session.warn(
        BuildWarning(
          file: file, line: field.line, message: "'\(field.field)' is deprecated",
          remedy: "use '\(field.replacement)' instead"))
    }
  }

  /// What this renderer does not build is refused, never ignored.
  private func refuseUnsupported() throws(BuildError) {
    let fields = [
      "openapi", "replacements", "vars", "crds", "configurations", "generators", "transformers",
      "validators", "buildMetadata", "helmGlobals", "helmCharts", "helmChartInflationGenerator",
    ]
    for field in fields {
      if let line = kustomization.lines[field] {
        throw BuildError(
          .unsupported, "field '\(field)' is not supported", file: file, line: line)
      }
    }
  }

  private func located(_ error: BuildError, _ line: Int?) -> BuildError {
    error.at(file, line: line)
  }

  /// Runs everything that this kustomization asks for.
  func accumulate(into accumulator: inout Accumulator) throws(BuildError) {
    for resource in kustomization.resources {
      try addResource(resource, to: &accumulator)
    }
    try accumulator.addDefaults()
    try generate(into: &accumulator)
    for component in kustomization.components {
      try addComponent(component, to: &accumulator)
    }
    try transform(&accumulator)
  }

  // MARK: Resources and components

  private func addResource(
    _ entry: Kustomization.Located<String>, to accumulator: inout Accumulator
  ) throws(BuildError) {
    let fileError: BuildError
    do {
      let (path, identity) = try directory.file(entry.value)
      let documents = try session.documents(of: path, identity: identity)
      try session.count(documents.count)
      for document in documents {
        try accumulator.resources.append(
          Resource(document.node, place: SourcePlace(file: path, line: document.line)))
      }
      return
    } catch { fileError = error }
    let base: Directory
    do { base = try directory.base(entry.value) } catch {
      // What is no directory was meant to be a file, unless it is nothing at all.
      throw located(error.class == .missingFile ? fileError : error, entry.line)
    }
    do throws(BuildError) {
      let target = try KustomizationTarget(base)
      guard !target.kustomization.isComponent else {
        throw BuildError(
          .kustomizationFile,
          "expected kind != 'Component' for path '\(base.root)'; list it under 'components'")
      }
      try accumulator.merge(try session.accumulated(target))
    } catch { throw located(error, entry.line) }
  }

  private func addComponent(
    _ entry: Kustomization.Located<String>, to accumulator: inout Accumulator
  ) throws(BuildError) {
    do throws(BuildError) {
      let base = try directory.base(entry.value)
      let target = try KustomizationTarget(base)
      guard target.kustomization.isComponent else {
        throw BuildError(
          .kustomizationFile,
          "expected kind 'Component' for path '\(base.root)' but got "
            + "'\(target.kustomization.kind)'")
      }
      try target.accumulate(into: &accumulator)
    } catch { throw located(error, entry.line) }
  }

  // MARK: Generators

  private func generate(into accumulator: inout Accumulator) throws(BuildError) {
    let generators =
      kustomization.configMapGenerator.map { (DataGenerator.Kind.configMap, $0) }
      + kustomization.secretGenerator.map { (.secret, $0) }
    for (kind, entry) in generators {
      let generator = DataGenerator(
        kind: kind, entry: entry, defaults: kustomization.generatorOptions, file: file)
      try session.count(1)
      try Absorption.absorb(
        try generator.generate(in: directory), into: &accumulator.resources)
    }
  }

  // MARK: Transformers

  private func transform(_ accumulator: inout Accumulator) throws(BuildError) {
    let configuration = accumulator.configuration
    var resources = accumulator.resources
    accumulator.resources = ResourceList()
    defer { accumulator.resources = resources }
    // Everything is read before anything is changed.
    var early: [PreparedPatch] = []
    for entry in kustomization.patchesStrategicMerge {
      early.append(
        try PreparedPatch.prepare(strategicMerge: entry, in: directory, file: file))
    }
    if !early.isEmpty, early.allSatisfy(\.isEmpty) {
      throw BuildError(
        .patch, "patch appears to be empty: none of 'patchesStrategicMerge' holds a resource",
        file: file, line: kustomization.lines["patchesStrategicMerge"])
    }
    for entry in kustomization.patches {
      early.append(try PreparedPatch.prepare(entry, in: directory, file: file))
    }
    var late: [PreparedPatch] = []
    for entry in kustomization.patchesJSON6902 {
      late.append(try PreparedPatch.prepare(json: entry, in: directory, file: file))
    }
    for patch in early { try patch.apply(to: &resources, session) }
    try step("namespace") { () throws(BuildError) in
      try NamespaceTransformer(
        namespace: kustomization.namespace, specs: configuration.namespace
      ).apply(to: &resources)
    }
    try step("namePrefix") { () throws(BuildError) in
      try NameAffix(
        text: kustomization.namePrefix, side: .prefix, specs: configuration.namePrefix
      ).apply(to: &resources)
    }
    try step("nameSuffix") { () throws(BuildError) in
      try NameAffix(
        text: kustomization.nameSuffix, side: .suffix, specs: configuration.nameSuffix
      ).apply(to: &resources)
    }
    for entry in kustomization.labels {
      do {
        try LabelTransformer.apply(
          entry.pairs, try LabelTransformer.specs(entry, configuration), to: &resources)
      } catch { throw located(error, entry.line) }
    }
    try step("commonLabels") { () throws(BuildError) in
      try LabelTransformer.apply(
        kustomization.commonLabels, configuration.commonLabels, to: &resources)
    }
    try step("commonAnnotations") { () throws(BuildError) in
      try LabelTransformer.apply(
        kustomization.commonAnnotations, configuration.commonAnnotations, to: &resources)
    }
    for patch in late { try patch.apply(to: &resources, session) }
    for entry in kustomization.replicas {
      do { try ReplicaCounts.apply(entry, configuration.replicas, to: &resources) } catch {
        throw located(error, entry.line)
      }
    }
    for entry in kustomization.images {
      do {
        try ImageTags(entry, specs: configuration.images).apply(to: &resources)
      } catch { throw located(error, entry.line) }
    }
  }

  private func step(
    _ field: String, _ run: () throws(BuildError) -> Void
  ) throws(BuildError) {
    do { try run() } catch { throw located(error, kustomization.lines[field]) }
  }
}

extension BuildSession {
  /// What a base comes to on its own. A base that several kustomizations use is built once.
  func accumulated(_ target: KustomizationTarget) throws(BuildError) -> Accumulator {
    var accumulator = Accumulator()
    try target.accumulate(into: &accumulator)
    return accumulator
  }
}
