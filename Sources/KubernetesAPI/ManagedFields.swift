public import Manifests

/// Who owns which fields of an object: one entry of `metadata.managedFields`.
public struct ManagedFields: Sendable {
  public enum Operation: String, Sendable {
    case apply = "Apply"
    case update = "Update"
  }

  public let manager: String
  public let operation: Operation
  /// Such as `status` or `scale`; empty for the object itself.
  public let subresource: String
  public let apiVersion: String
  /// When the entry changed last, as the server writes it.
  public let time: String
  /// The fields in the form `FieldsV1`.
  public let fields: Node

  /// All entries of `object`; none where it has none that can be read.
  public static func entries(of object: Node) -> [ManagedFields] {
    (object.value(at: "metadata", "managedFields")?.sequence ?? []).compactMap { entry in
      guard let operation = entry["operation"]?.string.flatMap(Operation.init(rawValue:)),
        let fields = entry["fieldsV1"]
      else { return nil }
      return ManagedFields(
        manager: entry["manager"]?.string ?? "", operation: operation,
        subresource: entry["subresource"]?.string ?? "",
        apiVersion: entry["apiVersion"]?.string ?? "", time: entry["time"]?.string ?? "",
        fields: fields)
    }
  }

  /// What Flotilla's server-side apply owns of `object`.
  public static func own(of object: Node) -> ManagedFields? {
    entries(of: object).first {
      $0.manager == KubernetesClient.fieldManager && $0.operation == .apply
        && $0.subresource.isEmpty
    }
  }

  /// Whether the entry owns the field at `path`, or the list or mapping that holds it, as far as
  /// the path names fields.
  public func owns(_ path: [String]) -> Bool {
    var node = fields
    for key in path {
      guard let next = node["f:\(key)"] else { return false }
      node = next
    }
    return true
  }
}
