/// Why an app has no target state for a cluster: one line for the user.
public struct RenderError: Error, Sendable, Hashable, CustomStringConvertible {
  public let app: String
  public let cluster: String
  /// The overlay that was to be built, once it was found.
  public let overlay: String?
  /// The file at fault, where one is, with a line and a column that count from 1.
  public let file: String?
  public let line: Int?
  public let column: Int?
  /// What is wrong, and what to do where that is not plain.
  public let reason: String
  /// What policy has against the target state, when that is the reason; the first error leads.
  public let violations: [PolicyViolation]

  public init(
    app: String, cluster: String, overlay: String? = nil, file: String? = nil, line: Int? = nil,
    column: Int? = nil, reason: String, violations: [PolicyViolation] = []
  ) {
    self.app = app
    self.cluster = cluster
    self.overlay = overlay
    self.file = file
    self.line = line
    self.column = column
    self.reason = reason
    self.violations = violations
  }

  /// Where the fault is: `overlays/shop/base/kustomization.yaml:3:5`, or the overlay; `nil` when
  /// neither is known.
  public var place: String? {
    guard let file else { return overlay }
    let numbers = [line, line == nil ? nil : column].compactMap { $0 }.map { ":\($0)" }
    return file + numbers.joined()
  }

  /// `webshop on prod-eu-1: overlays/webshop/base/kustomization.yaml:3: …`
  public var description: String {
    ["\(app) on \(cluster)", place, reason].compactMap { $0 }.joined(separator: ": ")
  }
}
