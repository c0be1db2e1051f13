import ClusterSimulator
import Foundation
import Manifests
import Testing

@Suite("Watches")
struct WatchTests {
  /// The lines of a watch that the server ends after a second.
  private func watch(_ api: HTTPAPI, _ query: String) async throws -> [Node] {
    let answer = try await api.get(Sample.configMaps + "?watch=1&timeoutSeconds=1&\(query)")
    #expect(answer.code == 200)
    return try answer.text.split(separator: "\n").map { try JSON.parse(String($0)) }
  }

  private func types(_ events: [Node]) -> [String] { events.compactMap { $0["type"]?.string } }

  @Test func tellEverythingSinceAResourceVersion() async throws {
    try await Simulation.run { simulation in
      let start =
        try await simulation.api.get(Sample.configMaps).json
        .value(at: "metadata", "resourceVersion")?.string ?? ""
      let path = Sample.configMaps + "/shop"
      _ = try await simulation.api.apply(path, Sample.configMap("shop", #"{"a":"1"}"#))
      _ = try await simulation.api.apply(path, Sample.configMap("shop", #"{"a":"2"}"#))
      _ = try await simulation.api.send("DELETE", path)
      let events = try await watch(simulation.api, "resourceVersion=\(start)")
      #expect(types(events) == ["ADDED", "MODIFIED", "DELETED"])
      let versions = events.compactMap {
        $0.value(at: "object", "metadata", "resourceVersion")?.string.flatMap { Int($0) }
      }
      #expect(versions == versions.sorted() && Set(versions).count == 3)
    }
  }

  @Test func tellWhatHappensWhileTheyAreOpen() async throws {
    try await Simulation.run { simulation in
      async let events = watch(simulation.api, "resourceVersion=0")
      _ = try await eventually("the watch is open") {
        try simulation.cluster.openWatches == 1 ? true : nil
      }
      _ = try await simulation.api.apply(
        Sample.configMaps + "/shop", Sample.configMap("shop", "{}"))
      #expect(types(try await events) == ["ADDED"])
      #expect(try simulation.cluster.openWatches == 0)
    }
  }

  @Test func showAnObjectThatLeavesTheSelectionAsDeleted() async throws {
    try await Simulation.run { simulation in
      let path = Sample.configMaps + "/shop"
      let first = try await simulation.api.apply(
        path, Sample.configMap("shop", "{}", metadata: #","labels":{"tier":"web"}"#))
      let version = try first.json.value(at: "metadata", "resourceVersion")?.string ?? ""
      _ = try await simulation.api.mergePatch(path, #"{"metadata":{"labels":{"tier":"db"}}}"#)
      let events = try await watch(
        simulation.api, "labelSelector=tier%3Dweb&resourceVersion=\(version)")
      #expect(types(events) == ["DELETED"])
    }
  }

  @Test func sendBookmarksWhenAsked() async throws {
    try await Simulation.run(with: \.bookmarkInterval, .milliseconds(100)) {
      simulation in
      let events = try await watch(simulation.api, "resourceVersion=0&allowWatchBookmarks=true")
      #expect(types(events).contains("BOOKMARK"))
      #expect(types(try await watch(simulation.api, "resourceVersion=0")).isEmpty)
    }
  }

  @Test func endIn410WhenTheirStartIsForgotten() async throws {
    try await Simulation.run(with: \.historyLimit, 2) { simulation in
      for index in 0..<4 {
        _ = try await simulation.api.apply(
          Sample.configMaps + "/shop", Sample.configMap("shop", #"{"a":"\#(index)"}"#))
      }
      let events = try await watch(simulation.api, "resourceVersion=1")
      #expect(types(events) == ["ERROR"])
      #expect(events.first?.value(at: "object", "code")?.int == 410)
    }
  }

  @Test func carryMetadataOnlyWhenThatIsEnough() async throws {
    try await Simulation.run { simulation in
      _ = try await simulation.api.apply(
        Sample.configMaps + "/shop", Sample.configMap("shop", #"{"a":"1"}"#))
      let answer = try await simulation.api.send(
        "GET", Sample.configMaps,
        headers: ["Accept: application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1"])
      let item = try answer.json["items"]?.sequence?.first
      #expect(item?["kind"]?.string == "PartialObjectMetadata")
      #expect(item?.value(at: "metadata", "name")?.string == "shop")
      #expect(item?["data"] == nil)
    }
  }
}
