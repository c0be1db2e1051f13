import FleetModel
import Foundation
import Kustomize
import Manifests
import SourceTree
import Testing

@testable import Rendering

/// `helmCharts` against `kubectl kustomize --enable-helm` with the same helm.
@Suite(
  .enabled(if: ChartFixture.isAvailable, "needs helm and kubectl 1.32; see docs/development.md"))
struct HelmChartTests {
  private let fixture: ChartFixture

  init() throws { fixture = try ChartFixture() }

  /// Fields of an entry of `helmCharts`, beside its name and release.
  static let entries = [
    "", "namespace: shop", "version: 9.9.9", "includeCRDs: true", "skipTests: true",
    "skipHooks: true", "kubeVersion: 1.29.3", "apiVersions: [x/v1, y/v1]", "debug: true",
    "valuesFile: own.yaml", "additionalValuesFiles: [more.yaml, own.yaml]",
    "{valuesFile: own.yaml, additionalValuesFiles: [more.yaml]}",
    "valuesInline: {flag: no, list: [c], nested: {one: null, three: 3}, mode: 0700}",
    "{valuesInline: {nested: {two: 22}, fresh: {deep: [{a: 1}]}}, valuesMerge: merge}",
    "{valuesInline: {replicas: 7, text: 'yes', date: 2026-05-01}, valuesMerge: override}",
    "{valuesInline: {only: this}, valuesMerge: replace}",
    "{valuesInline: {list: null, nested: {one: ~}}, valuesFile: own.yaml}",
    "{valuesInline: {}, valuesMerge: replace}",
    "{valuesInline: {big: 12345678901234567890, float: 1.50, exponent: 1e3, text: '1e3', nil: ~}}",
  ]

  @Test(arguments: entries)
  func aChartComesOutAsKubectlHasIt(_ entry: String) throws {
    try fixture.write("own.yaml", "replicas: 5\nnested: {one: 11}\nlist: []\n")
    try fixture.write("more.yaml", "extra: {a: [1, 2]}\nflag: off\n")
    let fields = entry.hasPrefix("{") ? String(entry.dropFirst().dropLast()) : entry
    try fixture.write(
      "kustomization.yaml",
      "helmCharts:\n- {name: web, releaseName: shop\(fields.isEmpty ? "" : ", " + fields)}\n")
    let expected = try #require(try fixture.expected())
    #expect(try fixture.built() == expected)
  }

  /// What stands beside the charts in the kustomization.
  static let files = [
    "namespace: shop\nnamePrefix: my-\ncommonLabels: {a: b}\n",
    "buildMetadata: [originAnnotations, managedByLabel]\n",
    "buildMetadata: [transformerAnnotations]\nnameSuffix: -x\n",
    "resources: [more.yaml]\nconfigMapGenerator: [{name: g, literals: [a=b]}]\n",
    "patches: [{target: {kind: Service}, patch: '[{\"op\": \"add\", \"path\": \"/spec/type\", \"value\": \"NodePort\"}]'}]\n",
    "helmGlobals: {chartHome: other}\n",
    "images: [{name: x, newTag: v2}]\ncommonAnnotations: {a: b}\n",
  ]

  @Test(arguments: files)
  func whatStandsBesideAChartWorksOnItsObjects(_ text: String) throws {
    for (name, content) in ChartFixture.chart { try fixture.write("other/web/\(name)", content) }
    try fixture.write(
      "more.yaml", "apiVersion: v1\nkind: Secret\nmetadata: {name: s}\n")
    try fixture.write(
      "kustomization.yaml", text + "helmCharts:\n- {name: web, releaseName: shop}\n")
    let expected = try #require(try fixture.expected())
    #expect(try fixture.built() == expected)
  }

  @Test func severalChartsAndTheOlderFormAndThePluginWorkAsInKubectl() throws {
    try fixture.write(
      "kustomization.yaml",
      """
      helmCharts:
      - {name: web, releaseName: one}
      - {name: web, releaseName: two, skipHooks: true, skipTests: true}
      """)
    // The hooks of both have the same name only in the first.
    #expect(try fixture.built() == (try #require(try fixture.expected())))
    try fixture.write(
      "kustomization.yaml",
      """
      helmChartInflationGenerator:
      - {chartName: web, releaseName: one, valuesLocal: {a: b}, chartHome: charts}
      """)
    #expect(try fixture.built() == (try #require(try fixture.expected())))
    try fixture.write("kustomization.yaml", "generators: [plugin.yaml]\n")
    try fixture.write(
      "plugin.yaml",
      """
      apiVersion: builtin
      kind: HelmChartInflationGenerator
      metadata: {name: any}
      name: web
      releaseName: one
      valuesInline: {a: yes, n: 0644}
      includeCRDs: true
      """)
    #expect(try fixture.built() == (try #require(try fixture.expected())))
  }

  @Test func aChartThatWasFetchedIntoTheRepositoryNeedsNoNetwork() throws {
    for (name, text) in ChartFixture.chart {
      try fixture.write("charts/web-1.2.3/web/\(name)", text)
    }
    try fixture.write(
      "kustomization.yaml",
      "helmCharts:\n- {name: web, releaseName: r, version: 1.2.3, repo: https://example.org/x}\n")
    #expect(try fixture.built() == (try #require(try fixture.expected())))
  }

  private func error(_ text: String) throws -> BuildError {
    try fixture.write("kustomization.yaml", text)
    return try #require(throws: BuildError.self) { try fixture.built() }
  }

  @Test func aChartThatIsNotThereIsNotFetched() throws {
    let error = try error(
      "helmCharts:\n- {name: db, releaseName: r, version: 1.0.0, repo: https://example.org/charts}\n"
    )
    #expect(
      error.message
        == "there is no chart at 'charts/db-1.0.0/db', and charts are not fetched while building; "
        + "fetch it into the repository: helm pull --untar --untardir charts/db-1.0.0 --repo "
        + "https://example.org/charts db --version 1.0.0")
    #expect(error.line == 2)
  }

  @Test(arguments: [
    "helmCharts: [{releaseName: r}]", "helmCharts: [{name: none, releaseName: r}]",
    "helmCharts: [{name: web, releaseName: r, valuesMerge: nope}]",
    "helmCharts: [{name: web, releaseName: r, valuesFile: none.yaml}]",
    "helmCharts: [{name: web, releaseName: r, unknown: 1}]",
    "helmCharts: [{name: web, releaseName: r, valuesInline: [1]}]",
    "helmCharts: [{name: web, releaseName: r, kubeVersion: nonsense}]",
    "helmCharts: [{name: web, releaseName: r, nameTemplate: x}]",
    "helmCharts: [{name: web, releaseName: r}, {name: web, releaseName: r}]",
    "helmCharts: [{name: web, releaseName: r, valuesFile: ../outside.yaml}]",
    "helmCharts: [{name: web, releaseName: r, valuesInline: {nested: 3}}]",
    "helmCharts: [{name: web, releaseName: r, valuesInline: {list: 3}}]",
    "helmCharts: [{name: web, releaseName: r, valuesInline: {replicas: {a: 1}}}]",
    "helmCharts: [{name: web, releaseName: r, valuesInline: {replicas: [1]}, valuesMerge: merge}]",
  ])
  func whatKubectlRefusesIsRefused(_ text: String) throws {
    try fixture.write("kustomization.yaml", text + "\n")
    #expect(try fixture.expected() == nil)
    #expect(throws: BuildError.self) { try fixture.built() }
  }

  @Test func helmsOwnErrorIsOneLineWithoutPlacesOfThisRun() throws {
    try fixture.write(
      "charts/web/templates/bad.yaml", "a: {{ required \"set it\" .Values.missing }}\n")
    let error = try error("helmCharts: [{name: web, releaseName: r}]\n")
    #expect(
      error.description.hasSuffix(
        "kustomization.yaml:1: chart 'web': helm: execution error at "
          + "(web/templates/bad.yaml:1:6): set it"), "\(error)")
  }

  @Test func withoutPermissionAChartIsRefusedByName() throws {
    try fixture.write("kustomization.yaml", "helmCharts: [{name: web, releaseName: r}]\n")
    let place = try #require(TreePath(String(fixture.path.dropFirst())))
    let error = #expect(throws: BuildError.self) {
      try KustomizeBuild.build(DiskTree(root: "/"), at: place)
    }
    #expect(error?.message == "Helm charts need 'flotilla build --enable-helm'")
  }
}

/// Charts in a fleet.
@Suite(
  .enabled(if: ChartFixture.isAvailable, "needs helm and kubectl 1.32; see docs/development.md"))
struct FleetChartTests {
  private func fixture(_ template: String) throws -> RenderingFixture {
    var fixture = try RenderingFixture()
    try fixture.write(
      "overlays/shop/base/kustomization.yaml", "helmCharts: [{name: web, releaseName: r}]\n")
    try fixture.write(
      "overlays/shop/base/charts/web/Chart.yaml", "apiVersion: v2\nname: web\nversion: 1.0.0\n")
    try fixture.write("overlays/shop/base/charts/web/values.yaml", "{}\n")
    try fixture.write("overlays/shop/base/charts/web/templates/a.yaml", template)
    return fixture
  }

  private func settings(_ value: String) -> String {
    "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: settings}\ndata: {value: \(value)}\n"
  }

  @Test func clustersShareAChartsRendering() throws {
    let fixture = try fixture(settings("'{{ .Release.Name }}'"))
    let state = try fixture.renderer.render(app: "shop", cluster: "c1")
    #expect(state.objects.first?.node.value(at: "data", "value")?.string == "r")
  }

  @Test(arguments: [
    "{{ randAlphaNum 8 }}", "{{ now | unixEpoch }}", "{{ genCA \"x\" 1 | toJson | quote }}",
  ])
  func aChartThatMakesUpValuesIsRefused(_ value: String) throws {
    let fixture = try fixture(settings(value))
    #expect(
      fixture.error()
        == "shop on c1: overlays/shop/base/kustomization.yaml:1: chart 'web': ConfigMap settings "
        + "comes out differently each time, so what was reviewed would not be what is delivered; "
        + "give the values that the chart makes up (passwords, certificates, dates)")
  }

  @Test func anOverlayMayBeAChart() throws {
    var fixture = try RenderingFixture()
    fixture.tree = MemoryTree()
    fixture.app.namespace = "shop"
    for (name, text) in ChartFixture.chart {
      try fixture.write("overlays/shop/base/\(name)", text)
    }
    // A cluster with values of its own uses the chart by a kustomization.
    try fixture.write(
      "overlays/shop/clusters/c2/kustomization.yaml",
      """
      helmGlobals: {chartHome: ../..}
      helmCharts:
      - {name: base, releaseName: shop, namespace: shop, valuesFile: values.yaml, skipHooks: true}

      """)
    try fixture.write("overlays/shop/clusters/c2/values.yaml", "replicas: 9\n")
    let first = try fixture.renderer.rendered(app: "shop", cluster: "c1")
    #expect(
      first.state.objects.map(\.identity.description) == [
        "CustomResourceDefinition things.example.com", "ConfigMap shop/shop-web",
        "Service shop/shop-web", "Job shop/migrate",
      ])
    #expect(
      first.warnings.map(\.description) == [
        "overlays/shop/base/Chart.yaml: warning: Job migrate is a Helm hook (pre-install) and is "
          + "delivered as an ordinary object; switch it off in the chart's values if it must not "
          + "stay in the cluster"
      ])
    let second = try fixture.renderer.render(app: "shop", cluster: "c2")
    let settings = try #require(second.objects.first { $0.identity.kind == "ConfigMap" })
    let values = try #require(settings.node.value(at: "data", "values")?.string)
    #expect(values.contains("\"replicas\":9"), "\(values)")
  }

  @Test func aChartThatNeverEndsIsEnded() throws {
    let helm = HelmProgram(.trusted, timeout: .seconds(5))
    _ = try helm.version()
    let file = ChartInflation.File(
      path: ["Chart.yaml"], bytes: Array("apiVersion: v2\nname: a\nversion: 1.0.0\n".utf8))
    let loop = ChartInflation.File(
      path: ["templates", "a.yaml"],
      bytes: Array("{{ range until 10000 }}{{ range until 100000 }}{{ end }}{{ end }}".utf8))
    let error = #expect(throws: ChartInflationError.self) {
      try helm.inflate(ChartInflation(name: "a", files: [file, loop], values: []))
    }
    #expect(error?.message.hasPrefix("helm: it was not done after") ?? false)
  }

  @Test func aFileCannotBeWrittenOutsideOfTheChart() throws {
    for name in ["..", ".", "", "a/b"] {
      let file = ChartInflation.File(path: [name, "x"], bytes: [])
      #expect(throws: ChartInflationError.self) {
        try HelmProgram(.trusted).inflate(ChartInflation(name: "a", files: [file], values: []))
      }
    }
  }
}
