/// Names one rollout for people and machines: `<app>-<environment>-<n>`.
public struct RolloutID: RawRepresentable, Sendable, Hashable, Codable, CustomStringConvertible {
  public let rawValue: String
  public init(rawValue: String) { self.rawValue = rawValue }
  public init(_ text: String) { rawValue = text }

  init(app: String, environment: String, number: Int) {
    rawValue = "\(app)-\(environment)-\(number)"
  }

  public var description: String { rawValue }
}

/// Names one release: `<app>@<first 12 digits of the commit>`.
public struct ReleaseID: RawRepresentable, Sendable, Hashable, Codable, CustomStringConvertible {
  public let rawValue: String
  public init(rawValue: String) { self.rawValue = rawValue }
  public init(_ text: String) { rawValue = text }
  public init(app: String, commit: String) { rawValue = "\(app)@\(commit.prefix(12))" }

  public var description: String { rawValue }
}

/// One app in one environment: what a pin, a stable release and a driving rollout belong to.
public struct PinID: Sendable, Hashable, Comparable, Codable, CustomStringConvertible {
  public let app: String
  public let environment: String

  public init(app: String, environment: String) {
    self.app = app
    self.environment = environment
  }

  public static func < (a: PinID, b: PinID) -> Bool {
    (a.app, a.environment) < (b.app, b.environment)
  }

  public var description: String { "\(app)/\(environment)" }
}
