internal import Foundation
internal import KubernetesAPI
internal import Manifests

/// `APP.json`: what was written of one app, and what the files must hash to.
struct ExportRecord: Codable, Sendable {
  /// One object by what names it.
  struct Reference: Codable, Sendable, Hashable, Comparable {
    var apiVersion: String
    var kind: String
    var namespace: String?
    var name: String

    init(_ identity: ResourceIdentity) {
      apiVersion =
        identity.group.isEmpty ? identity.version : "\(identity.group)/\(identity.version)"
      kind = identity.kind
      namespace = identity.namespace.isEmpty ? nil : identity.namespace
      name = identity.name
    }

    var identity: ResourceIdentity {
      let parts = apiVersion.split(separator: "/", maxSplits: 1).map(String.init)
      return ResourceIdentity(
        group: parts.count == 2 ? parts[0] : "", version: parts.last ?? "", kind: kind,
        namespace: namespace ?? "", name: name)
    }

    static func < (a: Self, b: Self) -> Bool { a.identity < b.identity }

    var node: Node {
      var metadata = Node.object(["name": .string(name)])
      if let namespace { metadata["namespace"] = .string(namespace) }
      return Node.object([
        "apiVersion": .string(apiVersion), "kind": .string(kind), "metadata": metadata,
      ])
    }
  }

  /// Deletions that are remembered at most, the latest ones.
  static let longestDeletions = 5_000

  var app: String
  var phase: Inventory.Phase
  /// Of the target state that is in the folder, or on its way there.
  var digest: Digest
  var mark: DeliveryMark
  var objects: [Reference]
  /// What left the target state and may not be deleted yet.
  var leftovers: [Reference]
  /// What is to be deleted, in the order in which that was decided.
  var deletions: [Reference]
  /// By name of the file.
  var sha256: [String: String]

  /// Reads a record. Throws when it is none: a record that says nothing does not say "nothing".
  init(reading bytes: [UInt8]) throws {
    self = try JSONDecoder().decode(ExportRecord.self, from: Data(bytes))
  }

  init(app: String, phase: Inventory.Phase, digest: Digest, mark: DeliveryMark) {
    self.app = app
    self.phase = phase
    self.digest = digest
    self.mark = mark
    objects = []
    leftovers = []
    deletions = []
    sha256 = [:]
  }

  func bytes() throws -> [UInt8] {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    return Array(try encoder.encode(self)) + [0x0A]
  }

  var inventory: Inventory {
    let all = (objects + leftovers).map(\.identity)
    return Inventory(
      app: app, phase: phase, digest: digest, mark: mark,
      groupKinds: Set(all.map { GroupKind(of: $0) }),
      namespaces: Set(all.map(\.namespace).filter { !$0.isEmpty }))
  }

  /// Moves what leaves to where the policy wants it, and takes off what came back.
  mutating func leave(_ leaving: [Reference], deleting: (Reference) -> Bool) {
    let present = Set(objects)
    let going = leaving.filter { !present.contains($0) }
    leftovers = going.filter { !deleting($0) }
    let decided = going.filter(deleting)
    deletions = (deletions.filter { !present.contains($0) && !decided.contains($0) } + decided)
      .suffix(ExportRecord.longestDeletions)
  }
}
