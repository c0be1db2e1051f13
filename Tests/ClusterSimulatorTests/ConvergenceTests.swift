import ClusterSimulator
import Manifests
import Testing

@Suite("Workloads converge")
struct ConvergenceTests {
  private func status(_ simulation: Simulation, _ path: String) throws -> Node? {
    try simulation.cluster.object(path)?["status"]
  }

  private func condition(_ status: Node?, _ type: String) -> Node? {
    (status?["conditions"]?.sequence ?? []).first { $0["type"]?.string == type }
  }

  @Test func aDeploymentBecomesAvailableAfterAWhile() async throws {
    try await Simulation.run(with: \.readyDelay, .milliseconds(300)) { simulation in
      let path = Sample.deployments + "/web"
      _ = try await simulation.api.apply(path, Sample.deployment())
      let early = try status(simulation, path)
      #expect(early?["observedGeneration"]?.int == 1)
      #expect(condition(early, "Available")?["status"]?.string == "False")
      let late = try await eventually("it is available") {
        let status = try status(simulation, path)
        return condition(status, "Available")?["status"]?.string == "True" ? status : nil
      }
      #expect(late["availableReplicas"]?.int == 2)
      #expect(condition(late, "Progressing")?["reason"]?.string == "NewReplicaSetAvailable")
    }
  }

  @Test func aBadImageNeverDoesAndAPodSaysWhy() async throws {
    try await Simulation.run { simulation in
      let path = Sample.deployments + "/web"
      _ = try await simulation.api.apply(path, Sample.deployment(image: "shop:2-bad"))
      let failed = try await eventually("the deadline passes") {
        let status = try status(simulation, path)
        return condition(status, "Progressing")?["status"]?.string == "False" ? status : nil
      }
      #expect(condition(failed, "Progressing")?["reason"]?.string == "ProgressDeadlineExceeded")
      #expect(failed["unavailableReplicas"]?.int == 2)
      let pods = try await simulation.api.get("/api/v1/namespaces/default/pods").json
      let waiting = pods["items"]?.sequence?.first?.value(at: "status", "containerStatuses")?
        .sequence?.first?.value(at: "state", "waiting", "reason")?.string
      #expect(waiting == "ImagePullBackOff")
      _ = try await simulation.api.apply(path, Sample.deployment(image: "shop:3"))
      _ = try await eventually("it is repaired") {
        try status(simulation, path)?["availableReplicas"]?.int == 2 ? true : nil
      }
      let after = try await simulation.api.get("/api/v1/namespaces/default/pods").json
      #expect(after["items"]?.sequence?.isEmpty == true)
    }
  }

  @Test func onlyTheTagMakesAnImageBad() async throws {
    try await Simulation.run { simulation in
      let path = Sample.deployments + "/web"
      _ = try await simulation.api.apply(
        path, Sample.deployment(image: "bad.example:5000/badges:1.0"))
      _ = try await eventually("it is available") {
        try status(simulation, path)?["availableReplicas"]?.int == 2 ? true : nil
      }
    }
  }

  @Test func aWorkloadThatRunsCanBeBrokenAndHealed() async throws {
    try await Simulation.run { simulation in
      let path = Sample.deployments + "/web"
      _ = try await simulation.api.apply(path, Sample.deployment())
      _ = try await eventually("it is available") {
        try status(simulation, path)?["availableReplicas"]?.int == 2 ? true : nil
      }
      try simulation.cluster.breakWorkload(path, reason: "CrashLoopBackOff")
      #expect(
        condition(try status(simulation, path), "Progressing")?["status"]?.string == "False")
      try simulation.cluster.breakWorkload(path, reason: nil)
      #expect(condition(try status(simulation, path), "Available")?["status"]?.string == "True")
    }
  }

  static let workloads: [(path: String, body: String, field: String, value: Int)] = [
    (
      "/apis/apps/v1/namespaces/default/statefulsets/x",
      #"{"apiVersion":"apps/v1","kind":"StatefulSet","metadata":{"name":"x"},"spec":{"serviceName":"x","replicas":3,"selector":{"matchLabels":{"a":"b"}},"template":{"metadata":{"labels":{"a":"b"}},"spec":{"containers":[{"name":"c","image":"i:1"}]}}}}"#,
      "readyReplicas", 3
    ),
    (
      "/apis/apps/v1/namespaces/default/daemonsets/x",
      #"{"apiVersion":"apps/v1","kind":"DaemonSet","metadata":{"name":"x"},"spec":{"selector":{"matchLabels":{"a":"b"}},"template":{"metadata":{"labels":{"a":"b"}},"spec":{"containers":[{"name":"c","image":"i:1"}]}}}}"#,
      "numberAvailable", 1
    ),
    (
      "/apis/batch/v1/namespaces/default/jobs/x",
      #"{"apiVersion":"batch/v1","kind":"Job","metadata":{"name":"x"},"spec":{"template":{"spec":{"restartPolicy":"Never","containers":[{"name":"c","image":"i:1"}]}}}}"#,
      "succeeded", 1
    ),
  ]

  @Test(arguments: workloads.indices) func othersGetReadyToo(_ index: Int) async throws {
    let workload = Self.workloads[index]
    try await Simulation.run { simulation in
      #expect(try await simulation.api.apply(workload.path, workload.body).code == 201)
      _ = try await eventually("\(workload.path) is ready") {
        try status(simulation, workload.path)?[workload.field]?.int == workload.value ? true : nil
      }
    }
  }

  @Test func aClaimIsBound() async throws {
    try await Simulation.run { simulation in
      let path = "/api/v1/namespaces/default/persistentvolumeclaims/data"
      _ = try await simulation.api.apply(
        path,
        #"{"apiVersion":"v1","kind":"PersistentVolumeClaim","metadata":{"name":"data"},"spec":{"accessModes":["ReadWriteOnce"],"resources":{"requests":{"storage":"1Gi"}}}}"#
      )
      _ = try await eventually("the claim is bound") {
        try status(simulation, path)?["phase"]?.string == "Bound" ? true : nil
      }
    }
  }

  @Test func customResourcesAreServedOnceTheirDefinitionIsEstablished() async throws {
    try await Simulation.run(with: \.definitionDelay, .milliseconds(400)) { simulation in
      #expect(
        try await simulation.api.apply(Sample.widget, Sample.widget(#"{"size":1}"#)).code == 404)
      _ = try await simulation.api.apply(Sample.definitionPath, Sample.definition)
      #expect(
        try await simulation.api.apply(Sample.widget, Sample.widget(#"{"size":1}"#)).code == 404)
      _ = try await eventually("the definition is established") {
        condition(try status(simulation, Sample.definitionPath), "Established")
      }
      #expect(
        try await simulation.api.apply(Sample.widget, Sample.widget(#"{"size":1}"#)).code == 201)
      let resources = try await simulation.api.get("/apis/x.example/v1").json
      #expect(resources["resources"]?.sequence?.first?["kind"]?.string == "Widget")
      let invalid = try await simulation.api.apply(Sample.widget, Sample.widget(#"{"size":0}"#))
      #expect(invalid.code == 422)
      #expect(try invalid.message.contains("spec.size"))
      let unknown = try await simulation.api.apply(Sample.widget, Sample.widget(#"{"soze":1}"#))
      #expect(unknown.code == 500)
      _ = try await simulation.api.send("DELETE", Sample.definitionPath)
      _ = try await eventually("the objects go with their definition") {
        try await simulation.api.get(Sample.widget).code == 404 ? true : nil
      }
    }
  }

  @Test func customResourcesStayWithoutAStatusUnlessAsked() async throws {
    for ready in [false, true] {
      try await Simulation.run(with: \.readiesCustomResources, ready) { simulation in
        _ = try await simulation.api.apply(Sample.definitionPath, Sample.definition)
        _ = try await eventually("the definition is established") {
          try await simulation.api.apply(Sample.widget, Sample.widget(#"{"size":1}"#)).code == 201
            ? true : nil
        }
        guard ready else { return #expect(try status(simulation, Sample.widget) == nil) }
        _ = try await eventually("it is ready") {
          condition(try status(simulation, Sample.widget), "Ready")
        }
      }
    }
  }
}
