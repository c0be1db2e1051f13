import Foundation
import Testing

private let deployment = "/apis/apps/v1/namespaces/webshop/deployments/checkout"
private let service = "/api/v1/namespaces/webshop/services/checkout"

private func edited(wanted: Int) -> [String] {
  [
    "Deployment webshop/checkout: .spec.replicas is 5, should be \(wanted) (changed by kubectl-edit)"
  ]
}

extension Sandbox {
  fileprivate func startWithOneRelease() async throws {
    try hurry()
    try await startClusters(readyDelay: "100ms")
    let first = try commit("first")
    try await startHub()
    try await waitUntilEverywhere(first)
  }

  fileprivate func edit(_ cluster: String) throws {
    try send("PATCH", deployment, to: cluster, body: #"{"spec": {"replicas": 5}}"#)
  }

  fileprivate func replicas(on cluster: String) throws -> String? {
    try send("GET", deployment, to: cluster).firstMatch(of: /"replicas":\s*(\d+)/)
      .map { String($0.output.1) }
  }
}

@Test(.timeLimit(.minutes(5)))
func whatSomebodyEditsIsToldTakenBackOnRequestAndNotForgottenByARestart() async throws {
  let sandbox = try Sandbox()
  defer { sandbox.close() }
  try await sandbox.startWithOneRelease()
  try sandbox.edit("staging-eu-1")
  try await sandbox.wait(for: "the drift") {
    try sandbox.drift(on: "staging-eu-1") == edited(wanted: 2)
  }
  #expect(try sandbox.flotilla("get", "clusters").output.contains("drifted"))

  // While the hub is away, one edit is undone and another is made.
  try await sandbox.stopHub()
  try sandbox.send(
    "PATCH", deployment, to: "staging-eu-1", body: #"{"spec": {"replicas": 2}}"#)
  try sandbox.edit("prod-us-2")
  let sent = try sandbox.audit(of: "prod-us-2").count
  try await sandbox.startHub()
  try await sandbox.wait(for: "what happened meanwhile") {
    try sandbox.drift(on: "staging-eu-1").isEmpty
      && sandbox.drift(on: "prod-us-2") == edited(wanted: 3)
  }
  #expect(try sandbox.audit(of: "prod-us-2").count == sent, "watching applies nothing")

  let explanation = try sandbox.flotilla("explain", "prod-us-2")
  #expect(explanation.status == 2)
  #expect(explanation.output.contains("flotilla drift correct prod-us-2 --app webshop"))
  let correction = try sandbox.flotilla(
    "drift", "correct", "prod-us-2", "--app", "webshop", "--reason", "by mistake")
  #expect(correction.status == 0, "\(correction.errors)")
  try await sandbox.wait(for: "the correction") {
    try sandbox.replicas(on: "prod-us-2") == "3" && sandbox.drift(on: "prod-us-2").isEmpty
  }
  let rollouts = try sandbox.get("rollouts", "--app", "webshop", "--environment", "prod")
  #expect(rollouts.count == 2)
  try await sandbox.stopHub()
}

@Test(.timeLimit(.minutes(5)))
func whereTheEnvironmentSaysCorrectDriftIsTakenBackAndWhatIsDeletedMadeAgain() async throws {
  let sandbox = try Sandbox()
  defer { sandbox.close() }
  try sandbox.replace(
    "clusters: env=staging", by: "clusters: env=staging\n  drift: correct",
    in: "fleet/environments/staging.yaml")
  try await sandbox.startWithOneRelease()
  try sandbox.edit("staging-us-1")
  try await sandbox.wait(for: "the edit to be taken back") {
    try sandbox.replicas(on: "staging-us-1") == "2"
  }
  let rollout = "webshop-staging-2"
  try await sandbox.wait(for: "the end of \(rollout)") {
    try sandbox.flotilla("rollout", "status", rollout).status == 0
  }
  #expect(try sandbox.get("targets", "--rollout", rollout).count == 1)

  // Dev only reports: what is deleted there is told, and made again when somebody asks for it.
  try sandbox.send("DELETE", service, to: "dev-1")
  try await sandbox.wait(for: "the loss") {
    try sandbox.drift(on: "dev-1") == ["Service webshop/checkout: was deleted"]
  }
  let correction = try sandbox.flotilla("drift", "correct", "dev-1", "--reason", "it is needed")
  #expect(correction.status == 0, "\(correction.errors)")
  try await sandbox.wait(for: "the Service") {
    _ = try sandbox.send("GET", service, to: "dev-1")
    return try sandbox.drift(on: "dev-1").isEmpty
  }
  try await sandbox.stopHub()
}
