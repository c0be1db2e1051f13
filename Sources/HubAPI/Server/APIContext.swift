internal import Foundation
internal import Hummingbird
internal import Logging
internal import NIOCore

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
enum RequestActor {
  static let header = "X-Flotilla-Actor"

  /// Over a Unix socket the user that the kernel vouches for. Elsewhere, on loopback only, who the
  /// client says it is.
  static func name(of request: Request, _ context: APIContext) async -> String? {
    if let user = await peerUser(context.channel) { return user }
    guard let name = HTTPHeaderName.actor.flatMap({ request.headers[$0] }) else { return nil }
    let isPlain = name.unicodeScalars.allSatisfy { $0.value > 0x20 && $0.value != 0x7F }
    return isPlain && !name.isEmpty && name.utf8.count <= 128 ? name : nil
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

  private static func peerUser(_ channel: any Channel) async -> String? {
    guard isLocalSocket(channel), let provider = channel as? any SocketOptionProvider else {
      return nil
    }
    let option = NIOBSDSocket.Option(rawValue: SO_PEERCRED)
    let credentials: EventLoopFuture<PeerCredentials> = provider.unsafeGetSocketOption(
      level: .socket, name: option)
    // A peer that is gone already has no credentials; its request then needs the header.
    guard let user = try? await credentials.get().user else { return nil }
    return userName(user) ?? "uid \(user)"
  }

  private static func userName(_ user: UInt32) -> String? {
    var entry = passwd()
    var found: UnsafeMutablePointer<passwd>?
    var buffer = [CChar](repeating: 0, count: 16384)
    guard getpwuid_r(user, &entry, &buffer, buffer.count, &found) == 0, found != nil,
      let name = entry.pw_name
    else { return nil }
    return String(cString: name)
  }
}
