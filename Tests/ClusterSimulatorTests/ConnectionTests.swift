import ClusterSimulator
import Testing

@Suite("Connections")
struct ConnectionTests {
  /// libcurl ends an upload by an empty frame. Servers with a limit against floods of empty frames
  /// close the whole connection when two of them follow each other.
  @Test func manyUploadsShareAnHTTP2Connection() async throws {
    try await Simulation.run { simulation in
      let body = try simulation.directory.write(
        Sample.configMap("shop", #"{"a":"\#(String(repeating: "x", count: 500))"}"#), to: "body")
      let request = """
        url = "\(simulation.api.base)\(Sample.configMaps)/shop?fieldManager=f"
        request = PATCH
        header = "Authorization: Bearer \(simulation.api.token ?? "")"
        header = "Content-Type: \(Simulation.apply)"
        data = "@\(body)"
        output = /dev/null
        cacert = "\(simulation.api.authority)"
        write-out = "%{http_code} %{http_version}\\n"

        """
      let file = try simulation.directory.write(
        Array(repeating: request, count: 1000).joined(separator: "next\n"), to: "requests")
      let outcome = try await Program.run(
        "curl",
        ["--silent", "--parallel", "--parallel-max", "40", "--no-progress-meter", "-K", file])
      let answers = outcome.output.split(separator: "\n")
      #expect(answers.count == 1000)
      #expect(Set(answers) == ["201 2", "200 2"])
    }
  }
}
