import Foundation
import KubernetesAPI
import Manifests
import Testing

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
    writes = try text.split(separator: "\n").compactMap { line in
      // The lines of other tests need not be read; the last may not be whole yet.
      guard line.contains(namespace), line.hasSuffix("}") else { return nil }
      let event = try JSON.parse(Array(line.utf8))
      guard event["userAgent"]?.string == KubernetesClient.fieldManager,
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
