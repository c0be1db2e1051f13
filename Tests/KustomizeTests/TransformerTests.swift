import Kustomize
import Testing

@Suite struct TransformerTests {
  private func output(_ kustomization: String, _ resources: String...) throws -> String {
    try build([
      "kustomization.yaml": "resources: [r.yaml]\n" + kustomization,
      "r.yaml": resources.joined(separator: "---\n"),
    ])
  }

  @Test func renamesReferencesAlongWithTheirObjects() throws {
    let pod = """
      apiVersion: v1
      kind: Pod
      metadata: {name: p}
      spec:
        serviceAccountName: sa
        volumes: [{name: v, configMap: {name: settings}}, {name: w, secret: {secretName: other}}]

      """
    let account = "apiVersion: v1\nkind: ServiceAccount\nmetadata: {name: sa}\n"
    let text = try output("namePrefix: p-\n", pod, account, Sample.configMap)
    #expect(text.contains("serviceAccountName: p-sa"))
    #expect(text.contains("name: p-settings\n    name: v"))
    #expect(text.contains("secretName: other"))
  }

  @Test func leavesNamesOfNamespacesAndTypesAlone() throws {
    let text = try output(
      "namePrefix: p-\n", "apiVersion: v1\nkind: Namespace\nmetadata: {name: n}\n",
      "apiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\nmetadata: {name: c}\n")
    #expect(!text.contains("p-"))
  }

  @Test func setsTheNamespaceOfAllButClusterScopedObjects() throws {
    let role = "apiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRole\nmetadata: {name: r}\n"
    let binding = """
      apiVersion: rbac.authorization.k8s.io/v1
      kind: RoleBinding
      metadata: {name: b}
      roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: r}
      subjects: [{kind: ServiceAccount, name: default}, {kind: User, name: joe}]

      """
    let text = try output("namespace: ns\n", role, binding, Sample.widget("{}"))
    #expect(occurrences(of: "namespace: ns", in: text) == 3)
    #expect(text.contains("name: default\n  namespace: ns"))
  }

  @Test func refusesANamespaceThatMakesTwoObjectsOne() {
    let files = [
      "kustomization.yaml": "resources: [r.yaml]\nnamespace: ns\n",
      "r.yaml": "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a, namespace: x}\n---\n"
        + "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a, namespace: y}\n",
    ]
    #expect(refusal(files)?.class == .idConflict)
  }

  @Test func setsLabelsWithAndWithoutSelectors() throws {
    let plain = try output("labels: [{pairs: {a: b}}]\n", Sample.deployment)
    #expect(!plain.contains("selector") && plain.contains("labels:\n    a: b"))
    let templates = try output(
      "labels: [{pairs: {a: b}, includeTemplates: true}]\n", Sample.deployment)
    #expect(!templates.contains("selector") && templates.contains("labels:\n        a: b"))
    let selectors = try output("commonLabels: {a: b}\n", Sample.deployment)
    #expect(selectors.contains("matchLabels:\n      a: b"))
  }

  @Test func changesAllFieldsThatOneLabelWasAddedTo() throws {
    // kustomize puts one node into all of them; a patch of one changes every other, too.
    let text = try build(
      [
        "base/kustomization.yaml": "resources: [r.yaml]\ncommonLabels: {app: one}\n",
        "base/r.yaml": Sample.deployment,
        "top/kustomization.yaml":
          "resources: [../base]\nlabels: [{pairs: {app: two}}]\n",
      ], at: "top")
    #expect(!text.contains("app: one") && occurrences(of: "app: two", in: text) == 3)
  }

  @Test func refusesLabelKeysThatReadAsBooleans() {
    let files = [
      "kustomization.yaml": "resources: [r.yaml]\ncommonLabels: {on: x}\n",
      "r.yaml": Sample.configMap,
    ]
    #expect(refusal(files)?.class == .output)
  }

  @Test(arguments: [
    ("{name: nginx, newTag: v2}", "image: nginx:v2"),
    ("{name: nginx, newName: other}", "image: other:1.19"),
    ("{name: nginx, digest: 'sha256:ab'}", "image: nginx@sha256:ab"),
    ("{name: 'reg.io:5000/side', newTag: '2'}", "image: reg.io:5000/side:2"),
    ("{name: ng.*, newName: x}", "image: x:1.19"),
    ("{name: ngin, newName: x}", "image: nginx:1.19"),
  ])
  func changesImages(image: String, expected: String) throws {
    #expect(try output("images: [\(image)]\n", Sample.deployment).contains(expected))
  }

  @Test func setsReplicas() throws {
    let text = try output("replicas: [{name: web, count: 4}]\n", Sample.deployment)
    #expect(text.contains("replicas: 4"))
  }

  @Test func namesGeneratedObjectsByTheirContent() throws {
    let text = try output(
      "configMapGenerator: [{name: settings, literals: [a=1]}]\n",
      "apiVersion: v1\nkind: Pod\nmetadata: {name: p}\n"
        + "spec: {containers: [{name: c, envFrom: [{configMapRef: {name: settings}}]}]}\n")
    #expect(occurrences(of: "name: settings-h29d89cmmt", in: text) == 2)
  }

  @Test func encodesSecretsAndBreaksLongOnes() throws {
    let text = try build([
      "kustomization.yaml":
        "secretGenerator: [{name: s, files: [f], options: {disableNameSuffixHash: true}}]\n",
      "f": String(repeating: "x", count: 60),
    ])
    #expect(text.contains("f: |\n    eHh4"))
  }

  @Test func readsEnvironmentFilesWithoutTheEnvironment() throws {
    let text = try build([
      "kustomization.yaml":
        "configMapGenerator: [{name: c, envs: [e], options: {disableNameSuffixHash: true}}]\n",
      "e": "# comment\nA=1\n  B=two words \nPATH\n\n",
    ])
    #expect(text.contains("A: \"1\"\n  B: 'two words '\n  PATH: \"\"\n"))
  }

  @Test func mergesAndReplacesGeneratedData() throws {
    func text(_ behavior: String) throws -> String {
      try build(
        [
          "base/kustomization.yaml": "configMapGenerator: [{name: c, literals: [a=1, b=2]}]\n",
          "top/kustomization.yaml":
            "resources: [../base]\n"
            + "configMapGenerator: [{name: c, behavior: \(behavior), literals: [b=3]}]\n",
        ], at: "top")
    }
    #expect(try text("merge").contains("data:\n  a: \"1\"\n  b: \"3\"\n"))
    #expect(try text("replace").contains("data:\n  b: \"3\"\n"))
  }

  @Test func copiesValuesByReplacements() throws {
    let text = try output(
      """
      replacements:
      - source: {kind: ConfigMap, fieldPath: data.a}
        targets:
        - select: {kind: Widget}
          fieldPaths: [spec.list.*.v, 'spec.named.[name=x].v']
        - select: {kind: Widget}
          fieldPaths: [spec.made.here]
          options: {create: true}
      """, Sample.configMap,
      Sample.widget("{list: [{v: 0}, {v: '0'}], named: [{name: x, v: n}, {name: z, v: n}]}"))
    #expect(
      lines(of: text, from: "spec:") == [
        "spec:", "list:", "- v: 1", "- v: \"1\"", "made:", "here: 1", "named:", "- name: x",
        "v: \"1\"", "- name: z", "v: \"n\"",
      ])
  }

  @Test func resolvesVariables() throws {
    let text = try output(
      """
      namePrefix: p-
      vars: [{name: NAME, objref: {apiVersion: v1, kind: ConfigMap, name: settings}}]
      """, Sample.configMap,
      "apiVersion: v1\nkind: Pod\nmetadata: {name: p}\n"
        + "spec: {containers: [{name: c, args: [$(NAME)-x, $(OTHER), $$(NAME)]}]}\n")
    #expect(text.contains("- p-settings-x\n    - $(OTHER)\n    - $(NAME)\n"))
  }

  @Test func takesFieldsFromConfigurations() throws {
    let text = try build([
      "kustomization.yaml":
        "resources: [r.yaml]\nnamePrefix: p-\nconfigurations: [c.yaml]\n",
      "c.yaml": "nameReference: [{kind: Secret, fieldSpecs: [{path: spec/s, kind: Widget}]}]\n",
      "r.yaml": Sample.widget("{s: x}")
        + "---\napiVersion: v1\nkind: Secret\nmetadata: {name: x}\n",
    ])
    #expect(text.contains("s: p-x"))
  }

  @Test func runsBuiltInPluginsInPlace() throws {
    let text = try output(
      """
      transformers:
      - |-
        apiVersion: builtin
        kind: AnnotationsTransformer
        metadata: {name: any}
        annotations: {a: 42}
        fieldSpecs: [{path: metadata/annotations, create: true}]
      """, Sample.configMap)
    #expect(text.contains("annotations:\n    a: \"42\"\n"))
  }

  @Test func recordsOriginsWhereAskedTo() throws {
    let text = try build(
      [
        "base/kustomization.yaml": "resources: [r.yaml]\n", "base/r.yaml": Sample.configMap,
        "top/kustomization.yaml": "resources: [../base]\nbuildMetadata: [originAnnotations]\n",
      ], at: "top")
    #expect(text.contains("config.kubernetes.io/origin: |\n      path: ../base/r.yaml\n"))
  }
}
