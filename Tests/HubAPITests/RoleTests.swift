import FleetModel
import Foundation
import HTTPTransport
import HubAPI
import RolloutEngine
import Testing

/// Roles come from fleet/ and from who the kernel says the sender is, never from the sender.
@Suite("Roles of who sends a command")
struct RoleTests {
  private let path = "/api/v1/rollouts/web-prod-1/approve"
  private let approvals = Approvals(roles: ["approver"])

  /// This process's user, and a group that they are in.
  private func me() throws -> (user: String, group: String) {
    let user = try #require(getpwuid(getuid()))
    let group = try #require(getgrgid(user.pointee.pw_gid))
    return (String(cString: user.pointee.pw_name), String(cString: group.pointee.gr_name))
  }

  @Test func overTheSocketTheUserThatTheKernelNamesHasTheRolesOfTheirName() async throws {
    let hub = try await ModelHub.promoting(
      approvals: approvals, access: [RoleBinding(role: "approver", users: [try me().user])])
    try await ServedHub.with(hub) { served in
      let answer = try await served.http.send(
        served.request(.post, path, body: #"{"reason": "looks right"}"#))
      #expect(answer.status == 200)
      let rollout: RolloutDocument = try await served.get("/api/v1/rollouts/web-prod-1")
      #expect(rollout.phase == "running")
      #expect(rollout.approvals.map(\.by) == [try me().user])
    }
  }

  @Test func aUnixGroupGivesItsMembersTheRole() async throws {
    let hub = try await ModelHub.promoting(
      approvals: approvals, access: [RoleBinding(role: "approver", groups: [try me().group])])
    try await ServedHub.with(hub) { served in
      let answer = try await served.http.send(
        served.request(.post, path, body: #"{"reason": "looks right"}"#))
      #expect(answer.status == 200)
    }
  }

  @Test func nobodyHasARoleBecauseTheySaySo() async throws {
    let hub = try await ModelHub.promoting(
      approvals: approvals, access: [RoleBinding(role: "approver", users: ["ada"])])
    try await ServedHub.with(hub) { served in
      let body = #"{"reason": "looks right", "roles": ["approver"], "actor": "ada"}"#
      let headers = [
        HTTPHeader("Content-Type", "application/json"), HTTPHeader("X-Flotilla-Actor", "ada"),
      ]
      let local = try await served.problem(
        served.request(.post, path, body: body, headers: headers))
      #expect(local.status == 409)
      #expect(
        local.problem.detail.contains(
          "\(try me().user) has none of the roles that may approve it"))
      let remote = try await served.problem(
        served.request(.post, path, body: body, headers: headers, overTCP: true))
      #expect(remote.status == 409)
      #expect(remote.problem.detail.contains("a claimed name has no role"))
      #expect(remote.problem.remedy == "send it over the hub's Unix socket")
      let rollout: RolloutDocument = try await served.get("/api/v1/rollouts/web-prod-1")
      #expect(rollout.phase == "planned")
      #expect(rollout.blockers.first?.clearedBy.contains("approver (ada)") == true)
    }
  }
}
