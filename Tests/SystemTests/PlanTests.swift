import Foundation
import Testing

/// A plan is looked at before it runs, and what runs is what was looked at.
@Test(.timeLimit(.minutes(5)))
func aPlanTellsWhatTheDiffOfItsCommitsTellsAndKeepsItsDigest() async throws {
  let sandbox = try Sandbox()
  defer { sandbox.close() }
  let (first, second) = try await sandbox.startWithAReleaseForProd()

  let preview = try sandbox.plan("plan", second, "--to", "prod", "--app", "webshop")
  #expect((preview["failures"] as? [Any])?.count == 0, "\(preview["failures"] ?? "")")
  #expect(preview["refusal"] == nil)
  let commits = preview["commits"] as? [[String: Any]] ?? []
  #expect(commits.map { $0["subject"] as? String } == ["second"])

  // The same change told without a hub.
  let diff = try sandbox.flotilla(
    "diff", "\(first)..\(second)", "--app", "webshop", "-l", "env=prod", "-o", "json", "-C",
    sandbox.repository)
  #expect(diff.status == 1, "\(diff.errors)")
  let difference = try #require(
    try JSONSerialization.jsonObject(with: Data(diff.output.utf8)) as? [String: Any])
  func clusters(_ document: [String: Any]) -> [[String]] {
    (document["classes"] as? [[String: Any]] ?? []).compactMap { $0["clusters"] as? [String] }
  }
  #expect(!clusters(preview).isEmpty)
  #expect(clusters(preview) == clusters(difference))

  // What is promoted has the digest that was looked at.
  let promotion = try sandbox.flotilla("promote", second, "--to", "prod", "--reason", "go")
  #expect(promotion.status == 0, "\(promotion.errors)")
  let frozen = try sandbox.plan("rollout", "plan", "webshop-prod-2")
  #expect(frozen["digest"] as? String == preview["digest"] as? String)
  #expect(clusters(frozen) == clusters(preview))
  try await sandbox.waitUntilStable(second, in: "prod")

  // Enough attempts are recorded now for what comes next, and the way back is told as such.
  let back = try sandbox.flotilla(
    "plan", first, "--to", "prod", "--app", "webshop", "--simulate", "--runs", "20")
  #expect(back.output.contains("1 commit, taken back"), "\(back.output)\(back.errors)")
  #expect(back.output.contains("recorded attempts"), "\(back.output)\(back.errors)")
  try await sandbox.stopHub()
}

extension Sandbox {
  /// The one plan that a command prints.
  fileprivate func plan(_ arguments: String...) throws -> [String: Any] {
    let result = try runProgram(
      Sandbox.programs + "/flotilla", arguments + ["-o", "json", "--hub", hubAddress])
    let json = try JSONSerialization.jsonObject(with: Data(result.output.utf8))
    guard let plans = (json as? [String: Any])?["plans"] as? [[String: Any]],
      let only = plans.first, plans.count == 1
    else { throw SandboxError("no plan: \(result.output)\(result.errors)") }
    return only
  }
}
