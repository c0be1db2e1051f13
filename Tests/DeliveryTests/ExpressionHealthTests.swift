import CommonExpressions
import Delivery
import FleetModel
import Manifests
import Testing

/// Custom resources as their controllers leave them, judged by the expressions that people use for
/// them in Flux.
struct ExpressionHealthTests {
  struct Case: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let check: HealthCheck
    let status: String
    let expected: Verdict

    init(_ description: String, _ check: HealthCheck, _ status: String, _ expected: Verdict) {
      testDescription = description
      self.check = check
      self.status = status
      self.expected = expected
    }
  }

  private static func check(
    _ apiVersion: String, _ kind: String, inProgress: String? = nil, failed: String? = nil,
    current: String
  ) throws -> HealthCheck {
    HealthCheck(
      apiVersion: apiVersion, kind: kind,
      inProgress: try inProgress.map(CommonExpression.init(parsing:)),
      failed: try failed.map(CommonExpression.init(parsing:)),
      current: try CommonExpression(parsing: current))
  }

  private static func certificates() throws -> [Case] {
    let check = try check(
      "cert-manager.io/v1", "Certificate",
      inProgress:
        "status.?conditions.orValue([]).exists(e, e.type == 'Issuing' && e.status == 'True')",
      failed:
        "status.conditions.exists(e, e.type == 'Ready' && e.status == 'False' && e.reason == 'Failed')",
      current: "status.conditions.exists(e, e.type == 'Ready' && e.status == 'True')")
    return [
      Case(
        "a certificate without a status", check, "spec: {secretName: tls}",
        .inProgress(
          "Certificate web/x: cannot tell by 'inProgress' of healthCheckExprs: the object has no 'status'"
        )),
      Case(
        "a certificate that is being issued", check,
        """
        status:
          conditions:
          - {type: Ready, status: 'False', reason: DoesNotExist, message: Issuing certificate as Secret does not exist}
          - {type: Issuing, status: 'True', reason: DoesNotExist}
        """,
        .inProgress(
          "Certificate web/x: in progress by healthCheckExprs: Issuing certificate as Secret does not exist"
        )),
      Case(
        "a certificate that failed", check,
        "status: {conditions: [{type: Ready, status: 'False', reason: Failed, message: order is invalid}]}",
        .failed("Certificate web/x: failed by healthCheckExprs: order is invalid")),
      Case(
        "a certificate", check,
        "status: {conditions: [{type: Ready, status: 'True', reason: Ready}]}", .current),
      Case(
        "a certificate whose condition is of an older generation", check,
        "status: {observedGeneration: 1, conditions: [{type: Ready, status: 'True'}]}",
        .inProgress("Certificate web/x: its controller has seen generation 1, not yet generation 2")
      ),
    ]
  }

  private static func rollouts() throws -> [Case] {
    let check = try check(
      "argoproj.io/v1alpha1", "Rollout",
      inProgress: "status.phase in ['Progressing', 'Paused']",
      failed: "status.phase == 'Degraded'", current: "status.phase == 'Healthy'")
    return [
      Case(
        "an Argo Rollout under way", check,
        "status: {phase: Progressing, message: more replicas need to be updated}",
        .inProgress(
          "Rollout web/x: in progress by healthCheckExprs: more replicas need to be updated")),
      Case(
        "an Argo Rollout that was aborted", check,
        "status: {phase: Degraded, message: 'RolloutAborted: metric failed'}",
        .failed("Rollout web/x: failed by healthCheckExprs: RolloutAborted: metric failed")),
      Case("a healthy Argo Rollout", check, "status: {phase: Healthy}", .current),
      Case(
        "an Argo Rollout that nobody has looked at", check, "status: {}",
        .inProgress(
          "Rollout web/x: cannot tell by 'inProgress' of healthCheckExprs: status has no 'phase'")),
    ]
  }

  private static func claims() throws -> [Case] {
    let check = try check(
      "database.example.org/v1alpha1", "PostgreSQLInstance",
      failed: "status.conditions.exists(e, e.type == 'Synced' && e.status == 'False')",
      current:
        "['Ready', 'Synced'].all(t, status.conditions.exists(e, e.type == t && e.status == 'True'))"
    )
    return [
      Case(
        "a Crossplane claim that is not ready", check,
        "status: {conditions: [{type: Synced, status: 'True'}, {type: Ready, status: 'False', reason: Creating}]}",
        .inProgress("PostgreSQLInstance web/x: not yet current by healthCheckExprs: Creating")),
      Case(
        "a Crossplane claim that cannot be made", check,
        "status: {conditions: [{type: Synced, status: 'False', reason: ReconcileError, message: no such class}]}",
        .failed("PostgreSQLInstance web/x: failed by healthCheckExprs: no such class")),
      Case(
        "a Crossplane claim", check,
        "status: {conditions: [{type: Ready, status: 'True'}, {type: Synced, status: 'True'}]}",
        .current),
    ]
  }

  private static func clusters() throws -> [Case] {
    // Of Flux' own collection.
    let check = try check(
      "cluster.x-k8s.io/v1beta1", "Cluster",
      failed: "status.conditions.filter(e, e.type == 'Ready').all(e, e.status == 'False')",
      current: "status.conditions.filter(e, e.type == 'Ready').all(e, e.status == 'True')")
    return [
      Case(
        "a cluster that is not ready", check,
        "status: {conditions: [{type: Ready, status: 'False', reason: ScalingUp}]}",
        .failed("Cluster web/x: failed by healthCheckExprs: ScalingUp")),
      Case(
        "a cluster", check, "status: {conditions: [{type: Ready, status: 'True'}]}", .current),
      Case(
        "a cluster of which nothing is known", check,
        "status: {conditions: [{type: Ready, status: Unknown}]}",
        .inProgress("Cluster web/x: not yet current by healthCheckExprs")),
    ]
  }

  @Test func expressionsJudge() throws {
    let cases =
      try Self.certificates() + Self.rollouts() + Self.claims() + Self.clusters()
    for example in cases {
      // An older version of the group is the same kind.
      let object = """
        apiVersion: \(example.check.group)/v0
        kind: \(example.check.kind)
        metadata: {name: x, namespace: web, generation: 2}
        \(example.status)
        """
      let node = try #require(try YAML.parse(object).first)
      let verdict = ObjectHealth.verdict(of: node, checks: HealthChecks([example.check]))
      #expect(verdict == example.expected, "\(example)")
    }
  }

  @Test func aKindWithRulesOfItsOwnIsJudgedByTheExpressionsToo() throws {
    let checks = HealthChecks([
      try Self.check("apps/v1", "Deployment", current: "status.readyReplicas > 0")
    ])
    let one = try #require(
      try YAML.parse(
        """
        apiVersion: apps/v1
        kind: Deployment
        metadata: {name: x, namespace: web, generation: 1}
        spec: {replicas: 5}
        status: {observedGeneration: 1, readyReplicas: 1}
        """
      ).first)
    #expect(ObjectHealth.verdict(of: one, checks: checks) == .current)
    #expect(
      ObjectHealth.verdict(of: one) == .inProgress("Deployment web/x: 0 of 5 pods created"))
  }

  @Test func whatIsBeingDeletedIsNeverCurrent() throws {
    let checks = HealthChecks([try Self.check("example.test/v1", "Widget", current: "true")])
    let object = try #require(
      try YAML.parse(
        """
        apiVersion: example.test/v1
        kind: Widget
        metadata: {name: x, namespace: web, deletionTimestamp: "2026-01-01T00:00:00Z"}
        """
      ).first)
    #expect(
      ObjectHealth.verdict(of: object, checks: checks)
        == .inProgress("Widget web/x: being deleted since 2026-01-01T00:00:00Z"))
  }

  @Test func otherGroupsAndKindsGoByTheRules() throws {
    let checks = HealthChecks([try Self.check("example.test/v1", "Widget", current: "false")])
    for (apiVersion, kind) in [("other.test/v1", "Widget"), ("example.test/v1", "Gadget")] {
      let object = try #require(
        try YAML.parse(
          "apiVersion: \(apiVersion)\nkind: \(kind)\nmetadata: {name: x, namespace: web}\n"
        ).first)
      #expect(ObjectHealth.verdict(of: object, checks: checks) == .current)
    }
  }
}

/// Expressions about an object on a real API server, whose status changes while it is watched.
@Suite(.enabled(if: RealClusters.assets != nil, RealClusters.why))
struct ExpressionObservationTests {
  @Test func aCustomResourceBecomesHealthyAndFailsByItsExpressions() async throws {
    let cluster = try await RealClusters.running().cluster()
    let test = TestApp("expressions")
    let group = "\(test.app).example.test"
    let definition = """
      apiVersion: apiextensions.k8s.io/v1
      kind: CustomResourceDefinition
      metadata: {name: widgets.\(group)}
      spec:
        group: \(group)
        scope: Namespaced
        names: {plural: widgets, singular: widget, kind: Widget, listKind: WidgetList}
        versions:
        - name: v1
          served: true
          storage: true
          schema:
            openAPIV3Schema:
              type: object
              properties:
                spec: {type: object, properties: {size: {type: integer}}}
                status: {type: object, x-kubernetes-preserve-unknown-fields: true}
      """
    let widget = """
      apiVersion: \(group)/v1
      kind: Widget
      metadata: {name: w, namespace: NAMESPACE}
      spec: {size: 3}
      """
    let target = try test.target(TestApp.configMap("a"), definition, widget)
    _ = try await cluster.delivery.apply(target, app: test.app, mark: .test())
    let checks = [
      HealthCheck(
        apiVersion: "\(group)/v1", kind: "Widget",
        failed: try CommonExpression(parsing: "status.phase == 'Failed'"),
        current: try CommonExpression(parsing: "status.ready == spec.size")),
      // A kind of which else only existence matters, and so only metadata is read.
      HealthCheck(
        apiVersion: "v1", kind: "ConfigMap",
        current: try CommonExpression(parsing: "data.key == '1'")),
    ]
    let reports = cluster.delivery.reports(
      target, app: test.app, mark: .test(), checks: checks, policy: ObservationPolicy())
    let line =
      "Widget \(test.namespace)/w: cannot tell by 'failed' of healthCheckExprs: the object has no 'status'"
    let waiting = try await reports.report("waiting for a status") {
      $0.overall == .progressing && $0.findings.count == 1
    }
    #expect(waiting.line == line)
    func say(_ status: String) async throws {
      _ = try await cluster.kubectl(
        "-n", test.namespace, "patch", "widgets.\(group)", "w", "--type=merge", "-p",
        "{\"status\": \(status)}")
    }
    try await say(#"{"phase": "Working", "ready": 1}"#)
    let working = try await reports.report("not all of it is ready") { $0.line != line }
    #expect(working.line == "Widget \(test.namespace)/w: not yet current by healthCheckExprs")
    try await say(#"{"ready": 3}"#)
    _ = try await reports.report("healthy") { $0.overall == .healthy }
    try await say(#"{"phase": "Failed", "message": "out of cogs"}"#)
    let failed = try await reports.report("degraded") { $0.overall == .degraded }
    #expect(
      failed.line == "Widget \(test.namespace)/w: failed by healthCheckExprs: out of cogs")
    _ = try await cluster.delivery.apply(
      try test.target(), app: test.app, mark: .test(attempt: 2))
  }
}
