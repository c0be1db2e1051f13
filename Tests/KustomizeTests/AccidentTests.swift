import Kustomize
import Testing

/// What the differential fuzzer found: accidents of kustomize that nobody would guess.
@Suite struct AccidentTests {
  @Test(arguments: [("x", "name: 8"), ("'x'", "name: \"08\"")])
  func aReplacedNameWithoutQuotesIsReadAnewByAPatch(name: String, line: String) throws {
    let output = try build(
      [
        "base/kustomization.yaml": """
        resources: [r.yaml]
        replacements:
        - source: {kind: Widget, fieldPath: metadata.labels.a}
          targets: [{select: {kind: Widget}, fieldPaths: [metadata.name]}]
        """,
        "base/r.yaml":
          "apiVersion: example.com/v1\nkind: Widget\nmetadata: {name: \(name), labels: {a: '08'}}\n",
        "top/kustomization.yaml": """
        resources: [../base]
        patches:
        - target: {kind: Widget}
          patch: "{apiVersion: example.com/v1, kind: Widget, metadata: {name: any}, a: b}"
        """,
      ], at: "top")
    #expect(output.contains("  \(line)\n"))
  }

  @Test func longDigitsAreQuotedLikeShortOnes() throws {
    let digits = "0" + String(repeating: "6", count: 50)
    let output = try build([
      "kustomization.yaml": "resources: [r.yaml]\n",
      "r.yaml":
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: x}\ndata: {a: \"\(digits)\"}\n",
    ])
    #expect(output.contains("  a: \"\(digits)\"\n"))
  }

  @Test func aBaseWithTwoObjectsThatAPatchHasRenamedAlikeIsRefused() throws {
    let error = refusal(
      [
        "base/kustomization.yaml": """
        resources: [r.yaml]
        patches:
        - target: {kind: ServiceAccount}
          options: {allowNameChange: true}
          patch: "{apiVersion: v1, kind: ServiceAccount, metadata: {name: same}}"
        """,
        "base/r.yaml": """
        {apiVersion: v1, kind: ServiceAccount, metadata: {name: a}}
        ---
        {apiVersion: v1, kind: ServiceAccount, metadata: {name: b}}

        """,
        "top/kustomization.yaml": "resources: [../base]\n",
      ], at: "top")
    #expect(error?.class == .duplicateID)
  }

  @Test func aTagOfABaseStaysWhenAnotherPatchPassesBy() throws {
    let output = try build([
      "kustomization.yaml":
        "resources: [r.yaml]\npatches: [{path: p.yaml, target: {kind: Widget}}]\n",
      "r.yaml": Sample.widget("{count: !!int \"3\"}"),
      "p.yaml": "{apiVersion: example.com/v1, kind: Widget, metadata: {name: w}, spec: {a: b}}\n",
    ])
    #expect(output.contains("  count: 3\n"))
  }

  private static let account =
    "apiVersion: v1\nkind: ServiceAccount\nmetadata: {name: x, annotations: {a: b}}\n"

  @Test(arguments: [
    ("patchesStrategicMerge: [p.yaml]", "    a: \"null\"", true),
    ("patches: [{path: p.yaml, options: {allowKindChange: true}}]", "    a: \"null\"", true),
    ("patches: [{path: p.yaml}]", "    a: \"null\"", false),
  ])
  func someFormsOfPatchesSetAnAnnotationToTheTextNull(
    form: String, line: String, isSet: Bool
  ) throws {
    let output = try build([
      "kustomization.yaml": "resources: [r.yaml]\n\(form)\n", "r.yaml": Self.account,
      "p.yaml":
        "apiVersion: v1\nkind: ServiceAccount\nmetadata: {name: x, annotations: {a: null}}\n",
    ])
    #expect(output.contains(line) == isSet)
  }

  @Test(arguments: [("x.*", 2), ("x1", 1), ("other", 0)])
  func patchesJson6902SelectsByExpressionAndMayMeetNothing(
    name: String, count: Int
  ) throws {
    let output = try build([
      "kustomization.yaml": """
      resources: [r.yaml]
      patchesJson6902:
      - target: {name: "\(name)"}
        patch: '- {op: add, path: /new, value: here}'
      """,
      "r.yaml": """
      {apiVersion: v1, kind: ServiceAccount, metadata: {name: x1, namespace: ns}}
      ---
      {apiVersion: v1, kind: ServiceAccount, metadata: {name: x2}}

      """,
    ])
    #expect(occurrences(of: "new: here", in: output) == count)
  }

  private func withSchemaOfABase(_ object: String) throws -> String {
    try build(
      [
        "base/kustomization.yaml": "openapi: {path: schema.json}\nresources: [s.yaml]\n",
        "base/schema.json": #"{"definitions": {}}"#,
        "base/s.yaml": """
        {apiVersion: v1, kind: Service, metadata: {name: x}, spec: {ports: [{port: 80}]}}

        """,
        "top/first.yaml": object,
        "top/kustomization.yaml": """
        resources: [first.yaml, ../base]
        patches:
        - patch: "{apiVersion: v1, kind: Service, metadata: {name: x}, spec: {ports: [{port: 81}]}}"
        """,
      ], at: "top")
  }

  @Test func theSchemaOfABaseReplacesTheBuiltInOneThatNobodyHasAsked() throws {
    #expect(!(try withSchemaOfABase(Sample.configMap)).contains("port: 80"))
    #expect(try withSchemaOfABase(Sample.widget("{}")).contains("port: 80"))
  }

  @Test func aSpecialFieldSpecDiffersFromAGeneralOneOfABaseOnly() throws {
    let files = [
      "base/kustomization.yaml": "resources: [r.yaml]\n", "base/r.yaml": Self.account,
      "top/config.yaml": "namePrefix: [{path: metadata/name, kind: Service, create: true}]\n",
      "top/r.yaml": Sample.configMap,
    ]
    let configured = "configurations: [config.yaml]\n"
    #expect(throws: Never.self) {
      let text = "resources: [../base]\n" + configured
      _ = try build(files.merging(["top/kustomization.yaml": text]) { $1 }, at: "top")
    }
    let text = "resources: [r.yaml]\n" + configured
    let error = refusal(files.merging(["top/kustomization.yaml": text]) { $1 }, at: "top")
    #expect(error?.class == .configuration)
  }

  @Test func theSubjectsOfARoleBindingHaveNamesThatAreScalars() throws {
    let error = refusal([
      "kustomization.yaml": "namespace: ns\nresources: [r.yaml]\n",
      "r.yaml": """
      apiVersion: rbac.authorization.k8s.io/v1
      kind: ClusterRoleBinding
      metadata: {name: x}
      subjects: [{kind: ServiceAccount, name: {a: b}}]

      """,
    ])
    #expect(error?.class == .wrongNodeKind)
  }

  @Test func aScalarOnTheWayToAReferenceIsRefusedEvenIfNoNameIsNew() {
    let error = refusal([
      "kustomization.yaml": "resources: [r.yaml]\n",
      "r.yaml": """
      apiVersion: v1
      kind: Pod
      metadata: {name: x}
      spec: {containers: [{name: c, envFrom: [web]}]}

      """,
    ])
    #expect(error?.class == .wrongNodeKind)
  }

  @Test func anElementThatIsNoMappingInAMergingListIsRefusedByAnyPatch() {
    let error = refusal([
      "kustomization.yaml": """
      resources: [r.yaml]
      patches: [{patch: "{apiVersion: v1, kind: Pod, metadata: {name: x}, a: b}"}]
      """,
      "r.yaml": """
      apiVersion: v1
      kind: Pod
      metadata: {name: x}
      spec: {containers: [{name: c, env: [{name: A}, []]}]}

      """,
    ])
    #expect(error?.class == .wrongNodeKind)
  }

  @Test func aPortWithoutKeysTakesThePlaceOfTheLastOne() throws {
    let output = try build([
      "kustomization.yaml": """
      resources: [r.yaml]
      patches:
      - patch: |
          {apiVersion: v1, kind: Service, metadata: {name: x}, spec: {ports: [{name: n}]}}
      """,
      "r.yaml":
        "{apiVersion: v1, kind: Service, metadata: {name: x}, spec: {ports: [{port: 1}, {port: 2}]}}\n",
    ])
    #expect(output.hasSuffix("  ports:\n  - port: 2\n  - port: 1\n"))
  }

  @Test func aPatchOverATextWithoutQuotesLeavesNone() throws {
    func type(_ first: String) throws -> String {
      let output = try build([
        "kustomization.yaml": """
        resources: [r.yaml]
        patches:
        - patch: "{apiVersion: v1, kind: Secret, metadata: {name: x}, type: 'b'}"
        - patch: "{apiVersion: v1, kind: Secret, metadata: {name: x}, type: 5}"
        """,
        "r.yaml": "{apiVersion: v1, kind: Secret, metadata: {name: x}, type: \(first)}\n",
      ])
      return String(output.split(separator: "\n").last ?? "")
    }
    #expect(try type("a") == "type: 5")
    #expect(try type("'a'") == "type: \"5\"")
  }

  @Test(arguments: [
    ("[\"v\"]", "dk855m5d49"), ("null", "g886t7dd28"), ("5", "k96ckh9tdm"), ("\"x\"", "6bd5c47gt8"),
  ])
  func dataThatIsNoMappingHasAHashToo(data: String, suffix: String) throws {
    let output = try build([
      "kustomization.yaml": """
      configMapGenerator: [{name: x, literals: [a=b]}]
      patches:
      - target: {kind: ConfigMap}
        patch: '[{"op": "replace", "path": "/data", "value": \(data)}]'
      """
    ])
    #expect(output.contains("  name: x-\(suffix)\n"))
  }

  @Test(arguments: [
    ("0.00001", "0.00001"), ("0.0000001", "1e-7"), ("1234567.5", "1234567.5"),
    ("100000000000000000000", "100000000000000000000"), ("1e21", "1e+21"), ("1.50", "1.5"),
  ])
  func numbersInMembersOfListsAreWrittenAsJSONWritesThem(number: String, text: String) throws {
    let output = try build([
      "kustomization.yaml": "resources: [r.yaml]\n",
      "r.yaml": """
      apiVersion: v1
      kind: ServiceAccountList
      items:
      - {apiVersion: v1, kind: ServiceAccount, metadata: {name: x, annotations: {a: \(number)}}}

      """,
    ])
    #expect(output.contains("    a: \"\(text)\"\n"))
  }

  @Test func aPatchThatRemovesAllAnnotationsRemovesTheRecordOfTransformers() throws {
    let output = try build([
      "kustomization.yaml": """
      resources: [r.yaml]
      buildMetadata: [transformerAnnotations]
      patches:
      - patch: "{apiVersion: v1, kind: ServiceAccount, metadata: {name: x}, a: b}"
      - target: {kind: ServiceAccount}
        patch: '[{"op": "remove", "path": "/metadata/annotations"}]'
      nameSuffix: -s
      """,
      "r.yaml": "{apiVersion: v1, kind: ServiceAccount, metadata: {name: x}}\n",
    ])
    #expect(!output.contains("kind: PatchTransformer"))
    #expect(output.contains("kind: SuffixTransformer"))
  }

  @Test(arguments: ["web", "[{a: b}]", "{image: [a]}", "{image: {a: b}}"])
  func imagesRefuseWhatIsNoContainer(element: String) {
    let error = refusal([
      "kustomization.yaml": "resources: [r.yaml]\nimages: [{name: z, newTag: v9}]\n",
      "r.yaml": Sample.widget("{a: {containers: [{image: z}, \(element)]}}"),
    ])
    #expect(error?.class == .wrongNodeKind)
  }

  @Test(arguments: [("true", "\"1.5\""), ("false", "1.5")])
  func annotationsAreTextsAfterAJSONPatchOfPatches(isPatched: String, value: String) throws {
    let output = try build([
      "kustomization.yaml": """
      resources: [r.yaml]
      patches:
      - target: {annotationSelector: patched=true}
        patch: '[{"op": "add", "path": "/b", "value": "c"}]'
      patchesJson6902:
      - target: {name: x}
        patch: '[{"op": "copy", "path": "/a", "from": "/metadata/annotations/number"}]'
      """,
      "r.yaml": """
      apiVersion: v1
      kind: ServiceAccount
      metadata: {name: x, annotations: {number: 1.5, patched: "\(isPatched)"}}

      """,
    ])
    #expect(output.hasPrefix("a: \(value)\n"))
  }

  @Test func aPatchThatCopiesMetadataCopiesTheOrigin() throws {
    let output = try build([
      "kustomization.yaml": """
      resources: [r.yaml]
      buildMetadata: [originAnnotations]
      patches:
      - target: {kind: ServiceAccount}
        patch: '[{"op": "copy", "path": "/a", "from": "/metadata/annotations"}]'
      """,
      "r.yaml": "{apiVersion: v1, kind: ServiceAccount, metadata: {name: x}}\n",
    ])
    #expect(output.hasPrefix("a:\n  config.kubernetes.io/origin: |\n    path: r.yaml\n"))
  }

  @Test func aPatchOfAllThatGivesTwoObjectsOneNameIsRefusedAtOnce() {
    let error = refusal([
      "kustomization.yaml": """
      resources: [r.yaml]
      patches:
      - target: {kind: ServiceAccount}
        options: {allowNameChange: true}
        patch: "{apiVersion: v1, kind: ServiceAccount, metadata: {name: same}}"
      """,
      "r.yaml": """
      {apiVersion: v1, kind: ServiceAccount, metadata: {name: a}}
      ---
      {apiVersion: v1, kind: ServiceAccount, metadata: {name: b}}

      """,
    ])
    #expect(error?.class == .duplicateID)
  }

  @Test(arguments: ["null", "~", ""])
  func aReplacementThatPutsATextIntoANullIsRefused(null: String) {
    let error = refusal([
      "kustomization.yaml": """
      resources: [r.yaml]
      replacements:
      - source: {kind: Widget, fieldPath: spec.a}
        targets: [{select: {kind: Widget}, fieldPaths: [spec.b]}]
      """,
      "r.yaml": Sample.widget("{a: text, b: \(null)}"),
    ])
    #expect(error?.class == .output)
  }

  @Test func copyingAMissingKeyInAJSONPatchSetsNull() throws {
    let output = try build([
      "kustomization.yaml": """
      resources: [r.yaml]
      patches:
      - target: {kind: Widget}
        patch: '[{"op": "copy", "path": "/spec/b", "from": "/spec/none"}]'
      """,
      "r.yaml": Sample.widget("{a: text}"),
    ])
    #expect(output.hasSuffix("spec:\n  a: text\n  b: null\n"))
  }

  @Test func specsOfLabelsConflictInTheOrderOfTypes() {
    let error = refusal([
      "kustomization.yaml": """
      configurations: [first.yaml, second.yaml]
      labels: [{pairs: {a: b}, includeSelectors: true}]
      resources: [r.yaml]
      """,
      "first.yaml": "commonLabels: [{path: spec/labels, create: true}]\n",
      "second.yaml": "commonLabels: [{path: spec/labels, kind: Service}]\n",
      "r.yaml": Sample.configMap,
    ])
    #expect(error?.class == .configuration)
  }

  @Test func aValueAdditionChangesALabelInAllFieldsThatShareIt() throws {
    let output = try build([
      "kustomization.yaml": """
      resources: [r.yaml]
      labels: [{pairs: {app: a}, includeSelectors: true}]
      transformers: [t.yaml]
      """,
      "r.yaml": Sample.deployment,
      "t.yaml": """
      apiVersion: builtin
      kind: ValueAddTransformer
      metadata: {name: t}
      value: added
      targets: [{selector: {kind: Deployment}, fieldPath: metadata/labels/app}]
      """,
    ])
    #expect(occurrences(of: "app: added\n", in: output) == 3)
  }

  @Test(arguments: [("a", "1000"), ("1.50", "\"1_000\"")])
  func aLabelOfAPatchWithATargetHasQuotesOnlyIfItNeedsThem(first: String, value: String) throws {
    let output = try build([
      "kustomization.yaml": """
      resources: [r.yaml]
      patches:
      - target: {kind: Widget}
        patch: "{apiVersion: example.com/v1, kind: Widget, metadata: {name: w, labels: {l: '\(first)'}}}"
      - patch: "{apiVersion: example.com/v1, kind: Widget, metadata: {name: w, labels: {l: 1_000}}}"
      """,
      "r.yaml": Sample.widget("{a: text}"),
    ])
    #expect(output.contains("    l: \(value)\n"))
  }

  @Test func stringDataThatIsNoMappingIsNoPartOfTheHash() throws {
    func name(_ value: String) throws -> String? {
      let output = try build([
        "kustomization.yaml": """
        secretGenerator: [{name: x, literals: [a=1]}]
        patches:
        - target: {name: x}
          patch: '[{"op": "add", "path": "/stringData", "value": \(value)}]'
        """
      ])
      return output.split(separator: "\n").first { $0.hasPrefix("  name:") }.map(String.init)
    }
    #expect(try name("100000000000000000000") == "  name: x-25khgmg44c")
    #expect(try name("\"a\"") == "  name: x-25khgmg44c")
    #expect(try name("{\"a\": \"b\"}") != "  name: x-25khgmg44c")
  }

  @Test func aVariableIsPutIntoFieldsOfThePresentKind() throws {
    let output = try build([
      "kustomization.yaml": """
      resources: [r.yaml]
      vars: [{name: V, objref: {apiVersion: v1, kind: Service, name: api}}]
      replacements:
      - source: {kind: Service, name: api}
        targets: [{select: {kind: Pod}, fieldPaths: [kind]}]
      """,
      "r.yaml": "apiVersion: v1\nkind: Service\nmetadata: {name: api}\n---\n"
        + "apiVersion: v1\nkind: Pod\nmetadata: {name: p}\n"
        + "spec: {containers: [{name: a, args: [$(V)]}]}\n",
    ])
    #expect(output.contains("kind: api\n"))
    #expect(output.contains("    - $(V)\n"))
  }

  /// kustomize takes a list or mapping for an empty text, and an empty text for any.
  @Test(arguments: ["[a, b]", "{a: b}"])
  func anElementWhoseMergeKeyIsNoTextTakesThePlaceOfTheFirstAndOfItself(name: String) throws {
    let output = try build([
      "kustomization.yaml": """
      resources: [r.yaml]
      patches: [{patch: "{apiVersion: v1, kind: Pod, metadata: {name: p}, x: y}"}]
      """,
      "r.yaml": "apiVersion: v1\nkind: Pod\nmetadata: {name: p}\n"
        + "spec: {volumes: [{name: v, emptyDir: {}}, {name: \(name), secret: {}}]}\n",
    ])
    #expect(occurrences(of: "secret: {}\n", in: output) == 2)
    #expect(!output.contains("emptyDir"))
  }

  @Test func aGeneratorDoesNotMergeIntoWhatHasBecomeAnotherKind() {
    let error = refusal(
      [
        "base/kustomization.yaml": """
        resources: [r.yaml]
        replacements:
        - source: {kind: ConfigMap, fieldPath: data.a}
          targets: [{select: {kind: ConfigMap}, fieldPaths: [kind]}]
        namePrefix: p-
        """,
        "base/r.yaml":
          "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: c}\ndata: {a: Other}\n",
        "top/kustomization.yaml": """
        resources: [../base]
        configMapGenerator: [{name: c, behavior: merge, literals: [x=y]}]
        """,
      ], at: "top")
    #expect(error?.class == .generatorBehavior)
  }

  @Test func aNamespaceThatIsAddedAsAValueReachesTheSubjectsNamedDefault() throws {
    let output = try build([
      "kustomization.yaml": """
      resources: [r.yaml]
      transformers:
      - |-
        apiVersion: builtin
        kind: ValueAddTransformer
        metadata: {name: any}
        value: added
        targets: [{selector: {kind: RoleBinding}, fieldPath: metadata/namespace}]
      """,
      "r.yaml": """
      apiVersion: rbac.authorization.k8s.io/v1
      kind: RoleBinding
      metadata: {name: b}
      subjects: [{kind: User, name: default}, {kind: User, name: other}]
      """,
    ])
    #expect(occurrences(of: "namespace: added\n", in: output) == 2)
  }

  /// The element without a key counts as the port that is deleted, and is merged after it, when
  /// kustomize has taken the directive out of the patch.
  @Test func aDeletedPortComesBackWhereAnElementHasNoKey() throws {
    let output = try build([
      "kustomization.yaml": """
      resources: [r.yaml]
      patches:
      - patch: |-
          apiVersion: v1
          kind: Service
          metadata: {name: s}
          spec: {ports: [{name: https, port: 8080, $patch: delete}, {name: C, value: x}]}
      """,
      "r.yaml":
        "apiVersion: v1\nkind: Service\nmetadata: {name: s}\n"
        + "spec: {ports: [{port: 8080, name: a}]}\n",
    ])
    #expect(output.contains("  ports:\n  - name: https\n    port: 8080\n"))
  }

  @Test func anAPIVersionThatBeginsWithASlashIsRefusedWhereReferencesAreLookedFor() {
    let error = refusal([
      "kustomization.yaml": """
      resources: [r.yaml]
      replacements:
      - source: {kind: Service, fieldPath: metadata.annotations.v}
        targets: [{select: {kind: Pod}, fieldPaths: [apiVersion]}]
      """,
      "r.yaml": "apiVersion: v1\nkind: Service\nmetadata: {name: s, annotations: {v: /a}}\n---\n"
        + "apiVersion: v1\nkind: Pod\nmetadata: {name: p}\n",
    ])
    #expect(error?.message.contains("slash") == true)
  }

  private func tested(_ value: String, in text: String = "\"<é\"") -> [String: String] {
    [
      "kustomization.yaml":
        "resources: [r.yaml]\npatches: [{target: {kind: ConfigMap}, path: p}]\n",
      "r.yaml": "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: c}\ndata: {a: \(text)}\n",
      "p": "[{\"op\": \"test\", \"path\": \"/data/a\", \"value\": \(value)}]",
    ]
  }

  @Test(arguments: ["\"<é\"", "\"\\u003c\\u00e9\"", "\"\\u003Cé\""])
  func aTestOfAJSONPatchFailsWhereItsTextIsNotWrittenAsGoWritesIt(value: String) {
    #expect(refusal(tested(value))?.class == .patch)
  }

  @Test func aTestOfAJSONPatchPassesWhereItsTextIsWrittenAsGoWritesIt() throws {
    #expect(try build(tested("\"\\u003cé\"")).contains("  a: <é\n"))
    #expect(try build(tested("\"q\\\"\\\\\"", in: "'q\"\\'")).contains("  a: q\"\\\n"))
  }

  @Test func aTestComparesNumbersAsTheyAreWritten() throws {
    #expect(try build(tested("1.5", in: "1.50")).contains("  a: 1.5\n"))
    #expect(refusal(tested("1.50", in: "1.50"))?.class == .patch)
  }
}
