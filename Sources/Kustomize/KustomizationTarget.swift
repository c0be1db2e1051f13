internal import Manifests
internal import SourceTree

/// Builds one kustomization on top of what is there.
struct KustomizationTarget {
  let directory: Directory
  let kustomization: Kustomization
  let file: TreePath
  /// The path of the directory as bases and components spell it from the top, for origins.
  let originPath: String

  private var session: BuildSession { directory.session }

  init(_ directory: Directory, originPath: String = "") throws(BuildError) {
    self.directory = directory
    self.originPath = originPath
    let (path, identity) = try directory.kustomizationFile()
    file = path
    kustomization = try directory.session.kustomization(at: path, identity: identity)
    warnAboutDeprecation()
    try setSchema()
  }

  private func warnAboutDeprecation() {
    for field in kustomization.deprecated {
      session.warn(
        BuildWarning(
          file: file, line: field.line, message: "'\(field.field)' is deprecated",
          remedy: "use '\(field.replacement)' instead"))
    }
  }

  /// The first schema that is set holds for the whole build. That of the top replaces the built-in
  /// one; so does that of a base or component, unless the built-in one has been asked before.
  private func setSchema() throws(BuildError) {
    if kustomization.openapi.isEmpty { return }
    let line = kustomization.lines["openapi"]
    do throws(BuildError) {
      let path = kustomization.openapi["path"]
      if let version = kustomization.openapi["version"] {
        guard path == nil else {
          throw BuildError(
            .configuration, "cannot set both 'path' and 'version' of 'openapi'")
        }
        guard version == "v1.21.2" else {
          throw BuildError(
            .configuration,
            "the schema '\(version)' is not built in; v1.21.2 is")
        }
        if !session.schemaIsSet { session.schema = .kubernetes }
      } else if let path {
        let isTop = directory.chain.count == 1
        let schema = try OpenAPISchema.read(
          path, in: directory,
          adding: isTop || !session.usesBuiltInSchema ? MergeSchema() : .kubernetes)
        if !session.schemaIsSet { session.schema = schema }
      } else {
        return
      }
      session.schemaIsSet = true
    } catch { throw located(error, line) }
  }

  private func located(_ error: BuildError, _ line: Int?) -> BuildError {
    error.at(file, line: line)
  }

  /// Runs everything that this kustomization asks for.
  func accumulate(into accumulator: inout Accumulator) throws(BuildError) {
    for resource in kustomization.resources {
      try addResource(resource, to: &accumulator)
    }
    try configure(&accumulator)
    try generate(into: &accumulator)
    for component in kustomization.components {
      try addComponent(component, to: &accumulator)
    }
    try transform(&accumulator)
    try validate(&accumulator)
    do throws(BuildError) {
      try Variables.attach(kustomization.variables, to: &accumulator.resources)
      try accumulator.variables.add(kustomization.variables, file: file)
    } catch { throw located(error, kustomization.lines["vars"]) }
  }

  private func configure(_ accumulator: inout Accumulator) throws(BuildError) {
    // The files come first, so that a field of theirs takes the place of a more general default.
    var configuration = TransformerConfiguration()
    for entry in kustomization.configurations {
      do throws(BuildError) {
        let read = try ConfigurationFile.read(entry.value, in: directory)
        if read.isEmpty {
          warn("'\(entry.value)' names no field", "write field specs or remove it", entry.line)
        }
        try configuration.merge(read)
      } catch { throw located(error, entry.line) }
    }
    do throws(BuildError) { try accumulator.configure(configuration) } catch {
      throw located(error, kustomization.lines["configurations"])
    }
    for entry in kustomization.crds {
      do throws(BuildError) {
        let read = try CustomTypeFile.read(entry.value, in: directory)
        if read.isEmpty {
          warn(
            "'\(entry.value)' has no effect: 'crds' is for OpenAPI definitions with "
              + "'x-kubernetes-object-ref-kind' and the like",
            "list CustomResourceDefinitions under 'resources', or remove it", entry.line)
        }
        try accumulator.configuration.merge(read)
      } catch { throw located(error, entry.line) }
    }
  }

  // MARK: Resources and components

  private func addResource(
    _ entry: Kustomization.Located<String>, to accumulator: inout Accumulator
  ) throws(BuildError) {
    let fileError: BuildError
    do throws(BuildError) {
      let (path, identity) = try directory.file(entry.value)
      let documents = try session.documents(of: path, identity: identity)
      try session.count(documents.count)
      var origin: Origin?
      if session.tracksOrigins { origin = Origin(path: Origin.join(originPath, entry.value)) }
      for document in documents {
        var resource = Resource(
          document.node, place: SourcePlace(file: path, line: document.line))
        resource.origin = origin
        if session.options.traces {
          resource.trace = ObjectTrace(
            resource.node, origin: FieldSource("resource", resource.place))
        }
        session.note(resource.type)
        try accumulator.resources.append(resource)
      }
      return
    } catch { fileError = error }
    let base: Directory
    do throws(BuildError) { base = try directory.base(entry.value) } catch {
      // What is no directory was meant to be a file, unless it is nothing at all.
      throw located(error.class == .missingFile ? fileError : error, entry.line)
    }
    do throws(BuildError) {
      let originPath = Origin.join(originPath, entry.value)
      try accumulator.merge(try session.accumulated(base, originPath: originPath))
    } catch { throw located(error, entry.line) }
  }

  private func addComponent(
    _ entry: Kustomization.Located<String>, to accumulator: inout Accumulator
  ) throws(BuildError) {
    do throws(BuildError) {
      let base = try directory.base(entry.value)
      let target = try KustomizationTarget(
        base, originPath: Origin.join(originPath, entry.value))
      guard target.kustomization.isComponent else {
        throw BuildError(
          .kustomizationFile,
          "'\(entry.value)' is of kind \(target.kustomization.kind), not Component; list it under "
            + "'resources'")
      }
      session.enter(base.root)
      try target.accumulate(into: &accumulator)
      try accumulator.handUp()
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
      var generated = try generator.generate(in: directory)
      generated.resource.origin = builtinOrigin("\(kind.rawValue)Generator")
      let source = FieldSource(kind.field, generated.resource.place)
      try Absorption.absorb(generated, into: &accumulator.resources)
      if session.options.traces { accumulator.resources.attribute(to: source) }
    }
    for chart in kustomization.helmCharts {
      let generator = HelmChartGenerator(
        chart: chart, globals: kustomization.helmGlobals, directory: directory, file: file)
      let origin = builtinOrigin("HelmChartInflationGenerator")
      try absorb(
        try generator.generate(), origin, FieldSource("helmCharts", file: file, line: chart.line),
        into: &accumulator)
    }
    for resource in try plugins(kustomization.generators) {
      let generated = try BuiltinPlugins.generate(resource, in: directory)
      try absorb(
        generated, pluginOrigin(resource),
        FieldSource("generators: \(resource.kind)", resource.place), into: &accumulator)
    }
  }

  private func absorb(
    _ generated: [DataGenerator.Generated], _ origin: Origin?, _ source: FieldSource,
    into accumulator: inout Accumulator
  ) throws(BuildError) {
    try session.count(generated.count)
    for var one in generated {
      one.resource.origin = origin
      try Absorption.absorb(one, into: &accumulator.resources)
    }
    if session.options.traces { accumulator.resources.attribute(to: source) }
  }

  /// The configurations that entries of `generators`, `transformers` or `validators` are or lead
  /// to; those in place come first.
  private func plugins(
    _ entries: [Kustomization.Located<String>]
  ) throws(BuildError) -> [Resource] {
    var accumulator = Accumulator()
    var paths: [Kustomization.Located<String>] = []
    for entry in entries {
      guard let documents = PreparedPatch.inlineResources(entry.value, file: file) else {
        paths.append(entry)
        continue
      }
      for document in documents {
        var resource = Resource(
          document.node,
          place: SourcePlace(file: file, line: document.line + entry.line - 1))
        if session.tracksOrigins {
          resource.origin = Origin(path: Origin.join(originPath, file.name))
        }
        session.note(resource.type)
        try accumulator.resources.append(resource)
      }
    }
    for path in paths { try addResource(path, to: &accumulator) }
    return accumulator.resources.items
  }

  // MARK: Origins

  private func builtinOrigin(_ kind: String) -> Origin? {
    guard session.tracksOrigins else { return nil }
    return Origin(
      configuredIn: Origin.join(originPath, file.name),
      configuredBy: Origin.Configuration(apiVersion: "builtin", kind: kind, name: ""))
  }

  private func pluginOrigin(_ resource: Resource) -> Origin? {
    guard session.tracksOrigins else { return nil }
    return Origin(
      configuredIn: resource.origin?.path ?? "",
      configuredBy: Origin.Configuration(
        apiVersion: resource.node["apiVersion"]?.scalar?.text ?? "", kind: resource.kind,
        name: resource.name, namespace: resource.namespace))
  }

  private func record(_ origin: Origin?, on resources: inout ResourceList) {
    guard let origin else { return }
    for index in resources.indices {
      resources.update(index) { resource in
        if resource.origin == nil {
          resource.origin = origin
        } else {
          resource.transformations.append(origin)
        }
        ScalarFields.makeAnnotationsTexts(of: &resource.node)
      }
    }
  }

  // MARK: Transformers

  private func warn(_ message: String, _ remedy: String, _ line: Int?) {
    session.warn(BuildWarning(file: file, line: line, message: message, remedy: remedy))
  }

  /// Runs one transformer that the kustomization file configures. `place` is where it is written,
  /// if not at `line` of this file.
  private func step(
    _ kind: String, _ line: Int?, _ resources: inout ResourceList, place: SourcePlace? = nil,
    _ run: (inout ResourceList) throws(BuildError) -> Void
  ) throws(BuildError) {
    do throws(BuildError) { try run(&resources) } catch { throw located(error, line) }
    record(builtinOrigin(kind), on: &resources)
    if session.options.traces {
      let what = Self.fields[kind] ?? kind
      resources.attribute(
        to: place.map { FieldSource(what, $0) } ?? FieldSource(what, file: file, line: line))
    }
  }

  /// The field of the kustomization file that asks for a transformer.
  private static let fields = [
    "AnnotationsTransformer": "commonAnnotations", "ImageTagTransformer": "images",
    "LabelTransformer": "labels", "NamespaceTransformer": "namespace",
    "PatchJson6902Transformer": "patchesJson6902", "PatchTransformer": "patches",
    "PatchStrategicMergeTransformer": "patchesStrategicMerge", "PrefixTransformer": "namePrefix",
    "ReplacementTransformer": "replacements", "ReplicaCountTransformer": "replicas",
    "SuffixTransformer": "nameSuffix",
  ]

  private func transform(_ accumulator: inout Accumulator) throws(BuildError) {
    var resources = accumulator.resources
    // Gives up the second reference, so that changes are in place.
    accumulator.resources = ResourceList()
    defer { accumulator.resources = resources }
    try transform(&resources, accumulator.configuration)
  }

  private func transform(
    _ resources: inout ResourceList, _ configuration: TransformerConfiguration
  ) throws(BuildError) {
    // Everything is read before anything is changed.
    let strategic = try strategicMergePatches()
    var patches: [PreparedPatch] = []
    for entry in kustomization.patches {
      patches.append(try PreparedPatch.prepare(entry, in: directory, file: file))
    }
    var late: [PreparedPatch] = []
    for entry in kustomization.patchesJSON6902 {
      late.append(try PreparedPatch.prepare(json: entry, in: directory, file: file))
    }
    let replacements = try Replacements(
      kustomization.replacements, in: directory, file: file)
    var custom: [(BuiltinPlugins.Transformer, Resource)] = []
    for resource in try plugins(kustomization.transformers) {
      custom.append((try BuiltinPlugins.transformer(resource, in: directory), resource))
    }

    if !strategic.isEmpty {
      try step("PatchStrategicMergeTransformer", nil, &resources) { list throws(BuildError) in
        for patch in strategic {
          try patch.apply(to: &list, session)
          if session.options.traces {
            list.attribute(to: FieldSource("patchesStrategicMerge", patch.source))
          }
        }
      }
    }
    for patch in patches {
      try step("PatchTransformer", nil, &resources, place: patch.source) {
        list throws(BuildError) in
        try patch.apply(to: &list, session)
      }
    }
    try name(&resources, configuration)
    try label(&resources, configuration)
    for patch in late {
      try step("PatchJson6902Transformer", nil, &resources, place: patch.source) {
        list throws(BuildError) in
        try patch.apply(to: &list, session)
      }
    }
    for entry in kustomization.replicas {
      try step("ReplicaCountTransformer", entry.line, &resources) { list throws(BuildError) in
        try ReplicaCounts.apply(entry, configuration.replicas, to: &list)
      }
    }
    for entry in kustomization.images {
      try step("ImageTagTransformer", entry.line, &resources) { list throws(BuildError) in
        let images = try ImageTags(entry, specs: configuration.images)
        if try !images.apply(to: &list) {
          warn(
            "no container uses the image '\(entry.name)'", "correct the name or remove the entry",
            entry.line)
        }
      }
    }
    if !replacements.entries.isEmpty {
      try step(
        "ReplacementTransformer", kustomization.lines["replacements"], &resources
      ) { list throws(BuildError) in try replacements.apply(to: &list, session) }
    }
    for (transformer, resource) in custom {
      do throws(BuildError) {
        try BuiltinPlugins.run(transformer, on: &resources, session)
      } catch { throw located(error, kustomization.lines["transformers"]) }
      record(pluginOrigin(resource), on: &resources)
      if session.options.traces {
        resources.attribute(to: FieldSource("transformers: \(resource.kind)", resource.place))
      }
    }
  }

  private func strategicMergePatches() throws(BuildError) -> [PreparedPatch] {
    var patches: [PreparedPatch] = []
    for entry in kustomization.patchesStrategicMerge {
      patches.append(
        try PreparedPatch.prepare(strategicMerge: entry, in: directory, file: file))
    }
    if !patches.isEmpty, patches.allSatisfy(\.isEmpty) {
      throw BuildError(
        .patch, "no entry of 'patchesStrategicMerge' holds anything; write patches or remove it",
        file: file, line: kustomization.lines["patchesStrategicMerge"])
    }
    return patches
  }

  private func name(
    _ resources: inout ResourceList, _ configuration: TransformerConfiguration
  ) throws(BuildError) {
    if !kustomization.namespace.isEmpty {
      try step(
        "NamespaceTransformer", kustomization.lines["namespace"], &resources
      ) { list throws(BuildError) in
        try NamespaceTransformer(
          namespace: kustomization.namespace, specs: configuration.namespace
        ).apply(to: &list)
        if list.items.allSatisfy(\.type.isClusterScoped) {
          warn(
            "'namespace' meets no object that has one",
            "remove it, or list resources that live in a namespace",
            kustomization.lines["namespace"])
        }
      }
    }
    if !kustomization.namePrefix.isEmpty {
      try step(
        "PrefixTransformer", kustomization.lines["namePrefix"], &resources
      ) { list throws(BuildError) in
        try NameAffix(
          text: kustomization.namePrefix, side: .prefix, specs: configuration.namePrefix
        ).apply(to: &list)
        warnAboutNames("namePrefix", list)
      }
    }
    if !kustomization.nameSuffix.isEmpty {
      try step(
        "SuffixTransformer", kustomization.lines["nameSuffix"], &resources
      ) { list throws(BuildError) in
        try NameAffix(
          text: kustomization.nameSuffix, side: .suffix, specs: configuration.nameSuffix
        ).apply(to: &list)
        warnAboutNames("nameSuffix", list)
      }
    }
  }

  private func warnAboutNames(_ field: String, _ resources: ResourceList) {
    guard resources.items.allSatisfy(NameAffix.isExempt) else { return }
    warn(
      "'\(field)' renames nothing: Namespaces, CustomResourceDefinitions and APIServices keep their "
        + "names", "remove it, or list other resources", kustomization.lines[field])
  }

  private func label(
    _ resources: inout ResourceList, _ configuration: TransformerConfiguration
  ) throws(BuildError) {
    for entry in kustomization.labels {
      try step("LabelTransformer", entry.line, &resources) { list throws(BuildError) in
        warnAboutSelector(
          of: try LabelTransformer.apply(
            entry.pairs, try LabelTransformer.specs(entry, configuration), to: &list),
          "set 'includeTemplates' instead of 'includeSelectors'", entry.line)
      }
    }
    // Either field brings this step along, as origins show.
    if !kustomization.commonLabels.isEmpty || !kustomization.labels.isEmpty {
      try step(
        "LabelTransformer", kustomization.lines["commonLabels"], &resources
      ) { list throws(BuildError) in
        warnAboutSelector(
          of: try LabelTransformer.apply(
            kustomization.commonLabels, configuration.commonLabels, to: &list),
          "use 'labels', which leaves selectors alone", kustomization.lines["commonLabels"])
      }
    }
    if !kustomization.commonAnnotations.isEmpty {
      try step(
        "AnnotationsTransformer", kustomization.lines["commonAnnotations"], &resources
      ) { list throws(BuildError) in
        try LabelTransformer.apply(
          kustomization.commonAnnotations, configuration.commonAnnotations, to: &list)
      }
    }
  }

  private func warnAboutSelector(of id: ResourceID?, _ remedy: String, _ line: Int?) {
    guard let id else { return }
    warn(
      "these labels change the selector of \(id.type.kind) \(id.name), which a cluster that has "
        + "the object refuses", remedy, line)
  }

  /// Validators run as transformers do and must not change anything.
  private func validate(_ accumulator: inout Accumulator) throws(BuildError) {
    for resource in try plugins(kustomization.validators) {
      var copy = accumulator.resources
      let transformer = try BuiltinPlugins.transformer(resource, in: directory)
      do throws(BuildError) {
        try BuiltinPlugins.run(transformer, on: &copy, session)
      } catch { throw located(error, kustomization.lines["validators"]) }
      guard copy.items.map(\.node) == accumulator.resources.items.map(\.node) else {
        throw BuildError(
          .configuration, "validator shouldn't modify the resource map: \(resource.id)",
          file: file, line: kustomization.lines["validators"])
      }
    }
  }
}
