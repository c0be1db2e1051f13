/// Where a hub listens: `unix:/path/hub.sock` or `http://127.0.0.1:8085`.
public enum HubAddress: Sendable, Hashable, CustomStringConvertible {
  case unix(path: String)
  /// `host` without the brackets of an IPv6 address.
  case http(host: String, port: Int)

  /// Why text is no address.
  public struct Malformed: Error, Sendable, Hashable, CustomStringConvertible {
    public let text: String
    public let reason: String
    public var description: String {
      "'\(text)' is no address of a hub: \(reason); expected unix:PATH or http://HOST:PORT"
    }
  }

  /// What the kernel allows for the path of a socket, without its closing zero byte.
  private static let longestSocketPath = 107

  /// Reads `unix:PATH`, `http://HOST:PORT` or `HOST:PORT`. A relative path stays relative.
  public init(parsing text: String) throws(Malformed) {
    func malformed(_ reason: String) -> Malformed { Malformed(text: text, reason: reason) }
    if text.hasPrefix("unix:") {
      var path = text.dropFirst("unix:".count)
      if path.hasPrefix("//") { path = path.dropFirst(2) }
      self = try .unix(path: HubAddress.checked(socket: String(path), in: text))
      return
    }
    if text.hasPrefix("https://") { throw malformed("the hub does not speak TLS") }
    var rest = text[...]
    if rest.hasPrefix("http://") { rest = rest.dropFirst("http://".count) }
    if rest.hasSuffix("/") { rest = rest.dropLast() }
    guard let colon = rest.lastIndex(of: ":") else { throw malformed("it names no port") }
    guard let port = UInt16(rest[rest.index(after: colon)...]) else {
      throw malformed("its port is no number between 0 and 65535")
    }
    var host = rest[..<colon]
    if host.hasPrefix("["), host.hasSuffix("]") { host = host.dropFirst().dropLast() }
    let letters = host.allSatisfy {
      $0.isASCII && ($0.isLetter || $0.isNumber || ".-:%_".contains($0))
    }
    guard !host.isEmpty, letters else { throw malformed("its host is malformed") }
    self = .http(host: String(host), port: Int(port))
  }

  /// The path of a socket, refused where the kernel would cut it.
  public static func unix(checking path: String) throws(Malformed) -> HubAddress {
    .unix(path: try checked(socket: path, in: "unix:\(path)"))
  }

  private static func checked(socket path: String, in text: String) throws(Malformed) -> String {
    if path.isEmpty { throw Malformed(text: text, reason: "it names no path") }
    if path.utf8.count > longestSocketPath {
      throw Malformed(
        text: text,
        reason: "the path has more than \(longestSocketPath) bytes, too many for a socket"
      )
    }
    return path
  }

  /// Whether only this machine can reach it.
  public var isLocal: Bool {
    switch self {
    case .unix: true
    case .http(let host, _):
      host == "localhost" || host == "::1"
        || HubAddress.isLoopbackAddress(host)
    }
  }

  /// 127.0.0.0/8 in digits; a name that merely starts so is anybody's.
  private static func isLoopbackAddress(_ host: String) -> Bool {
    let parts = host.split(separator: ".", omittingEmptySubsequences: false)
    return parts.count == 4 && parts[0] == "127" && parts.allSatisfy { UInt8($0) != nil }
  }

  public var description: String {
    switch self {
    case .unix(let path): "unix:\(path)"
    case .http(let host, let port):
      host.contains(":") ? "http://[\(host)]:\(port)" : "http://\(host):\(port)"
    }
  }

  /// The socket that hub and command line use unless told otherwise:
  /// `$XDG_RUNTIME_DIR/flotilla/hub.sock`, or `~/.local/state/flotilla/hub.sock` where the system
  /// sets no such variable.
  public static func standard(environment: [String: String]) -> HubAddress {
    func folder(_ variable: String) -> String? {
      // The XDG rules say that a relative path is to be ignored.
      environment[variable].flatMap { $0.hasPrefix("/") ? $0 : nil }
    }
    let home = environment["HOME"] ?? "/"
    let base =
      folder("XDG_RUNTIME_DIR") ?? folder("XDG_STATE_HOME")
      ?? (home.hasSuffix("/") ? home : home + "/") + ".local/state"
    return .unix(path: "\(base)/flotilla/hub.sock")
  }
}
