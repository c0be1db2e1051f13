internal import Manifests

/// What an API server answered instead of what was asked for: a `Status` object, or as much of one
/// as could be read.
public struct APIError: Error, Sendable, Hashable, CustomStringConvertible {
  /// One detail of a refusal.
  public struct Cause: Sendable, Hashable {
    /// Such as `FieldValueInvalid` or `FieldManagerConflict`.
    public let reason: String
    public let message: String
    /// Path of the field, such as `.spec.replicas`; may be empty.
    public let field: String

    public init(reason: String, message: String, field: String) {
      self.reason = reason
      self.message = message
      self.field = field
    }
  }

  /// A field that another manager owns with another value.
  public struct FieldConflict: Sendable, Hashable, CustomStringConvertible {
    public let field: String
    public let manager: String
    public var description: String { "\(field) is owned by '\(manager)'" }
  }

  /// The HTTP status.
  public let code: Int
  /// Machine-readable, such as `Conflict` or `Invalid`; empty when the server gave none.
  public let reason: String
  public let message: String
  public let causes: [Cause]
  /// How long the server asked to wait, in seconds.
  public let retryAfter: Int?

  public init(
    code: Int, reason: String, message: String, causes: [Cause] = [], retryAfter: Int? = nil
  ) {
    self.code = code
    self.reason = reason
    self.message = message
    self.causes = causes
    self.retryAfter = retryAfter
  }

  /// Reads the body of an answer with a status of 400 or above, or of a watch's ERROR event.
  init(code: Int, status: Node?, fallback: [UInt8] = [], retryAfterHeader: String? = nil) {
    let isStatus = status?["kind"]?.string == "Status"
    let details = status?["details"]
    let statusCode = isStatus ? status?["code"]?.int : nil
    self.init(
      code: statusCode ?? code,
      reason: isStatus ? status?["reason"]?.string ?? "" : "",
      message: isStatus
        ? status?["message"]?.string ?? "" : APIError.excerpt(of: fallback),
      causes: (details?["causes"]?.sequence ?? []).map { cause in
        Cause(
          reason: cause["reason"]?.string ?? "", message: cause["message"]?.string ?? "",
          field: cause["field"]?.string ?? "")
      },
      retryAfter: retryAfterHeader.flatMap { Int($0) } ?? details?["retryAfterSeconds"]?.int)
  }

  /// The first line of a body that is no Status, for people.
  private static func excerpt(of body: [UInt8]) -> String {
    let text = String(decoding: body.prefix(400), as: UTF8.self)
    let line = text.split(whereSeparator: \.isNewline).first ?? ""
    return String(line.filter { !($0.asciiValue.map { $0 < 0x20 } ?? false) }.prefix(200))
  }

  /// The fields of a server-side apply that other managers own.
  public var fieldConflicts: [FieldConflict] {
    causes.filter { $0.reason == "FieldManagerConflict" }.map { cause in
      // conflict with "kubectl-edit" using apps/v1 at 2026-…
      let quoted = cause.message.split(separator: "\"", omittingEmptySubsequences: false)
      return FieldConflict(
        field: cause.field, manager: quoted.count > 2 ? String(quoted[1]) : cause.message)
    }
  }

  /// Whether a field was to change that the server does not let change once it is set. The server
  /// has no word for it, so its sentences decide: those of the validation of Kubernetes' own kinds
  /// and of CEL rules that call themselves immutable.
  public var isImmutableField: Bool {
    guard code == 422 else { return false }
    let sentences = [
      "is immutable", "may not change once set", "cannot change roleRef", "updates to statefulset",
      "updates to provisioner", "updates to parameters", "updates to reclaimPolicy",
      "updates to volumeBindingMode",
    ]
    return (causes.map(\.message) + [message]).contains { text in
      sentences.contains(where: text.contains)
    }
  }

  /// Whether the same request may succeed later without anybody's doing.
  public var isTransient: Bool {
    switch code {
    case 408, 429, 502, 503, 504: true
    // A namespace that is being deleted will be gone, and can then be made anew.
    case 403: causes.contains { $0.reason == "NamespaceTerminating" }
    case 409: reason == "Conflict" && fieldConflicts.isEmpty
    // A field that the schema does not know comes as a 500, and stays one.
    case 500: !isUnreadableObject
    default: false
    }
  }

  /// Without what may quote the object that was sent: messages about its content.
  var redacted: APIError {
    guard code == 400 || code == 422 || code == 500 else { return self }
    let prefix = isUnreadableObject ? "failed to create typed patch object: " : ""
    let fields = causes.map(\.field).filter { !$0.isEmpty }
    let place = fields.isEmpty ? "" : " at \(fields.joined(separator: ", "))"
    return APIError(
      code: code, reason: reason,
      message: prefix + "the server refuses the Secret\(place); its message may quote the Secret"
        + " and is not shown",
      causes: causes.map { Cause(reason: $0.reason, message: "", field: $0.field) },
      retryAfter: retryAfter)
  }

  /// A server-side apply whose object does not fit the schema: an unknown field, a wrong type.
  public var isUnreadableObject: Bool {
    code == 500 && message.contains("failed to create typed patch object")
  }

  public var description: String {
    let conflicts = fieldConflicts
    if !conflicts.isEmpty {
      return conflicts.map(\.description).joined(separator: "; ")
    }
    let text = message.isEmpty ? (reason.isEmpty ? "no reason given" : reason) : message
    return "\(text) (HTTP \(code)\(reason.isEmpty || message.isEmpty ? "" : " \(reason)"))"
  }
}
