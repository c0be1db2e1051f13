import SourceTree
import Testing

@testable import FleetModel

/// Trees and files that no honest author writes end in findings, not in a crash or a long wait.
@Suite struct HostileFilesTests {
  private func findings(_ change: (inout MemoryTree) throws -> Void) throws -> [String] {
    var tree = try FleetFixture().tree()
    try change(&tree)
    let loaded = FleetLoader.load(tree: tree)
    #expect(loaded.configuration == nil)
    return loaded.findings.map(\.description)
  }

  @Test func anEmptyRepositoryIsOneFinding() throws {
    #expect(
      FleetLoader.load(tree: MemoryTree()).findings.map(\.description) == [
        "fleet:1:1: error: the repository has no fleet/ folder at its root; add clusters in "
          + "fleet/clusters/*.yaml and environments in fleet/environments/*.yaml"
      ])
  }

  @Test func aFleetFolderWithoutObjectsIsOneFinding() throws {
    let tree = try MemoryTree(["fleet/README.md": "later", "fleet/empty.yaml": "---\n---\n"])
    #expect(
      FleetLoader.load(tree: tree).findings.map(\.description) == [
        "fleet:1:1: error: fleet/ declares nothing: no .yaml file with an object in it; add "
          + "clusters in fleet/clusters/*.yaml and environments in fleet/environments/*.yaml"
      ])
  }

  @Test func aFileOfFiftyMegabytesIsNotRead() throws {
    let found = try findings {
      try $0.write([UInt8](repeating: UInt8(ascii: "a"), count: 50 << 20), to: "fleet/big.yaml")
    }
    #expect(
      found == [
        "fleet/big.yaml:1:1: error: file has 52428800 bytes, more than the 8 MiB that a fleet "
          + "file may have; split it; every file below fleet/ is read"
      ])
  }

  @Test(arguments: ["[", "{a: ", "- "])
  func nestingOfTenThousandIsRefused(_ opening: String) throws {
    let found = try findings {
      try $0.write(
        Array(String(repeating: opening, count: 10_000).utf8), to: "fleet/deep.yaml")
    }
    #expect(found.count == 1)
    #expect(found.first?.hasPrefix("fleet/deep.yaml:1:") ?? false)
  }

  @Test func anAliasBombIsRefused() throws {
    var bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n"
    for level in 1...12 {
      let aliases = Array(repeating: "*a\(level - 1)", count: 10).joined(separator: ", ")
      bomb += "a\(level): &a\(level) [\(aliases)]\n"
    }
    let text = bomb
    let found = try findings { try $0.write(Array(text.utf8), to: "fleet/bomb.yaml") }
    #expect(found.count == 1)
    #expect(found.first?.hasPrefix("fleet/bomb.yaml:") ?? false)
  }

  @Test func malformedYAMLIsReportedBesideOtherFindings() throws {
    let found = try findings {
      try $0.write(Array("kind: [App\nmetadata: x\n".utf8), to: "fleet/a.yaml")
      try $0.write(Array(object("App", "x", "pth: a").utf8), to: "fleet/b.yaml")
    }
    #expect(found.count == 2)
    #expect(found.first?.hasPrefix("fleet/a.yaml:1:7: error: ") ?? false)
    #expect(
      found.last == "fleet/b.yaml:5:3: error: unknown field 'pth' in App; did you mean 'path'?")
  }

  @Test func bytesThatAreNoTextAreRefused() throws {
    let found = try findings { try $0.write([0xFF, 0xFE, 0x00, 0x80], to: "fleet/a.yaml") }
    #expect(found.count == 1)
  }

  @Test func linksOutOfTheRepositoryAreRefused() throws {
    #expect(
      try findings {
        try $0.link("fleet/up.yaml", to: "../../secrets.yaml")
        try $0.link("fleet/absolute.yaml", to: "/etc/passwd")
        try $0.link("fleet/folder", to: "clusters")
        try $0.link("fleet/loop.yaml", to: "loop.yaml")
      } == [
        "fleet/absolute.yaml:1:1: error: fleet/absolute.yaml: leads out of the repository",
        "fleet/folder:1:1: error: symbolic link to a folder, which is not followed; put the files "
          + "here, or link each of them",
        "fleet/loop.yaml:1:1: error: fleet/loop.yaml: too many levels of symbolic links",
        "fleet/up.yaml:1:1: error: fleet/up.yaml: leads out of the repository",
      ])
  }

  @Test func aLinkToAFileInsideIsRead() throws {
    var tree = try FleetFixture().tree()
    try tree.write(Array(object("App", "shop", "path: a").utf8), to: "shared/app.yaml")
    try tree.link("fleet/app.yaml", to: "../shared/app.yaml")
    #expect(FleetLoader.load(tree: tree).configuration?.apps.map(\.name) == ["shop"])
  }

  @Test func foldersWithoutEndAreRefused() throws {
    let found = try findings {
      try $0.write([], to: "fleet/" + String(repeating: "a/", count: 40) + "x.yaml")
    }
    #expect(found.count == 1)
    #expect(found.first?.contains("more than 16 folders inside each other") ?? false)
  }

  /// Whatever bytes stand in a file, the answer is findings or a configuration.
  @Test func randomDamageNeverCrashes() throws {
    let seed = UInt64.random(in: 0 ... .max)
    var random = SplitMix(seed: seed)
    let files = FleetFixture().files.sorted { $0.key < $1.key }
    for _ in 0..<300 {
      var tree = MemoryTree()
      for (path, text) in files {
        var bytes = Array(text.utf8)
        for _ in 0..<random.below(4) {
          let index = random.below(bytes.count)
          switch random.below(3) {
          case 0: bytes[index] = UInt8(truncatingIfNeeded: random.next())
          case 1: bytes.insert(contentsOf: "[{:&*-\n ".utf8, at: index)
          default: bytes.removeSubrange(index..<min(bytes.count, index + random.below(30)))
          }
          if bytes.isEmpty { break }
        }
        try tree.write(bytes, to: path)
      }
      let loaded = FleetLoader.load(tree: tree)
      #expect(
        (loaded.configuration == nil) == loaded.findings.contains { $0.severity == .error },
        "seed \(seed)")
    }
  }
}

/// A small deterministic generator (splitmix64), so that a printed seed repeats a run.
struct SplitMix {
  private var state: UInt64
  init(seed: UInt64) { state = seed }

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }

  mutating func below(_ bound: Int) -> Int { bound > 0 ? Int(next() % UInt64(bound)) : 0 }
}
