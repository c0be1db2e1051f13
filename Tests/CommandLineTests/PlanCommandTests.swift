import FleetModel
import Foundation
import Hub
import HubAPI
import RolloutEngine
import SourceTree
import Testing

@testable import flotilla

@Suite("Plans on the command line")
struct PlanCommandTests {
  private func run(_ arguments: [String], on hub: ModelHub) async throws -> Program.Result {
    var result: Program.Result?
    try await ServedHub.with(hub) { served in
      result = try await Program.run(
        arguments, hub: "unix:\(served.socket)", variables: ["LC_ALL": "C.UTF-8"])
    }
    return try #require(result)
  }

  @Test func aPlanSaysWhatChangesWhereAndWhatToLookAtFirst() async throws {
    let hub = try await ModelHub.withSecondRelease()
    let result = try await run(["plan", ModelHub.commit(2), "--to", "prod"], on: hub)
    #expect(result.status == 0, "\(result.errors)")
    let digest = try #require(result.output.firstMatch(of: /digest +([0-9a-f]{64})/)?.1)
    #expect(
      result.output.replacing(digest, with: "DIGEST") == """
        preview  web → prod  web@1aaaaaaaaaaa → web@2aaaaaaaaaaa
        plan     7 clusters, 2 distinct changes, 0 untouched
        digest   DIGEST

        1 commit
          2aaaaaaaaaaa  Another image  Anna <anna@example.org>

        Blast radius
          7 clusters, 1 object created, 7 objects changed
          pods restart  7 clusters    Deployment web

          WAVE    CLUSTERS  AT ONCE  FAILURES  SOAK  GATES  TRIES  WHICH
          canary         1      all         0  5m    ·      1      prod-eu-0
          eu             3        2         1  ·     ·      ·      prod-eu-1 prod-eu-2 prod-eu-3
          us             3      all         0  ·     ·      2      prod-us-2 prod-us-3 prod-us-1

        Look at this first
        ! change 2 (1 cluster) is not tried before wave 'us': no cluster of wave 'canary' gets it
        ! wave 'us' starts the moment that 'eu' is healthy: what breaks after a minute is not seen; give
          'eu' a soak, or a gate after it

        1  web, 6 clusters: prod-eu-0, prod-eu-1, prod-eu-2, prod-eu-3, prod-us-1, prod-us-2
           changed  Deployment web/web                                                          pods restart
                    .spec.template.spec.containers[name=web].image
                    - registry.example.org/web:1
                    + registry.example.org/web:2

        2  web, 1 cluster: prod-us-3
           created  ConfigMap web/us
                    + apiVersion: v1
                    + kind: ConfigMap
                    + metadata:
                    +   name: us
                    +   namespace: web
           changed  Deployment web/web                                                          pods restart
                    .spec.template.spec.containers[name=web].image
                    - registry.example.org/web:1
                    + registry.example.org/web:2

        """)
  }

  @Test func aPromotionThatWouldBeRefusedExitsWith4AndSaysWhy() async throws {
    let hub = ModelHub()
    try await hub.configure()
    try await hub.release(1, subject: "First")
    let result = try await run(["plan", ModelHub.commit(1), "--to", "prod"], on: hub)
    #expect(result.status == 4)
    #expect(result.output.contains("refused  web@1aaaaaaaaaaa is not stable in dev; "))
    #expect(result.output.contains("the app is new there, with 1 object"))
  }

  @Test func whatCannotBeToldIsListedAndExitsWith1() async throws {
    let hub = try await ModelHub.withSecondRelease()
    _ = try await hub.execute(
      Command(
        .promote(change: ModelHub.commit(2), environment: "prod"), actor: "anna", reason: "go"))
    try await hub.release(3, subject: "A third")
    try await hub.settle(only: ["dev-1"])
    let result = try await run(["plan", ModelHub.commit(3), "--to", "prod"], on: hub)
    #expect(result.status == 1)
    #expect(result.output.contains("behind   web-prod-2 is open and comes first"))
    #expect(result.output.contains("What cannot be told\n✘ before: web on prod-eu-0: "))
  }

  @Test func theChosenCanariesAreAWaveThatAStrategyTakes() async throws {
    let result = try await run(
      ["plan", ModelHub.commit(2), "--to", "prod", "--choose-canaries"],
      on: try await ModelHub.withSecondRelease())
    #expect(result.status == 0, "\(result.errors)")
    #expect(
      result.output == """
        # 2 clusters for 2 distinct changes of web@2aaaaaaaaaaa in prod: no smaller set tries all of them
        # the first of the strategy's waves:
        - name: canaries
          clusters: flotilla.dev/cluster in (prod-eu-0,prod-us-3)
          soak: 5m

        """)
    let waves = result.output.split(separator: "\n").map { "    \($0)\n" }.joined()
    let fleet = FleetLoader.load(
      tree: try MemoryTree([
        "fleet/fleet.yaml": """
        apiVersion: flotilla.dev/v1
        kind: Strategy
        metadata: {name: careful}
        spec:
          waves:
        \(waves)    - name: rest
        ---
        apiVersion: flotilla.dev/v1
        kind: Environment
        metadata: {name: prod}
        spec: {clusters: env=prod, strategy: careful}
        ---
        \(["prod-eu-0", "prod-us-3", "prod-us-1"].map {
          """
          apiVersion: flotilla.dev/v1
          kind: Cluster
          metadata: {name: \($0), labels: {env: prod}}
          spec: {server: "https://\($0).example.org", credentials: {tokenFile: \($0)}}
          """
          }.joined(separator: "\n---\n"))

        """
      ]))
    #expect(fleet.findings.filter { $0.severity == .error }.isEmpty, "\(fleet.findings)")
    let wave = try #require(fleet.configuration?.environment("prod")?.strategy.waves.first)
    guard case .selector(let selector) = wave.membership else {
      Issue.record("the wave selects nothing")
      return
    }
    let clusters = fleet.configuration?.clusters ?? []
    #expect(clusters.filter { selector.matches($0) }.map(\.name) == ["prod-eu-0", "prod-us-3"])
  }

  @Test func theSameSeedSimulatesTheSame() async throws {
    let hub = try await ModelHub.withSecondRelease()
    let arguments = [
      "plan", ModelHub.commit(2), "--to", "prod", "--simulate", "--apply-seconds", "20,60",
      "--failure-rate", "2%", "--runs", "50",
    ]
    let first = try await run(arguments + ["--seed", "7"], on: hub)
    #expect(first.status == 0, "\(first.errors)")
    #expect(first.output.contains("runs        50, seed 7: "))
    #expect(first.output.contains("healthy after 20s (P50), 1m (P95), as given"))
    #expect(first.output.contains("2% fail as given"))
    #expect(try await run(arguments + ["--seed", "7"], on: hub).output == first.output)
    #expect(try await run(arguments, on: hub).output.contains("runs        50, seed "))
  }

  @Test func tooFewRecordedAttemptsAreRefusedWithTheFlagsThatHelp() async throws {
    let result = try await run(
      ["plan", ModelHub.commit(2), "--to", "prod", "--simulate"],
      on: try await ModelHub.withSecondRelease())
    #expect(result.status == 4)
    #expect(
      result.errors
        == "refused: cannot simulate web: this hub has recorded 9 attempts of web, 9 of them healthy, "
        + "and 20 are needed; say what to expect with --apply-seconds P50,P95 and --failure-rate "
        + "SHARE\n")
  }

  @Test func aRehearsalShowsWhatTheEngineWouldDo() async throws {
    let hub = try await ModelHub.promoting()
    let result = try await run(
      [
        "rollout", "simulate", "web-prod-1", "--apply-seconds", "20,60", "--inject",
        "cluster=prod-eu-0:fail@canary",
      ], on: hub)
    #expect(result.status == 0, "\(result.errors)")
    #expect(
      result.output == """
        rehearsal  web → prod  web-prod-1
        attempts    all after 20s, the median as given

          +20s  web-prod-1: prod-eu-0 failed: simulated failure
          +20s  rollout web-prod-1 halted: wave 'canary': 1 of 1 targets failed, none is allowed

        end         halted
                    halted: wave 'canary': 1 of 1 targets failed, none is allowed
                    flotilla rollout retry web-prod-1 --reason 'WHY'

        """)
    let wrong = try await run(
      [
        "rollout", "simulate", "web-prod-1", "--apply-seconds", "20,60", "--inject",
        "cluster=prod-eu-0:fail@eu",
      ], on: hub)
    #expect(wrong.status == 1)
    #expect(wrong.errors.contains("cluster 'prod-eu-0' is in wave 'canary', not in 'eu'"))
  }
}
