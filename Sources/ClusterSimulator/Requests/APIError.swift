internal import Manifests

/// An error answer of the API: a `Status` object as Kubernetes writes it.
struct APIError: Error, Sendable {
  struct Cause: Sendable {
    let reason: String
    let message: String
    let field: String
  }

  let code: Int
  let reason: String
  let message: String
  var name = ""
  var group = ""
  var kind = ""
  var causes: [Cause] = []
  var retryAfterSeconds: Int?
  /// Whether `details` is written even when nothing is in it.
  var showsDetails = false

  var node: Node {
    var details = Mapping()
    if !name.isEmpty { details["name"] = .string(name) }
    if !group.isEmpty { details["group"] = .string(group) }
    if !kind.isEmpty { details["kind"] = .string(kind) }
    if !causes.isEmpty {
      details["causes"] = .sequence(
        causes.map {
          .object([
            "reason": .string($0.reason), "message": .string($0.message),
            "field": .string($0.field),
          ])
        })
    }
    if let retryAfterSeconds { details["retryAfterSeconds"] = .int(retryAfterSeconds) }
    var pairs: Mapping = Mapping([
      Mapping.Pair("kind", .string("Status")), Mapping.Pair("apiVersion", .string("v1")),
      Mapping.Pair("metadata", .emptyMapping), Mapping.Pair("status", .string("Failure")),
      Mapping.Pair("message", .string(message)),
    ])
    if !reason.isEmpty { pairs["reason"] = .string(reason) }
    if !details.isEmpty || showsDetails { pairs["details"] = .mapping(details) }
    pairs["code"] = .int(code)
    return .mapping(pairs)
  }
}

extension APIError {
  static func notFound(_ resource: ResourceType, _ name: String) -> APIError {
    APIError(
      code: 404, reason: "NotFound", message: "\(resource.groupResource) \"\(name)\" not found",
      name: name, group: resource.group, kind: resource.plural)
  }

  static func namespaceNotFound(_ name: String) -> APIError {
    APIError(
      code: 404, reason: "NotFound", message: "namespaces \"\(name)\" not found", name: name,
      kind: "namespaces")
  }

  static func alreadyExists(_ resource: ResourceType, _ name: String) -> APIError {
    APIError(
      code: 409, reason: "AlreadyExists",
      message: "\(resource.groupResource) \"\(name)\" already exists", name: name,
      group: resource.group, kind: resource.plural)
  }

  static func stale(_ resource: ResourceType, _ name: String) -> APIError {
    conflict(
      resource, name,
      "the object has been modified; please apply your changes to the latest version and try again")
  }

  static func conflict(_ resource: ResourceType, _ name: String, _ why: String) -> APIError {
    APIError(
      code: 409, reason: "Conflict",
      message: "Operation cannot be fulfilled on \(resource.groupResource) \"\(name)\": \(why)",
      name: name, group: resource.group, kind: resource.plural)
  }

  static func badRequest(_ message: String) -> APIError {
    APIError(code: 400, reason: "BadRequest", message: message)
  }

  static let methodNotAllowed = APIError(
    code: 405, reason: "MethodNotAllowed",
    message: "the server does not allow this method on the requested resource", showsDetails: true)

  static let unknownResource = APIError(
    code: 404, reason: "NotFound", message: "the server could not find the requested resource",
    showsDetails: true)

  static func anonymousPath(_ path: String) -> APIError {
    APIError(
      code: 403, reason: "Forbidden",
      message: "forbidden: User \"system:anonymous\" cannot get path \"\(path)\"",
      showsDetails: true)
  }

  /// 422 for a query parameter of a write.
  static func invalidOptions(_ method: String, reason: String, field: String, message: String)
    -> APIError
  {
    let kind =
      switch method {
      case "POST": "CreateOptions"
      case "PUT": "UpdateOptions"
      default: "PatchOptions"
      }
    return APIError(
      code: 422, reason: "Invalid",
      message: "\(kind).meta.k8s.io \"\" is invalid: \(field): \(message)",
      group: "meta.k8s.io", kind: kind,
      causes: [Cause(reason: reason, message: message, field: field)])
  }

  static func unsupportedMediaType(_ accepted: [String]) -> APIError {
    APIError(
      code: 415, reason: "UnsupportedMediaType",
      message: "the body of the request was in an unknown format - accepted media types include: "
        + accepted.joined(separator: ", "), showsDetails: true)
  }

  static let unauthorized = APIError(code: 401, reason: "Unauthorized", message: "Unauthorized")

  static func expired(_ message: String) -> APIError {
    APIError(code: 410, reason: "Expired", message: message)
  }

  /// A fault without a reason, as the server reports objects that do not fit the schema.
  static func internalFault(_ message: String) -> APIError {
    APIError(code: 500, reason: "", message: message)
  }

  /// 422 with one cause per problem.
  static func invalid(_ resource: ResourceType, _ name: String, _ problems: [FieldProblem])
    -> APIError
  {
    let qualified = resource.group.isEmpty ? resource.kind : "\(resource.kind).\(resource.group)"
    let texts = problems.map { "\($0.field): \($0.message)" }
    let list = texts.count == 1 ? texts[0] : "[\(texts.joined(separator: ", "))]"
    return APIError(
      code: 422, reason: "Invalid", message: "\(qualified) \"\(name)\" is invalid: \(list)",
      name: name, group: resource.group, kind: resource.kind,
      causes: problems.map { Cause(reason: $0.reason, message: $0.message, field: $0.field) })
  }

  static func applyConflict(_ conflict: ManagedFields.Conflict) -> APIError {
    let fields = conflict.fields
    var message = "Apply failed with \(fields.count) conflict\(fields.count == 1 ? "" : "s"): "
    if let only = fields.first, fields.count == 1 {
      message += "conflict with \(only.manager): \(only.path)"
    } else {
      var managers: [String] = []
      for field in fields where !managers.contains(field.manager) { managers.append(field.manager) }
      message += managers.map { manager in
        let paths = fields.filter { $0.manager == manager }.map { "- \($0.path)" }
        return "conflicts with \(manager):\n\(paths.joined(separator: "\n"))"
      }.joined(separator: "\n")
    }
    return APIError(
      code: 409, reason: "Conflict", message: message,
      causes: fields.map {
        Cause(
          reason: "FieldManagerConflict", message: "conflict with \($0.manager)", field: $0.path)
      })
  }
}

/// One reason why an object is invalid.
struct FieldProblem: Sendable {
  let reason: String
  let field: String
  let message: String

  static func required(_ field: String, _ detail: String = "") -> Self {
    Self(
      reason: "FieldValueRequired", field: field,
      message: "Required value" + (detail.isEmpty ? "" : ": \(detail)"))
  }

  static func invalid(_ field: String, _ value: Node, _ detail: String) -> Self {
    Self(
      reason: "FieldValueInvalid", field: field,
      message:
        "Invalid value: \(String(decoding: JSON.serialize(value), as: UTF8.self)): \(detail)")
  }

  static func unsupported(_ field: String, _ value: Node, _ supported: [String]) -> Self {
    Self(
      reason: "FieldValueNotSupported", field: field,
      message:
        "Unsupported value: \(String(decoding: JSON.serialize(value), as: UTF8.self)): "
        + "supported values: \(supported.map { "\"\($0)\"" }.joined(separator: ", "))")
  }
}
