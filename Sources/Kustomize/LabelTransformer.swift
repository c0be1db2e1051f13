internal import Manifests

/// `labels`, `commonLabels` and `commonAnnotations`: pairs set in all fields of a list of specs.
enum LabelTransformer {
  /// Answers the first workload whose selector has got other labels than it had.
  @discardableResult
  static func apply(
    _ pairs: [String: String], _ specs: FieldSpecs, to resources: inout ResourceList
  ) throws(BuildError) -> ResourceID? {
    if pairs.isEmpty { return nil }
    var changed: ResourceID?
    let sorted = ScalarFields.sorted(pairs)
    for index in resources.indices {
      let matching = specs.matching(resources[index].type)
      if matching.isEmpty { continue }
      if changed == nil, changesSelector(of: resources[index], pairs, matching) {
        changed = resources[index].id
      }
      let shared = SharedScalars()
      let sharing = resources.takeSharing(at: index, count: sorted.count)
      do throws(BuildError) {
        for spec in matching {
          try resources.withNode(at: index) { node throws(BuildError) in
            try spec.apply(to: &node, creating: .mapping) { field throws(BuildError) in
              if field.isNull { return }
              try ScalarFields.set(
                &field, sorted, path: spec.path, sharing: sharing, shared)
            }
          }
        }
      } catch {
        throw error.about("\(resources[index].id)")
      }
      resources.withNode(at: index) { shared.settle(&$0) }
    }
    return changed
  }

  /// Workloads whose selector the API server lets nobody change.
  private static let selecting: Set<String> = [
    "DaemonSet", "Deployment", "Job", "ReplicaSet", "StatefulSet",
  ]

  private static func changesSelector(
    of resource: Resource, _ pairs: [String: String], _ specs: [FieldSpec]
  ) -> Bool {
    guard selecting.contains(resource.type.kind),
      let selector = resource.node.value(at: "spec", "selector")?["matchLabels"]?.mapping,
      !selector.isEmpty, specs.contains(where: { $0.path == "spec/selector/matchLabels" })
    else { return false }
    return pairs.contains { selector[$0.key]?.scalar?.text != $0.value }
  }

  /// The fields that one entry of `labels` changes.
  static func specs(
    _ entry: Kustomization.Labels, _ configuration: TransformerConfiguration
  ) throws(BuildError) -> FieldSpecs {
    // kustomize merges in the order of types, where specs that came in peace may conflict.
    func inOrder(_ specs: FieldSpecs) -> [FieldSpec] {
      configuration.isDefault
        ? specs.all : specs.all.sorted { LegacyOrder.precedes($0.type, $1.type) }
    }
    var specs = FieldSpecs(entry.fields)
    try specs.merge(inOrder(configuration.labels))
    if entry.includeSelectors {
      try specs.merge(inOrder(configuration.commonLabels))
    } else {
      if entry.includeTemplates { try specs.merge(inOrder(configuration.templateLabels)) }
      try specs.merge(FieldSpec("metadata/labels", create: true))
    }
    return specs
  }
}
