internal import Manifests

/// The resources of a build in order, found by id in constant time.
struct ResourceList: Sendable {
  private(set) var items: [Resource] = []
  /// Places by present id; `nil` when ids may have changed since.
  private var byCurrentID: [ResourceID: [Int]]?
  private var byAnyID: [ResourceID: [Int]]?

  var count: Int { items.count }
  var indices: Range<Int> { items.indices }

  subscript(index: Int) -> Resource { items[index] }

  func node(at index: Int) -> Node { items[index].node }

  /// Changes one resource without touching the index: for changes that leave its ids alone.
  mutating func withNode<Result, Failure>(
    at index: Int, _ change: (inout Node) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    try change(&items[index].node)
  }

  /// Changes what is noted of the history of one resource.
  mutating func withTrace(at index: Int, _ change: (inout ObjectTrace?, Node) -> Void) {
    change(&items[index].trace, items[index].node)
  }

  /// Reserves `count` numbers for scalars of one resource that share.
  mutating func takeSharing(at index: Int, count: Int) -> UInt32 {
    let first = items[index].nextSharing
    items[index].nextSharing = first &+ UInt32(truncatingIfNeeded: count)
    return first
  }

  /// Changes one resource in any way.
  mutating func update<Result, Failure>(
    _ index: Int, _ change: (inout Resource) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    if byCurrentID == nil && byAnyID == nil { return try change(&items[index]) }
    let (id, history, isEmpty) = (items[index].id, items[index].history, items[index].isEmpty)
    defer {
      let isKnown =
        items[index].id == id && items[index].history == history
        && items[index].isEmpty == isEmpty
      if !isKnown {
        byCurrentID = nil
        byAnyID = nil
      }
    }
    return try change(&items[index])
  }

  /// Makes lookups by id ready, so that copies of the list need not do it each.
  mutating func prepareLookups() {
    _ = currentIndex()
    _ = anyIndex()
  }

  private mutating func currentIndex() -> [ResourceID: [Int]] {
    if let byCurrentID { return byCurrentID }
    var index: [ResourceID: [Int]] = Dictionary(minimumCapacity: items.count)
    for place in items.indices { index[items[place].id, default: []].append(place) }
    byCurrentID = index
    return index
  }

  private mutating func anyIndex() -> [ResourceID: [Int]] {
    if let byAnyID { return byAnyID }
    var index: [ResourceID: [Int]] = Dictionary(minimumCapacity: items.count)
    for place in items.indices where !items[place].isEmpty {
      for id in items[place].allIDs where index[id]?.last != place {
        index[id, default: []].append(place)
      }
    }
    byAnyID = index
    return index
  }

  mutating func places(current id: ResourceID) -> [Int] { currentIndex()[id] ?? [] }

  /// Places of the resources that have or had `id`.
  mutating func places(any id: ResourceID) -> [Int] { anyIndex()[id] ?? [] }

  /// Appends a resource whose id nobody has yet.
  mutating func append(_ resource: Resource) throws(BuildError) {
    if let place = places(current: resource.id).first {
      throw duplicate(of: items[place], resource, file: resource.place)
    }
    appendUnchecked(resource)
  }

  /// Throws when two resources have one id, as a patch can bring about.
  mutating func checkIDs() throws(BuildError) {
    if currentIndex().count == count { return }
    var seen: [ResourceID: Int] = [:]
    for index in items.indices where !items[index].isEmpty {
      if let first = seen.updateValue(index, forKey: items[index].id) {
        throw duplicate(of: items[first], items[index], file: items[index].place)
      }
    }
  }

  private func duplicate(
    of first: Resource, _ second: Resource, file place: SourcePlace?
  ) -> BuildError {
    BuildError(
      .duplicateID,
      "\(second.id.fullDescription) is there already, and an object may come in once; remove one, "
        + "rename one, or make one a patch of the other", file: place?.file, line: place?.line
    ).mentioning("the first is from", first.place)
  }

  mutating func appendUnchecked(_ resource: Resource) {
    let place = items.count
    items.append(resource)
    byCurrentID?[resource.id, default: []].append(place)
    if byAnyID != nil {
      for id in resource.allIDs where byAnyID?[id]?.last != place {
        byAnyID?[id, default: []].append(place)
      }
    }
  }

  mutating func append(contentsOf other: ResourceList) throws(BuildError) {
    if items.isEmpty {
      // Patches of the other may have given two of its resources one name.
      var other = other
      let ids = other.currentIndex()
      if ids.count == other.count {
        self = other
        return
      }
    }
    for resource in other.items {
      if let place = places(current: resource.id).first {
        // At fault is the one who brings the two together.
        if let origin = resource.place, origin == items[place].place {
          throw BuildError(
            .duplicateID,
            "\(resource.id.fullDescription) comes in twice, by two ways to one base; use the base "
              + "once, and make components of what is put upon it"
          ).mentioning("it is from", origin)
        }
        throw duplicate(of: items[place], resource, file: nil)
          .mentioning("the second from", resource.place)
      }
      appendUnchecked(resource)
    }
  }

  mutating func removeAll(where condition: (Resource) -> Bool) {
    let before = items.count
    items.removeAll(where: condition)
    if items.count != before {
      byCurrentID = nil
      byAnyID = nil
    }
  }

  /// Removes what patches have deleted.
  mutating func dropEmpty() { removeAll(where: \.isEmpty) }
}
