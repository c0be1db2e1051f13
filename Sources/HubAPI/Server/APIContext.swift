internal import Foundation
internal import Hummingbird
internal import Logging
internal import NIOCore
internal import RolloutEngine

/// What the server knows about a request beside the request: the connection that it came over.
struct APIContext: RequestContext {
  var coreContext: CoreRequestContextStorage
  let channel: any Channel

  init(source: ApplicationRequestContextSource) {
    coreContext = .init(source: source)
    channel = source.channel
  }
}

/// Who sends a request.
struct RequestActor: Sendable {
  static let header = "X-Flotilla-Actor"

  let name: String
  let proof: Command.Proof

  /// Over a Unix socket the user that the kernel vouches for. Elsewhere, on loopback only, who the
  /// client says it is.
  init?(of request: Request, _ context: APIContext) async {
    if let user = await RequestActor.peerUser(context.channel) {
      name = LocalUsers.loginName(user) ?? "uid \(user)"
      proof = .known(groups: LocalUsers.groups(of: user))
      return
    }
    guard let name = HTTPHeaderName.actor.flatMap({ request.headers[$0] }) else { return nil }
    let isPlain = name.unicodeScalars.allSatisfy { $0.value > 0x20 && $0.value != 0x7F }
    guard isPlain, !name.isEmpty, name.utf8.count <= 128 else { return nil }
    self.name = name
    proof = .claimed
  }

  static func isLocalSocket(_ channel: any Channel) -> Bool {
    channel.localAddress?.protocol == .unix
  }

  /// `struct ucred` of unix(7), which Glibc hides from Swift.
  private struct PeerCredentials: Sendable {
    var process: Int32 = 0
    var user: UInt32 = 0
    var group: UInt32 = 0
  }

  private static func peerUser(_ channel: any Channel) async -> UInt32? {
    guard isLocalSocket(channel), let provider = channel as? any SocketOptionProvider else {
      return nil
    }
    let option = NIOBSDSocket.Option(rawValue: SO_PEERCRED)
    let credentials: EventLoopFuture<PeerCredentials> = provider.unsafeGetSocketOption(
      level: .socket, name: option)
    // A peer that is gone already has no credentials; its request then needs the header.
    return try? await credentials.get().user
  }
}
