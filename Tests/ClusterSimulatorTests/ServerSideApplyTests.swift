import ClusterSimulator
import Manifests
import Testing

@Suite("Server-side apply")
struct ServerSideApplyTests {
  private let path = Sample.configMaps + "/shop"

  @Test func createsThenFindsNothingToDo() async throws {
    try await Simulation.run { simulation in
      let body = Sample.configMap("shop", #"{"a":"1"}"#)
      let first = try await simulation.api.apply(path, body)
      #expect(first.code == 201)
      let again = try await simulation.api.apply(path, body)
      #expect(again.code == 200)
      #expect(
        try first.json.value(at: "metadata", "resourceVersion")
          == again.json.value(at: "metadata", "resourceVersion"))
    }
  }

  @Test func aFieldLeftOutOfTheNextApplyDisappears() async throws {
    try await Simulation.run { simulation in
      _ = try await simulation.api.apply(path, Sample.configMap("shop", #"{"a":"1","b":"2"}"#))
      let second = try await simulation.api.apply(path, Sample.configMap("shop", #"{"a":"1"}"#))
      #expect(try second.json["data"] == JSON.parse(#"{"a":"1"}"#))
    }
  }

  @Test func aFieldThatAnotherManagerAlsoAppliesStays() async throws {
    try await Simulation.run { simulation in
      _ = try await simulation.api.apply(path, Sample.configMap("shop", #"{"a":"1","b":"2"}"#))
      let same = try await simulation.api.apply(
        path, Sample.configMap("shop", #"{"b":"2"}"#), manager: "other")
      #expect(same.code == 200)
      let less = try await simulation.api.apply(path, Sample.configMap("shop", #"{"a":"1"}"#))
      #expect(try less.json["data"] == JSON.parse(#"{"a":"1","b":"2"}"#))
    }
  }

  @Test func anotherManagersFieldConflictsAndForceTakesItOver() async throws {
    try await Simulation.run { simulation in
      _ = try await simulation.api.apply(path, Sample.configMap("shop", #"{"a":"1","b":"2"}"#))
      let refused = try await simulation.api.apply(
        path, Sample.configMap("shop", #"{"a":"9"}"#), manager: "other")
      #expect(refused.code == 409)
      #expect(try refused.reason == "Conflict")
      #expect(
        try refused.message
          == #"Apply failed with 1 conflict: conflict with "flotilla": .data.a"#)
      let cause = try refused.json.value(at: "details", "causes")?.sequence?.first
      #expect(cause?["reason"]?.string == "FieldManagerConflict")
      #expect(cause?["field"]?.string == ".data.a")
      let forced = try await simulation.api.apply(
        path, Sample.configMap("shop", #"{"a":"9"}"#), manager: "other", more: "&force=true")
      #expect(forced.code == 200)
      #expect(try owners(of: ["f:data", "f:a"], in: forced.json) == ["other"])
      #expect(try owners(of: ["f:data", "f:b"], in: forced.json) == ["flotilla"])
    }
  }

  @Test func anEditTakesAFieldAwayAndTheNextApplyConflicts() async throws {
    try await Simulation.run { simulation in
      _ = try await simulation.api.apply(path, Sample.configMap("shop", #"{"a":"1"}"#))
      let edited = try await simulation.api.mergePatch(path, #"{"data":{"a":"2"}}"#)
      #expect(try owners(of: ["f:data", "f:a"], in: edited.json) == ["editor"])
      let refused = try await simulation.api.apply(path, Sample.configMap("shop", #"{"a":"1"}"#))
      #expect(refused.code == 409)
      #expect(try refused.message.contains(#"conflict with "editor" using v1: .data.a"#))
    }
  }

  @Test func theListsOfAPodAreMergedByTheirKeys() async throws {
    try await Simulation.run { simulation in
      let path = Sample.deployments + "/web"
      _ = try await simulation.api.apply(path, Sample.deployment())
      let sidecar =
        #"{"apiVersion":"apps/v1","kind":"Deployment","metadata":{"name":"web"},"spec":{"template":{"spec":{"containers":[{"name":"side","image":"side:1","env":[{"name":"A","value":"1"}]}]}}}}"#
      let both = try await simulation.api.apply(path, sidecar, manager: "mesh")
      #expect(both.code == 200)
      #expect(try containers(both.json) == ["web", "side"])
      let without = try await simulation.api.apply(
        path, #"{"apiVersion":"apps/v1","kind":"Deployment","metadata":{"name":"web"}}"#,
        manager: "mesh")
      #expect(try containers(without.json) == ["web"])
    }
  }

  @Test func aStructureThatIsNoLongerAppliedGoesWithItsDefaults() async throws {
    try await Simulation.run { simulation in
      let path = Sample.deployments + "/web"
      let probe = #"{"name":"side","image":"s:1","livenessProbe":{"httpGet":{"port":80}}}"#
      _ = try await simulation.api.apply(path, Sample.deployment(containers: ",\(probe)"))
      let plain = #"{"name":"side","image":"s:1"}"#
      let after = try await simulation.api.apply(path, Sample.deployment(containers: ",\(plain)"))
      #expect(after.code == 200)
      let side = try after.json.value(at: "spec", "template", "spec", "containers")?.sequence?.last
      #expect(side?["name"]?.string == "side")
      #expect(side?["livenessProbe"] == nil)
      #expect(side?["imagePullPolicy"]?.string == "IfNotPresent")
    }
  }

  @Test func aReplicaCountThatIsNotAppliedBelongsToTheAutoscaler() async throws {
    try await Simulation.run { simulation in
      let path = Sample.deployments + "/web"
      var body = try JSON.parse(Sample.deployment())
      body["spec"]?["replicas"] = nil
      let text = String(decoding: JSON.serialize(body), as: UTF8.self)
      _ = try await simulation.api.apply(path, text)
      let scaled = try await simulation.api.send(
        "PATCH", path + "/scale?fieldManager=autoscaler", #"{"spec":{"replicas":5}}"#,
        type: Simulation.merge)
      #expect(scaled.code == 200)
      let again = try await simulation.api.apply(path, text)
      #expect(again.code == 200)
      #expect(try again.json.value(at: "spec", "replicas")?.int == 5)
    }
  }

  @Test func aDryRunAnswersLikeTheRealThingAndChangesNothing() async throws {
    try await Simulation.run { simulation in
      let answer = try await simulation.api.apply(
        path, Sample.configMap("shop", #"{"a":"1"}"#), more: "&dryRun=All")
      #expect(answer.code == 201)
      #expect(try await simulation.api.get(path).code == 404)
      #expect(try simulation.cluster.acceptedWrites == 0)
    }
  }

  struct Refusal: Sendable, CustomTestStringConvertible {
    let what: String
    let body: String
    var query = "?fieldManager=flotilla"
    var type = Simulation.apply
    var path = Sample.configMaps + "/shop"
    let code: Int
    let reason: String
    let message: String
    var testDescription: String { what }
  }

  static let refusals = [
    Refusal(
      what: "no field manager", body: Sample.configMap("shop", "{}"), query: "", code: 422,
      reason: "Invalid", message: "fieldManager: Required value"),
    Refusal(
      what: "unknown field", body: Sample.configMap("shop", #"{},"dota":{}"#), code: 500,
      reason: "",
      message: ".dota: field not declared in schema"),
    Refusal(
      what: "wrong type", body: Sample.configMap("shop", #"{"a":1}"#), code: 500, reason: "",
      message: ".data.a: expected string"),
    Refusal(
      what: "another name", body: Sample.configMap("other", "{}"), code: 400, reason: "BadRequest",
      message: "does not match the name on the URL"),
    Refusal(
      what: "stale version",
      body: Sample.configMap("shop", "{}", metadata: #","resourceVersion":"1""#), code: 409,
      reason: "Conflict", message: "the object has been modified"),
    Refusal(
      what: "media type", body: "x", type: "text/plain", code: 415,
      reason: "UnsupportedMediaType", message: "apply-patch+yaml"),
    Refusal(
      what: "missing namespace", body: Sample.configMap("shop", "{}"),
      path: "/api/v1/namespaces/nowhere/configmaps/shop", code: 404, reason: "NotFound",
      message: #"namespaces "nowhere" not found"#),
    Refusal(
      what: "selector without its labels",
      body: Sample.deployment().replacing(#""labels":{"app":"web"}"#, with: #""labels":{"b":"c"}"#),
      path: Sample.deployments + "/web", code: 422, reason: "Invalid",
      message: "`selector` does not match template `labels`"),
    Refusal(
      what: "two containers of one name",
      body: Sample.deployment(containers: #",{"name":"web","image":"x"}"#),
      path: Sample.deployments + "/web", code: 500, reason: "",
      message: #"duplicate entries for key [name="web"]"#),
    Refusal(
      what: "unknown dry run", body: Sample.configMap("shop", "{}"),
      query: "?fieldManager=f&dryRun=Some", code: 422, reason: "Invalid", message: "dryRun"),
  ]

  @Test(arguments: refusals) func refuses(_ refusal: Refusal) async throws {
    try await Simulation.run { simulation in
      let before = try simulation.cluster.objects.count
      let answer = try await simulation.api.send(
        "PATCH", refusal.path + refusal.query, refusal.body, type: refusal.type)
      #expect(answer.code == refusal.code)
      #expect(try answer.reason == refusal.reason)
      let message = try answer.message
      #expect(message.contains(refusal.message), "\(message)")
      #expect(try simulation.cluster.objects.count == before)
    }
  }

  private func containers(_ object: Node) -> [String] {
    (object.value(at: "spec", "template", "spec", "containers")?.sequence ?? [])
      .compactMap { $0["name"]?.string }
  }

  private func owners(of path: [String], in object: Node) -> [String] {
    (object.value(at: "metadata", "managedFields")?.sequence ?? []).filter { entry in
      path.reduce(entry["fieldsV1"]) { $0?[$1] } != nil
    }.compactMap { $0["manager"]?.string }
  }
}
