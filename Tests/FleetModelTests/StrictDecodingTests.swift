import Manifests
import SourceTree
import Testing

@testable import FleetModel

/// Each fault that one object can have by itself, with its place and its whole message.
@Suite struct StrictDecodingTests {
  struct Fault: CustomTestStringConvertible, Sendable {
    let testDescription: String
    let text: String
    let findings: [String]

    init(_ description: String, _ text: String, _ findings: String...) {
      testDescription = description
      self.text = text
      self.findings = findings
    }
  }

  static let app = "apiVersion: flotilla.dev/v1\nkind: App\nmetadata: {name: shop}\n"
  static func wave(_ fields: String) -> String {
    object("Strategy", "s", "waves:\n  - name: all\n    \(fields)")
  }

  @Test(arguments: [
    Fault(
      "an unknown field", app + "spec:\n  pth: overlays/shop\n",
      "5:3: error: unknown field 'pth' in App; did you mean 'path'?"),
    Fault(
      "an unknown field like no other", app + "spec:\n  colour: red\n",
      "5:3: error: unknown field 'colour' in App; known fields are path, overlays, clusters, "
        + "namespace, serviceAccount, dependsOn, prune, apply, substitute, compat, schema, allowed, "
        + "healthCheckExprs"),
    Fault(
      "a kind as resources are written", app + "spec: {allowed: {kinds: [deployments]}}\n",
      "4:26: error: expected a kind such as ConfigMap, Deployment.apps, *.apps or *, found "
        + "'deployments'"),
    Fault(
      "a namespace that cannot be", app + "spec: {allowed: {namespaces: [a_*]}}\n",
      "4:31: error: expected the name of a namespace, in which '*' may stand for any characters, "
        + "found 'a_*'"),
    Fault(
      "a level that is none", app + "spec: {schema: strickt}\n",
      "4:16: error: schema of App: expected 'strict', 'warn' or 'off', found 'strickt'; did you "
        + "mean 'strict'?"),
    Fault(
      "an unknown field beside spec", app + "status: {}\n",
      "4:1: error: unknown field 'status' in App document; known fields are apiVersion, kind, "
        + "metadata, spec"),
    Fault(
      "a text where a boolean belongs", app + "spec:\n  prune: \"no\"\n",
      "5:10: error: expected true or false, found text"),
    Fault(
      "a field without a value", app + "spec:\n  path:\n",
      "5:8: error: expected a path inside the repository, relative to its root and without '..', found nothing"
    ),
    Fault(
      "a list where text belongs", app + "spec:\n  path: [a]\n",
      "5:9: error: expected a path inside the repository, relative to its root and without '..', found a list"
    ),
    Fault(
      "a field twice", app + "spec:\n  path: a\n  path: b\n",
      "6:3: error: 'path' stands here twice, first in line 5; remove one of them"),
    Fault(
      "a path out of the repository", app + "spec:\n  path: ../other\n",
      "5:9: error: expected a path inside the repository, relative to its root and without '..', found '../other'"
    ),
    Fault(
      "an unknown placeholder", app + "spec:\n  overlays: [\"clusters/{clustr}\"]\n",
      "5:14: error: expected a path below the app's path, without '..', in which {cluster} and "
        + "{environment} stand for names, found 'clusters/{clustr}'"),
    Fault(
      "an overlay pattern out of the repository", app + "spec:\n  overlays: [../../../x]\n",
      "5:14: error: expected a path below the app's path, without '..', in which {cluster} and "
        + "{environment} stand for names, found '../../../x'"),
    Fault(
      "no overlay pattern", app + "spec:\n  overlays: []\n",
      "5:13: error: expected at least 1 in this list"),
    Fault(
      "another API version", "apiVersion: flotilla.dev/v2\nkind: App\nmetadata: {name: a}\n",
      "1:13: error: expected 'flotilla.dev/v1', found 'flotilla.dev/v2'"),
    Fault(
      "no API version", "kind: App\nmetadata: {name: a}\n",
      "1:1: error: App document has no 'apiVersion'; add 'apiVersion': 'flotilla.dev/v1'"),
    Fault(
      "a misspelt kind", "apiVersion: flotilla.dev/v1\nkind: Ap\n",
      "2:7: error: unknown kind 'Ap', expected 'Fleet', 'Cluster', 'App', 'Environment', "
        + "'Strategy', 'Window' or 'Access'; did you mean 'App'?"),
    Fault(
      "a Kubernetes object", "apiVersion: v1\nkind: ConfigMap\n",
      "2:7: error: unknown kind 'ConfigMap', expected 'Fleet', 'Cluster', 'App', 'Environment', "
        + "'Strategy', 'Window' or 'Access'; Kubernetes objects belong into overlays, not into fleet/"
    ),
    Fault(
      "no kind", "name: x\n",
      "1:1: error: object has no 'kind', expected 'Fleet', 'Cluster', 'App', 'Environment', "
        + "'Strategy', 'Window' or 'Access'; add 'kind'"),
    Fault(
      "no mapping", "- a\n",
      "1:1: error: expected a mapping with apiVersion, kind, metadata and spec, found a list"),
    Fault(
      "no name", "apiVersion: flotilla.dev/v1\nkind: App\nmetadata: {}\n",
      "3:11: error: Metadata has no 'name'; add 'name': a name: at most 63 lower-case letters, "
        + "digits, '-' and '.', no '-' or '.' at its ends"),
    Fault(
      "a name that no file or label could carry",
      "apiVersion: flotilla.dev/v1\nkind: App\nmetadata: {name: My_App}\n",
      "3:18: error: expected a name: at most 63 lower-case letters, digits, '-' and '.', no '-' "
        + "or '.' at its ends, found 'My_App'"),
    Fault(
      "a label value that is no text",
      "apiVersion: flotilla.dev/v1\nkind: App\nmetadata: {name: a, labels: {canary: true}}\n",
      "3:38: error: expected a label value: at most 63 letters, digits, '-', '_' and '.', found "
        + "the boolean true; write it in quotes: \"true\""),
    Fault(
      "a bad selector", app + "spec:\n  clusters: env in prod\n",
      "5:13: error: label selector 'env in prod': 'env in prod' has no valid key; write it as in "
        + "kubectl get -l: key=value, key!=value, key in (a,b), key, !key"),
    Fault(
      "a selector that can match no label", app + "spec:\n  clusters: env=a/b\n",
      "5:13: error: label selector 'env=a/b': 'env=a/b' can match no label, since keys and values "
        + "of labels are letters, digits, '-', '_' and '.'"),
    Fault(
      "a bad operator",
      app + "spec:\n  clusters: {matchExpressions: [{key: env, operator: Exsts}]}\n",
      "5:54: error: operator of Requirement: expected 'In', 'NotIn', 'Exists' or 'DoesNotExist', "
        + "found 'Exsts'; did you mean 'Exists'?"),
    Fault(
      "an operator without its values",
      app + "spec:\n  clusters: {matchExpressions: [{key: env, operator: In}]}\n",
      "5:54: error: operator In takes at least one value; add 'values'"),
    Fault(
      "a duration without unit", wave("soak: 10"),
      "7:13: error: expected a duration such as 30s, 10m or 1h30m, found '10'; give the unit: 10s"),
    Fault(
      "a duration in words", wave("soak: five minutes"),
      "7:13: error: expected a duration such as 30s, 10m or 1h30m, found 'five minutes'"),
    Fault(
      "a deadline of nothing", wave("progressDeadline: 0s"),
      "7:25: error: expected a duration such as 30s, 10m or 1h30m, more than 0, found '0s'"),
    Fault(
      "more than all", wave("maxConcurrent: 101%"),
      "7:22: error: expected a number of clusters from 1 up, or a share such as 25%, found '101%'"),
    Fault(
      "none at a time", wave("maxConcurrent: 0"),
      "7:22: error: expected a number of clusters from 1 up, or a share such as 25%, found '0'"),
    Fault(
      "a wave by two measures", wave("size: 1\n    clusters: env=dev"),
      "8:7: error: Wave has 'size' and 'clusters', expected only one of 'clusters' or 'size'; "
        + "remove one of them"),
    Fault(
      "no wave", object("Strategy", "s", "waves: []"),
      "5:10: error: expected at least 1 in this list"),
    Fault(
      "a mode that there is not",
      object("Environment", "e", "clusters: env=qa\nafter: [dev]\npromotion: {mode: atuo}"),
      "5:13: warning: environment 'e' selects no cluster with 'env=qa'; values of 'env' are dev, "
        + "prod",
      "7:21: error: mode of Promotion: expected 'auto' or 'manual', found 'atuo'; did you mean "
        + "'auto'?"),
    Fault(
      "a misspelt required field, reported once", object("Environment", "e", "cluster: env=qa"),
      "5:3: error: unknown field 'cluster' in Environment; did you mean 'clusters'?"),
  ])
  func aFaultIsReportedWithItsPlace(_ fault: Fault) throws {
    var fixture = FleetFixture()
    fixture.files["fleet/fault.yaml"] = fault.text
    let loaded = try fixture.load()
    #expect(
      loaded.findings.map(\.description) == fault.findings.map { "fleet/fault.yaml:\($0)" })
    #expect(loaded.configuration == nil)
  }

  @Test func allFaultsOfAllFilesComeAtOnceInOrder() throws {
    var fixture = FleetFixture()
    fixture.files["fleet/b.yaml"] = Self.app + "spec: {pth: a, prune: 3}\n"
    fixture.files["fleet/a.yaml"] = object("Environment", "e", "clusters: [x]\nafter: [prd]")
    #expect(
      try fixture.load().findings.map { "\($0.file):\($0.line):\($0.column)" }
        == ["fleet/a.yaml:5:13", "fleet/b.yaml:4:8", "fleet/b.yaml:4:23"])
  }

  @Test func everyFieldReachesItsValue() throws {
    var fixture = FleetFixture()
    fixture.files["fleet/apps/shop.yaml"] = object(
      "App", "shop",
      """
      path: deploy/shop
      overlays: ["{environment}/{cluster}", base]
      clusters: env in (dev,prod)
      namespace: shop
      serviceAccount: shop/deployer
      dependsOn: [shop2]
      prune: false
      substitute: true
      compat: kubernetes
      """)
    fixture.files["fleet/apps/shop2.yaml"] = Self.app.replacing("name: shop", with: "name: shop2")
    fixture.files["fleet/environments/prod.yaml"] = object(
      "Environment", "prod",
      """
      clusters: {matchLabels: {env: prod}, matchExpressions: [{key: edge, operator: DoesNotExist}]}
      after: [dev]
      promotion: {mode: auto, soak: 1h, approvals: {required: 2, roles: [sre]}}
      onNewRelease: queue
      drift: correct
      paused: true
      strategy:
        deletions: {maxPerCluster: 3, maxPercent: 10, approvalFor: [Namespace]}
        waves:
          - name: one
            size: 50%
            orderBy: rank
            maxConcurrent: 2
            maxFailures: 0%
            maxUnreachable: 0
            progressDeadline: 90s
            soak: 0
            onBreach: rollback
            before: [{hold: ready}, {approval: {required: 1, authorMayApprove: true}}]
            after:
              - http: {url: "https://checks.example.com/shop", timeout: 3s}
              - prometheus: {url: "http://prometheus", query: up, threshold: "< 0.5", for: 1m}
      """)
    let configuration = try #require(try fixture.load(availability: .everything).configuration)
    #expect(
      configuration.app("shop")
        == App(
          name: "shop", path: "deploy/shop", overlays: ["{environment}/{cluster}", "base"],
          clusters: try .init(parsing: "env in (dev,prod)"), namespace: "shop",
          serviceAccount: "shop/deployer", dependsOn: ["shop2"], prune: false, substitute: true,
          compat: .kubernetes))
    #expect(configuration.app("shop2")?.path == "overlays/shop2")
    let wave = WaveSpec(
      name: "one", membership: .size(.percent(50)), orderBy: "rank", maxConcurrent: .count(2),
      maxFailures: .percent(0), progressDeadline: .seconds(90),
      before: [
        .hold(name: "ready"), .approval(Approvals(required: 1, authorMayApprove: true)),
      ],
      after: [
        .http(HTTPGate(url: "https://checks.example.com/shop", timeout: .seconds(3))),
        .prometheus(
          PrometheusGate(
            url: "http://prometheus", query: "up", threshold: "< 0.5", for: .minutes(1))),
      ], onBreach: .rollback)
    #expect(
      configuration.environment("prod")
        == Environment(
          name: "prod", clusters: try .init(parsing: "env=prod,!edge"), after: ["dev"],
          promotion: Promotion(
            mode: .auto, soak: .minutes(60), approvals: Approvals(required: 2, roles: ["sre"])),
          onNewRelease: .queue,
          strategy: Strategy(
            waves: [wave],
            deletions: DeletionBudget(
              maxPerCluster: 3, maxPercent: 10, approvalFor: ["Namespace"])),
          drift: .correct, paused: true))
    #expect(
      configuration.cluster("dev-1")
        == Cluster(
          name: "dev-1", labels: ["env": "dev"],
          credentials: .kubeconfig(file: "clusters.kubeconfig", context: "dev-1")))
  }

  @Test func withoutAnAppThereIsOneWithTheWholeOfOverlays() throws {
    let configuration = try #require(try FleetFixture().load().configuration)
    #expect(configuration.apps == [App(name: "default", path: "overlays")])
    #expect(configuration.environment("dev")?.strategy == .allAtOnce)
  }
}
