internal import Manifests

/// One open watch: which events it wants, and where they go.
struct Watch: Sendable {
  /// Events that wait for a slow client; beyond that the watch is ended, as the real server does.
  static let bufferLimit = 4096

  let groupResource: String
  let selection: ObjectSelection
  let presentation: ObjectPresentation
  let sink: AsyncStream<[UInt8]>.Continuation

  /// Passes an event on. `false` when the client is too slow to take it.
  func offer(_ event: WatchEvent) -> Bool {
    guard event.groupResource == groupResource, let bytes = line(for: event) else { return true }
    if case .dropped = sink.yield(bytes) { return false }
    return true
  }

  /// One line of the watch; `nil` for events outside of the selection. An object that leaves the
  /// selection looks deleted, one that enters it looks added.
  func line(for event: WatchEvent) -> [UInt8]? {
    let matches = selection.matches(event.object)
    let matched = event.previous.map(selection.matches) ?? false
    switch event.kind {
    case .added: return matches ? line(.added, event.object) : nil
    case .deleted: return matched ? line(.deleted, event.object) : nil
    case .modified:
      switch (matched, matches) {
      case (true, true): return line(.modified, event.object)
      case (false, true): return line(.added, event.object)
      case (true, false): return line(.deleted, event.object)
      case (false, false): return nil
      }
    }
  }

  func line(_ kind: WatchEvent.Kind, _ object: StoredObject) -> [UInt8] {
    Self.line(kind.rawValue, presentation.single(object))
  }

  static func line(_ type: String, _ object: Node) -> [UInt8] {
    JSON.serialize(.object(["type": .string(type), "object": object])) + [0x0A]
  }

  func bookmark(_ resourceVersion: Int) -> [UInt8] {
    Self.line("BOOKMARK", presentation.bookmark(resourceVersion))
  }
}

/// Which objects of a resource a list or watch shows.
struct ObjectSelection: Sendable {
  /// Empty for all namespaces.
  var namespace = ""
  var labels = LabelSelector()
  /// `metadata.name`, if the field selector names it.
  var name: String?
  var excludedName: String?
  /// Other field selectors: path and wanted value.
  var fields: [(path: [String], value: String, isEqual: Bool)] = []

  func matches(_ object: StoredObject) -> Bool {
    if !namespace.isEmpty, object.namespace != namespace { return false }
    if let name, object.name != name { return false }
    if let excludedName, object.name == excludedName { return false }
    if !labels.requirements.isEmpty, !labels.matches(object.labels) { return false }
    return fields.allSatisfy { field in
      let value = field.path.reduce(Optional(object.content)) { $0?[$1] }?.scalar?.text ?? ""
      return (value == field.value) == field.isEqual
    }
  }
}
