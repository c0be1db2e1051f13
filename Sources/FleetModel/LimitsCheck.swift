import Manifests

/// Limits of the fleet that cannot bite.
extension FleetDraft {
  func limits() -> [Finding] {
    fleets.flatMap { fleet -> [Finding] in
      guard let limits = fleet.value?.limits, let domain = limits.maxConcurrentPerFailureDomain
      else { return [] }
      let path: [PathStep] = ["spec", "limits", "maxConcurrentPerFailureDomain"]
      if let whole = limits.maxConcurrent, domain >= whole {
        return [
          fleet.warning(
            at: path, "the limit of \(whole) for the whole fleet is reached first",
            remedy: "make it smaller than \(whole), or remove it")
        ]
      }
      // A cluster that could not be read may have one.
      let known = clusters.compactMap(\.value)
      guard known.count == clusters.count, known.allSatisfy({ $0.failureDomain == nil }) else {
        return []
      }
      return [
        fleet.warning(
          at: path, "no cluster has a failureDomain", remedy: "give clusters one, or remove it")
      ]
    }
  }
}
