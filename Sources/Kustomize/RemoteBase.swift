internal import SourceTree

/// A base in another repository, pinned to a commit: `https://host/org/repo//path?ref=COMMIT`.
struct RemoteBase: Equatable {
  /// The repository's URL.
  let repository: String
  /// The directory inside of it; empty for its root.
  let path: String
  /// 40 hexadecimal digits.
  let commit: String

  /// Takes an entry of `resources` or `components` apart, which ``Directory/isRemote(_:)`` takes for
  /// remote.
  init(parsing entry: String) throws(BuildError) {
    func refuse(_ reason: String) -> BuildError {
      BuildError(.unsupported, "remote base '\(entry)': \(reason)")
    }
    var text = entry.hasPrefix("git::") ? String(entry.dropFirst(5)) : entry
    var query = ""
    if let mark = text.firstIndex(of: "?") {
      query = String(text[text.index(after: mark)...])
      text = String(text[..<mark])
    }
    guard text.contains("://") || Self.isSecureShell(text) else {
      throw refuse("write its URL in full, as https://HOST/ORG/REPOSITORY//PATH?ref=COMMIT")
    }
    guard !text.hasPrefix("http://") else {
      throw refuse("http:// is neither encrypted nor authenticated; use https:// or ssh://")
    }
    var reference: String?
    for part in query.split(separator: "&") {
      let pair = part.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      switch pair.first {
      case "ref", "version": reference = pair.count > 1 ? String(pair[1]) : ""
      case "timeout": continue
      case "submodules" where pair.last == "false" || pair.last == "0": continue
      default: throw refuse("'\(part)' is not supported; only ref=COMMIT is")
      }
    }
    guard let reference, reference.utf8.count == 40,
      reference.utf8.allSatisfy({ $0 &- 48 < 10 || $0 &- 97 < 6 })
    else {
      throw refuse(
        "it must be pinned to a commit, because a branch or tag can move without a change here; "
          + "add ?ref= and the 40 digits that 'git ls-remote' shows")
    }
    commit = reference
    (repository, path) = Self.split(text)
  }

  private static func isSecureShell(_ text: String) -> Bool {
    guard let at = text.firstIndex(of: "@"), let colon = text.firstIndex(of: ":") else {
      return false
    }
    return at < colon && !text[..<colon].contains("/")
  }

  /// The repository ends at `//`, or behind `.git`, or with the text.
  private static func split(_ text: String) -> (String, String) {
    let scheme = text.firstRange(of: "://")?.upperBound ?? text.startIndex
    let rest = text[scheme...].drop { $0 == "/" }
    if let mark = rest.firstRange(of: "//") {
      return (String(text[..<mark.lowerBound]), String(text[mark.upperBound...]))
    }
    if let mark = rest.firstRange(of: ".git/") {
      let end = text.index(before: mark.upperBound)
      return (String(text[..<end]), String(text[mark.upperBound...]))
    }
    return (text, "")
  }
}
