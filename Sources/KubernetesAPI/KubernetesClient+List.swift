internal import HTTPTransport
public import Manifests

/// A complete list, and the point in the cluster's history that it shows.
public struct ObjectList: Sendable {
  public let items: [Node]
  public let resourceVersion: String
}

/// How much of each object an answer holds.
public enum ObjectDetail: Sendable, Hashable {
  case whole
  /// `metadata` alone, where the server can; whole objects elsewhere.
  case metadata

  func accept(_ form: String) -> String {
    switch self {
    case .whole: "application/json"
    case .metadata:
      "application/json;as=\(form);g=meta.k8s.io;v=v1,application/json"
    }
  }
}

extension KubernetesClient {
  /// Page size of lists.
  static let pageSize = 500

  /// All objects of a kind, read from the cluster's store, not from a cache. Complete, or it
  /// throws: there is no partial answer.
  ///
  /// - Parameters:
  ///   - namespace: `nil` for all namespaces.
  ///   - selector: a label selector in text form.
  public func list(
    _ resource: ServedResource, namespace: String? = nil, selector: String? = nil,
    detail: ObjectDetail = .whole
  ) async throws -> ObjectList {
    var items: [Node] = []
    var token = ""
    var restarts = 0
    while true {
      var call = Call(
        .get, resource.collectionPath(namespace: namespace),
        action: "list \(resource.plural)")
      call.accept = detail.accept("PartialObjectMetadataList")
      call.acceptsCompression = true
      call.query = [("limit", "\(KubernetesClient.pageSize)")]
      if let selector { call.query.append(("labelSelector", selector)) }
      if !token.isEmpty { call.query.append(("continue", token)) }
      let page: Node
      do {
        page = try await send(call)
      } catch let error as KubernetesError where error.api?.code == 410 && restarts < 3 {
        // The pages' version was compacted away: a complete list has to begin anew.
        restarts += 1
        items = []
        token = ""
        continue
      }
      guard let pageItems = page["items"]?.sequence ?? emptyItems(page),
        let version = page.value(at: "metadata", "resourceVersion")?.string
      else { throw failure(call.action, .malformed("a list without items or version")) }
      items += pageItems
      token = page.value(at: "metadata", "continue")?.string ?? ""
      if token.isEmpty { return ObjectList(items: items, resourceVersion: version) }
    }
  }

  /// Go writes an empty list as null.
  private func emptyItems(_ page: Node) -> [Node]? {
    page["items"]?.isNull == true && page["kind"]?.string?.hasSuffix("List") == true ? [] : nil
  }
}
