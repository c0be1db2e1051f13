import Foundation
import GitSource
import SourceTree
import Testing

@Suite struct ChangedPathsTests {
  @Test(arguments: [1, 2, 3, 4, 5, 6] as [UInt64])
  func changedPathsAreThoseOfGitDiff(seed: UInt64) throws {
    var random = SeededGenerator(seed: seed)
    let directory = try TemporaryDirectory()
    let source = try SourceRepository(at: directory.path + "/source")
    var commits = [try source.commit("Empty")]
    let names = ["a", "b", "c.yaml", "d e", "é", "new\nline", "a.b", "a-b"]
    func randomPath() -> String {
      (0...Int.random(in: 0...2, using: &random)).map { _ in
        names.randomElement(using: &random) ?? "a"
      }.joined(separator: "/")
    }
    for step in 0..<12 {
      for _ in 0..<Int.random(in: 1...6, using: &random) {
        try change(randomPath(), in: source, step: step, using: &random)
      }
      commits.append(try source.commit("Step \(step)"))
    }
    let repository = try LocalRepository.open(source.path).repository
    for _ in 0..<12 {
      let old = try #require(commits.randomElement(using: &random))
      let new = try #require(commits.randomElement(using: &random))
      let changes = try repository.changedPaths(from: old, to: new)
      let expected = try gitDiff(old.hex, new.hex, in: source)
      #expect(Set(changes) == expected, "seed \(seed), \(old.short)..\(new.short)")
      #expect(changes.count == expected.count)
    }
    let last = try #require(commits.last)
    let all = try repository.changedPaths(from: nil, to: last)
    let listed = try source.git("ls-tree", "-r", "-z", "--name-only", last.hex)
    #expect(all.allSatisfy { $0.change == .added })
    #expect(Set(all.map(\.path.description)) == Set(strings(listed)))
  }

  /// Writes, replaces, links, makes executable or removes something, whatever stood there.
  private func change(
    _ path: String, in source: SourceRepository, step: Int, using random: inout SeededGenerator
  ) throws {
    let manager = FileManager.default
    let full = source.path + "/" + path
    var prefix = source.path
    for component in path.split(separator: "/").dropLast() {
      prefix += "/" + component
      var isDirectory: ObjCBool = false
      let isLink = (try? manager.destinationOfSymbolicLink(atPath: prefix)) != nil
      if isLink || manager.fileExists(atPath: prefix, isDirectory: &isDirectory),
        isLink || !isDirectory.boolValue
      {
        try manager.removeItem(atPath: prefix)
      }
    }
    let exists =
      manager.fileExists(atPath: full)
      || (try? manager.destinationOfSymbolicLink(atPath: full)) != nil
    switch Int.random(in: 0..<6, using: &random) {
    case 0:
      if exists { try manager.removeItem(atPath: full) }
    case 1:
      if exists { try manager.removeItem(atPath: full) }
      try manager.createDirectory(
        atPath: (full as NSString).deletingLastPathComponent, withIntermediateDirectories: true)
      try manager.createSymbolicLink(atPath: full, withDestinationPath: "target-\(step)")
    default:
      if exists { try manager.removeItem(atPath: full) }
      try source.write(path, "step \(Int.random(in: 0..<4, using: &random))")
      let mode = Bool.random(using: &random) ? 0o755 : 0o644
      try manager.setAttributes([.posixPermissions: mode], ofItemAtPath: full)
    }
  }

  private func gitDiff(
    _ old: String, _ new: String, in source: SourceRepository
  ) throws -> Set<ChangedPath> {
    let words = strings(try source.git("diff", "--name-status", "--no-renames", "-z", old, new))
    var changes: Set<ChangedPath> = []
    for index in stride(from: 0, to: words.count - 1, by: 2) {
      let change = try #require(ChangedPath.Change(rawValue: words[index]))
      changes.insert(ChangedPath(path: try #require(TreePath(words[index + 1])), change: change))
    }
    return changes
  }

  private func strings(_ bytes: [UInt8]) -> [String] {
    bytes.split(separator: 0).map { String(decoding: $0, as: UTF8.self) }
  }
}

/// SplitMix64 (https://prng.di.unimi.it/splitmix64.c).
struct SeededGenerator: RandomNumberGenerator {
  private var state: UInt64

  init(seed: UInt64) { state = seed }

  mutating func next() -> UInt64 {
    state &+= 0x9e37_79b9_7f4a_7c15
    var z = state
    z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
    z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
    return z ^ (z >> 31)
  }
}
