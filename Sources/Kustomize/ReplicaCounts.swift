internal import Manifests

/// `replicas`: the number of replicas of the workloads of one name.
enum ReplicaCounts {
  static func apply(
    _ entry: Kustomization.Replicas, _ specs: FieldSpecs, to resources: inout ResourceList
  ) throws(BuildError) {
    var isFound = false
    for spec in specs.all {
      for index in resources.indices {
        let matches = resources[index].allIDs.contains { id in
          id.name == entry.name && id.type.isSelected(by: spec.type)
        }
        guard matches else { continue }
        isFound = true
        guard resources[index].type.isSelected(by: spec.type) else { continue }
        do throws(BuildError) {
          try resources.withNode(at: index) { node throws(BuildError) in
            try spec.apply(to: &node, creating: .scalar) { field throws(BuildError) in
              guard field.scalar != nil else {
                throw BuildError(
                  .wrongNodeKind,
                  "the field '\(spec.path)' is no number, and 'replicas' expects one there")
              }
              ScalarFields.set(&field, integer: entry.count)
            }
          }
        } catch { throw error.about("\(resources[index].id)") }
      }
    }
    if !isFound {
      let kinds = specs.all.map(\.type.kind).joined(separator: ", ")
      throw BuildError(
        .patchTargetNotFound,
        "'replicas' is for '\(entry.name)', and no object of that name has replicas (\(kinds)); "
          + "correct the name or remove the entry")
    }
  }
}
