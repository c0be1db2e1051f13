internal import Manifests
public import Rendering

// A fleet difference in the form of the API.

extension ChangeClassDocument {
  public init(_ item: FleetDifference.ChangeClass) {
    self.init(
      app: item.app, change: item.change.kind.rawValue, clusters: item.clusters,
      example: item.example, headline: item.headline,
      objects: item.change.objects.map {
        ChangedObjectDocument($0, showsLines: item.change.kind == .changed)
      })
  }
}

extension ChangedObjectDocument {
  fileprivate init(_ object: ObjectChange, showsLines: Bool) {
    let namespace = object.identity.namespace
    self.init(
      change: object.kind.rawValue, apiVersion: object.identity.apiVersion,
      kind: object.identity.kind, namespace: namespace.isEmpty ? nil : namespace,
      name: object.identity.name, title: "\(object.identity)",
      impacts: object.impacts.sorted().map(\.rawValue), remarks: object.remarks,
      isGrave: object.impacts.contains(where: \.isGrave),
      lines: showsLines
        ? object.lines.map { ChangeLineDocument(kind: $0.kind.rawValue, text: $0.text) } : [])
  }
}

extension BlastRadiusDocument {
  init(_ difference: FleetDifference) {
    let report = DifferenceReport(title: "", difference: difference)
    self.init(
      clusters: difference.touched.count, created: difference.objects(.created),
      changed: difference.objects(.changed), deleted: difference.objects(.deleted),
      impacts: report.callouts.map(ImpactDocument.init))
  }
}

extension ImpactDocument {
  public init(_ callout: DifferenceReport.Callout) {
    self.init(
      impact: callout.impact.rawValue, phrase: callout.impact.phrase,
      isGrave: callout.impact.isGrave, occurrences: callout.occurrences,
      clusters: callout.clusters, objects: callout.objects)
  }
}
