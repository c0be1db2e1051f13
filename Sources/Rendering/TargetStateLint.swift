public import FleetModel
internal import Kustomize
internal import SourceTree

/// What `flotilla lint` says about target states: all that keeps the commit from becoming a release
/// for some cluster, and the warnings. The hub decides by the same checks.
extension Renderer {
  /// Findings of all apps on all clusters, each once however many clusters it concerns, sorted by
  /// place. Overlays that are not there are findings of `FleetLoader.lint(tree:)`.
  public func findings() async -> [Finding] {
    var clusters: [Finding: Set<String>] = [:]
    func add(_ finding: Finding, _ cluster: String) {
      clusters[finding, default: []].insert(cluster)
    }
    for (name, answer) in await digestsOfAllApps() {
      for (cluster, error) in answer.errors {
        guard let place = error.overlay else { continue }
        guard error.violations.isEmpty else {
          for violation in error.violations { add(violation.finding(in: name, at: place), cluster) }
          continue
        }
        add(
          Finding(
            file: error.file ?? place, line: error.line ?? 1, column: error.column ?? 1,
            message: "app '\(name)': \(error.reason)"), cluster)
      }
      for (cluster, warnings) in await warnings(app: name) {
        for violation in warnings.violations {
          add(violation.finding(in: name, at: warnings.overlay), cluster)
        }
        for warning in warnings.ofBuild { add(warning.finding(in: name), cluster) }
      }
    }
    return clusters.map { finding, clusters in
      var finding = finding
      finding.message += Self.concerned(clusters)
      return finding
    }.sorted()
  }

  private static func concerned(_ clusters: Set<String>) -> String {
    guard let first = clusters.min() else { return "" }
    return clusters.count == 1 ? " (cluster \(first))" : " (\(clusters.count) clusters)"
  }
}

extension PolicyViolation {
  fileprivate func finding(in app: String, at overlay: String) -> Finding {
    Finding(
      file: file ?? overlay, line: line ?? 1, column: column ?? 1,
      severity: isError ? .error : .warning, message: "app '\(app)': \(object): \(message)",
      remedy: remedy)
  }
}

extension BuildWarning {
  fileprivate func finding(in app: String) -> Finding {
    Finding(
      file: file.description, line: line ?? 1, severity: .warning,
      message: "app '\(app)': \(message)", remedy: remedy)
  }
}
