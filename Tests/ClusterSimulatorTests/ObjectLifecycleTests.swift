import ClusterSimulator
import Manifests
import Testing

@Suite("Objects come, change and go")
struct ObjectLifecycleTests {
  @Test func anObjectIsCreatedOnce() async throws {
    try await Simulation.run { simulation in
      let body = Sample.configMap("shop", "{}")
      #expect(try await simulation.api.send("POST", Sample.configMaps, body).code == 201)
      let again = try await simulation.api.send("POST", Sample.configMaps, body)
      #expect(again.code == 409)
      #expect(try again.reason == "AlreadyExists")
    }
  }

  @Test func anUpdateWithAnOldVersionConflicts() async throws {
    try await Simulation.run { simulation in
      let path = Sample.configMaps + "/shop"
      let first = try await simulation.api.apply(path, Sample.configMap("shop", #"{"a":"1"}"#))
      let version = try first.json.value(at: "metadata", "resourceVersion")?.string ?? ""
      let body = Sample.configMap(
        "shop", #"{"a":"2"}"#, metadata: #","resourceVersion":"\#(version)""#)
      #expect(try await simulation.api.send("PUT", path, body).code == 200)
      let stale = try await simulation.api.send("PUT", path, body)
      #expect(stale.code == 409)
      #expect(try stale.reason == "Conflict")
    }
  }

  @Test func theGenerationCountsChangesOfTheSpecificationOnly() async throws {
    try await Simulation.run { simulation in
      let path = Sample.deployments + "/web"
      func generation(_ answer: HTTPAPI.Answer) throws -> Int? {
        try answer.json.value(at: "metadata", "generation")?.int
      }
      #expect(try generation(await simulation.api.apply(path, Sample.deployment())) == 1)
      let labelled = try await simulation.api.mergePatch(
        path, #"{"metadata":{"labels":{"a":"b"}}}"#)
      #expect(try generation(labelled) == 1)
      let scaled = try await simulation.api.mergePatch(path, #"{"spec":{"replicas":3}}"#)
      #expect(try generation(scaled) == 2)
    }
  }

  @Test func aDeletionWithAnotherUidIsRefused() async throws {
    try await Simulation.run { simulation in
      let path = Sample.configMaps + "/shop"
      _ = try await simulation.api.apply(path, Sample.configMap("shop", "{}"))
      let refused = try await simulation.api.send(
        "DELETE", path, #"{"kind":"DeleteOptions","preconditions":{"uid":"x"}}"#)
      #expect(refused.code == 409)
      #expect(try await simulation.api.send("DELETE", path).code == 200)
      #expect(try await simulation.api.send("DELETE", path).code == 404)
    }
  }

  @Test func aFinalizerHoldsADeletedObject() async throws {
    try await Simulation.run { simulation in
      let path = Sample.configMaps + "/shop"
      _ = try await simulation.api.apply(
        path, Sample.configMap("shop", "{}", metadata: #","finalizers":["x.example/hold"]"#))
      let marked = try await simulation.api.send("DELETE", path)
      #expect(marked.code == 200)
      #expect(try marked.json.value(at: "metadata", "deletionTimestamp") != nil)
      #expect(try await simulation.api.get(path).code == 200)
      _ = try await simulation.api.mergePatch(path, #"{"metadata":{"finalizers":null}}"#)
      #expect(try await simulation.api.get(path).code == 404)
    }
  }

  @Test func ownedObjectsGoWithTheirOwner() async throws {
    try await Simulation.run { simulation in
      let owner = try await simulation.api.apply(
        Sample.configMaps + "/owner", Sample.configMap("owner", "{}"))
      let uid = try owner.json.value(at: "metadata", "uid")?.string ?? ""
      let reference =
        #","ownerReferences":[{"apiVersion":"v1","kind":"ConfigMap","name":"owner","uid":"\#(uid)"}]"#
      _ = try await simulation.api.apply(
        Sample.configMaps + "/owned", Sample.configMap("owned", "{}", metadata: reference))
      _ = try await simulation.api.send("DELETE", Sample.configMaps + "/owner")
      #expect(try await simulation.api.get(Sample.configMaps + "/owned").code == 404)
    }
  }

  @Test func aNamespaceTakesItsContentAlong() async throws {
    try await Simulation.run(with: \.namespaceDeletionDelay, .seconds(2)) { simulation in
      let space = "/api/v1/namespaces/web"
      _ = try await simulation.api.apply(
        space, #"{"apiVersion":"v1","kind":"Namespace","metadata":{"name":"web"}}"#)
      _ = try await simulation.api.apply(
        space + "/configmaps/shop", Sample.configMap("shop", "{}"))
      let terminating = try await simulation.api.send("DELETE", space)
      #expect(try terminating.json.value(at: "status", "phase")?.string == "Terminating")
      let refused = try await simulation.api.apply(
        space + "/configmaps/late", Sample.configMap("late", "{}"))
      #expect(refused.code == 403)
      #expect(
        try refused.json.value(at: "details", "causes")?.sequence?.first?["reason"]?.string
          == "NamespaceTerminating")
      _ = try await eventually("the namespace goes") {
        try await simulation.api.get(space).code == 404 ? true : nil
      }
      #expect(try await simulation.api.get(space + "/configmaps/shop").code == 404)
    }
  }

  @Test func immutableFieldsAreRefusedByName() async throws {
    try await Simulation.run { simulation in
      let path = Sample.deployments + "/web"
      _ = try await simulation.api.apply(path, Sample.deployment())
      let other = Sample.deployment().replacing(#"{"app":"web"}"#, with: #"{"app":"other"}"#)
      let answer = try await simulation.api.apply(path, other)
      #expect(answer.code == 422)
      #expect(try answer.message.contains("spec.selector"))
      #expect(try answer.message.contains("field is immutable"))
    }
  }

  @Test func listsComeInPagesAndBySelector() async throws {
    try await Simulation.run { simulation in
      for name in ["a", "b", "c"] {
        _ = try await simulation.api.apply(
          Sample.configMaps + "/\(name)",
          Sample.configMap(name, "{}", metadata: #","labels":{"name":"\#(name)"}"#))
      }
      let page = try await simulation.api.get(Sample.configMaps + "?limit=2").json
      #expect(page["items"]?.sequence?.count == 2)
      #expect(page.value(at: "metadata", "remainingItemCount")?.int == 1)
      let token = page.value(at: "metadata", "continue")?.string ?? ""
      let rest = try await simulation.api.get(Sample.configMaps + "?limit=2&continue=\(token)").json
      #expect(rest["items"]?.sequence?.count == 1)
      #expect(rest.value(at: "metadata", "continue") == nil)
      let chosen = try await simulation.api.get(
        Sample.configMaps + "?labelSelector=name%20in%20(a,c)")
      #expect(try chosen.json["items"]?.sequence?.count == 2)
      try simulation.cluster.compactHistory()
      _ = try await simulation.api.apply(
        Sample.configMaps + "/d", Sample.configMap("d", "{}"))
      try simulation.cluster.compactHistory()
      let late = try await simulation.api.get(Sample.configMaps + "?limit=2&continue=\(token)")
      #expect(late.code == 410)
      #expect(try late.reason == "Expired")
    }
  }
}
