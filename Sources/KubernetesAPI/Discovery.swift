internal import HTTPTransport
internal import Manifests
internal import Synchronization

/// What a server says it serves, as far as it was asked. Kinds that are there stay known; that a
/// kind is missing is asked again each time, because a CRD may bring it at any moment.
final class DiscoveryCache: Sendable {
  private let versions = Mutex<[String: ServedKinds]>([:])  // by apiVersion

  func resource(_ kind: GroupVersionKind) -> ServedResource? {
    versions.withLock { $0[kind.apiVersion] }?.byKind[kind.kind]
  }

  func store(_ kinds: ServedKinds, apiVersion: String) {
    versions.withLock { $0[apiVersion] = kinds }
  }

  func forget() { versions.withLock { $0 = [:] } }
}

extension KubernetesClient {
  /// How the cluster serves `kind`; throws ``KubernetesError/Reason/notServed(kind:apiVersion:)``
  /// when it does not.
  public func resource(for kind: GroupVersionKind) async throws -> ServedResource {
    if let known = discovery.resource(kind) { return known }
    let kinds = try await kinds(of: kind.group, version: kind.version)
    guard let found = kinds?.byKind[kind.kind] else {
      throw failure(
        "look up \(kind)", .notServed(kind: kind.groupKind, apiVersion: kind.apiVersion))
    }
    return found
  }

  /// How the cluster serves a kind in the version it prefers; `nil` when it says, completely and
  /// without error, that it has no such kind.
  public func resource(for kind: GroupKind) async throws -> ServedResource? {
    for version in try await versions(of: kind.group) {
      let asked = GroupVersionKind(group: kind.group, version: version, kind: kind.kind)
      if let known = discovery.resource(asked) { return known }
      let kinds = try await kinds(of: kind.group, version: version)
      if let found = kinds?.byKind[kind.kind] { return found }
    }
    return nil
  }

  /// Forgets what is known about the server's kinds, as after a change of a CRD.
  public func forgetDiscovery() { discovery.forget() }

  /// Versions of a group, the preferred one first; empty when the group is not there.
  private func versions(of group: String) async throws -> [String] {
    if group.isEmpty { return ["v1"] }
    let list = try await send(Call(.get, "/apis", action: "list API groups"))
    guard let groups = list["groups"]?.sequence else {
      throw failure("list API groups", .malformed("no list of groups"))
    }
    guard let found = groups.first(where: { $0["name"]?.string == group }) else { return [] }
    let all = (found["versions"]?.sequence ?? []).compactMap { $0["version"]?.string }
    let preferred = found.value(at: "preferredVersion", "version")?.string
    return (preferred.map { [$0] } ?? []) + all.filter { $0 != preferred }
  }

  /// The kinds of one version of a group; `nil` when the server has no such version.
  private func kinds(of group: String, version: String) async throws -> ServedKinds? {
    let apiVersion = group.isEmpty ? version : "\(group)/\(version)"
    let path = group.isEmpty ? "/api/\(version)" : "/apis/\(apiVersion)"
    let call = Call(.get, path, action: "list the kinds of \(apiVersion)")
    do {
      let found = try await exchange(call) { head, body in
        try requireSuccess(head, body, of: call)
        return try ServedKinds.shared(body, apiVersion: apiVersion) {
          try kinds(in: try object(body, of: call), group: group, version: version, call)
        }
      }
      discovery.store(found, apiVersion: apiVersion)
      return found
    } catch let error as KubernetesError where error.api?.code == 404 {
      return nil
    }
  }

  private func kinds(
    in list: Node, group: String, version: String, _ call: Call
  ) throws -> ServedKinds {
    guard let entries = list["resources"]?.sequence else {
      throw failure(call.action, .malformed("no list of resources"))
    }
    let resources = entries.compactMap { entry -> ServedResource? in
      guard let plural = entry["name"]?.string, !plural.contains("/"),
        let kind = entry["kind"]?.string
      else { return nil }
      return ServedResource(
        kind: GroupVersionKind(group: group, version: version, kind: kind), plural: plural,
        isNamespaced: entry["namespaced"]?.bool ?? false,
        verbs: Set((entry["verbs"]?.sequence ?? []).compactMap(\.string)))
    }
    return ServedKinds(resources)
  }
}
