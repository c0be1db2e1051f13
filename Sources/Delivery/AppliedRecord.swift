internal import KubernetesAPI
internal import Manifests

/// What was rendered for one object, and what the cluster made of it when it was applied. As long as
/// the latter is the same, nobody changed a field that is ours.
public struct AppliedRecord: Sendable, Hashable {
  /// Names what was rendered; `nil` for a Secret, whose content must not be guessed from it.
  let rendered: String?
  /// Names the object itself, the fields that we own of it, when that changed last, and how often
  /// what is wanted of it changed.
  let ownership: String

  /// 60 bits tell the states of one object apart, and Swift keeps a text of this length in place.
  private static let digits = 15

  init(rendered: String?, ownership: String) {
    self.rendered = rendered
    self.ownership = ownership
  }

  /// Of `object`, which the server answered with `live`. `nil` where the server does not say what we
  /// own.
  init?(of object: ManifestObject, live: Node) {
    guard let ownership = AppliedRecord.ownership(of: live) else { return nil }
    self.init(rendered: AppliedRecord.rendered(object), ownership: ownership)
  }

  static func rendered(_ object: ManifestObject) -> String? {
    if object.identity.group.isEmpty, object.identity.kind == "Secret" { return nil }
    return String(object.digest.hex.prefix(digits))
  }

  static func ownership(of live: Node) -> String? {
    guard let uid = live.value(at: "metadata", "uid")?.string,
      let own = ManagedFields.own(of: live)
    else { return nil }
    // Servers before 1.22 do not say who scales; the generation moves all the same.
    let generation = live.value(at: "metadata", "generation")?.int ?? 0
    let parts = [
      Digest(hashing: "\(uid) \(generation) \(own.apiVersion) \(own.time)"),
      JSON.digest(own.fields),
    ]
    return String(Digest(combining: parts).hex.prefix(digits))
  }
}

/// The records of an inventory as text: a line per object.
extension [ResourceIdentity: AppliedRecord] {
  /// Larger inventories go without: the server stores at most 1.5 MiB per object.
  private static let longest = 512 << 10

  /// `nil` when it would be too long.
  var text: String? {
    let lines = sorted { $0.key < $1.key }.map { identity, record in
      [
        identity.group, identity.version, identity.kind, identity.namespace, identity.name,
        record.rendered ?? "", record.ownership,
      ].joined(separator: "\t")
    }
    let text = lines.joined(separator: "\n")
    return text.utf8.count <= Self.longest ? text : nil
  }

  /// Reads what ``text`` wrote. Lines that are malformed say nothing: their objects are applied again.
  init(reading text: String) {
    self.init()
    for line in text.split(separator: "\n") {
      let parts = line.split(separator: "\t", omittingEmptySubsequences: false).map(String.init)
      guard parts.count == 7 else { continue }
      let identity = ResourceIdentity(
        group: parts[0], version: parts[1], kind: parts[2], namespace: parts[3], name: parts[4])
      self[identity] = AppliedRecord(
        rendered: parts[5].isEmpty ? nil : parts[5], ownership: parts[6])
    }
  }
}
