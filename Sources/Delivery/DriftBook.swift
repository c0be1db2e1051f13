internal import KubernetesAPI
internal import Manifests

/// What was found out about objects that somebody touched, so that each state of one is looked at
/// once.
struct DriftBook {
  /// Objects that are looked at closely; a cluster where more were touched is told by these.
  private static let examined = 50

  private let check: DriftCheck
  private var known: [Touched: Drift?] = [:]

  private struct Touched: Hashable {
    let identity: ResourceIdentity
    let ownership: String?
  }

  init(_ delivery: ClusterDelivery, app: String) {
    check = DriftCheck(
      client: delivery.observingClient, writer: delivery.writer,
      setID: InventoryStore.setID(of: app))
  }

  /// What an apply would change of `touched`: objects as rendered, with what is ours of them now.
  /// Throws when the cluster does not say.
  mutating func look(
    at touched: [(object: ManifestObject, ownership: String?)]
  ) async throws -> [Drift] {
    var found: [Touched: Drift?] = [:]
    var drifts: [Drift] = []
    for (object, ownership) in touched.prefix(DriftBook.examined) {
      let item = Touched(identity: object.identity, ownership: ownership)
      let drift: Drift?
      if let earlier = known[item] {
        drift = earlier
      } else {
        do {
          drift = try await check.drift(of: object)
        } catch let error as KubernetesError where error.api != nil {
          // It was touched, and the server does not say what an apply would change.
          drift = Drift(
            identity: item.identity, cause: .unknown, changes: ["touched: \(error.line)"])
        }
      }
      found[item] = .some(drift)
      if let drift { drifts.append(drift) }
    }
    known = found
    return drifts
  }
}
