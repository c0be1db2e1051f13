internal import Glibc

/// Where a repository is, taken apart from its URL once.
enum RemoteLocation: Sendable, Equatable {
  /// `url` has no user information left in it.
  case http(url: String, host: String, isEncrypted: Bool, userInfo: UserInfo?)
  /// `url` as git takes it: `ssh://…` or `user@host:path`.
  case ssh(url: String)
  case local(path: String)

  struct UserInfo: Sendable, Equatable {
    let user: String
    let password: String
  }
}

extension RemoteLocation {
  /// Reads the URL forms of git that the hub supports.
  init(parsing url: String) throws {
    func refuse(_ reason: String, _ advice: String) -> GitError {
      GitError(
        .configuration, action: "use \(redacted(url)) as a repository", reason: reason,
        advice: advice)
    }
    guard !url.isEmpty, !url.hasPrefix("-"), !url.utf8.contains(where: { $0 < 32 || $0 == 127 })
    else {
      throw refuse("it is not a repository URL", "give an https:// or ssh:// URL or a path")
    }
    let scheme = url.range(ofSeparator: "://").map { url[..<$0.lowerBound].lowercased() }
    switch scheme {
    case "https"?, "http"?:
      let (bare, userInfo) = try splitUserInfo(url)
      guard let host = hostName(bare), !host.isEmpty else {
        throw refuse("it names no host", "write https://HOST/PATH")
      }
      self = .http(url: bare, host: host, isEncrypted: scheme == "https", userInfo: userInfo)
    case "ssh"?, "git+ssh"?, "ssh+git"?:
      guard let host = hostName(url), !host.isEmpty, !host.hasPrefix("-") else {
        throw refuse("it names no host", "write ssh://USER@HOST/PATH")
      }
      self = .ssh(url: url)
    case "file"?:
      let path = url.dropFirst("file://".count)
      guard path.hasPrefix("/") else {
        throw refuse("a file URL needs an absolute path", "write file:///PATH")
      }
      self = .local(path: percentDecoded(path) ?? String(path))
    case "git"?:
      throw refuse(
        "git:// is neither encrypted nor authenticated", "use https:// or ssh:// instead")
    case let other?:
      throw refuse("the scheme \(other):// is not supported", "use https:// or ssh:// or a path")
    case nil:
      if url.contains("::") {
        throw refuse("remote helpers are not supported", "use https:// or ssh:// or a path")
      }
      self = isScpForm(url) ? .ssh(url: url) : .local(path: absolutePath(url))
    }
  }
}

/// `url` with everything secret in it replaced: user and password of http URLs (a user name alone
/// may be a token), the password of others, and the query.
func redacted(_ url: String) -> String {
  guard let separator = url.range(ofSeparator: "://") else { return url }
  let scheme = url[..<separator.lowerBound].lowercased()
  let rest = url[separator.upperBound...]
  let authority = rest.prefix { $0 != "/" && $0 != "?" && $0 != "#" }
  let path = rest[authority.endIndex...].prefix { $0 != "?" && $0 != "#" }
  guard let at = authority.lastIndex(of: "@") else {
    return "\(url[..<separator.upperBound])\(authority)\(path)"
  }
  let host = authority[authority.index(after: at)...]
  let user = authority[..<at].prefix { $0 != ":" }
  let shown = scheme.hasPrefix("http") ? "***" : String(user)
  return "\(url[..<separator.upperBound])\(shown)@\(host)\(path)"
}

/// Redacts every URL inside a message of git or a server.
func redactedMessage(_ text: String) -> String {
  text.split(separator: " ", omittingEmptySubsequences: false).map { word in
    guard word.contains("://") else { return String(word) }
    let opening = word.prefix { "'\"(<".contains($0) }
    let body = word.dropFirst(opening.count)
    let closing = String(body.reversed().prefix { "'\",;:.)>".contains($0) }.reversed())
    return opening + redacted(String(body.dropLast(closing.count))) + closing
  }.joined(separator: " ")
}

extension String {
  /// The first occurrence of `separator`, without Foundation.
  func range(ofSeparator separator: String) -> Range<String.Index>? {
    guard let first = separator.first else { return nil }
    var start = startIndex
    while let candidate = self[start...].firstIndex(of: first) {
      if self[candidate...].hasPrefix(separator) {
        return candidate..<index(candidate, offsetBy: separator.count)
      }
      start = index(after: candidate)
    }
    return nil
  }
}

private func splitUserInfo(_ url: String) throws -> (String, RemoteLocation.UserInfo?) {
  guard let separator = url.range(ofSeparator: "://") else { return (url, nil) }
  let rest = url[separator.upperBound...]
  let authority = rest.prefix { $0 != "/" && $0 != "?" && $0 != "#" }
  guard let at = authority.lastIndex(of: "@") else { return (url, nil) }
  let parts = authority[..<at].split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
  guard let user = parts.first.flatMap({ percentDecoded($0) }),
    let password = parts.count > 1 ? percentDecoded(parts[1]) : ""
  else {
    throw GitError(
      .configuration, action: "use \(redacted(url)) as a repository",
      reason: "its user or password has a broken % escape",
      advice: "put the secret into a file instead and name that file")
  }
  let bare = url[..<separator.upperBound] + rest[authority.index(after: at)...]
  return (String(bare), RemoteLocation.UserInfo(user: user, password: password))
}

/// The host of a URL without user, port and brackets.
private func hostName(_ url: String) -> String? {
  guard let separator = url.range(ofSeparator: "://") else { return nil }
  var authority = url[separator.upperBound...].prefix { $0 != "/" && $0 != "?" && $0 != "#" }
  if let at = authority.lastIndex(of: "@") { authority = authority[authority.index(after: at)...] }
  if authority.hasPrefix("[") { return String(authority.dropFirst().prefix { $0 != "]" }) }
  return String(authority.prefix { $0 != ":" })
}

/// git's rule: a colon before the first slash makes `host:path`.
private func isScpForm(_ url: String) -> Bool {
  guard let colon = url.firstIndex(of: ":") else { return false }
  return !url[..<colon].contains("/")
}

private func absolutePath(_ path: String) -> String {
  if path.hasPrefix("/") { return path }
  var buffer = [CChar](repeating: 0, count: Int(PATH_MAX))
  guard getcwd(&buffer, buffer.count) != nil else { return path }
  let directory = buffer.withUnsafeBufferPointer {
    $0.baseAddress.map { String(cString: $0) } ?? ""
  }
  return directory + "/" + path
}

private func percentDecoded(_ text: some StringProtocol) -> String? {
  var bytes: [UInt8] = []
  var rest = Array(text.utf8)[...]
  while let byte = rest.popFirst() {
    guard byte == UInt8(ascii: "%") else {
      bytes.append(byte)
      continue
    }
    guard let high = rest.popFirst(), let low = rest.popFirst(),
      let value = UInt8(String(decoding: [high, low], as: UTF8.self), radix: 16)
    else { return nil }
    bytes.append(value)
  }
  return String(decoding: bytes, as: UTF8.self)
}
