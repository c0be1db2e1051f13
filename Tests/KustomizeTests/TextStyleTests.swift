import Kustomize
import Testing

/// Quotes and tags that come and go on the way through a build: what a step writes over a scalar
/// means what the quotes and the tag that it finds there make of it. All outputs are kustomize's.
@Suite struct TextStyleTests {
  private static let deployment = "apiVersion: apps/v1\nkind: Deployment\n"
  private static let patch =
    "patches: [{patch: \"{apiVersion: apps/v1, kind: Deployment, metadata: {name: web}, x: z}\"}]\n"

  /// A replacement that puts the text `5` into a field.
  private static func replacement(of field: String, kind: String) -> String {
    """
    replacements:
    - source: {kind: Service, name: source, fieldPath: metadata.annotations.a}
      targets: [{select: {kind: \(kind)}, fieldPaths: [\(field)]}]

    """
  }

  private static let source =
    "apiVersion: v1\nkind: Service\nmetadata: {name: source, annotations: {a: \"5\"}}\n---\n"

  @Test func aNameThatAGeneratorHasMergedIntoReadsANewTextAnew() throws {
    let output = try build([
      "kustomization.yaml": """
      resources: [r.yaml]
      generatorOptions: {disableNameSuffixHash: true}
      configMapGenerator: [{name: old, behavior: merge, literals: [a=b]}]

      """ + Self.replacement(of: "metadata.name", kind: "ConfigMap"),
      "r.yaml": Self.source + "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: \"old\"}\n",
    ])
    #expect(output.contains("  name: 5\n"))
  }

  @Test(arguments: [("web", "name: 5"), ("'web'", "name: \"5\"")])
  func aNameWithAPrefixReadsANewTextAnewUnlessItHasQuotes(name: String, line: String) throws {
    let output = try build([
      "kustomization.yaml": "resources: [r.yaml]\nnamePrefix: p-\n"
        + Self.replacement(of: "metadata.name", kind: "Deployment"),
      "r.yaml": Self.source + Self.deployment + "metadata: {name: \(name)}\n",
    ])
    #expect(output.contains("  \(line)\n"))
  }

  @Test func aTextInThePlaceOfAllAnnotationsIsLostAfterAJSONPatch() throws {
    let output = try build([
      "kustomization.yaml": """
      resources: [r.yaml]
      commonAnnotations: {a: b}
      patches:
      - target: {kind: Service}
        patch: '[{"op": "add", "path": "/metadata/annotations", "value": "x"}]'

      """,
      "r.yaml": Self.annotated,
    ])
    #expect(output.contains("  annotations:\n    a: b\n  name: s\n"))
  }

  @Test(arguments: [("", "image: 33"), (patch, "image: \"33\"")])
  func aTextThatYAMLWouldMisreadGetsQuotesWhenAPatchPassesBy(
    patch: String, line: String
  ) throws {
    let output = try build(
      [
        "base/kustomization.yaml": "resources: [r.yaml]\nimages: [{name: x, newName: \"33\"}]\n",
        "base/r.yaml": Self.deployment
          + "metadata: {name: web}\nspec: {template: {spec: {containers: [{name: a, image: x}]}}}\n",
        "top/kustomization.yaml": "resources: [../base]\n" + patch,
      ], at: "top")
    #expect(output.contains("- \(line)\n"))
  }

  @Test(arguments: [("", "replicas: 5"), (patch, "replicas: \"5\"")])
  func quotesThatAPatchHasLostComeBackWithTheNextPatch(patch: String, line: String) throws {
    let output = try build(
      [
        "base/kustomization.yaml": """
        resources: [r.yaml]
        patches:
        - patch: '{apiVersion: apps/v1, kind: Deployment, metadata: {name: web}, spec: {replicas: "1_000"}}'

        """,
        "base/r.yaml": Self.deployment + "metadata: {name: web}\nspec: {replicas: 1}\n",
        "top/kustomization.yaml":
          "resources: [../base]\nreplicas: [{name: web, count: 5}]\n" + patch,
      ], at: "top")
    #expect(output.contains("  \(line)\n"))
  }

  @Test func aReplicaCountStaysANumberWhenAPatchPassesBy() throws {
    let output = try build(
      [
        "base/kustomization.yaml": "resources: [r.yaml]\nreplicas: [{name: web, count: 5}]\n",
        "base/r.yaml": Self.deployment + "metadata: {name: web}\nspec: {replicas: 1}\n",
        "top/kustomization.yaml": "resources: [../base]\n" + Self.patch,
      ], at: "top")
    #expect(output.contains("  replicas: 5\n"))
  }

  @Test(arguments: [("12:30", "pl: 0"), ("yes", "pl: \"-0\""), ("'a: b'", "pl: \"-0\"")])
  func aLabelOfAPatchHasQuotesWhereYAML11WouldMisreadIt(label: String, line: String) throws {
    let output = try build(
      [
        "base/kustomization.yaml": """
        resources: [r.yaml]
        patchesStrategicMerge:
        - "{apiVersion: v1, kind: Service, metadata: {name: s, labels: {pl: \(label)}}}"

        """,
        "base/r.yaml": "apiVersion: v1\nkind: Service\nmetadata: {name: s}\n",
        "top/kustomization.yaml": """
        resources: [../base]
        patches: [{patch: "{apiVersion: v1, kind: Service, metadata: {name: s, labels: {pl: -0}}}"}]

        """,
      ], at: "top")
    #expect(output.contains("    \(line)\n"))
  }

  @Test func aNameMayBeTheTextNull() throws {
    let output = try build([
      "kustomization.yaml": """
      resources: [r.yaml]
      namePrefix: p-
      replacements:
      - source: {kind: Service, name: source, fieldPath: metadata.annotations.a}
        targets: [{select: {kind: Deployment}, fieldPaths: [metadata.name]}]

      """,
      "r.yaml": "apiVersion: v1\nkind: Service\n"
        + "metadata: {name: source, annotations: {a: 'null'}}\n---\n" + Self.deployment
        + "metadata: {name: web}\n",
    ])
    #expect(output.contains("  name: null\n"))
  }

  private static let annotated =
    "apiVersion: v1\nkind: Service\nmetadata: {name: s, annotations: {note: 08, n: ~}}\n"
  private static let operation =
    "patch: '[{\"op\": \"add\", \"path\": \"/metadata/labels\", \"value\": {}}]'"

  @Test func anAnnotationThatIsNullIsATextAfterAJSONPatch() throws {
    let output = try build([
      "kustomization.yaml": """
      resources: [r.yaml]
      patches: [{target: {kind: Service}, \(Self.operation)}]
      replacements:
      - source: {kind: Service, fieldPath: metadata.annotations.n}
        targets: [{select: {kind: Service}, fieldPaths: [metadata.annotations.note]}]

      """,
      "r.yaml": Self.annotated,
    ])
    #expect(output.contains("    \"n\": \"null\"\n    note: \"null\"\n"))
  }

  /// kustomize notes transformations in annotations, and makes texts of the others on the way.
  @Test(arguments: [("", "8"), ("namePrefix: p-\n", "08")])
  func annotationsAreTextsOnceATransformationIsNoted(step: String, note: String) throws {
    let output = try build([
      "kustomization.yaml": "resources: [r.yaml]\nbuildMetadata: [originAnnotations]\n" + step
        + "patchesJson6902: [{target: {version: v1, kind: Service, name: s}, \(Self.operation)}]\n",
      "r.yaml": Self.annotated,
    ])
    #expect(output.contains("    note: \"\(note)\"\n"))
  }

  /// A field that a replacement makes has no tag, and a text without one is a string to variables.
  @Test func aFieldThatAReplacementMadeBecomesATextWhereVariablesPassBy() throws {
    let files = [
      "base/kustomization.yaml": """
      resources: [r.yaml]
      replacements:
      - source: {kind: ConfigMap, fieldPath: data.k}
        targets:
        - select: {kind: Pod}
          fieldPaths: [metadata.labels.new]
          options: {create: true}
      """,
      "base/r.yaml": "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: c}\ndata: {k: '12'}\n"
        + "---\napiVersion: v1\nkind: Pod\nmetadata: {name: p, labels: {old: x}}\n",
      "kustomization.yaml": "resources: [base]\n",
    ]
    #expect(try build(files).contains("new: 12\n"))
    var withVariables = files
    withVariables["kustomization.yaml"] = """
      resources: [base]
      vars: [{name: V, objref: {apiVersion: v1, kind: Pod, name: p}}]
      """
    #expect(try build(withVariables).contains("new: \"12\"\n"))
  }

  /// A patch for selected objects takes the API version of each, without quotes or tag.
  @Test(arguments: [
    ("v1", "", "\"\""), ("v1", "target: {kind: ConfigMap}", "null"),
    ("'v1'", "target: {kind: ConfigMap}", "\"\""),
  ])
  func anEmptyAPIVersionIsNullAfterAPatchForSelectedObjects(
    version: String, target: String, text: String
  ) throws {
    let output = try build([
      "kustomization.yaml": """
      resources: [r.yaml]
      patches:
      - patch: "{apiVersion: v1, kind: ConfigMap, metadata: {name: c, annotations: {a: b}}}"
        \(target)
      replacements:
      - source: {kind: ConfigMap, fieldPath: metadata.annotations}
        targets:
        - select: {kind: ConfigMap}
          fieldPaths: [apiVersion]
          options: {delimiter: ":"}
      """,
      "r.yaml": "apiVersion: \(version)\nkind: ConfigMap\nmetadata: {name: c}\n",
    ])
    #expect(output.hasPrefix("apiVersion: \(text)\n"))
  }

  @Test(arguments: [("v1", "null"), ("'v1'", "\"\"")])
  func aPatchForSelectedObjectsGivesThemTheAPIVersionThatTheyHaveNot(
    version: String, text: String
  ) throws {
    let output = try build([
      "kustomization.yaml": """
      resources: [r.yaml]
      patches:
      - patch: "{apiVersion: \(version), kind: Secret, metadata: {name: c, annotations: {a: b}}}"
        target: {kind: Secret}
      """,
      "r.yaml": "kind: Secret\nmetadata: {name: c}\n",
    ])
    #expect(output.hasPrefix("apiVersion: \(text)\nkind: Secret\n"))
  }

  @Test(arguments: ["abc", "<<", "12", ""])
  func aTextInThePlaceOfADateIsRefused(text: String) {
    let error = refusal([
      "kustomization.yaml": """
      resources: [r.yaml]
      replacements:
      - source: {kind: ConfigMap, fieldPath: data.a}
        targets: [{select: {kind: Pod}, fieldPaths: [spec.a]}]
      """,
      "r.yaml": "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: c}\ndata: {a: '\(text)'}\n"
        + "---\napiVersion: v1\nkind: Pod\nmetadata: {name: p}\nspec: {a: 2020-01-01}\n",
    ])
    #expect(error?.class == .output)
  }

  @Test(arguments: ["null", "~"])
  func anEmptyTextInThePlaceOfANullIsAText(null: String) throws {
    let output = try build([
      "kustomization.yaml": """
      resources: [r.yaml]
      replacements:
      - source: {kind: ConfigMap, fieldPath: data.a}
        targets: [{select: {kind: Pod}, fieldPaths: [spec.a]}]
      """,
      "r.yaml": "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: c}\ndata: {a: ''}\n"
        + "---\napiVersion: v1\nkind: Pod\nmetadata: {name: p}\nspec: {a: \(null)}\n",
    ])
    #expect(output.hasSuffix("spec:\n  a: \"\"\n"))
  }

  @Test func aComponentThatGivesTwoResourcesOneNameIsRefused() {
    let error = refusal(
      [
        "top/kustomization.yaml": "resources: [r.yaml]\ncomponents: [../part]\n",
        "top/r.yaml": "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n"
          + "---\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: b}\n",
        "part/kustomization.yaml": """
        kind: Component
        replacements:
        - source: {name: a}
          targets: [{select: {kind: ConfigMap}, fieldPaths: [metadata.name]}]
        """,
      ], at: "top")
    #expect(error?.class == .duplicateID)
  }

  @Test(arguments: [("merge", false), ("replace", true)])
  func anEmptySecretHasDataUnlessItIsMerged(behavior: String, hasData: Bool) throws {
    let output = try build([
      "kustomization.yaml": "resources: [r.yaml]\n"
        + "secretGenerator: [{name: web, behavior: \(behavior)}]\n",
      "r.yaml": "apiVersion: v1\nkind: Secret\nmetadata: {name: web}\ndata: {}\n",
    ])
    #expect(output.contains("data: {}") == hasData)
  }
}
