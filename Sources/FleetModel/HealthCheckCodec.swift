import CommonExpressions
import Manifests

extension Codec where Value == [HealthCheck] {
  /// One for each group and kind: Flux would take the first, and nobody would know.
  static let healthChecks: Codec = {
    let items = Codec<[Located<HealthCheck>]>.list(Codec<HealthCheck>.healthCheck.located)
    return Codec(
      items.shape(),
      decode: { node, context in
        guard let checks = items.decode(node, context) else { return nil }
        var seen: [[String]: YAML.Position] = [:]
        for check in checks {
          let groupKind = [check.value.group, check.value.kind]
          if let first = seen[groupKind] {
            context.report(
              at: check.position,
              "a second HealthCheck of \(check.value.kind) in "
                + (check.value.group.isEmpty ? "the core group" : check.value.group)
                + ", first in line \(first.line)",
              remedy: "remove one of them; the version makes no difference")
          }
          seen[groupKind] = seen[groupKind] ?? check.position
        }
        return checks.map(\.value)
      })
  }()
}

extension Codec where Value == HealthCheck {
  fileprivate static let healthCheck: Codec = object(
    "HealthCheck",
    "When objects of one kind are healthy: expressions in a subset of CEL, see "
      + "health-expressions.md."
  ) { reader in
    let apiVersion = reader.required(
      "apiVersion", .apiVersion, "Group and version of the kind; any version of the group counts.")
    let kind = reader.required("kind", .kind, "The kind.")
    let inProgress = reader.optional(
      "inProgress", .expression("inProgress"), absent: "never",
      "While it is true the object is progressing. Asked first.")
    let failed = reader.optional(
      "failed", .expression("failed"), absent: "never",
      "When it is true the object is degraded. Asked second.")
    let current = reader.required(
      "current", .expression("current"),
      "When it is true the object is healthy; otherwise it is progressing. Asked last.")
    guard let apiVersion, let kind, let current else { return nil }
    return HealthCheck(
      apiVersion: apiVersion, kind: kind, inProgress: inProgress, failed: failed, current: current)
  }
}

extension Codec where Value == String {
  fileprivate static let apiVersion = text(
    "a group and version such as cert-manager.io/v1, or v1",
    pattern: "^([a-z0-9]([-a-z0-9.]*[a-z0-9])?/)?v[0-9][a-z0-9]*$"
  ) { text in
    let parts = text.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
    guard let version = parts.last, parts.count <= 2, version.first == "v",
      version.dropFirst().first.map({ "0"..."9" ~= $0 }) == true, LabelSyntax.isName(version)
    else { return false }
    return parts.count == 1 || LabelSyntax.isName(parts[0])
  }

  fileprivate static let kind = text(
    "a kind such as Certificate", pattern: "^[A-Z][A-Za-z0-9]*$"
  ) { text in
    text.first.map { "A"..."Z" ~= $0 } == true
      && text.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber) }
  }
}

extension Codec where Value == CommonExpression {
  /// Everything that can be known to be wrong is told, each at its place.
  fileprivate static func expression(_ field: String) -> Codec {
    let text = Codec<String>.text(
      "an expression such as status.phase == 'Ready'", pattern: "\\S"
    ) { text in text.contains { !$0.isWhitespace } }
    return Codec(
      text.shape(),
      decode: { node, context in
        guard let text = text.decode(node, context) else { return nil }
        let expression: CommonExpression
        do throws(ExpressionFault) {
          expression = try CommonExpression(parsing: text)
        } catch {
          context.report(error, in: node, field)
          return nil
        }
        let faults = expression.faults(fields: HealthCheck.fields)
        for fault in faults { context.report(fault, in: node, field) }
        return faults.isEmpty ? expression : nil
      })
  }
}

extension DecodingContext {
  fileprivate func report(_ fault: ExpressionFault, in node: LocatedNode, _ field: String) {
    let meant = fault.unknown.flatMap { Suggestion.nearest(to: $0.name, among: $0.known) }
    report(
      at: position(of: fault.offset, in: node), "\(field) of HealthCheck: \(fault.message)",
      remedy: meant.map { "did you mean '\($0)'?" } ?? fault.remedy)
  }
}
