/// A failed request: problem details of RFC 9457 with a stable `code` and what to do about it.
public struct Problem: Error, Codable, Sendable, Hashable {
  /// `urn:flotilla:problem:` and the code.
  public var type: String
  public var title: String
  public var status: Int
  public var detail: String
  /// The path that was asked for.
  public var instance: String?
  /// A stable word for programs.
  public var code: Code
  /// What the user can do; a command as it is to be typed where one helps.
  public var remedy: String?

  public struct Code: RawRepresentable, Codable, Sendable, Hashable {
    public var rawValue: String
    public init(rawValue: String) { self.rawValue = rawValue }

    public static let badRequest = Code(rawValue: "bad-request")
    public static let notFound = Code(rawValue: "not-found")
    public static let methodNotAllowed = Code(rawValue: "method-not-allowed")
    /// The rules of the fleet forbid the command now.
    public static let refused = Code(rawValue: "refused")
    public static let bodyTooLarge = Code(rawValue: "body-too-large")
    public static let unsupportedMediaType = Code(rawValue: "unsupported-media-type")
    public static let `internal` = Code(rawValue: "internal")
    public static let notReady = Code(rawValue: "not-ready")
  }

  public init(
    _ code: Code, status: Int, title: String, detail: String, instance: String? = nil,
    remedy: String? = nil
  ) {
    type = "urn:flotilla:problem:\(code.rawValue)"
    self.code = code
    self.status = status
    self.title = title
    self.detail = detail
    self.instance = instance
    self.remedy = remedy
  }
}
