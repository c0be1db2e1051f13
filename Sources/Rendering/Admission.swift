internal import FleetModel
internal import Manifests
internal import ObjectSchema

/// What an app says about its objects, besides what they are made of.
struct AdmissionPolicy: Hashable, Sendable {
  let schema: App.SchemaCheck
  let allowed: App.Allowance?

  init(_ app: App) {
    schema = app.schema
    allowed = app.allowed
  }

  /// Equal texts for equal policies only.
  var text: String {
    func list(_ items: [String]?) -> String {
      items.map { "\($0.count) \($0.map { "\($0.utf8.count) \($0)" })" } ?? "-"
    }
    guard let allowed else { return schema.rawValue }
    return [
      schema.rawValue, list(allowed.namespaces), list(allowed.kinds?.map(\.text)),
      list(allowed.clusterKinds.map(\.text)),
    ].joined(separator: "\n")
  }
}

/// The one place that decides whether the objects of a target state may become part of a release:
/// the hub, `flotilla render` and `flotilla lint` all come through here.
struct Admission {
  let policy: AdmissionPolicy

  /// A violation with where it is inside the object, for those who look for it in files.
  struct Case {
    var violation: PolicyViolation
    let object: Node
    /// `nil` when the object as a whole is at fault.
    let schema: SchemaViolation?
  }

  /// Whether the object is what SOPS made of it, for those who have no keys: its fields do not have
  /// their own types. Whoever delivers it has opened it first.
  private static func isEncrypted(_ object: Node) -> Bool {
    object.value(at: "sops", "mac")?.string?.hasPrefix("ENC[") == true
  }

  func cases(in objects: [ManifestObject]) -> [Case] {
    var cases: [Case] = []
    if let allowed = policy.allowed {
      let scopes = Scopes(of: objects.lazy.map(\.node))
      for object in objects {
        guard
          let refusal = allowed.refusal(
            of: object.identity, isClusterScoped: scopes.isClusterScoped(object.identity))
        else { continue }
        cases.append(
          Case(
            violation: PolicyViolation(
              object.identity, refusal.message, remedy: refusal.remedy, isError: true),
            object: object.node, schema: nil))
      }
    }
    for object in objects {
      do { _ = try ApplyPolicy().refined(by: object.node) } catch {
        cases.append(
          Case(
            violation: PolicyViolation(
              object.identity, error.description, remedy: "write one of them, or remove it",
              isError: true),
            object: object.node, schema: nil))
      }
    }
    if policy.schema != .off {
      let nodes = objects.map { $0.node }
      for (index, violation) in ObjectSchema.violations(in: nodes)
      where !Admission.isEncrypted(nodes[index]) {
        cases.append(
          Case(
            violation: PolicyViolation(
              objects[index].identity, violation.message, remedy: violation.remedy,
              isError: policy.schema == .strict),
            object: objects[index].node, schema: violation))
      }
    }
    return cases
  }
}
