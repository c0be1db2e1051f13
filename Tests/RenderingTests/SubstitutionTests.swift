import FleetModel
import Manifests
import SourceTree
import Testing

@testable import Rendering

/// `substitute: true`: `${name}` in the objects of an app stands for values of the cluster.
@Suite struct SubstitutionTests {
  private var fixture: RenderingFixture
  private var clusters = [
    Cluster(name: "c1", labels: ["env": "dev", "topology.kubernetes.io/zone": "eu-1a"]),
    Cluster(
      name: "c2", labels: ["env": "dev", "region": "us"],
      variables: [
        "region": "us-east", "count": "3", "flag": "true", "on": "on", "date": "2026-05-01",
      ]
    ),
  ]

  init() throws {
    fixture = try RenderingFixture()
    fixture.app.substitute = true
  }

  /// The object that the base's one resource comes to.
  private mutating func object(_ text: String, on cluster: String = "c2") throws -> Node {
    try #require(try objects(text, on: cluster).first)
  }

  private mutating func objects(_ text: String, on cluster: String = "c2") throws -> [Node] {
    var tree = MemoryTree()
    try tree.write(
      Array("resources: [settings.yaml]\n".utf8), to: "overlays/shop/base/kustomization.yaml")
    try tree.write(Array(text.utf8), to: "overlays/shop/base/settings.yaml")
    return try renderer(tree).render(app: "shop", cluster: cluster).objects.map(\.node)
  }

  private func renderer(_ tree: any FileTree) -> Renderer {
    Renderer(
      tree: tree,
      configuration: FleetConfiguration(
        clusters: clusters, apps: [fixture.app],
        environments: [
          Environment(name: "dev", clusters: LabelSelector([.init("env", .isIn, ["dev"])]))
        ]),
      commit: nil)
  }

  private mutating func error(_ text: String, on cluster: String = "c2") throws -> String? {
    do {
      _ = try object(text, on: cluster)
      return nil
    } catch let error as RenderError { return error.reason }
  }

  private func settings(_ value: String, _ metadata: String = "") -> String {
    "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: settings\n\(metadata)data:\n  value: \(value)\n"
  }

  private mutating func value(_ text: String, on cluster: String = "c2") throws -> Scalar? {
    try object(settings(text), on: cluster).value(at: "data", "value")?.scalar
  }

  @Test mutating func nameEnvironmentLabelsAndVariablesAreVariables() throws {
    #expect(try value("${cluster_name} in ${environment_name}")?.text == "c2 in dev")
    #expect(try value("${region}")?.text == "us-east", "a variable wins over a label")
    #expect(try value("${env}-${topology_kubernetes_io_zone}", on: "c1")?.text == "dev-eu-1a")
  }

  @Test mutating func aValueHasTheTypeThatItsTextHas() throws {
    // Servers take text only.
    fixture.app.schema = .off
    #expect(try value("${count}")?.tag == .int)
    #expect(try value("'${count}'")?.tag == .int, "quotes of the overlay are gone, as with Flux")
    #expect(try value("${flag}")?.tag == .bool)
    let on = try value("${on}")
    #expect(on?.tag == .bool && on?.text == "true", "read as YAML 1.1, as with Flux")
    #expect(try value("${count} of 5")?.tag == .string)
    #expect(try value("${missing:='3'}")?.tag == .string)
    let date = try value("${date}")
    #expect(date?.tag == .string && date?.text == "2026-05-01")
  }

  @Test mutating func namesAndKeysAreSubstituted() throws {
    let object = try object(
      "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: settings-${region}\n"
        + "  labels: {\"${region}/x\": y}\n")
    #expect(ResourceIdentity(of: object)?.name == "settings-us-east")
    #expect(object.value(at: "metadata", "labels")?["us-east/x"]?.string == "y")
  }

  @Test mutating func linesOfALongTextAreSubstituted() throws {
    let object = try object(settings("|\n    a=${region}\n    b=$${HOME}\n    c=$HOME"))
    #expect(object.value(at: "data", "value")?.string == "a=us-east\nb=${HOME}\nc=$HOME\n")
  }

  @Test(arguments: [
    "  annotations: {flotilla.dev/substitute: disabled}\n",
    "  annotations: {kustomize.toolkit.fluxcd.io/substitute: disabled}\n",
    "  labels: {kustomize.toolkit.fluxcd.io/substitute: disabled}\n",
  ])
  mutating func anObjectCanBeLeftAsItIs(_ metadata: String) throws {
    let object = try object(settings("${nobody} $$", metadata))
    #expect(object.value(at: "data", "value")?.string == "${nobody} $$")
  }

  @Test mutating func withoutSubstituteEverythingStaysAsItIs() throws {
    fixture.app.substitute = false
    #expect(try value("${region} $$")?.text == "${region} $$")
  }

  @Test mutating func anUndefinedVariableNamesObjectFieldAndTheLikelyOne() throws {
    #expect(
      try error(settings("${regoin}"))
        == "ConfigMap settings: data.value: variable 'regoin' is not defined; did you mean 'region'?"
    )
    #expect(
      try error(settings("${nobody^^}"))
        == "ConfigMap settings: data.value: variable 'nobody' is not defined, which '${nobody^^}' "
        + "needs; set it in 'variables' of the cluster or give a default: ${nobody:=…}; for the "
        + "text itself write '$$' for '$', or annotate the object with flotilla.dev/substitute: "
        + "disabled")
  }

  @Test mutating func whatIsNoExpressionNamesObjectAndField() throws {
    #expect(
      try error(
        "apiVersion: v1\nkind: Pod\nmetadata: {name: p}\nspec:\n  containers:\n"
          + "    - {name: a, args: [x, 'echo ${foo.bar}']}\n")
        == "Pod p: spec.containers[0].args[1]: '${foo.bar}' has something before its '}'; for the "
        + "text itself write '$$' for '$', or annotate the object with flotilla.dev/substitute: "
        + "disabled")
  }

  @Test mutating func aValueThatBreaksTheObjectIsAnError() throws {
    clusters[1].variables["count"] = "[1"
    let found = try error(settings("${count}"))
    #expect(
      found?.hasPrefix("ConfigMap settings: after substitution of 'count' the object is no YAML")
        ?? false, "\(found ?? "")")
  }

  @Test mutating func twoObjectsThatBecomeOneAreRefused() throws {
    let text =
      "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: us-east}\n---\n"
      + "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: '${region}'}\n"
    #expect(try error(text) == "holds ConfigMap us-east (v1) twice; remove one of them")
  }

  @Test mutating func anObjectThatLosesItsNameIsRefused() throws {
    #expect(
      try error("apiVersion: v1\nkind: ConfigMap\nmetadata: {name: '${nobody:=}'}\n")
        == "a ConfigMap has no metadata.name")
  }

  /// Clusters share the build; only their own values make a difference.
  @Test mutating func clustersShareTheBuild() async throws {
    var tree = MemoryTree()
    try tree.write(
      Array("resources: [a.yaml, b.yaml]\n".utf8), to: "overlays/shop/base/kustomization.yaml")
    try tree.write(Array(settings("${cluster_name}").utf8), to: "overlays/shop/base/a.yaml")
    try tree.write(
      Array(RenderingFixture.configMap("other", "x").utf8), to: "overlays/shop/base/b.yaml")
    clusters = (0..<50).map { Cluster(name: "c\($0)", labels: ["env": "dev"]) }
    let counting = CountingTree(tree)
    let states = await renderer(counting).renderAll(app: "shop").mapValues { try? $0.get() }
    #expect(Set(states.values.compactMap { $0?.digest }).count == 50)
    #expect(Set(states.values.compactMap { $0?.objects.first?.digest }).count == 1)
    #expect(counting.reads.values.allSatisfy { $0 == 1 })
  }

  @Test func labelsThatComeToOneNameStandForNothingUnlessTheyAgree() {
    let cluster = Cluster(
      name: "c", labels: ["a-b": "1", "a.b": "2", "c-d": "3", "c.d": "3", "e_f": "4", "e-f": "5"])
    #expect(
      SubstitutionVariables.of(cluster, environment: "dev")
        == ["c_d": "3", "e_f": "4", "cluster_name": "c", "environment_name": "dev"])
  }
}
