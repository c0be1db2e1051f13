import ClusterSimulator
import Manifests
import Testing

@Suite("Clusters that misbehave")
struct FaultTests {
  private func control(_ simulation: Simulation, _ method: String, _ path: String, _ body: String?)
    async throws -> HTTPAPI.Answer
  {
    var api = simulation.api
    api.base = simulation.clusters.url + "/control"
    api.token = simulation.clusters.controlToken
    return try await api.send(method, path, body)
  }

  @Test func answerErrorsAtTheRateAskedFor() async throws {
    try await Simulation.run { simulation in
      let changed = try await control(
        simulation, "POST", "/clusters/dev-1", #"{"errorRate":1,"errorStatus":429}"#)
      #expect(changed.code == 200)
      let answer = try await simulation.api.send("GET", "/version", headers: [])
      #expect(answer.code == 429)
      #expect(try answer.reason == "TooManyRequests")
      #expect(try answer.json.value(at: "details", "retryAfterSeconds")?.int == 1)
      _ = try await control(simulation, "POST", "/clusters/dev-1", #"{"errorRate":null}"#)
      #expect(try await simulation.api.get("/version").code == 200)
    }
  }

  @Test func failOnlyTheMethodsAskedFor() async throws {
    try await Simulation.run { simulation in
      var faults = ClusterFaults()
      faults.errorRate = 1
      faults.methods = ["PATCH"]
      try simulation.cluster.faults = faults
      #expect(try await simulation.api.get(Sample.configMaps).code == 200)
      let refused = try await simulation.api.apply(
        Sample.configMaps + "/a", Sample.configMap("a", "{}"))
      #expect(refused.code == 500)
      #expect(try simulation.cluster.acceptedWrites == 0)
    }
  }

  @Test(arguments: ["--http1.1", "--http2"])
  func breakOffInTheMiddle(_ version: String) async throws {
    try await Simulation.run { simulation in
      var api = simulation.api
      api.options = [version]
      try simulation.cluster.faults.cutRate = 1
      let answer = try await api.get("/version")
      #expect(answer.exit != 0)
      try simulation.cluster.faults.cutRate = 0
      #expect(try await api.get("/version").code == 200)
    }
  }

  @Test(arguments: ["--http1.1", "--http2"])
  func refuseWithoutAnAnswer(_ version: String) async throws {
    try await Simulation.run(["dev-1", "dev-2"]) { simulation in
      var api = simulation.api
      api.options = [version]
      try simulation.cluster.faults.reachability = .refuse
      #expect(try await api.get("/version").exit != 0)
      api.base = simulation.clusters.url(of: "dev-2")
      api.token = simulation.clusters["dev-2"]?.token
      #expect(try await api.get("/version").code == 200)
    }
  }

  @Test func hangUntilTheyAreReachableAgain() async throws {
    try await Simulation.run { simulation in
      try simulation.cluster.faults.reachability = .hang
      var impatient = simulation.api
      impatient.options = ["--max-time", "0.3"]
      #expect(try await impatient.get("/version").exit == 28)
      async let patient = simulation.api.get("/version")
      try await Task.sleep(for: .milliseconds(100))
      try simulation.cluster.faults.reachability = .reachable
      #expect(try await patient.code == 200)
    }
  }

  @Test func breakOpenWatchesWhenTheyBecomeUnreachable() async throws {
    try await Simulation.run { simulation in
      async let watch = simulation.api.get(Sample.configMaps + "?watch=1&timeoutSeconds=60")
      _ = try await eventually("the watch is open") {
        try simulation.cluster.openWatches == 1 ? true : nil
      }
      try simulation.cluster.faults.reachability = .refuse
      #expect(try await watch.exit != 0)
    }
  }

  @Test func forgetWatchesOfClientsThatWentAway() async throws {
    try await Simulation.run { simulation in
      var api = simulation.api
      api.options = ["--max-time", "0.3"]
      #expect(try await api.get(Sample.configMaps + "?watch=1&timeoutSeconds=60").exit == 28)
      _ = try await eventually("the watch is forgotten") {
        try simulation.cluster.openWatches == 0 ? true : nil
      }
    }
  }

  @Test func theAuditLogTellsWhatWasAppliedToTheByte() async throws {
    try await Simulation.run { simulation in
      let body = Sample.configMap("shop", #"{"b":"2","a":"1"}"#, metadata: #","labels":{"x":"y"}"#)
      _ = try await simulation.api.apply(Sample.configMaps + "/shop", body)
      _ = try await simulation.api.apply(Sample.configMaps + "/shop", "{}")
      _ = try await simulation.api.send("DELETE", Sample.configMaps + "/shop")
      let records = try await control(simulation, "GET", "/clusters/dev-1/audit", nil).json
      let list = records["records"]?.sequence ?? []
      #expect(list.compactMap { $0["verb"]?.string } == ["apply", "delete"])
      let expected = try #require(ManifestObject(try JSON.parse(body)))
      #expect(list.first?["digest"]?.string == expected.digest.hex)
      #expect(list.first?.value(at: "labels", "x")?.string == "y")
      #expect(list.compactMap { $0["sequence"]?.int } == [1, 2])
      let later = try await control(simulation, "GET", "/clusters/dev-1/audit?after=1", nil).json
      #expect(later["records"]?.sequence?.count == 1)
    }
  }

  @Test func theAuditLogKeepsNoMoreThanItsLimit() async throws {
    try await Simulation.run(with: \.auditLimit, 3) { simulation in
      for index in 0..<5 {
        try await #require(
          simulation.api.apply(
            Sample.configMaps + "/shop", Sample.configMap("shop", #"{"a":"\#(index)"}"#)
          ).code < 300)
      }
      #expect(try simulation.cluster.audit().map(\.sequence) == [3, 4, 5])
      #expect(try simulation.cluster.acceptedWrites == 5)
    }
  }

  @Test func theControlEndpointNeedsItsToken() async throws {
    try await Simulation.run { simulation in
      var api = simulation.api
      api.base = simulation.clusters.url + "/control"
      let answer = try await api.get("/clusters")
      #expect(answer.code == 401)
    }
  }

  @Test func aMisspeltFaultIsNamed() async throws {
    try await Simulation.run { simulation in
      let answer = try await control(simulation, "POST", "/clusters/dev-1", #"{"latency":1}"#)
      #expect(answer.code == 400)
      #expect(try answer.message.contains("unknown field latency: expected latencyMilliseconds"))
    }
  }

  @Test func anObjectCanBeEditedFromOutside() async throws {
    try await Simulation.run { simulation in
      let path = Sample.configMaps + "/shop"
      _ = try await simulation.api.apply(path, Sample.configMap("shop", #"{"a":"1"}"#))
      let edited = try await control(
        simulation, "POST", "/clusters/dev-1/objects",
        #"{"action":"edit","path":"\#(path)","patch":{"data":{"a":"2"}}}"#)
      #expect(edited.code == 200)
      #expect(try simulation.cluster.object(path)?.value(at: "data", "a")?.string == "2")
      #expect(
        try await simulation.api.apply(path, Sample.configMap("shop", #"{"a":"1"}"#)).code == 409)
    }
  }
}
