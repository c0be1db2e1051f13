import Testing

/// The floors of the house; docs/development.md draws them.
private let floors: [[String]] = [
  ["CLibgit2", "CCurl", "COpenSSL", "CShims"],
  ["SourceTree", "Manifests", "Certificates", "CommonExpressions", "FleetModel"],
  [
    "Kustomize", "ObjectSchema", "RolloutEngine", "HTTPTransport", "KubernetesAPI", "ChildPrograms",
  ],
  [
    "GitSource", "HubStore", "Delivery", "GateChecks", "Rendering", "Notifications", "Forecast",
  ],
  ["Hub", "Agent"],
  ["HubAPI"],
  [
    "flotilla", "engine-benchmark", "plan-benchmark", "render-benchmark", "writer-benchmark",
    "yaml-benchmark",
  ],
]

/// Simulated clusters stand beside the house: nothing in it knows them, and they know values and bindings only.
private let apart: Set = ["ClusterSimulator", "cluster-simulator"]

/// The simulated fleet knows the pure engines that it proves, and no room knows it.
private let proof: Set = ["FleetSimulation", "explore"]

/// The only steps between rooms of the same floor.
private let sameFloor: [String: Set<String>] = [
  "CShims": ["CLibgit2", "CCurl", "COpenSSL"],
  "Certificates": ["Manifests"],
  "CommonExpressions": ["Manifests"],
  "FleetModel": ["CommonExpressions", "SourceTree", "Manifests"],
  "KubernetesAPI": ["ChildPrograms", "HTTPTransport"],
]

private let floorOf: [String: Int] = {
  var result: [String: Int] = [:]
  for (floor, targets) in floors.enumerated() {
    for target in targets { result[target] = floor }
  }
  return result
}()

private func mayImport(_ target: String, _ module: String) -> Bool {
  if apart.contains(target) {
    return apart.contains(module) || floorOf[module].map { $0 <= 1 } ?? true
  }
  if proof.contains(target) {
    return proof.contains(module) || floorOf[module].map { $0 <= 2 } ?? true
  }
  if apart.contains(module) || proof.contains(module) { return false }
  guard let own = floorOf[target], let other = floorOf[module] else { return true }
  return other < own || sameFloor[target, default: []].contains(module)
}

@Suite struct FloorTests {
  @Test func `every target of Sources has its floor`() throws {
    let unknown = try SourceFile.targets().filter {
      floorOf[$0] == nil && !apart.contains($0) && !proof.contains($0)
    }
    #expect(unknown.isEmpty, "give these targets a floor: \(unknown)")
  }

  @Test func `imports point downwards only`() throws {
    var wrong: [String] = []
    for file in try SourceFile.all() {
      for (module, line) in file.imports() where !mayImport(file.target, module) {
        wrong.append("\(file):\(line): \(file.target) must not import \(module)")
      }
    }
    #expect(wrong.isEmpty, "\(wrong.joined(separator: "\n"))")
  }

  @Test func `the rule tells down from up and from beside`() {
    #expect(mayImport("Hub", "RolloutEngine"))
    #expect(mayImport("FleetModel", "Manifests"))
    #expect(mayImport("Kustomize", "Foundation"))
    #expect(!mayImport("RolloutEngine", "Hub"))
    #expect(!mayImport("Manifests", "FleetModel"))
    #expect(!mayImport("Delivery", "HubStore"))
    #expect(!mayImport("Hub", "ClusterSimulator"))
    #expect(!mayImport("ClusterSimulator", "Hub"))
    #expect(mayImport("FleetSimulation", "RolloutEngine"))
    #expect(!mayImport("FleetSimulation", "Hub"))
    #expect(!mayImport("RolloutEngine", "FleetSimulation"))
  }

  @Test func `no target is a drawer for everything`() throws {
    let drawers: Set = ["utils", "util", "utilities", "common", "helpers", "helper", "shared"]
    let found = try SourceFile.targets().filter { drawers.contains($0.lowercased()) }
    #expect(found.isEmpty, "name these targets after what they are about: \(found)")
  }
}
