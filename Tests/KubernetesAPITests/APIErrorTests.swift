import KubernetesAPI
import Testing

struct APIErrorTests {
  @Test(arguments: [
    (APIError(code: 429, reason: "TooManyRequests", message: "slow down"), true),
    (APIError(code: 503, reason: "ServiceUnavailable", message: ""), true),
    (APIError(code: 504, reason: "Timeout", message: ""), true),
    (APIError(code: 500, reason: "InternalError", message: "etcdserver: leader changed"), true),
    (APIError(code: 409, reason: "Conflict", message: "the object has been modified"), true),
    (
      APIError(
        code: 500, reason: "",
        message: "failed to create typed patch object: .spec.replicass: field not declared"), false
    ),
    (
      APIError(
        code: 409, reason: "Conflict", message: "Apply failed",
        causes: [
          .init(
            reason: "FieldManagerConflict", message: "conflict with \"kubectl\" using apps/v1",
            field: ".spec.replicas")
        ]), false
    ),
    (APIError(code: 409, reason: "AlreadyExists", message: "exists"), false),
    (APIError(code: 400, reason: "BadRequest", message: ""), false),
    (APIError(code: 401, reason: "Unauthorized", message: ""), false),
    (APIError(code: 403, reason: "Forbidden", message: ""), false),
    (
      APIError(
        code: 403, reason: "Forbidden", message: "it is being terminated",
        causes: [.init(reason: "NamespaceTerminating", message: "", field: "metadata.namespace")]),
      true
    ),
    (APIError(code: 404, reason: "NotFound", message: ""), false),
    (APIError(code: 422, reason: "Invalid", message: ""), false),
  ])
  func onlyWhatMayPassByItselfIsTransient(error: APIError, isTransient: Bool) {
    #expect(error.isTransient == isTransient)
  }

  @Test func aConflictNamesFieldsAndManagers() {
    let error = APIError(
      code: 409, reason: "Conflict", message: "Apply failed with 2 conflicts",
      causes: [
        .init(
          reason: "FieldManagerConflict", message: "conflict with \"kubectl-edit\" using apps/v1",
          field: ".spec.replicas"),
        .init(
          reason: "FieldManagerConflict",
          message: "conflict with \"hpa\" with subresource \"scale\" using apps/v1",
          field: ".spec.paused"),
      ])
    #expect(
      error.description
        == ".spec.replicas is owned by 'kubectl-edit'; .spec.paused is owned by 'hpa'")
  }
}
