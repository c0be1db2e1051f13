/// The parts of an http or https URL that a connection depends on.
struct RequestURL {
  /// `http` or `https`.
  let scheme: String
  /// As written; an IPv6 address keeps its brackets.
  let host: String
  let port: Int
  /// Path and query, beginning with `/` when there is any.
  let rest: Substring

  init?(_ url: String) {
    guard let separator = url.firstRange(of: "://") else { return nil }
    scheme = url[..<separator.lowerBound].lowercased()
    guard scheme == "https" || scheme == "http" else { return nil }
    let afterScheme = url[separator.upperBound...]
    let authorityEnd = afterScheme.firstIndex { "/?#".contains($0) } ?? afterScheme.endIndex
    let authority = afterScheme[..<authorityEnd]
    rest = afterScheme[authorityEnd...]
    // A password in a URL would show up in messages.
    guard !authority.contains("@"), !authority.isEmpty else { return nil }
    let hostEnd: Substring.Index
    if authority.hasPrefix("[") {
      guard let bracket = authority.firstIndex(of: "]") else { return nil }
      hostEnd = authority.index(after: bracket)
    } else {
      hostEnd = authority.firstIndex(of: ":") ?? authority.endIndex
    }
    host = String(authority[..<hostEnd])
    let portText = authority[hostEnd...].dropFirst()
    if portText.isEmpty {
      port = scheme == "https" ? 443 : 80
    } else {
      guard let number = Int(portText), (1...65535).contains(number) else { return nil }
      port = number
    }
    guard !host.isEmpty else { return nil }
  }

  var isThisMachine: Bool {
    host == "localhost" || host == "[::1]" || host.hasPrefix("127.")
  }

  /// Scheme, host and port as written: what messages show.
  static func origin(of url: String) -> String {
    guard let separator = url.firstRange(of: "://") else { return "(no URL)" }
    let rest = url[separator.upperBound...]
    let authority = rest.prefix { !"/?#".contains($0) }
    let visible = authority.split(separator: "@").last ?? ""
    return "\(url[..<separator.lowerBound])://\(visible)"
  }
}
