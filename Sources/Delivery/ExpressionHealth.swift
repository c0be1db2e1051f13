internal import CommonExpressions
public import FleetModel
internal import KubernetesAPI
public import Manifests

/// The health checks of an app by the kinds that they are about. Versions take no part, as in Flux.
public struct HealthChecks: Sendable {
  private let checks: [GroupKind: HealthCheck]

  /// Of several for one group and kind the first counts.
  public init(_ checks: [HealthCheck] = []) {
    self.checks = Dictionary(
      checks.map { (GroupKind(group: $0.group, kind: $0.kind), $0) }
    ) { first, _ in first }
  }

  /// What each expression about an object's kind says, for people who try them: `true`, `false`, or why
  /// neither. Empty for a kind without a check.
  public func answers(about object: Node) -> [(field: String, answer: String)] {
    guard let identity = ResourceIdentity(of: object), let check = self[GroupKind(of: identity)]
    else { return [] }
    let expressions = [
      ("inProgress", check.inProgress), ("failed", check.failed), ("current", check.current),
    ]
    return expressions.compactMap { field, expression in
      guard let expression else { return nil }
      do throws(EvaluationFailure) {
        return (field, try expression.isTrue(for: object) ? "true" : "false")
      } catch {
        return (field, "error: \(error.message)")
      }
    }
  }

  subscript(kind: GroupKind) -> HealthCheck? { checks[kind] }
}

/// The verdict by expressions, asked in the order of Flux's RFC 0009.
enum ExpressionHealth {
  static func verdict(of read: StatusReader, by check: HealthCheck) -> Verdict {
    do throws(Unanswered) {
      if try holds(check.inProgress, "inProgress", read) {
        return .inProgress("in progress by healthCheckExprs" + detail(read))
      }
      if try holds(check.failed, "failed", read) {
        return .failed("failed by healthCheckExprs" + detail(read))
      }
      if try holds(check.current, "current", read) { return .current }
      return .inProgress("not yet current by healthCheckExprs" + detail(read))
    } catch {
      return .inProgress(
        "cannot tell by '\(error.field)' of healthCheckExprs: \(error.failure.message)")
    }
  }

  private struct Unanswered: Error {
    let field: String
    let failure: EvaluationFailure
  }

  private static func holds(
    _ expression: CommonExpression?, _ field: String, _ read: StatusReader
  ) throws(Unanswered) -> Bool {
    guard let expression else { return false }
    do throws(EvaluationFailure) {
      return try expression.isTrue(for: read.object)
    } catch {
      throw Unanswered(field: field, failure: error)
    }
  }

  /// What the object itself says for people: its condition Ready, else the first that is not true and
  /// says something, else the message of its status.
  private static func detail(_ read: StatusReader) -> String {
    var lines: [String] = []
    if let ready = read.condition("Ready"), !ready.isTrue { lines.append(ready.line) }
    lines += read.conditions.filter { !$0.isTrue }.map(\.line)
    lines.append(StatusReader.firstLine(of: read.object.value(at: "status", "message")?.string))
    return lines.first { !$0.isEmpty }.map { ": \($0)" } ?? ""
  }
}
