internal import HTTPTransport

/// The user in whose name requests are made. Whoever signs in needs the right `impersonate` for it.
public struct Impersonation: Sendable, Hashable, Codable {
  public var user: String
  public var uid: String?
  public var groups: [String]
  /// Further attributes, such as scopes, each with its values.
  public var extra: [String: [String]]

  public init(
    user: String, uid: String? = nil, groups: [String] = [], extra: [String: [String]] = [:]
  ) {
    self.user = user
    self.uid = uid
    self.groups = groups
    self.extra = extra
  }

  /// The service account `NAMESPACE/NAME`. The server itself adds the groups of service accounts.
  public init(serviceAccount: String) {
    self.init(
      user: "system:serviceaccount:"
        + serviceAccount.split(separator: "/", maxSplits: 1).joined(separator: ":"))
  }

  var headers: [HTTPHeader] {
    [HTTPHeader("Impersonate-User", user)]
      + (uid.map { [HTTPHeader("Impersonate-Uid", $0)] } ?? [])
      + groups.map { HTTPHeader("Impersonate-Group", $0) }
      + extra.sorted { $0.key < $1.key }.flatMap { key, values in
        values.map { HTTPHeader("Impersonate-Extra-\(PathEncoding.encode(key))", $0) }
      }
  }
}
