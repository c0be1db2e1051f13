internal import Manifests

/// One entry of `metadata.managedFields`.
struct ManagedFieldsEntry: Sendable {
  enum Operation: String, Sendable {
    case apply = "Apply"
    case update = "Update"
  }

  let manager: String
  let operation: Operation
  let apiVersion: String
  /// Empty for the object itself.
  let subresource: String
  /// Seconds since 1970.
  var time: Int
  var fields: FieldSet

  func isSameManager(as other: Self) -> Bool {
    manager == other.manager && operation == other.operation && subresource == other.subresource
      && (operation == .apply || apiVersion == other.apiVersion)
  }

  var node: Node {
    var pairs = [
      Mapping.Pair("manager", .string(manager)),
      Mapping.Pair("operation", .string(operation.rawValue)),
      Mapping.Pair("apiVersion", .string(apiVersion)),
      Mapping.Pair("time", .string(Timestamp.text(time))),
      Mapping.Pair("fieldsType", .string("FieldsV1")),
      Mapping.Pair("fieldsV1", fields.fieldsV1),
    ]
    if !subresource.isEmpty { pairs.append(Mapping.Pair("subresource", .string(subresource))) }
    return .mapping(Mapping(pairs))
  }

  /// As the API server names a manager in a conflict.
  var conflictName: String {
    var text = "\"\(manager)\""
    if !subresource.isEmpty { text += " with subresource \"\(subresource)\"" }
    if operation == .update { text += " using \(apiVersion)" }
    return text
  }
}

/// Who is writing, and when.
struct FieldManager: Sendable {
  var name: String
  var apiVersion: String
  var subresource = ""
  /// Seconds since 1970.
  var time: Int
}

/// Field ownership across writes: server-side apply and ordinary updates.
enum ManagedFields {
  /// Other managers own fields that the applied configuration wants to change.
  struct Conflict: Error {
    /// Per manager the fields, in the order of the managers.
    let fields: [(manager: String, path: String)]
  }

  struct Outcome {
    var object: Node
    var managers: [ManagedFieldsEntry]
  }

  /// Server-side apply of `applied` onto `live` (`nil` when the object does not exist).
  ///
  /// Both come without `status` semantics of their own: the caller decides which fields the
  /// endpoint may touch. `applied` has no system metadata.
  static func apply(
    _ applied: Node, onto live: Node?, managers: [ManagedFieldsEntry], by manager: FieldManager,
    type: FieldType, force: Bool
  ) throws -> Outcome {
    let set = try TypedObject.fieldSet(of: applied, type: type).subtracting(identityFields)
    let isOwn = { (entry: ManagedFieldsEntry) in
      entry.operation == .apply && entry.manager == manager.name
        && entry.subresource == manager.subresource
    }
    let last = managers.first(where: isOwn)
    var others = managers.filter { !isOwn($0) }
    guard let live else {
      return Outcome(object: applied, managers: [entry(manager, .apply, set)].filter(isUsed))
    }
    var merged = TypedMerge.merge(live, applied, type: type)
    if let last {
      let kept = others.reduce(set) { $0.union($1.fields) }
      // Identity fields belong to nobody and are never pruned.
      merged = FieldPruning.prune(
        merged, type: type, last: last.fields.subtracting(identityFields), kept: kept)
    }
    let comparison = TypedComparison(from: live, to: merged, type: type)
    let changed = comparison.modified.union(comparison.added)
    var conflicts: [(manager: String, path: String)] = []
    for index in others.indices {
      let contested = others[index].fields.intersection(changed)
      if !contested.isEmpty {
        conflicts += contested.paths.map { (others[index].conflictName, PathElement.text($0)) }
        others[index].fields = others[index].fields.subtracting(contested)
      }
      others[index].fields = others[index].fields.subtracting(comparison.removed)
    }
    if !conflicts.isEmpty, !force { throw Conflict(fields: conflicts) }
    var own = entry(manager, .apply, set)
    if let last, last.fields == set, last.apiVersion == manager.apiVersion { own.time = last.time }
    return Outcome(object: merged, managers: ([own] + others).filter(isUsed))
  }

  /// Ownership after an ordinary write (create, update, patch) that turned `old` into `new`: the
  /// writer owns what it changed, the others lose it.
  static func update(
    from old: Node?, to new: Node, managers: [ManagedFieldsEntry], by manager: FieldManager,
    type: FieldType
  ) -> [ManagedFieldsEntry] {
    let comparison = TypedComparison(from: old ?? .emptyMapping, to: new, type: type)
    let changed = comparison.modified.union(comparison.added).subtracting(identityFields)
    let removed = comparison.removed
    if changed.isEmpty, removed.isEmpty { return managers }
    var result = managers
    let own = result.firstIndex {
      $0.operation == .update && $0.manager == manager.name
        && $0.subresource == manager.subresource && $0.apiVersion == manager.apiVersion
    }
    for index in result.indices {
      let lost = index == own ? removed : changed.union(removed)
      result[index].fields = result[index].fields.subtracting(lost)
    }
    if let own {
      result[own].fields = result[own].fields.union(changed)
      result[own].time = manager.time
    } else {
      result.append(entry(manager, .update, changed))
    }
    return result.filter(isUsed)
  }

  private static func isUsed(_ entry: ManagedFieldsEntry) -> Bool { !entry.fields.isEmpty }

  private static func entry(
    _ manager: FieldManager, _ operation: ManagedFieldsEntry.Operation, _ fields: FieldSet
  ) -> ManagedFieldsEntry {
    ManagedFieldsEntry(
      manager: manager.name, operation: operation, apiVersion: manager.apiVersion,
      subresource: manager.subresource, time: manager.time, fields: fields)
  }

  /// What nobody owns: it names the object, or the server writes it.
  private static let identityFields: FieldSet = {
    var set = FieldSet()
    for name in ["apiVersion", "kind", "metadata"] { set.insert(PathElement.field(name)) }
    set.withBelow("f:metadata") { metadata in
      for name in SystemMetadata.names + ["name", "namespace"] {
        metadata.insert(PathElement.field(name))
      }
    }
    return set
  }()
}
