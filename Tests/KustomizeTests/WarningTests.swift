import Kustomize
import SourceTree
import Testing

/// What builds but most likely does not do what its author wants is told, with file, line and
/// remedy; what does what it says is not.
@Suite struct WarningTests {
  private static let account =
    "{apiVersion: v1, kind: ServiceAccount, metadata: {name: x, labels: {a: b}}}\n"
  private static let selecting = """
    apiVersion: apps/v1
    kind: Deployment
    metadata: {name: web}
    spec:
      selector: {matchLabels: {app: web}}
      template: {metadata: {labels: {app: web}}, spec: {containers: [{name: c, image: nginx}]}}

    """

  private func warnings(_ kustomization: String, _ resource: String) throws -> [BuildWarning] {
    try buildResult([
      "kustomization.yaml": "resources: [r.yaml]\n" + kustomization, "r.yaml": resource,
    ]).warnings
  }

  @Test(arguments: [
    ("images: [{name: other, newTag: v1}]", 2, "no container uses the image 'other'"),
    ("labels: [{pairs: {team: a}, includeSelectors: true}]", 2, "change the selector"),
    (
      "replacements:\n- source: {kind: Deployment, name: web}\n  targets:\n"
        + "  - select: {kind: Nothing}", 5, "selects no resource"
    ),
    ("configMapGenerator: [{name: empty}]", 2, "generated without data"),
    (
      "generatorOptions: {immutable: true}\nconfigMapGenerator:\n"
        + "- {name: c, literals: [a=b], options: {immutable: false}}", 4,
      "'immutable: false' has no effect"
    ),
    ("patches: [{target: {kind: Nothing}, patch: '[]'}]", 2, "selects no resource"),
  ])
  func whatDoesNothingIsTold(field: String, line: Int, message: String) throws {
    let found = try #require(
      try warnings(field, Self.selecting).first { $0.message.contains(message) })
    #expect(found.file.description == "kustomization.yaml")
    #expect(found.line == line)
    #expect(!found.remedy.isEmpty)
  }

  @Test func anAffixThatRenamesNothingIsTold() throws {
    let namespace = "{apiVersion: v1, kind: Namespace, metadata: {name: x}}\n"
    for field in ["namePrefix", "nameSuffix"] {
      let found = try warnings("\(field): ns\n", namespace)
      #expect(found.map(\.line) == [2])
      #expect(found.allSatisfy { $0.message.hasPrefix("'\(field)' renames nothing") })
      #expect(try warnings("\(field): ns\n", Self.account).isEmpty)
    }
  }

  @Test(arguments: [
    ("configurations", "", "names no field"),
    ("crds", "apiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\n", "no effect"),
  ])
  func aFileThatSaysNothingIsTold(field: String, text: String, message: String) throws {
    let found = try buildResult([
      "kustomization.yaml": "resources: [r.yaml]\n\(field): [extra.yaml]\n",
      "r.yaml": Self.account, "extra.yaml": text,
    ]).warnings
    #expect(found.map(\.line) == [2])
    #expect(found.allSatisfy { $0.message.contains(message) })
  }

  @Test func aNamespaceThatMeetsNothingIsTold() throws {
    let namespace = "{apiVersion: v1, kind: Namespace, metadata: {name: x}}\n"
    #expect(try warnings("namespace: ns\n", namespace).count == 1)
    #expect(try warnings("namespace: ns\n", Self.account).isEmpty)
  }

  private func patchWarnings(_ spec: String, _ resource: String = Sample.deployment) throws
    -> [String]
  {
    try buildResult([
      "kustomization.yaml": "resources: [r.yaml]\npatches: [{path: p.yaml}]\n",
      "r.yaml": resource,
      "p.yaml": """
      apiVersion: apps/v1
      kind: Deployment
      metadata: {name: web}
      spec: {template: {spec: \(spec)}}

      """,
    ]).warnings.map(\.description)
  }

  @Test(arguments: [
    (
      "{containers: [{name: web, ports: [{containerPort: 80, name: http}]}]}",
      "does not become what this patch says"
    ),
    ("{containers: [{name: other, $patch: delete}]}", "no such element to delete"),
    ("{containers: [{name: web, $patch: replace}]}", "'$patch: replace' on an element"),
    ("{priority: null}", "there is no spec.template.spec.priority to remove"),
    ("{$setElementOrder/containers: [{name: web}]}", "is no directive of kustomize"),
  ])
  func whatAPatchDoesNotReachIsTold(spec: String, message: String) throws {
    let found = try patchWarnings(spec)
    #expect(found.count == 1)
    #expect(found.first?.contains(message) == true)
    #expect(found.first?.hasPrefix("p.yaml:1: warning: ") == true)
  }

  @Test(arguments: [
    "{containers: [{name: web, image: nginx:1.19}, {name: new, image: n}]}",
    "{containers: [{name: side, $patch: delete}]}",
    "{containers: [{name: web, ports: null}], hostNetwork: true}",
    "{containers: [{name: web, ports: [{containerPort: 80, protocol: TCP, name: http}]}]}",
  ])
  func aPatchThatDoesWhatItSaysIsNot(spec: String) throws {
    #expect(try patchWarnings(spec).isEmpty)
  }

  @Test func aPatchForManyNeedNotReachAll() throws {
    let found = try buildResult([
      "kustomization.yaml": """
      resources: [r.yaml]
      patches:
      - target: {kind: ServiceAccount}
        patch: "{apiVersion: v1, kind: ServiceAccount, metadata: {name: any}, secrets: null}"

      """,
      "r.yaml": """
      {apiVersion: v1, kind: ServiceAccount, metadata: {name: x}, secrets: [{name: s}]}
      ---
      {apiVersion: v1, kind: ServiceAccount, metadata: {name: y}}

      """,
    ])
    #expect(found.warnings.isEmpty)
  }

  @Test func labelsThatTheSelectorHasAlreadyAreFine() throws {
    let field = "labels: [{pairs: {app: web}, includeSelectors: true}]"
    #expect(try warnings(field, Self.selecting).isEmpty)
  }
}
