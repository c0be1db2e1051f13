internal import Manifests
internal import SourceTree

/// Decodes kustomization files: strictly, with YAML 1.1's booleans.
struct KustomizationDecoder {
  let decode: FieldDecoder
  typealias Field = FieldDecoder.Field
  typealias Object = FieldDecoder.Object

  init(file: TreePath, isStrict: Bool = true) {
    decode = FieldDecoder(file: file, isStrict: isStrict)
  }

  static func kustomization(
    _ bytes: [UInt8], file: TreePath
  ) throws(BuildError) -> Kustomization {
    let documents: [LocatedNode]
    do {
      documents = try YAML.parseLocated(bytes, dialect: .yaml11)
    } catch {
      throw BuildError(
        .malformedYAML, "invalid Kustomization: \(error.problem)", file: file, line: error.line,
        column: error.column)
    }
    guard let root = documents.first, root.scalar?.tag != .null else {
      throw BuildError(
        .kustomizationFile, "the kustomization file is empty; list 'resources' in it", file: file)
    }
    return try KustomizationDecoder(file: file).kustomization(root)
  }

  private static let fields = [
    "apiVersion", "kind", "metadata", "openapi", "namePrefix", "nameSuffix", "namespace",
    "commonLabels", "labels", "commonAnnotations", "patchesStrategicMerge", "patchesJson6902",
    "patches", "images", "imageTags", "replacements", "replicas", "vars", "sortOptions",
    "resources", "components", "crds", "bases", "configMapGenerator", "secretGenerator",
    "helmGlobals", "helmCharts", "helmChartInflationGenerator", "generatorOptions",
    "configurations", "generators", "transformers", "validators", "buildMetadata",
  ]

  private func kustomization(_ root: LocatedNode) throws(BuildError) -> Kustomization {
    let object = try decode.object(Field(path: "", node: root), known: Self.fields)
    var result = Kustomization()
    result.kind = try decode.string(object["kind"])
    result.apiVersion = try decode.string(object["apiVersion"])
    for name in Self.fields { if let field = object[name] { result.lines[name] = field.line } }
    if let metadata = object["metadata"] {
      let fields = try decode.object(
        metadata, known: ["name", "namespace", "labels", "annotations"])
      _ = try decode.string(fields["name"])
      _ = try decode.string(fields["namespace"])
      _ = try decode.stringMap(fields["labels"])
      _ = try decode.stringMap(fields["annotations"])
    }
    result.openapi = try decode.stringMap(object["openapi"])
    result.namePrefix = try decode.string(object["namePrefix"])
    result.nameSuffix = try decode.string(object["nameSuffix"])
    result.namespace = try decode.string(object["namespace"])
    result.commonLabels = try decode.stringMap(object["commonLabels"])
    for item in try decode.list(object["labels"]) { result.labels.append(try labels(item)) }
    result.commonAnnotations = try decode.stringMap(object["commonAnnotations"])
    result.patchesStrategicMerge = try located(object["patchesStrategicMerge"])
    for item in try decode.list(object["patchesJson6902"]) {
      result.patchesJSON6902.append(try patch(item))
    }
    for item in try decode.list(object["patches"]) { result.patches.append(try patch(item)) }
    for name in ["images", "imageTags"] {
      for item in try decode.list(object[name]) { result.images.append(try image(item)) }
    }
    for item in try decode.list(object["replacements"]) {
      result.replacements.append(try replacement(item))
    }
    for item in try decode.list(object["replicas"]) {
      let fields = try decode.object(item, known: ["name", "count"])
      result.replicas.append(
        Kustomization.Replicas(
          name: try decode.string(fields["name"]), count: try decode.int(fields["count"]),
          line: item.line))
    }
    for item in try decode.list(object["vars"]) { result.variables.append(try variable(item)) }
    result.sortOptions = try sortOptions(object["sortOptions"])
    result.resources = try located(object["resources"]) + located(object["bases"])
    result.components = try located(object["components"])
    result.crds = try located(object["crds"])
    for item in try decode.list(object["configMapGenerator"]) {
      result.configMapGenerator.append(try generator(item, isSecret: false))
    }
    for item in try decode.list(object["secretGenerator"]) {
      result.secretGenerator.append(try generator(item, isSecret: true))
    }
    result.generatorOptions = try generatorOptions(object["generatorOptions"])
    result.configurations = try located(object["configurations"])
    result.generators = try located(object["generators"])
    result.transformers = try located(object["transformers"])
    result.validators = try located(object["validators"])
    result.buildMetadata = try decode.strings(object["buildMetadata"])
    for item in try decode.list(object["helmCharts"]) {
      let fields = try decode.object(item, known: Self.helmChartFields)
      result.helmCharts.append(try helmChart(fields, line: item.line))
    }
    var olderGlobals = Kustomization.HelmGlobals()
    for item in try decode.list(object["helmChartInflationGenerator"]) {
      result.helmCharts.append(try helmArguments(item, &olderGlobals))
    }
    result.helmGlobals = olderGlobals
    if let field = object["helmGlobals"] {
      let fields = try decode.object(field, known: Self.helmGlobalsFields)
      result.helmGlobals = try helmGlobals(fields)
    }
    try check(&result, object)
    return result
  }

  private static let deprecations = [
    ("bases", "resources"), ("imageTags", "images"), ("commonLabels", "labels"),
    ("patchesJson6902", "patches"), ("patchesStrategicMerge", "patches"),
    ("vars", "replacements"),
  ]

  private func check(_ result: inout Kustomization, _ object: Object) throws(BuildError) {
    for (field, replacement) in Self.deprecations {
      if let found = object[field] {
        result.deprecated.append(
          Kustomization.Deprecated(field: field, replacement: replacement, line: found.line))
      }
    }
    let holdsAnything = Self.fields.contains { name in
      guard name != "kind", name != "apiVersion", let field = object[name] else { return false }
      if let scalar = field.node.scalar { return !scalar.text.isEmpty }
      return true
    }
    guard holdsAnything else {
      throw BuildError(
        .kustomizationFile, "the kustomization file is empty; list 'resources' in it",
        file: decode.file)
    }
    if result.kind.isEmpty { result.kind = "Kustomization" }
    guard result.kind == "Kustomization" || result.kind == "Component" else {
      throw BuildError(
        .kustomizationFile,
        "kind should be Kustomization or Component, found '\(result.kind)'", file: decode.file,
        line: object["kind"]?.line)
    }
    let version =
      "kustomize.config.k8s.io/" + (result.isComponent ? "v1alpha1" : "v1beta1")
    guard result.apiVersion.isEmpty || result.apiVersion == version else {
      throw BuildError(
        .kustomizationFile,
        "apiVersion for \(result.kind) should be \(version), found '\(result.apiVersion)'",
        file: decode.file, line: object["apiVersion"]?.line)
    }
  }

  private func located(
    _ field: Field?
  ) throws(BuildError) -> [Kustomization.Located<String>] {
    var result: [Kustomization.Located<String>] = []
    for item in try decode.list(field) {
      result.append(Kustomization.Located(value: try decode.string(item), line: item.line))
    }
    return result
  }

  func fieldSpecs(_ field: Field?) throws(BuildError) -> [FieldSpec] {
    var result: [FieldSpec] = []
    for item in try decode.list(field) {
      let fields = try decode.object(
        item, known: ["group", "version", "kind", "path", "create"])
      result.append(
        FieldSpec(
          try decode.string(fields["path"]), type: try type(fields),
          create: try decode.bool(fields["create"])))
    }
    return result
  }

  private func type(_ fields: Object) throws(BuildError) -> GroupVersionKind {
    GroupVersionKind(
      group: try decode.string(fields["group"]), version: try decode.string(fields["version"]),
      kind: try decode.string(fields["kind"]))
  }

  private func labels(_ field: Field) throws(BuildError) -> Kustomization.Labels {
    let fields = try decode.object(
      field, known: ["pairs", "includeSelectors", "includeTemplates", "fields"])
    return Kustomization.Labels(
      pairs: try decode.stringMap(fields["pairs"]),
      includeSelectors: try decode.bool(fields["includeSelectors"]),
      includeTemplates: try decode.bool(fields["includeTemplates"]),
      fields: try fieldSpecs(fields["fields"]), line: field.line)
  }

  func patch(_ field: Field) throws(BuildError) -> Kustomization.Patch {
    let fields = try decode.object(field, known: ["path", "patch", "target", "options"])
    return Kustomization.Patch(
      path: try decode.string(fields["path"]), text: try decode.string(fields["patch"]),
      target: try selector(fields["target"]), options: try decode.boolMap(fields["options"]),
      line: field.line, textLine: fields["patch"]?.line ?? field.line)
  }

  private static let selectorFields = [
    "group", "version", "kind", "name", "namespace", "annotationSelector", "labelSelector",
  ]

  func selector(_ field: Field?) throws(BuildError) -> Selector? {
    guard let field else { return nil }
    let fields = try decode.object(field, known: Self.selectorFields)
    return try selector(fields)
  }

  private func selector(_ fields: Object) throws(BuildError) -> Selector {
    Selector(
      group: try decode.string(fields["group"]), version: try decode.string(fields["version"]),
      kind: try decode.string(fields["kind"]), name: try decode.string(fields["name"]),
      namespace: try decode.string(fields["namespace"]),
      annotations: try decode.string(fields["annotationSelector"]),
      labels: try decode.string(fields["labelSelector"]))
  }

  func image(_ field: Field) throws(BuildError) -> Kustomization.Image {
    let fields = try decode.object(
      field, known: ["name", "newName", "tagSuffix", "newTag", "digest"])
    return Kustomization.Image(
      name: try decode.string(fields["name"]), newName: try decode.string(fields["newName"]),
      tagSuffix: try decode.string(fields["tagSuffix"]),
      newTag: try decode.string(fields["newTag"]), digest: try decode.string(fields["digest"]),
      line: field.line)
  }

  func replacement(_ field: Field) throws(BuildError) -> Kustomization.Replacement {
    let fields = try decode.object(field, known: ["path", "source", "targets"])
    var result = Kustomization.Replacement(line: field.line)
    result.path = try decode.string(fields["path"])
    if let source = fields["source"] {
      let known = ["group", "version", "kind", "name", "namespace", "fieldPath", "options"]
      let inner = try decode.object(source, known: known)
      result.source = Kustomization.Replacement.Source(
        id: try selector(inner), fieldPath: try decode.string(inner["fieldPath"]),
        options: try replacementOptions(inner["options"]))
    }
    if let targets = fields["targets"] {
      var list: [Kustomization.Replacement.Target] = []
      for item in try decode.list(targets) { list.append(try replacementTarget(item)) }
      result.targets = list
    }
    return result
  }

  private func replacementTarget(
    _ field: Field
  ) throws(BuildError) -> Kustomization.Replacement.Target {
    let fields = try decode.object(
      field, known: ["select", "reject", "fieldPaths", "options"])
    var rejects: [Selector] = []
    for item in try decode.list(fields["reject"]) {
      if let selector = try selector(item) { rejects.append(selector) }
    }
    return Kustomization.Replacement.Target(
      select: try selector(fields["select"]), reject: rejects,
      fieldPaths: try decode.strings(fields["fieldPaths"]),
      options: try replacementOptions(fields["options"]), line: field.line)
  }

  private func replacementOptions(
    _ field: Field?
  ) throws(BuildError) -> Kustomization.Replacement.Options? {
    guard let field else { return nil }
    let fields = try decode.object(
      field, known: ["delimiter", "index", "encoding", "create"])
    return Kustomization.Replacement.Options(
      delimiter: try decode.string(fields["delimiter"]), index: try decode.int(fields["index"]),
      create: try decode.bool(fields["create"]))
  }

  private func variable(_ field: Field) throws(BuildError) -> Kustomization.Variable {
    let fields = try decode.object(field, known: ["name", "objref", "fieldref"])
    var type = GroupVersionKind()
    var objectName = ""
    var namespace = ""
    if let reference = fields["objref"] {
      let inner = try decode.object(
        reference,
        known: ["apiVersion", "group", "version", "kind", "name", "namespace"])
      type = try self.type(inner)
      let apiVersion = try decode.string(inner["apiVersion"])
      if !apiVersion.isEmpty {
        type = GroupVersionKind(apiVersion: apiVersion, kind: type.kind)
      }
      objectName = try decode.string(inner["name"])
      namespace = try decode.string(inner["namespace"])
    }
    var fieldPath = ""
    if let reference = fields["fieldref"] {
      let inner = try decode.object(reference, known: ["fieldPath"])
      fieldPath = try decode.string(inner["fieldPath"])
    }
    return Kustomization.Variable(
      name: try decode.string(fields["name"]), type: type, objectName: objectName,
      namespace: namespace, fieldPath: fieldPath.isEmpty ? "metadata.name" : fieldPath,
      line: field.line)
  }

  private func sortOptions(_ field: Field?) throws(BuildError) -> Kustomization.SortOptions? {
    guard let field else { return nil }
    let fields = try decode.object(field, known: ["order", "legacySortOptions"])
    var result = Kustomization.SortOptions(
      order: try decode.string(fields["order"]), hasLegacyOptions: false, line: field.line)
    if let legacy = fields["legacySortOptions"] {
      let inner = try decode.object(legacy, known: ["orderFirst", "orderLast"])
      result.hasLegacyOptions = true
      result.first = try inner["orderFirst"] == nil ? nil : decode.strings(inner["orderFirst"])
      result.last = try inner["orderLast"] == nil ? nil : decode.strings(inner["orderLast"])
    }
    return result
  }

  func generator(
    _ field: Field, isSecret: Bool
  ) throws(BuildError) -> Kustomization.Generator {
    var known = [
      "namespace", "name", "behavior", "literals", "files", "env", "envs", "options",
    ]
    if isSecret { known.append("type") }
    let fields = try decode.object(field, known: known)
    var result = Kustomization.Generator(line: field.line)
    result.name = try decode.string(fields["name"])
    result.namespace = try decode.string(fields["namespace"])
    result.behavior = try decode.string(fields["behavior"])
    result.files = try decode.strings(fields["files"])
    result.literals = try decode.strings(fields["literals"])
    result.envs = try decode.strings(fields["envs"])
    result.usesEnv = fields["env"] != nil
    let env = try decode.string(fields["env"])
    if !env.isEmpty { result.envs.append(env) }
    result.options = try generatorOptions(fields["options"])
    if isSecret { result.type = try decode.string(fields["type"]) }
    return result
  }

  private func generatorOptions(
    _ field: Field?
  ) throws(BuildError) -> Kustomization.GeneratorOptions? {
    guard let field else { return nil }
    let fields = try decode.object(
      field, known: ["labels", "annotations", "disableNameSuffixHash", "immutable"])
    var result = Kustomization.GeneratorOptions(
      labels: try decode.stringMap(fields["labels"]),
      annotations: try decode.stringMap(fields["annotations"]),
      disableNameSuffixHash: try decode.bool(fields["disableNameSuffixHash"]),
      immutable: try decode.bool(fields["immutable"]))
    if fields["disableNameSuffixHash"] != nil, !result.disableNameSuffixHash {
      result.refused.append("disableNameSuffixHash")
    }
    if fields["immutable"] != nil, !result.immutable { result.refused.append("immutable") }
    return result
  }
}
