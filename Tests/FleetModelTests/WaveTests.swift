import Testing

@testable import FleetModel

/// Waves that can do nothing, and limits that can limit nothing.
@Suite struct WaveTests {
  /// Six clusters: 4 in eu (one canary), 2 in us.
  private func findings(_ strategy: String) throws -> [String] {
    var fixture = FleetFixture()
    fixture.files["fleet/environments/prod.yaml"] = nil
    fixture.files["fleet/clusters/all.yaml"] = (1...6).map { number in
      """
      apiVersion: flotilla.dev/v1
      kind: Cluster
      metadata:
        name: c\(number)
        labels: {env: dev, region: \(number <= 4 ? "eu" : "us"), canary: "\(number == 1)"}
      spec:
        credentials: {kubeconfig: {file: a}}
      """
    }.joined(separator: "\n---\n")
    fixture.files["fleet/environments/dev.yaml"] = object(
      "Environment", "dev", "clusters: env=dev\nstrategy: waves")
    fixture.files["fleet/s.yaml"] = object("Strategy", "waves", strategy)
    return try fixture.findings()
  }

  @Test func wavesThatCoverEveryClusterAreFine() throws {
    #expect(
      try findings(
        """
        waves:
          - {name: canary, clusters: canary=true}
          - {name: eu, clusters: region=eu, maxConcurrent: 2, maxFailures: 1}
          - {name: rest, maxConcurrent: 50%}
        """
      ).isEmpty)
  }

  @Test func aClusterOfNoWaveIsRefused() throws {
    #expect(
      try findings("waves: [{name: eu, clusters: region=eu}]") == [
        "fleet/environments/dev.yaml:6:13: error: clusters 'c5' and 'c6' of environment 'dev' "
          + "belong to no wave; add a last wave without 'clusters' and 'size': it takes the rest"
      ])
  }

  @Test func aWaveAfterTheOneThatTakesTheRestIsRefused() throws {
    #expect(
      try findings("waves:\n  - name: all\n  - {name: us, clusters: region=us}") == [
        "fleet/s.yaml:7:7: error: wave 'us' never gets a cluster: wave 'all' before it takes all "
          + "that are left; give 'all' a 'clusters' selector or a 'size', or move it to the end",
        "fleet/s.yaml:7:28: warning: wave 'us' gets no cluster in environment 'dev': none that "
          + "earlier waves left over matches 'region=us'",
      ])
  }

  @Test func aWaveWithoutClustersIsWarnedAbout() throws {
    #expect(
      try findings(
        "waves:\n  - {name: a, size: 6}\n  - {name: b, size: 1}\n  - {name: c, clusters: edge}")
        == [
          "fleet/s.yaml:7:23: warning: wave 'b' gets no cluster in environment 'dev': earlier "
            + "waves take all of them",
          "fleet/s.yaml:8:27: warning: wave 'c' gets no cluster in environment 'dev': none that "
            + "earlier waves left over matches 'edge'",
        ])
  }

  @Test func limitsThatCannotBiteAreWarnedAbout() throws {
    #expect(
      try findings(
        """
        waves:
          - name: eu
            clusters: region=eu
            maxFailures: 4
            maxConcurrent: 5
          - name: rest
            maxUnreachable: 100%
        """) == [
          "fleet/s.yaml:8:20: warning: maxFailures 4 of wave 'eu' cannot take effect in "
            + "environment 'dev': the wave has 4 clusters, so it never halts",
          "fleet/s.yaml:9:22: warning: maxConcurrent 5 of wave 'eu' cannot take effect in "
            + "environment 'dev': the wave has 4 clusters, so all of them change at once",
          "fleet/s.yaml:11:23: warning: maxUnreachable 100% of wave 'rest' cannot take effect in "
            + "environment 'dev': the wave has 2 clusters, so it passes without having reached any",
        ])
  }

  @Test func aLimitMeantForAnotherEnvironmentIsNoFault() throws {
    var fixture = FleetFixture()
    fixture.files["fleet/s.yaml"] = object(
      "Strategy", "shared",
      "waves:\n  - {name: eu, clusters: region=eu}\n  - {name: rest}")
    fixture.files["fleet/fleet.yaml"] = object("Fleet", "f", "defaultStrategy: shared")
    #expect(
      try fixture.findings() == [],
      "dev has no cluster in eu and prod none in the rest, and both waves serve one of them")
  }

  @Test func twoWavesOfOneNameAreRefused() throws {
    #expect(
      try findings("waves:\n  - {name: a, size: 1}\n  - {name: a}") == [
        "fleet/s.yaml:7:14: error: a second wave 'a' in this strategy; rename one of them"
      ])
  }
}
