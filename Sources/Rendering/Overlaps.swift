internal import FleetModel
internal import Manifests
internal import SourceTree

/// No two apps may hold the same object on one cluster: each would undo what the other applies.
extension Renderer {
  /// The digests of every app on all of its clusters, by app. Target states of two apps that hold
  /// the same object are errors of both: which one is meant to own it, only their authors know.
  public func digestsOfAllApps() async -> [String: AppDigests] {
    var answers: [String: AppDigests] = [:]
    for app in configuration.apps { answers[app.name] = await digests(app: app.name) }
    for (cluster, apps) in Self.overlaps(in: answers) {
      for error in await RenderThreads.run({ overlaps(of: apps, on: cluster) }) {
        answers[error.app]?.digests[cluster] = nil
        answers[error.app]?.errors[cluster] = error
      }
    }
    return answers
  }

  /// As ``rendered(app:cluster:)``, and an error when another app holds one of the objects.
  public func admitted(app: String, cluster: String) throws(RenderError) -> Rendered {
    let rendered = try rendered(app: app, cluster: cluster)
    let others = configuration.apps.map(\.name).filter {
      $0 != app && hasTarget(app: $0, cluster: cluster)
    }
    for other in others {
      if let error = overlaps(of: [app, other], on: cluster).first(where: { $0.app == app }) {
        throw error
      }
    }
    return rendered
  }

  /// Apps whose target states may hold the same object, by cluster.
  private static func overlaps(in answers: [String: AppDigests]) -> [String: [String]] {
    guard answers.count > 1 else { return [:] }
    var claims: [String: [(app: String, hashes: [UInt64])]] = [:]
    for (app, answer) in answers.sorted(by: { $0.key < $1.key }) {
      for (cluster, claim) in answer.claims {
        claims[cluster, default: []].append((app, claim.hashes))
      }
    }
    return claims.compactMapValues { claims in
      guard claims.count > 1 else { return nil }
      var seen = Set<UInt64>()
      for claim in claims where !claim.hashes.allSatisfy({ seen.insert($0).inserted }) {
        return claims.map(\.app)
      }
      return nil
    }
  }

  /// An error for each of `apps` that holds what another one holds.
  private func overlaps(of apps: [String], on cluster: String) -> [RenderError] {
    var owners: [ResourceIdentity: [(app: String, overlay: String)]] = [:]
    for app in apps {
      // An app without a target state holds nothing; why it has none is reported by itself.
      guard let rendered = try? rendered(app: app, cluster: cluster) else { continue }
      for object in rendered.state.objects {
        owners[object.identity, default: []].append((app, rendered.overlay.description))
      }
    }
    var violations: [String: (overlay: String, list: [PolicyViolation])] = [:]
    for (object, owners) in owners.sorted(by: { $0.key < $1.key }) where owners.count > 1 {
      for owner in owners {
        let others = owners.map(\.app).filter { $0 != owner.app }
        violations[owner.app, default: (owner.overlay, [])].list.append(
          PolicyViolation(
            object, "also belongs to the app \(others.joined(separator: ", "))",
            remedy: "an object has one owner on each cluster: remove it from one of them",
            isError: true))
      }
    }
    return violations.sorted { $0.key < $1.key }.map { app, found in
      let fault = OverlayFault(found.list)
      return RenderError(
        app: app, cluster: cluster, overlay: found.overlay, reason: fault.reason,
        violations: found.list)
    }
  }
}
