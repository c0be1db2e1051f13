import Manifests
import Testing

/// Objects are compared by structure, not by text.
@Suite struct NodeDifferenceTests {
  private func node(_ text: String) throws -> Node {
    try #require(try YAML.parse(Array(text.utf8)).first)
  }

  /// `path: before -> after`, one line a change.
  private func changes(_ before: String, _ after: String) throws -> [String] {
    NodeDifference.changes(from: try node(before), to: try node(after)).map { change in
      func text(_ node: Node?) -> String {
        node.map { String(decoding: JSON.serialize($0), as: UTF8.self) } ?? "nothing"
      }
      let order = change.isOrder ? " (order)" : ""
      return "\(change.path): \(text(change.before)) -> \(text(change.after))\(order)"
    }
  }

  @Test func styleOrderOfKeysAndCommentsAreNoDifference() throws {
    #expect(try changes("a: x # one\nb: {c: 1}", "b:\n  c: 1\na: 'x'").isEmpty)
  }

  @Test func fieldsAreNamedByTheirPath() throws {
    #expect(
      try changes("spec: {replicas: 2, old: 1}", "spec: {replicas: 3, new: yes}") == [
        ".spec.replicas: 2 -> 3", ".spec.old: 1 -> nothing", ".spec.new: nothing -> \"yes\"",
      ])
  }

  @Test func aKeyThatIsNoIdentifierStandsInBrackets() throws {
    #expect(
      try changes("a: {example.com/team: x}", "a: {example.com/team: y}") == [
        ".a[\"example.com/team\"]: \"x\" -> \"y\""
      ])
  }

  @Test func elementsWithNamesAreMatchedByThem() throws {
    let before = "[{name: a, image: x}, {name: b, image: y}]"
    let after = "[{name: sidecar, image: s}, {name: a, image: x}, {name: b, image: z}]"
    #expect(
      try changes("c: \(before)", "c: \(after)") == [
        ".c[name=b].image: \"y\" -> \"z\"",
        ".c[name=sidecar]: nothing -> {\"name\":\"sidecar\",\"image\":\"s\"}",
      ])
  }

  @Test func portsAreMatchedByNumberAndProtocol() throws {
    #expect(
      try changes(
        "[{containerPort: 53, protocol: UDP, hostPort: 1}, {containerPort: 53, protocol: TCP}]",
        "[{containerPort: 53, protocol: TCP}, {containerPort: 53, protocol: UDP, hostPort: 2}]")
        == [
          "[containerPort=53,protocol=UDP].hostPort: 1 -> 2",
          ": [\"53/UDP\",\"53/TCP\"] -> [\"53/TCP\",\"53/UDP\"] (order)",
        ])
  }

  @Test func anotherOrderIsADifferenceOfItsOwn() throws {
    #expect(
      try changes("[{name: a}, {name: b}]", "[{name: b}, {name: a}]") == [
        ": [\"a\",\"b\"] -> [\"b\",\"a\"] (order)"
      ])
  }

  @Test func elementsWithoutNamesAreMatchedInOrder() throws {
    #expect(
      try changes("a: [x, y, z]", "a: [x, z]") == [".a[1]: \"y\" -> nothing"])
    #expect(
      try changes("a: [x, y]", "a: [x, q]") == [".a[1]: \"y\" -> \"q\""])
    #expect(
      try changes("a: [x]", "a: [w, x]") == [".a[0]: nothing -> \"w\""])
  }

  @Test func namesThatAreNotUniqueMatchNothing() throws {
    #expect(
      try changes("[{name: a, v: 1}, {name: a, v: 2}]", "[{name: a, v: 1}, {name: a, v: 3}]") == [
        "[1].v: 2 -> 3"
      ])
  }

  @Test func anotherTypeIsADifferenceEvenWithTheSameText() throws {
    #expect(try changes("a: 1", "a: '1'") == [".a: 1 -> \"1\""])
    #expect(try changes("a: {b: 1}", "a: [1]") == [".a: {\"b\":1} -> [1]"])
  }

  /// Whatever two trees look like: there is a difference exactly when they are not equal, and applying it
  /// in thought leads nowhere else: each path occurs once for a removal and once for the rest.
  @Test func thereAreChangesExactlyWhenTheTreesDiffer() {
    let seed = UInt64.random(in: 0...UInt64.max)
    var random = SeededGenerator(state: seed)
    for round in 0..<3000 {
      let before = Self.tree(&random, depth: 3)
      let after = Bool.random(using: &random) ? Self.mutated(before, &random) : before
      let changes = NodeDifference.changes(from: before, to: after)
      #expect(changes.isEmpty == (before == after), "seed \(seed), round \(round)")
      #expect(
        changes.allSatisfy { $0.before != $0.after }, "seed \(seed), round \(round)")
    }
  }

  private static func tree(_ random: inout SeededGenerator, depth: Int) -> Node {
    switch Int.random(in: 0..<(depth > 0 ? 5 : 2), using: &random) {
    case 0: return .int(Int.random(in: 0..<3, using: &random))
    case 1: return .string(["a", "b", "c"].randomElement(using: &random) ?? "a")
    case 2:
      return .sequence(
        (0..<Int.random(in: 0..<4, using: &random)).map { _ in tree(&random, depth: depth - 1) })
    case 3:
      return .sequence(
        (0..<Int.random(in: 0..<4, using: &random)).map { index in
          .object(["name": .string("n\(index)"), "v": tree(&random, depth: depth - 2)])
        })
    default:
      return .mapping(
        Mapping(
          (0..<Int.random(in: 0..<4, using: &random)).map {
            Mapping.Pair("k\($0)", tree(&random, depth: depth - 1))
          }))
    }
  }

  private static func mutated(_ node: Node, _ random: inout SeededGenerator) -> Node {
    switch node {
    case .scalar: return tree(&random, depth: 1)
    case .sequence(var items):
      guard let index = items.indices.randomElement(using: &random) else {
        return .sequence([.int(1)])
      }
      switch Int.random(in: 0..<3, using: &random) {
      case 0: items.remove(at: index)
      case 1: items.shuffle(using: &random)
      default: items[index] = mutated(items[index], &random)
      }
      return .sequence(items)
    case .mapping(var mapping):
      guard let index = mapping.pairs.indices.randomElement(using: &random) else {
        return .object(["k0": .int(7)])
      }
      if Bool.random(using: &random) {
        mapping.pairs.remove(at: index)
      } else {
        mapping.pairs[index].value = mutated(mapping.pairs[index].value, &random)
      }
      return .mapping(mapping)
    }
  }
}

/// Values of Secrets are never shown; that they changed is.
@Suite struct SecretMaskTests {
  private func node(_ text: String) throws -> Node {
    try #require(try YAML.parse(Array(text.utf8)).first)
  }

  @Test func valuesAreReplacedAndNamesStay() throws {
    let secret = try node(
      """
      apiVersion: v1
      kind: Secret
      metadata:
        name: s
        labels: {app: x}
        annotations: {kubectl.kubernetes.io/last-applied-configuration: hunter2, team: a}
      type: Opaque
      data: {password: aHVudGVyMg==}
      stringData: {token: hunter2}
      """)
    let text = String(decoding: try YAML.serialize(SecretMask.masking(secret)), as: UTF8.self)
    #expect(!text.contains("hunter2"))
    #expect(!text.contains("aHVudGVyMg"))
    #expect(text.contains("password: '***'"))
    #expect(text.contains("app: x"))
    #expect(text.contains("team: a"))
  }

  @Test func fieldsThatNobodyKnowsCountAsSecret() throws {
    let secret = try node(
      "{apiVersion: v1, kind: Secret, metadata: {name: s}, dataa: {p: hunter2}}")
    #expect(
      !String(decoding: try YAML.serialize(SecretMask.masking(secret)), as: UTF8.self)
        .contains("hunter2"))
  }

  @Test func aChangeShowsThatItIsOne() throws {
    let change = FieldChange(
      path: NodePath([.key("data")]), before: try node("{a: x}"), after: try node("{a: y}"))
    let masked = SecretMask.masking(change)
    #expect(masked.before?["a"]?.string == "*** (before)")
    #expect(masked.after?["a"]?.string == "*** (after)")
  }

  @Test func otherKindsStay() throws {
    let map = try node("{apiVersion: v1, kind: ConfigMap, metadata: {name: s}, data: {a: b}}")
    #expect(SecretMask.masking(map) == map)
  }
}
