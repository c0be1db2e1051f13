internal import Manifests

/// A fleet difference with the words for people: what is printed, posted and shown.
public struct DifferenceReport: Sendable {
  /// What was compared, such as `main...feature`.
  public let title: String
  public let difference: FleetDifference

  public init(title: String, difference: FleetDifference) {
    self.title = title
    self.difference = difference
  }

  /// `8 of 12 clusters change, 2 distinct changes, 4 clusters untouched`
  public var summary: String {
    let (touched, untouched) = (difference.touched.count, difference.untouched.count)
    guard touched > 0 else { return "no difference on \(count(untouched, "cluster"))" }
    return
      "\(touched) of \(count(touched + untouched, "cluster")) \(touched == 1 ? "changes" : "change"), "
      + "\(count(difference.classes.count, "distinct change")), "
      + "\(count(untouched, "cluster")) untouched"
  }

  /// One impact over the whole fleet.
  public struct Callout: Sendable {
    public let impact: Impact
    public let clusters: Int
    /// How many objects on all of them together.
    public let occurrences: Int
    /// The objects, without namespaces and hashes, each once.
    public let objects: [String]
  }

  /// What is to be known before anything else, gravest first.
  public var callouts: [Callout] {
    Impact.allCases.compactMap { impact in
      var clusters = Set<String>()
      var objects: [String] = []
      var occurrences = 0
      for item in difference.classes {
        let affected = item.change.objects.filter { object in
          // Told as the graver loss already.
          object.impacts.contains(impact)
            && !(impact == .deletion && object.impacts.contains(.dataLoss))
        }
        if affected.isEmpty { continue }
        clusters.formUnion(item.clusters)
        occurrences += affected.count * item.clusters.count
        for object in affected {
          let name = "\(object.identity.kind) \(object.stem)"
          if !objects.contains(name) { objects.append(name) }
        }
      }
      return clusters.isEmpty
        ? nil
        : Callout(
          impact: impact, clusters: clusters.count, occurrences: occurrences, objects: objects)
    }
  }
}

extension FleetDifference {
  /// How many objects of a kind of change there are on all clusters together.
  public func objects(_ kind: ObjectChange.Kind) -> Int {
    classes.reduce(0) { sum, item in
      sum + item.clusters.count * item.change.objects.count { $0.kind == kind }
    }
  }
}

/// `1 cluster`, `2 clusters`.
func count(_ number: Int, _ noun: String) -> String {
  if number == 1 { return "1 \(noun)" }
  return "\(number) \(noun)\(noun.hasSuffix("s") ? "es" : "s")"
}

extension Impact {
  /// For people, after the name of an object.
  public var phrase: String {
    switch self {
    case .dataLoss: "deleted, with its data"
    case .deletion: "deleted"
    case .refusal: "cannot change in place, the apply will fail"
    case .replacement: "deleted and created again"
    case .restart: "pods restart"
    case .definition: "definition of kinds"
    case .permission: "permission"
    case .admission: "admission"
    }
  }

  /// Whether nobody should merge it without having read it.
  public var isGrave: Bool { self <= .replacement }
}

extension ObjectChange {
  /// The name without the hash of its content.
  public var stem: String { GeneratedNames.stem(of: identity) ?? identity.name }

  /// What is said behind the object: impacts and, for generated objects, the name before.
  public var remarks: [String] {
    var remarks = impacts.sorted().filter { impact in
      // The verb in front says so.
      impact != .deletion
    }.map { $0 == .dataLoss ? "with its data" : $0.phrase }
    if let previousName { remarks.append("was \(previousName)") }
    return remarks
  }
}

extension FleetDifference.ChangeClass {
  /// `webshop, 7 clusters: dev-1, dev-2 and 5 more`
  public func title(naming limit: Int) -> String {
    let shown = clusters.prefix(limit).joined(separator: ", ")
    let more = clusters.count > limit ? " and \(clusters.count - limit) more" : ""
    return "\(app), \(count(clusters.count, "cluster")): \(shown)\(more)"
  }

  /// What happens to the app as a whole, where that is more than changes of objects.
  public var headline: String? {
    switch change.kind {
    case .added: "the app is new there, with \(count(change.objects.count, "object"))"
    case .removed:
      "the app leaves, and with it \(count(change.objects.count, "object"))"
    case .changed:
      change.isOrderOnly ? "the same objects in another order" : nil
    }
  }
}
