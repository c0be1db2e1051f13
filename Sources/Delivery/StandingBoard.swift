internal import KubernetesAPI
internal import Manifests
internal import Synchronization

/// Which objects are not as they were applied. Objects that are need no place here but their record.
final class StandingBoard: ResourceListener {
  /// What is ours of an object now; `nil` when it is gone.
  struct Touched: Equatable {
    let ownership: String?
  }

  private struct State {
    var records: [ResourceIdentity: AppliedRecord]
    var touched: [ResourceIdentity: Touched] = [:]

    mutating func take(_ identity: ResourceIdentity, _ ownership: String?) {
      guard let record = records[identity] else { return }
      touched[identity] = record.ownership == ownership ? nil : Touched(ownership: ownership)
    }
  }

  private let isNamespaced: [GroupVersionKind: Bool]
  private let state: Mutex<State>
  /// One element when what is touched changed since the last one was taken; the first at once.
  let changes: AsyncStream<Void>
  private let changed: AsyncStream<Void>.Continuation

  /// Objects whose kinds are not `served` are gone.
  init(_ records: [ResourceIdentity: AppliedRecord], served: [ServedResource]) {
    isNamespaced = Dictionary(served.map { ($0.kind, $0.isNamespaced) }) { first, _ in first }
    var start = State(records: records)
    for identity in records.keys where isNamespaced[GroupVersionKind(of: identity)] == nil {
      start.touched[identity] = Touched(ownership: nil)
    }
    state = Mutex(start)
    (changes, changed) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
    changed.yield()
  }

  private func identity(_ resource: ServedResource, _ object: Node) -> ResourceIdentity? {
    object.value(at: "metadata", "name")?.string.map { name in
      ResourceIdentity(
        group: resource.kind.group, version: resource.kind.version, kind: resource.kind.kind,
        namespace: object.value(at: "metadata", "namespace")?.string ?? "", name: name)
    }
  }

  /// Says so when `change` makes a difference to what is touched.
  private func update(_ change: (inout State) -> Void) {
    let isChanged = state.withLock { state in
      let before = state.touched
      change(&state)
      return state.touched != before
    }
    if isChanged { changed.yield() }
  }

  func replace(_ resource: ServedResource, with items: [Node]) {
    let found = items.compactMap { object in
      identity(resource, object).map { ($0, AppliedRecord.ownership(of: object)) }
    }
    let owned = Dictionary(found) { first, _ in first }
    update { state in
      for identity in state.records.keys where GroupVersionKind(of: identity) == resource.kind {
        state.take(identity, owned[identity] ?? nil)
      }
    }
  }

  func set(_ resource: ServedResource, _ object: Node) {
    guard let identity = identity(resource, object) else { return }
    let ownership = AppliedRecord.ownership(of: object)
    update { $0.take(identity, ownership) }
  }

  func remove(_ resource: ServedResource, _ object: Node) {
    guard let identity = identity(resource, object) else { return }
    update { $0.take(identity, nil) }
  }

  /// Another attempt has left these.
  func set(records: [ResourceIdentity: AppliedRecord]) {
    update { state in
      guard state.records != records else { return }
      state.records = records
      let touched = state.touched
      state.touched = [:]
      for (identity, now) in touched { state.take(identity, now.ownership) }
    }
  }

  var isUntouched: Bool { state.withLock(\.touched.isEmpty) }

  /// Of an object as it was rendered; `nil` when it is as it was applied.
  func touched(_ identity: ResourceIdentity) -> Touched? {
    let kind = GroupVersionKind(of: identity)
    // Where a kind is gone, nobody says whether it was namespaced.
    let places = isNamespaced[kind].map { [$0] } ?? [true, false]
    return state.withLock { state in
      places.compactMap { state.touched[identity.located(isNamespaced: $0)] }.first
    }
  }
}
