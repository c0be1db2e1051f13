public import Manifests

extension DifferenceReport {
  /// The report as a document for programs. Stable: fields are only added.
  public var document: Node {
    .object([
      "title": .string(title),
      "summary": .string(summary),
      "clusters": .object([
        "touched": .sequence(difference.touched.map(Node.string)),
        "untouched": .sequence(difference.untouched.map(Node.string)),
      ]),
      "callouts": .sequence(
        callouts.map { callout in
          .object([
            "impact": .string(callout.impact.rawValue), "clusters": .int(callout.clusters),
            "objects": .sequence(callout.objects.map(Node.string)),
          ])
        }),
      "classes": .sequence(difference.classes.map(\.document)),
      "failures": .sequence(
        difference.failures.map { failure in
          .object([
            "side": .string(failure.side.rawValue), "app": .string(failure.error.app),
            "cluster": .string(failure.error.cluster),
            "message": .string(failure.error.description),
          ])
        }),
    ])
  }
}

extension FleetDifference.ChangeClass {
  fileprivate var document: Node {
    .object([
      "app": .string(app), "change": .string(change.kind.rawValue),
      "clusters": .sequence(clusters.map(Node.string)), "example": .string(example),
      "objects": .sequence(change.objects.map(\.document)),
    ])
  }
}

extension ObjectChange {
  fileprivate var document: Node {
    var pairs = [
      Mapping.Pair("change", .string(kind.rawValue)),
      Mapping.Pair("apiVersion", .string(identity.apiVersion)),
      Mapping.Pair("kind", .string(identity.kind)),
    ]
    if !identity.namespace.isEmpty {
      pairs.append(Mapping.Pair("namespace", .string(identity.namespace)))
    }
    pairs.append(Mapping.Pair("name", .string(identity.name)))
    if let previousName { pairs.append(Mapping.Pair("previousName", .string(previousName))) }
    pairs.append(
      Mapping.Pair("impacts", .sequence(impacts.sorted().map { .string($0.rawValue) })))
    if let object { pairs.append(Mapping.Pair("object", object)) }
    if kind == .changed {
      pairs.append(Mapping.Pair("fields", .sequence(fields.map(\.document))))
    }
    return .mapping(Mapping(pairs))
  }
}

extension FieldChange {
  fileprivate var document: Node {
    var pairs = [Mapping.Pair("path", .string("\(path)"))]
    if isOrder { pairs.append(Mapping.Pair("order", .bool(true))) }
    if let before { pairs.append(Mapping.Pair("before", before)) }
    if let after { pairs.append(Mapping.Pair("after", after)) }
    return .mapping(Mapping(pairs))
  }
}
