internal import HTTPTypes
internal import Hub
internal import Hummingbird
internal import NIOCore

/// The hub itself: alive, ready, status.
enum HealthRoutes {
  static let all = [
    APIRoute(.get, "/healthz") { _ in plain("ok\n") },
    APIRoute(.get, "/readyz") { call in
      if let trouble = await call.hub.status().trouble {
        throw Problem(.notReady, status: 503, title: "Not ready", detail: trouble)
      }
      return plain("ok\n")
    },
    APIRoute(.get, "/api/v1/status") { call in
      let status = await call.hub.status()
      let now = call.hub.now()
      let totals = await call.read { $0.totals }
      return try call.json(
        HubStatusDocument(
          version: status.version, epoch: status.epoch, started: Timestamp(status.startedAt),
          now: Timestamp(now), sequence: status.sequence,
          repository: .init(
            url: status.repository.url, branch: status.repository.branch,
            head: status.repository.head, state: status.repository.state,
            isHealthy: status.repository.isHealthy),
          database: status.database, listen: call.listen.map(\.description), totals: totals,
          openEffects: status.openEffects, trouble: status.trouble))
    },
  ]

  private static func plain(_ text: String) -> Response {
    Response(
      status: .ok, headers: [.contentType: "text/plain; charset=utf-8"],
      body: ResponseBody(byteBuffer: ByteBuffer(string: text)))
  }
}
