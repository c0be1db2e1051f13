import Testing

@testable import FleetModel

/// Faults between objects: names, references, environments and their clusters.
@Suite struct RelationTests {
  private var fixture = FleetFixture()

  @Test func aNameTwiceNamesBothPlaces() throws {
    var fixture = fixture
    fixture.files["fleet/z.yaml"] = object("Environment", "dev", "clusters: env=other")
    #expect(
      try fixture.findings().first
        == "fleet/z.yaml:3:18: error: Environment 'dev' is declared twice, first in "
        + "fleet/environments/dev.yaml:3; rename or remove one of them")
  }

  @Test func aSecondFleetIsRefused() throws {
    var fixture = fixture
    fixture.files["fleet/fleet.yaml"] = object("Fleet", "a", "defaultStrategy: slow")
    fixture.files["fleet/more.yaml"] = object("Fleet", "b", "defaultStrategy: slow")
    fixture.files["fleet/slow.yaml"] = object("Strategy", "slow", "waves: [{name: all}]")
    #expect(
      try fixture.findings() == [
        "fleet/more.yaml:3:18: error: a second Fleet; the first is in fleet/fleet.yaml:3; keep one"
      ])
  }

  @Test func aLimitThatCannotBiteIsAWarning() throws {
    var fixture = fixture
    fixture.files["fleet/fleet.yaml"] = object(
      "Fleet", "f", "limits: {maxConcurrent: 5, maxConcurrentPerFailureDomain: 2}")
    #expect(
      try fixture.findings() == [
        "fleet/fleet.yaml:5:61: warning: no cluster has a failureDomain; give clusters one, or "
          + "remove it"
      ])
    fixture.files["fleet/fleet.yaml"] = object(
      "Fleet", "f", "limits: {maxConcurrent: 2, maxConcurrentPerFailureDomain: 2}")
    #expect(
      try fixture.findings() == [
        "fleet/fleet.yaml:5:61: warning: the limit of 2 for the whole fleet is reached first; "
          + "make it smaller than 2, or remove it"
      ])
    fixture.files["fleet/fleet.yaml"] = object("Fleet", "f", "limits: {maxConcurrent: 0}")
    #expect(try fixture.findings().first?.contains("error: ") == true)
  }

  @Test func danglingReferencesAreSuggestedARemedy() throws {
    var fixture = fixture
    fixture.files["fleet/strategies/careful.yaml"] = object(
      "Strategy", "careful", "waves: [{name: all}]")
    fixture.files["fleet/environments/prod.yaml"] = object(
      "Environment", "prod", "clusters: env=prod\nafter: [dve, nowhere]\nstrategy: carefull")
    fixture.files["fleet/fleet.yaml"] = object("Fleet", "f", "defaultStrategy: fast")
    #expect(
      try fixture.findings() == [
        "fleet/environments/prod.yaml:6:11: error: there is no Environment 'dve'; did you mean "
          + "'dev'?",
        "fleet/environments/prod.yaml:6:16: error: there is no Environment 'nowhere'; known are "
          + "dev, prod",
        "fleet/environments/prod.yaml:7:13: error: there is no Strategy 'carefull'; did you mean "
          + "'careful'?",
        "fleet/fleet.yaml:5:20: error: there is no Strategy 'fast'; known are careful",
      ])
  }

  @Test func environmentsInACircleAreReportedOnce() throws {
    var fixture = fixture
    fixture.files["fleet/environments/dev.yaml"] = object(
      "Environment", "dev", "clusters: env=dev\nafter: [prod]")
    #expect(
      try fixture.findings() == [
        "fleet/environments/prod.yaml:6:11: error: environments come after each other in a "
          + "circle: dev -> prod -> dev; remove one of these references"
      ])
  }

  @Test func appsThatDependOnEachOtherInACircleAreReported() throws {
    var fixture = fixture
    fixture.files["fleet/apps/web.yaml"] = object("App", "web", "dependsOn: [base]")
    fixture.files["fleet/apps/base.yaml"] = object("App", "base", "dependsOn: [web]")
    #expect(
      try fixture.findings() == [
        "fleet/apps/web.yaml:5:15: error: apps depend on each other in a circle: base -> web -> "
          + "base; remove one of these references"
      ])
  }

  @Test func aProtectionFromNothingIsAWarning() throws {
    var fixture = fixture
    fixture.files["fleet/environments/dev.yaml"] = object(
      "Environment", "dev", "clusters: env=dev\nprotectAfter: 10m")
    #expect(
      try fixture.findings() == [
        "fleet/environments/dev.yaml:6:17: warning: nothing takes over from a rollout of "
          + "environment 'dev' before its end; set onNewRelease: supersede, or remove it"
      ])
  }

  @Test func anEnvironmentAfterItselfIsACircle() throws {
    var fixture = fixture
    fixture.files["fleet/environments/dev.yaml"] = object(
      "Environment", "dev", "clusters: env=dev\nafter: [dev]")
    #expect(
      try fixture.findings() == [
        "fleet/environments/dev.yaml:6:11: error: environments come after each other in a circle: "
          + "dev -> dev; remove one of these references"
      ])
  }

  @Test func promotionToTheFirstEnvironmentMeansNothing() throws {
    var fixture = fixture
    fixture.files["fleet/environments/dev.yaml"] = object(
      "Environment", "dev", "clusters: env=dev\npromotion: {mode: manual}")
    #expect(
      try fixture.findings() == [
        "fleet/environments/dev.yaml:6:14: error: environment 'dev' has no 'after', so it follows "
          + "the tracked branch and nothing is ever promoted to it; add 'after', or remove "
          + "'promotion'"
      ])
  }

  @Test func aClusterOfNoEnvironmentIsRefused() throws {
    var fixture = fixture
    fixture.files["fleet/clusters/x.yaml"] = """
      apiVersion: flotilla.dev/v1
      kind: Cluster
      metadata: {name: lost, labels: {env: prdo, region: eu}}
      spec:
        credentials: {kubeconfig: {file: a}}
      """
    #expect(
      try fixture.findings() == [
        "fleet/clusters/x.yaml:3:18: error: cluster 'lost' belongs to no environment: no selector "
          + "matches its labels env=prdo,region=eu; give it the labels of one: dev selects "
          + "'env=dev', prod selects 'env=prod'"
      ])
  }

  @Test func overlappingSelectorsNameTheClusters() throws {
    var fixture = fixture
    fixture.files["fleet/environments/eu.yaml"] = object(
      "Environment", "eu", "clusters: region=eu")
    #expect(
      try fixture.findings() == [
        "fleet/environments/prod.yaml:5:13: error: environments 'eu' and 'prod' select the same "
          + "clusters: 'prod-1'; narrow one of the selectors: a cluster belongs to exactly one "
          + "environment"
      ])
  }

  @Test func selectorsThatMatchNothingAreWarnedAbout() throws {
    var fixture = fixture
    fixture.files["fleet/environments/qa.yaml"] = object("Environment", "qa", "clusters: env=qa")
    fixture.files["fleet/apps/shop.yaml"] = object("App", "shop", "clusters: envv=dev")
    let loaded = try fixture.load()
    #expect(
      loaded.findings.map(\.description) == [
        "fleet/apps/shop.yaml:5:13: warning: app 'shop' selects no cluster with 'envv=dev'; did "
          + "you mean 'env'?",
        "fleet/environments/qa.yaml:5:13: warning: environment 'qa' selects no cluster with "
          + "'env=qa'; values of 'env' are dev, prod",
      ])
    #expect(loaded.configuration != nil, "a warning does not keep a commit from being used")
  }
}
