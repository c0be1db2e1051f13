import Delivery
import Manifests
import Testing

/// The rules of kstatus, kind by kind.
struct ObjectHealthTests {
  struct Case: Sendable, CustomTestStringConvertible {
    let name: String
    let yaml: String
    let expected: Verdict
    var testDescription: String { name }

    init(_ name: String, _ yaml: String, _ expected: Verdict) {
      self.name = name
      self.yaml = yaml
      self.expected = expected
    }
  }

  private static func deployment(_ rest: String) -> String {
    """
    apiVersion: apps/v1
    kind: Deployment
    metadata: {name: shop, namespace: web, generation: 2}
    \(rest)
    """
  }

  private static func custom(_ rest: String) -> String {
    """
    apiVersion: example.test/v1
    kind: Widget
    metadata: {name: w, namespace: web, generation: 2}
    \(rest)
    """
  }

  private static func of(_ apiVersion: String, _ kind: String, _ rest: String) -> String {
    """
    apiVersion: \(apiVersion)
    kind: \(kind)
    metadata: {name: x, namespace: web, generation: 1}
    \(rest)
    """
  }

  private static let available =
    "conditions: [{type: Available, status: 'True'}, {type: Progressing, status: 'True', reason: NewReplicaSetAvailable}]"

  static let deployments: [Case] = [
    Case(
      "all pods are there",
      deployment(
        """
        spec: {replicas: 2, progressDeadlineSeconds: 600}
        status: {observedGeneration: 2, replicas: 2, updatedReplicas: 2, readyReplicas: 2, availableReplicas: 2, \(available)}
        """), .current),
    Case(
      "health of the previous revision",
      deployment(
        """
        spec: {replicas: 2}
        status: {observedGeneration: 1, replicas: 2, updatedReplicas: 2, readyReplicas: 2, availableReplicas: 2, \(available)}
        """),
      .inProgress(
        "Deployment web/shop: its controller has seen generation 1, not yet generation 2")),
    Case(
      "no status yet", deployment("spec: {replicas: 2}"),
      .inProgress("Deployment web/shop: 0 of 2 pods created")),
    Case(
      "too few available",
      deployment(
        """
        spec: {replicas: 5}
        status: {observedGeneration: 2, replicas: 5, updatedReplicas: 5, readyReplicas: 2, availableReplicas: 2}
        """), .inProgress("Deployment web/shop: 2 of 5 pods available")),
    Case(
      "old pods remain",
      deployment(
        """
        spec: {replicas: 2}
        status: {observedGeneration: 2, replicas: 3, updatedReplicas: 2, readyReplicas: 3, availableReplicas: 3}
        """), .inProgress("Deployment web/shop: 1 old pods still to end")),
    Case(
      "no progress in time",
      deployment(
        """
        spec: {replicas: 2}
        status: {observedGeneration: 2, replicas: 3, updatedReplicas: 1, readyReplicas: 2, availableReplicas: 2, conditions: [{type: Progressing, status: 'False', reason: ProgressDeadlineExceeded}]}
        """),
      .failed("Deployment web/shop: 2 of 2 pods available; it did not progress in time")),
    Case(
      "scaled to nothing",
      deployment(
        """
        spec: {replicas: 0}
        status: {observedGeneration: 2, conditions: [{type: Available, status: 'True'}]}
        """), .current),
    Case(
      "being deleted",
      """
      apiVersion: apps/v1
      kind: Deployment
      metadata: {name: shop, namespace: web, deletionTimestamp: "2026-01-01T00:00:00Z"}
      """,
      .inProgress("Deployment web/shop: being deleted since 2026-01-01T00:00:00Z")),
  ]

  static let workloads: [Case] = [
    Case(
      "StatefulSet complete",
      of(
        "apps/v1", "StatefulSet",
        "spec: {replicas: 2}\nstatus: {observedGeneration: 1, replicas: 2, readyReplicas: 2, currentReplicas: 2, updatedReplicas: 2, currentRevision: r, updateRevision: r}"
      ), .current),
    Case(
      "StatefulSet between revisions",
      of(
        "apps/v1", "StatefulSet",
        "spec: {replicas: 2}\nstatus: {observedGeneration: 1, replicas: 2, readyReplicas: 2, currentReplicas: 1, updatedReplicas: 1, currentRevision: r, updateRevision: s}"
      ), .inProgress("StatefulSet web/x: 1 of 2 pods updated")),
    Case(
      "StatefulSet with a partition",
      of(
        "apps/v1", "StatefulSet",
        "spec: {replicas: 4, updateStrategy: {rollingUpdate: {partition: 3}}}\nstatus: {observedGeneration: 1, replicas: 4, readyReplicas: 4, currentReplicas: 3, updatedReplicas: 1, currentRevision: r, updateRevision: s}"
      ), .current),
    Case(
      "DaemonSet not counted", of("apps/v1", "DaemonSet", "status: {observedGeneration: 1}"),
      .inProgress("DaemonSet web/x: its controller has not counted the nodes yet")),
    Case(
      "DaemonSet on no node",
      of(
        "apps/v1", "DaemonSet",
        "status: {observedGeneration: 1, desiredNumberScheduled: 0, currentNumberScheduled: 0}"
      ), .current),
    Case(
      "DaemonSet half way",
      of(
        "apps/v1", "DaemonSet",
        "status: {observedGeneration: 1, desiredNumberScheduled: 4, currentNumberScheduled: 4, updatedNumberScheduled: 4, numberAvailable: 1, numberReady: 1}"
      ), .inProgress("DaemonSet web/x: 1 of 4 pods available")),
    Case(
      "ReplicaSet that cannot make pods",
      of(
        "apps/v1", "ReplicaSet",
        "spec: {replicas: 1}\nstatus: {observedGeneration: 1, conditions: [{type: ReplicaFailure, status: 'True', message: quota exceeded}]}"
      ), .inProgress("ReplicaSet web/x: quota exceeded")),
    Case(
      "Job that failed",
      of(
        "batch/v1", "Job",
        "status: {startTime: t, conditions: [{type: Failed, status: 'True', reason: BackoffLimitExceeded, message: Job has reached the specified backoff limit}]}"
      ), .failed("Job web/x: Job has reached the specified backoff limit")),
    Case(
      "Job that is done",
      of("batch/v1", "Job", "status: {conditions: [{type: Complete, status: 'True'}]}"), .current),
    Case("Job not started", of("batch/v1", "Job", ""), .inProgress("Job web/x: not started yet")),
    Case(
      "Pod without its image",
      of(
        "v1", "Pod",
        "status: {phase: Pending, containerStatuses: [{state: {waiting: {reason: ImagePullBackOff}}}]}"
      ), .inProgress("Pod web/x: ImagePullBackOff")),
    Case(
      "Pod that crashes",
      of(
        "v1", "Pod",
        "status: {phase: Running, containerStatuses: [{state: {waiting: {reason: CrashLoopBackOff}}}]}"
      ), .failed("Pod web/x: CrashLoopBackOff")),
  ]

  static let others: [Case] = [
    Case(
      "claim not bound", of("v1", "PersistentVolumeClaim", "status: {phase: Pending}"),
      .inProgress("PersistentVolumeClaim web/x: not bound, phase Pending")),
    Case("claim bound", of("v1", "PersistentVolumeClaim", "status: {phase: Bound}"), .current),
    Case(
      "load balancer without an address", of("v1", "Service", "spec: {type: LoadBalancer}"),
      .inProgress("Service web/x: no cluster address yet")),
    Case("inner service", of("v1", "Service", "spec: {type: ClusterIP}"), .current),
    Case("settings", of("v1", "ConfigMap", ""), .current),
    Case(
      "definition installing",
      of(
        "apiextensions.k8s.io/v1", "CustomResourceDefinition",
        "status: {conditions: [{type: NamesAccepted, status: 'True'}, {type: Established, status: 'False', reason: Installing}]}"
      ), .inProgress("CustomResourceDefinition web/x: not established yet")),
    Case(
      "definition with taken names",
      of(
        "apiextensions.k8s.io/v1", "CustomResourceDefinition",
        "status: {conditions: [{type: NamesAccepted, status: 'False', message: plural is taken}]}"
      ), .failed("CustomResourceDefinition web/x: plural is taken")),
    Case(
      "definition established",
      of(
        "apiextensions.k8s.io/v1", "CustomResourceDefinition",
        "status: {conditions: [{type: NamesAccepted, status: 'True'}, {type: Established, status: 'True'}]}"
      ), .current),
    Case("custom object without a status", custom(""), .current),
    Case(
      "custom object of an older generation",
      custom("status: {observedGeneration: 1, conditions: [{type: Ready, status: 'True'}]}"),
      .inProgress("Widget web/w: its controller has seen generation 1, not yet generation 2")),
    Case(
      "custom object not ready",
      custom(
        "status: {conditions: [{type: Ready, status: 'False', reason: Waiting, message: no disk}]}"),
      .inProgress("Widget web/w: no disk")),
    Case(
      "custom object stalled",
      custom(
        "status: {conditions: [{type: Ready, status: 'False'}, {type: Stalled, status: 'True', reason: BadSpec}]}"
      ), .failed("Widget web/w: BadSpec")),
    Case(
      "custom object reconciling",
      custom(
        "status: {conditions: [{type: Ready, status: 'True'}, {type: Reconciling, status: 'True', message: rolling}]}"
      ), .inProgress("Widget web/w: rolling")),
    Case(
      "custom object ready",
      custom("status: {observedGeneration: 2, conditions: [{type: Ready, status: 'True'}]}"),
      .current),
  ]

  @Test(arguments: deployments + workloads + others)
  func aStatusMeansWhatKstatusSays(_ example: Case) throws {
    let object = try #require(try YAML.parse(example.yaml).first)
    #expect(ObjectHealth.verdict(of: object) == example.expected)
  }
}
