internal import HTTPTypes
internal import Hub
internal import Hummingbird
internal import NIOCore
internal import RolloutEngine

/// The past of one rollout, whole and as it was recorded.
enum LogRoutes {
  static let all = [
    APIRoute(.get, "/api/v1/rollouts/{name}/log") { call in
      let name = call.parameter("name")
      let (scope, version) = (
        try await call.read { view in
          let rollout = try view.known(name)
          return RolloutLog.Scope(rollout: rollout.id, release: rollout.release)
        }, await call.hub.status().version
      )
      var text = RolloutLog.header(scope.rollout, version: version) + "\n"
      for line in try await call.hub.log(of: scope) { text += line + "\n" }
      return Response(
        status: .ok, headers: [.contentType: "application/jsonl", .cacheControl: "no-store"],
        body: ResponseBody(byteBuffer: ByteBuffer(string: text)))
    }
  ]
}
