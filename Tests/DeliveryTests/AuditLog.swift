import Foundation
import KubernetesAPI
import Manifests
import Testing

@testable import Delivery

/// What a server's audit log says that Flotilla wrote in one namespace, in order.
struct AuditLog {
  struct Write {
    let verb: String
    /// Such as `configmaps/a`.
    let object: String
    let code: Int
    /// What was sent; `nil` for nothing.
    let body: Node?

    var isAccepted: Bool { (200..<300).contains(code) }
  }

  let writes: [Write]

  init(of server: RealClusters.Server, namespace: String) throws {
    let text = try String(contentsOfFile: server.directory + "/audit.log", encoding: .utf8)
    writes = text.split(separator: "\n").compactMap { line in
      // The lines of other tests need not be read, and a dry run writes nothing. The last line may
      // not be whole yet, and a server that was killed leaves half a line.
      guard line.contains(namespace), !line.contains("dryRun=All"),
        let event = try? JSON.parse(Array(line.utf8)),
        event["userAgent"]?.string == KubernetesClient.fieldManager,
        let verb = event["verb"]?.string, let reference = event["objectRef"],
        reference["namespace"]?.string == namespace,
        let resource = reference["resource"]?.string, let name = reference["name"]?.string
      else { return nil }
      return Write(
        verb: verb, object: "\(resource)/\(name)",
        code: event.value(at: "responseStatus", "code")?.int ?? 0,
        body: event["requestObject"])
    }
  }

  /// The objects whose deletion was accepted.
  var deleted: [String] {
    writes.filter { $0.verb == "delete" && $0.isAccepted }.map(\.object).sorted()
  }

  /// Expects of the ConfigMaps that nothing was sent but what `planned` has for each, in its order,
  /// and that nothing was deleted but `leaving`.
  func expectNothing(but planned: [String: [Digest]], leaving: [String] = []) {
    #expect(Set(deleted).isSubset(of: leaving))
    for (object, contents) in contents where object.hasPrefix("configmaps/") {
      var rest = (planned[object] ?? [])[...]
      let isPlanned = contents.allSatisfy { digest in
        while let next = rest.popFirst() { if next == digest { return true } }
        return false
      }
      #expect(isPlanned, "\(object) was sent with another content than rendered")
    }
  }

  /// What the server took for each object, in order, without repetitions of the same content.
  var contents: [String: [Digest]] {
    var contents: [String: [Digest]] = [:]
    for write in writes where write.verb == "patch" && write.isAccepted {
      guard let body = write.body else { continue }
      let digest = Digest(hashing: JSON.serialize(body, keys: .sorted))
      if contents[write.object]?.last != digest {
        contents[write.object, default: []].append(digest)
      }
    }
    return contents
  }
}

extension TestApp {
  /// What may be sent for each ConfigMap while `states` come one after the other.
  func contents(_ states: TargetState...) -> [String: [Digest]] {
    var contents: [String: [Digest]] = [:]
    for state in states {
      for object in state.objects where object.identity.kind == "ConfigMap" {
        let key = "configmaps/\(object.identity.name)"
        let sent = JSON.serialize(object.labelled(with: setID), keys: .sorted)
        let digest = Digest(hashing: sent)
        if contents[key]?.last != digest { contents[key, default: []].append(digest) }
      }
    }
    return contents
  }
}

extension TestCluster {
  /// The uids of the ConfigMaps of a namespace, by name.
  func uids(in namespace: String) async throws -> [String: String] {
    let kind = GroupVersionKind(group: "", version: "v1", kind: "ConfigMap")
    let list = try await client.list(try await client.resource(for: kind), namespace: namespace)
    let pairs = list.items.compactMap { item -> (String, String)? in
      guard let name = item.value(at: "metadata", "name")?.string, name != "kube-root-ca.crt",
        let uid = item.value(at: "metadata", "uid")?.string
      else { return nil }
      return (name, uid)
    }
    return Dictionary(uniqueKeysWithValues: pairs)
  }
}
