public import CommonExpressions

/// When an object of one kind is healthy, said by expressions about it: `healthCheckExprs` of Flux.
public struct HealthCheck: Sendable, Hashable, Codable {
  /// Group and version, of which the group counts.
  public var apiVersion: String
  public var kind: String
  /// While it is true the object is on its way.
  public var inProgress: CommonExpression?
  /// When it is true the object says that it will not get there.
  public var failed: CommonExpression?
  /// When it is true, and no other, the object is as it should be.
  public var current: CommonExpression

  public init(
    apiVersion: String, kind: String, inProgress: CommonExpression? = nil,
    failed: CommonExpression? = nil, current: CommonExpression
  ) {
    self.apiVersion = apiVersion
    self.kind = kind
    self.inProgress = inProgress
    self.failed = failed
    self.current = current
  }

  /// Empty for the core group.
  public var group: String {
    apiVersion.firstIndex(of: "/").map { String(apiVersion[..<$0]) } ?? ""
  }

  /// The fields that objects may have at their top, as expressions name them.
  public static let fields = ["apiVersion", "kind", "metadata", "spec", "status", "data"]
}
