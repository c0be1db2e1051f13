import Kustomize
import Testing

@Suite struct PatchTests {
  private func patched(_ patch: String, _ resource: String = Sample.deployment) throws -> String {
    try build([
      "kustomization.yaml": "resources: [r.yaml]\npatches: [{path: p.yaml}]\n", "r.yaml": resource,
      "p.yaml": patch,
    ])
  }

  private func pod(_ spec: String) -> String {
    "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web}\n"
      + "spec: {template: {spec: \(spec)}}\n"
  }

  private func json(_ operations: String, _ resource: String = Sample.deployment) throws -> String {
    try build([
      "kustomization.yaml":
        "resources: [r.yaml]\npatches: [{path: p.yaml, target: {kind: '.*'}}]\n",
      "r.yaml": resource, "p.yaml": "- " + operations,
    ])
  }

  @Test func mergesContainersByNameAndPutsNewOnesFirst() throws {
    let output = try patched(
      pod("{containers: [{name: new, image: new}, {name: side, image: s}]}"))
    let images = output.split(separator: "\n").filter { $0.contains("image:") }
    #expect(
      images.map { $0.drop { $0 == " " || $0 == "-" } }
        == ["image: new", "image: s", "image: nginx:1.19"])
  }

  @Test func removesFieldsThatThePatchSetsToNull() throws {
    let output = try patched(pod("{containers: [{name: web, ports: null}]}"))
    #expect(!output.contains("ports"))
  }

  @Test func deletesAnElementByDirective() throws {
    let output = try patched(pod("{containers: [{name: side, $patch: delete}]}"))
    #expect(!output.contains("side") && output.contains("nginx"))
  }

  @Test func deletesAWholeResourceByDirective() throws {
    let output = try patched(
      "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web}\n$patch: delete\n")
    #expect(output.isEmpty)
  }

  @Test func ignoresTheReplaceDirectiveOnAWholeResource() throws {
    let output = try patched(
      "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web}\n$patch: replace\nspec: {}\n")
    #expect(output.contains("nginx"))
  }

  @Test func ignoresAPortWithoutTheProtocolThatTheBaseHas() throws {
    let output = try patched(
      pod("{containers: [{name: web, ports: [{containerPort: 80, name: http}]}]}"))
    #expect(!output.contains("name: http"))
  }

  @Test func emptiesAListForAnElementWithoutItsKeyAndWarns() throws {
    let result = try buildResult([
      "kustomization.yaml": "resources: [r.yaml]\npatches: [{path: p.yaml}]\n",
      "r.yaml": Sample.deployment, "p.yaml": pod("{containers: [{image: x}]}"),
    ])
    #expect(String(decoding: try result.yaml(), as: UTF8.self).contains("containers: []"))
    #expect(result.warnings.contains { $0.message.contains("empties the list") })
  }

  @Test func collapsesDuplicateNamesOfTheBaseToTheLast() throws {
    let resource = pod("{containers: [{name: a, image: one}, {name: a, image: two}]}")
    let output = try patched(pod("{hostNetwork: true}"), resource)
    #expect(output.contains("image: two") && !output.contains("image: one"))
  }

  @Test func replacesListsOfUnknownKinds() throws {
    let output = try patched(
      Sample.widget("{items: [{name: b}]}"), Sample.widget("{items: [{name: a}]}"))
    #expect(lines(of: output, from: "items:") == ["items:", "- name: b"])
  }

  @Test func keepsExplicitNullsThatNoPatchMentions() throws {
    let output = try patched(Sample.widget("{b: 1}"), Sample.widget("{a: null}"))
    #expect(lines(of: output, from: "spec:") == ["spec:", "a: null", "b: 1"])
  }

  @Test func keepsTheQuotesOfAReplacedString() throws {
    let output = try patched(Sample.widget("{a: 5}"), Sample.widget("{a: \"3\"}"))
    #expect(output.contains("a: \"5\""))
  }

  @Test func selectsTargetsByExpressionAndLabels() throws {
    let output = try build([
      "kustomization.yaml": """
      resources: [r.yaml, c.yaml]
      patches:
      - target: {kind: Deploy.*, name: w.b}
        patch: |-
          apiVersion: any/v1
          kind: Any
          metadata: {name: any, labels: {patched: yes}}
      - target: {labelSelector: patched=yes}
        patch: |-
          - {op: add, path: /spec/replicas, value: 3}
      """,
      "r.yaml": Sample.deployment, "c.yaml": Sample.configMap,
    ])
    #expect(output.contains("patched: \"yes\"") && output.contains("replicas: 3"))
  }

  @Test func warnsAboutATargetThatSelectsNothing() throws {
    let result = try buildResult([
      "kustomization.yaml":
        "resources: [c.yaml]\npatches: [{target: {kind: Nope}, patch: '- {op: remove, path: /x}'}]\n",
      "c.yaml": Sample.configMap,
    ])
    #expect(result.warnings.map(\.line) == [2])
  }

  @Test(arguments: [
    ("{op: add, path: /spec/a, value: 1}", "a: 1"),
    ("{op: replace, path: /spec/missing, value: x}", "missing: x"),
    ("{op: add, path: /spec/list/-, value: c}", "- a\n  - b\n  - c\n"),
    ("{op: add, path: /spec/list/-1, value: c}", "- a\n  - b\n  - c\n"),
    ("{op: move, from: /spec/list/0, path: /spec/list/1}", "- b\n  - a\n"),
    ("{op: copy, from: /spec/k, path: /spec/l}", "l: v"),
    ("{op: test, path: /spec/none, value: null}", "k: v"),
    ("{op: add, path: /metadata/annotations/x~1y, value: z}", "x/y: z"),
    ("{op: add, path: /spec/big, value: 12345678901234567}", "big: 12345678901234568"),
  ])
  func appliesJSONOperations(operations: String, expected: String) throws {
    let output = try json(operations, Sample.widget("{list: [a, b], k: v}"))
    #expect(output.contains(expected), "\(output)")
  }

  @Test(arguments: [
    "{op: remove, path: /spec/none}", "{op: add, path: /none/x, value: 1}",
    "{op: test, path: /spec/k, value: w}", "{op: bogus, path: /spec/k}",
    "{op: remove, path: /spec/list/7}", "{op: remove, path: /metadata}",
  ])
  func refusesJSONOperationsThatDoNotApply(operations: String) {
    #expect(throws: BuildError.self) {
      try json(operations, Sample.widget("{list: [a, b], k: v}"))
    }
  }

  @Test func restoresNameAndKindUnlessAllowed() throws {
    func output(_ options: String) throws -> String {
      try build([
        "kustomization.yaml": """
        resources: [r.yaml]
        patches:
        - target: {kind: Widget}
          options: \(options)
          patch: |-
            apiVersion: example.com/v1
            kind: Gadget
            metadata: {name: other}
        """,
        "r.yaml": Sample.widget("{}"),
      ])
    }
    #expect(try output("{}").contains("kind: Widget\nmetadata:\n  name: w\n"))
    #expect(
      try output("{allowNameChange: true, allowKindChange: true}").contains(
        "kind: Gadget\nmetadata:\n  name: other\n"))
  }
}
