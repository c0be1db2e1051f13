import Manifests
import Testing

@testable import ClusterSimulator

@Suite("Sets of fields")
struct FieldSetTests {
  /// A random set together with its members as plain paths.
  private func sample(_ random: inout SeededRandom) -> (set: FieldSet, paths: Set<[String]>) {
    var set = FieldSet()
    var paths = Set<[String]>()
    for _ in 0..<Int.random(in: 0...8, using: &random) {
      let depth = Int.random(in: 1...3, using: &random)
      let path = (0..<depth).map { _ in "f:\(["a", "b", "c"].randomElement(using: &random) ?? "")" }
      insert(path[...], into: &set)
      paths.insert(path)
    }
    return (set, paths)
  }

  private func insert(_ path: ArraySlice<String>, into set: inout FieldSet) {
    guard let first = path.first else { return }
    if path.count == 1 { return set.insert(first) }
    set.withBelow(first) { insert(path.dropFirst(), into: &$0) }
  }

  @Test func behaveLikeSetsOfPaths() {
    let seed = UInt64.random(in: 0...UInt64.max)
    var random = SeededRandom(seed: seed)
    for _ in 0..<500 {
      let (a, b) = (sample(&random), sample(&random))
      #expect(Set(a.set.union(b.set).paths) == a.paths.union(b.paths), "seed \(seed)")
      #expect(
        Set(a.set.intersection(b.set).paths) == a.paths.intersection(b.paths), "seed \(seed)")
      #expect(Set(a.set.subtracting(b.set).paths) == a.paths.subtracting(b.paths), "seed \(seed)")
    }
  }

  @Test func readTheirOwnNotation() {
    let seed = UInt64.random(in: 0...UInt64.max)
    var random = SeededRandom(seed: seed)
    for _ in 0..<200 {
      let set = sample(&random).set
      #expect(FieldSet(fieldsV1: set.fieldsV1) == set, "seed \(seed)")
    }
  }

  @Test func pathsReadAsTheServerPrintsThem() {
    let path = ["f:spec", #"k:{"name":"web"}"#, "f:image"]
    #expect(PathElement.text(path) == #".spec[name="web"].image"#)
    #expect(
      PathElement.text(["f:ports", #"k:{"containerPort":80,"protocol":"TCP"}"#])
        == #".ports[containerPort=80,protocol="TCP"]"#)
  }
}
