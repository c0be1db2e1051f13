internal import FleetModel
public import Manifests

/// What is on a cluster of one app and no rollout looks after: it stands, and is watched for drift.
public struct StandingDelivery: Sendable, Hashable {
  public let cluster: String
  public let app: String
  public let digest: Digest
}

extension State {
  /// All of them, in no order. What is under way, or unknown, or of an app that the configuration does not
  /// have, does not stand.
  public var standing: [StandingDelivery] {
    guard let configuration else { return [] }
    let apps = Set(configuration.apps.map(\.name))
    return clusters.values.flatMap { status -> [StandingDelivery] in
      guard let environment = status.environment else { return [] }
      return status.deployed.compactMap { app, deployed in
        guard let digest = deployed.digest, apps.contains(app),
          !isUnderWay(PinID(app: app, environment: environment), on: status.record.name)
        else { return nil }
        return StandingDelivery(cluster: status.record.name, app: app, digest: digest)
      }
    }
  }

  private func isUnderWay(_ pin: PinID, on cluster: String) -> Bool {
    guard let id = pins[pin]?.rollout, let rollout = rollouts[id],
      let target = rollout.target(cluster)
    else { return false }
    return awaits(target, of: rollout)
  }

  /// A commit that renders to what stands, newest first; `nil` where no release is remembered that
  /// does.
  public func commit(of standing: StandingDelivery) -> String? {
    releases(of: standing.app).reversed().first {
      digest(of: $0, on: standing.cluster) == standing.digest
    }.flatMap { releases[$0]?.commit.commit }
  }
}
