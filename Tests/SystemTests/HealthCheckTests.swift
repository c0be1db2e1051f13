import Foundation
import Testing

extension Sandbox {
  fileprivate func healthCheck(_ current: String) throws {
    try write(
      """
      apiVersion: flotilla.dev/v1
      kind: App
      metadata:
        name: webshop
      spec:
        path: overlays/webshop
        healthCheckExprs:
          - apiVersion: apps/v1
            kind: Deployment
            current: \(current)
      """, to: "fleet/apps/webshop.yaml")
  }
}

/// Expressions of an app gate its rollouts, and mending one in Git is enough to go on.
@Test(.timeLimit(.minutes(5)))
func aRolloutWaitsForTheExpressionsOfItsAppAndGoesOnWhenTheyAreMended() async throws {
  let sandbox = try Sandbox()
  defer { sandbox.close() }
  try sandbox.hurry()
  try await sandbox.startClusters(readyDelay: "100ms")
  try sandbox.healthCheck("status.readyReplicas == 99")
  let first = try sandbox.commit("an expression that never comes true")
  try await sandbox.startHub()
  try await sandbox.wait(for: "clusters that are held back by the expression") {
    try sandbox.flotilla("get", "targets", "-o", "json").output
      .contains("not yet current by healthCheckExprs")
  }
  try sandbox.healthCheck("status.readyReplicas == spec.replicas")
  _ = try sandbox.commit("mended")
  // Nothing changed in the target states, so it is the same rollout that goes on.
  try await sandbox.waitUntilEverywhere(first)
  try await sandbox.stopHub()
}
