import Kustomize
import SourceTree
import Testing

/// Errors name what is at fault, where, and what to do.
@Suite struct ErrorMessageTests {
  private static let service =
    "{apiVersion: v1, kind: Service, metadata: {name: web, namespace: prod}}\n"

  /// The whole text of an error; `p.yaml` and `s.yaml` are there to be used.
  private func message(_ kustomization: String, patch: String = "") -> String? {
    refusal([
      "kustomization.yaml": "resources: [r.yaml]\n" + kustomization, "r.yaml": Sample.deployment,
      "s.yaml": Self.service, "p.yaml": patch, "c.yaml": "images: [{path: spec/template}]\n",
    ])?.description
  }

  @Test func aPatchWithoutATargetNamesWhatIsMeant() {
    #expect(
      message(
        "patches: [path: p.yaml]",
        patch: "{apiVersion: apps/v1, kind: Deployment, metadata: {name: web, namespace: x}}")
        == "p.yaml:1: this patch is for Deployment x/web (apps/v1), and there is no such object, "
        + "but Deployment web (apps/v1); correct its apiVersion, kind, name or namespace, or give "
        + "the patch a 'target'; that is from r.yaml:1")
  }

  @Test func anOperationThatFailsIsCounted() {
    #expect(
      message(
        "patches: [{target: {kind: Deployment}, path: p.yaml}]",
        patch: "- {op: test, path: /kind, value: Deployment}\n- {op: remove, path: /spec/nope}")
        == "p.yaml:1: Deployment web: operation 2: remove of '/spec/nope' does not apply: there is "
        + "no 'nope'; correct the path")
  }

  @Test func aSecondObjectNamesTheFirst() {
    let files = [
      "kustomization.yaml": "resources: [a, b]", "a/kustomization.yaml": "resources: [r.yaml]",
      "b/kustomization.yaml": "resources: [r.yaml]", "a/r.yaml": Self.service,
      "b/r.yaml": Self.service,
    ]
    #expect(
      refusal(files)?.description
        == "kustomization.yaml:1: Service prod/web (v1) is there already, and an object may come "
        + "in once; remove one, rename one, or make one a patch of the other; the first is from "
        + "a/r.yaml:1; the second from b/r.yaml:1")
    #expect(
      refusal(files)?.message { "/root/\($0)" }.hasSuffix(
        "the first is from /root/a/r.yaml:1; the second from /root/b/r.yaml:1") ?? false)
  }

  @Test(arguments: [
    ("namePrefx: a", "kustomization.yaml:2:1: unknown field 'namePrefx'; did you mean namePrefix?"),
    (
      "patches: [patch: '[{op: remove, path: /a}]']",
      "kustomization.yaml:2: this is no patch: neither a list of JSON 6902 operations nor an object "
        + "to merge; what begins with '[' is read as JSON"
    ),
    (
      "patches: [patch: '- {op: remove, path: /a}']",
      "kustomization.yaml:2: a JSON 6902 patch needs a 'target'"
    ),
    (
      "images: [{name: nginx, newTag: v1}]\nconfigurations: [c.yaml]",
      "kustomization.yaml:2: Deployment web: the field 'spec/template' is no text"
    ),
    (
      "replicas: [{name: other, count: 2}]",
      "kustomization.yaml:2: 'replicas' is for 'other', and no object of that name has replicas"
    ),
    (
      "replacements: [{source: {kind: Secret}, targets: [{select: {kind: Deployment}}]}]",
      "kustomization.yaml:2: the source {kind: Secret} selects no resource"
    ),
    (
      "configMapGenerator: [{name: c, behavior: merge}]",
      "kustomization.yaml:2: there is no ConfigMap c to merge"
    ),
    (
      "vars: [{name: A, objref: {kind: Service, name: web, apiVersion: v1}}]",
      "kustomization.yaml:2: the variable 'A' has no source: there is no Service web (v1)"
    ),
    (
      "transformers:\n- |-\n  apiVersion: builtin\n  kind: PatchTransformer\n"
        + "  metadata: {name: t}\n",
      "kustomization.yaml:3: this patch has neither 'patch' nor 'path'"
    ),
  ])
  func theEntryAtFaultIsNamed(field: String, start: String) {
    let found = message(field)
    #expect(found?.hasPrefix(start) ?? false, "\(found ?? "")")
  }
}
