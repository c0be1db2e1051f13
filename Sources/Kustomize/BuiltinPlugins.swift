internal import Manifests
internal import SourceTree

/// Generators and transformers of the built-in kinds, as `generators`, `transformers` and
/// `validators` configure them.
enum BuiltinPlugins {
  /// A transformer with its configuration read.
  enum Transformer {
    case labels([String: String], FieldSpecs)
    case namespace(NamespaceTransformer)
    case affix(NameAffix)
    case image(ImageTags)
    case replicas(Kustomization.Replicas, FieldSpecs)
    case patches([PreparedPatch])
    case replacements(Replacements)
    case hash
    case values(ValueAdditions)
    case several([Transformer])
  }

  /// Whether kustomize itself knows the kind; anything else is a program of somebody.
  private static func check(_ resource: Resource) throws(BuildError) {
    func fail(_ message: String) -> BuildError {
      BuildError(
        .unsupported, message, file: resource.place?.file, line: resource.place?.line)
    }
    let annotations = resource.node.value(at: "metadata", "annotations")
    if annotations?["config.kubernetes.io/function"] != nil {
      throw fail(
        "\(resource.id) is a function (a container or program), and none is run; commit what it "
          + "generates")
    }
    guard resource.type.group == "builtin" else {
      throw fail(
        "\(resource.id.fullDescription) is a plug-in that is a program, and none is run; commit "
          + "what it generates")
    }
  }

  private static func object(
    _ resource: Resource, _ known: [String]
  ) throws(BuildError) -> (KustomizationDecoder, FieldDecoder.Object) {
    let decoder = KustomizationDecoder(file: resource.place?.file ?? .root, isStrict: false)
    let node = LocatedNode(
      NumberForm.throughJSON(resource.node), line: resource.place?.line ?? 0)
    return (
      decoder,
      try decoder.decode.object(FieldDecoder.Field(path: "", node: node), known: known)
    )
  }

  /// Runs `read` and points errors at the configuration.
  private static func located<Result>(
    _ resource: Resource, _ read: () throws(BuildError) -> Result
  ) throws(BuildError) -> Result {
    do throws(BuildError) { return try read() } catch {
      guard let place = resource.place else { throw error }
      var located = error
      if located.file == place.file { located.line = located.line ?? place.line }
      throw located.at(place.file, line: place.line)
    }
  }

  // MARK: Generators

  static func generate(
    _ resource: Resource, in directory: Directory
  ) throws(BuildError) -> [DataGenerator.Generated] {
    try check(resource)
    return try located(resource) { () throws(BuildError) in
      let isSecret = resource.kind == "SecretGenerator"
      if isSecret || resource.kind == "ConfigMapGenerator" {
        let decoder = KustomizationDecoder(file: resource.place?.file ?? .root, isStrict: false)
        let node = LocatedNode(
          NumberForm.throughJSON(resource.node), line: resource.place?.line ?? 0)
        var entry = try decoder.generator(
          FieldDecoder.Field(path: "", node: node), isSecret: isSecret)
        if entry.name.isEmpty { entry.name = resource.name }
        if entry.namespace.isEmpty { entry.namespace = resource.namespace }
        let generator = DataGenerator(
          kind: isSecret ? .secret : .configMap, entry: entry, defaults: nil,
          file: resource.place?.file ?? .root)
        return [try generator.generate(in: directory)]
      }
      if resource.kind == "HelmChartInflationGenerator" {
        let (decoder, fields) = try object(
          resource, KustomizationDecoder.helmChartFields + KustomizationDecoder.helmGlobalsFields)
        return try HelmChartGenerator(
          chart: try decoder.helmChart(fields, line: resource.place?.line ?? 1),
          globals: try decoder.helmGlobals(fields), directory: directory,
          file: resource.place?.file ?? .root
        ).generate()
      }
      if resource.kind == "IAMPolicyGenerator" {
        return [DataGenerator.Generated(resource: try policy(resource), behavior: .create)]
      }
      throw BuildError(
        .configuration, "there is no built-in generator '\(resource.kind)'")
    }
  }

  /// A ServiceAccount that stands for an account of Google's cloud.
  private static func policy(_ resource: Resource) throws(BuildError) -> Resource {
    let (decoder, fields) = try object(
      resource, ["cloud", "kubernetesService", "serviceAccount"])
    let cloud = try decoder.decode.string(fields["cloud"])
    guard cloud == "gke" else {
      throw BuildError(.configuration, "the cloud '\(cloud)' is not known; expected gke")
    }
    var name = ""
    var namespace = ""
    if let service = fields["kubernetesService"] {
      let inner = try decoder.decode.object(service, known: ["name", "namespace"])
      name = try decoder.decode.string(inner["name"])
      namespace = try decoder.decode.string(inner["namespace"])
    }
    var account = ""
    var project = ""
    if let field = fields["serviceAccount"] {
      let inner = try decoder.decode.object(field, known: ["name", "projectId"])
      account = try decoder.decode.string(inner["name"])
      project = try decoder.decode.string(inner["projectId"])
    }
    var metadata = Mapping([
      Mapping.Pair(
        "annotations",
        .object([
          "iam.gke.io/gcp-service-account":
            .string("\(account)@\(project).iam.gserviceaccount.com")
        ])),
      Mapping.Pair("name", .string(name)),
    ])
    if !namespace.isEmpty { metadata["namespace"] = .string(namespace) }
    return Resource(
      .object([
        "apiVersion": .string("v1"), "kind": .string("ServiceAccount"),
        "metadata": .mapping(metadata),
      ]), place: resource.place)
  }

  // MARK: Transformers

  static func transformer(
    _ resource: Resource, in directory: Directory
  ) throws(BuildError) -> Transformer {
    try check(resource)
    return try located(resource) { () throws(BuildError) in
      try configured(resource, directory)
    }
  }

  private static func configured(
    _ resource: Resource, _ directory: Directory
  ) throws(BuildError) -> Transformer {
    let file = resource.place?.file ?? .root
    let (decoder, fields) = try object(
      resource,
      [
        "annotations", "labels", "fieldSpecs", "prefix", "suffix", "imageTag", "replica",
        "unsetOnly", "setRoleBindingSubjects", "paths", "patches", "path", "patch", "target",
        "options", "jsonOp", "replacements", "value", "targets", "targetFilePath",
      ])
    let decode = decoder.decode
    let specs = try decoder.specs(fields["fieldSpecs"])
    func affix(_ side: NameAffix.Side, _ field: String) throws(BuildError) -> Transformer {
      .affix(NameAffix(text: try decode.string(fields[field]), side: side, specs: specs))
    }
    switch resource.kind {
    case "AnnotationsTransformer":
      return .labels(try decode.stringMap(fields["annotations"]), specs)
    case "LabelTransformer": return .labels(try decode.stringMap(fields["labels"]), specs)
    case "NamespaceTransformer":
      let subjects = try decode.string(fields["setRoleBindingSubjects"])
      guard
        let mode = NamespaceTransformer.Subjects(
          rawValue: subjects.isEmpty ? "defaultOnly" : subjects)
      else {
        throw BuildError(
          .configuration,
          "invalid value '\(subjects)' for setRoleBindingSubjects: must be one of defaultOnly, "
            + "allServiceAccounts or none")
      }
      return .namespace(
        NamespaceTransformer(
          namespace: resource.namespace, specs: specs, subjects: mode,
          unsetOnly: try decode.bool(fields["unsetOnly"])))
    case "PrefixTransformer": return try affix(.prefix, "prefix")
    case "SuffixTransformer": return try affix(.suffix, "suffix")
    case "PrefixSuffixTransformer":
      return .several([try affix(.prefix, "prefix"), try affix(.suffix, "suffix")])
    case "ImageTagTransformer":
      guard let field = fields["imageTag"] else { return .several([]) }
      return .image(try ImageTags(try decoder.image(field), specs: specs))
    case "ReplicaCountTransformer":
      var entry = Kustomization.Replicas(name: "", count: 0, line: 0)
      if let field = fields["replica"] {
        let inner = try decode.object(field, known: ["name", "count"])
        entry.name = try decode.string(inner["name"])
        entry.count = try decode.int(inner["count"])
      }
      return .replicas(entry, specs)
    case "PatchTransformer":
      let node = LocatedNode(resource.node, line: resource.place?.line ?? 0)
      let entry = try decoder.patch(FieldDecoder.Field(path: "", node: node))
      return .patches([try PreparedPatch.prepare(entry, in: directory, file: file)])
    case "PatchJson6902Transformer":
      let node = LocatedNode(resource.node, line: resource.place?.line ?? 0)
      var entry = try decoder.patch(FieldDecoder.Field(path: "", node: node))
      entry.text = try decode.string(fields["jsonOp"])
      return .patches([try PreparedPatch.prepare(json: entry, in: directory, file: file)])
    case "PatchStrategicMergeTransformer":
      return .patches(try strategicMerge(fields, decode, directory, file))
    case "ReplacementTransformer":
      var entries: [Kustomization.Replacement] = []
      for item in try decode.list(fields["replacements"]) {
        entries.append(try decoder.replacement(item))
      }
      return .replacements(try Replacements(entries, in: directory, file: file))
    case "HashTransformer": return .hash
    case "ValueAddTransformer":
      return .values(try ValueAdditions(fields, decoder, directory))
    default:
      throw BuildError(
        .configuration, "there is no built-in transformer '\(resource.kind)'")
    }
  }

  private static func strategicMerge(
    _ fields: FieldDecoder.Object, _ decode: FieldDecoder, _ directory: Directory,
    _ file: TreePath
  ) throws(BuildError) -> [PreparedPatch] {
    let paths = try decode.strings(fields["paths"])
    let inline = try decode.string(fields["patches"])
    guard !paths.isEmpty || !inline.isEmpty else {
      throw BuildError(.patch, "it has neither 'paths' nor 'patches'; give it one of them")
    }
    var patches: [PreparedPatch] = []
    for text in paths {
      let entry = Kustomization.Located(value: text, line: fields.position.line)
      patches.append(
        try PreparedPatch.prepare(strategicMerge: entry, in: directory, file: file))
    }
    if !inline.isEmpty {
      let documents = try ResourceFile.parse(Array(inline.utf8), file: file)
      patches.append(
        PreparedPatch(
          content: .strategicMerge(documents.map { Resource($0.node) }), selectsByID: true,
          place: SourcePlace(file: file, line: fields.position.line)))
    }
    guard !patches.allSatisfy(\.isEmpty) else {
      throw BuildError(.patch, "its patches hold nothing; write patches or remove it")
    }
    return patches
  }

  static func run(
    _ transformer: Transformer, on resources: inout ResourceList, _ session: BuildSession
  ) throws(BuildError) {
    switch transformer {
    case .labels(let pairs, let specs):
      try LabelTransformer.apply(pairs, specs, to: &resources)
    case .namespace(let transformer): try transformer.apply(to: &resources)
    case .affix(let affix): try affix.apply(to: &resources)
    case .image(let image): try image.apply(to: &resources)
    case .replicas(let entry, let specs):
      try ReplicaCounts.apply(entry, specs, to: &resources)
    case .patches(let patches):
      for patch in patches { try patch.apply(to: &resources, session) }
    case .replacements(let replacements): try replacements.apply(to: &resources, session)
    case .hash: try HashSuffix.apply(to: &resources)
    case .values(let additions): try additions.apply(to: &resources)
    case .several(let transformers):
      for transformer in transformers { try run(transformer, on: &resources, session) }
    }
    resources.dropEmpty()
  }
}
