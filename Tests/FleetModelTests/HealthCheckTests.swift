import CommonExpressions
import SourceTree
import Testing

@testable import FleetModel

/// `healthCheckExprs` of an App, and where their faults are told.
@Suite struct HealthCheckTests {
  private static let app = "apiVersion: flotilla.dev/v1\nkind: App\nmetadata: {name: shop}\nspec:\n"

  private func load(_ spec: String) throws -> LoadedFleet {
    var fixture = FleetFixture()
    fixture.files["fleet/apps/shop.yaml"] = Self.app + spec
    return try fixture.load()
  }

  private func findings(_ spec: String) throws -> [String] {
    try load(spec).findings.map { String("\($0)".dropFirst("fleet/apps/shop.yaml:".count)) }
  }

  @Test func checksAreReadAsFluxHasThem() throws {
    let checks = try #require(
      try load(
        """
          healthCheckExprs:
            - apiVersion: cert-manager.io/v1
              kind: Certificate
              inProgress: has(status.observedGeneration) && status.observedGeneration != metadata.generation
              failed: status.conditions.exists(e, e.type == 'Ready' && e.status == 'False')
              current: status.conditions.exists(e, e.type == 'Ready' && e.status == 'True')
            - apiVersion: v1
              kind: ConfigMap
              current: |
                data.size() > 0 // something
                  && has(data.key)
        """
      ).configuration?.app("shop")?.healthCheckExprs)
    #expect(checks.map(\.group) == ["cert-manager.io", ""])
    #expect(checks.map(\.kind) == ["Certificate", "ConfigMap"])
    #expect(checks.map { $0.inProgress != nil } == [true, false])
    #expect(checks.first?.failed?.text.hasSuffix("'False')") == true)
    #expect(checks.last?.current.canonicalText == "size(data) > 0 && has(data.key)")
  }

  struct Fault: CustomTestStringConvertible, Sendable {
    let testDescription: String
    let check: String
    let findings: [String]

    init(_ description: String, _ check: String, _ findings: String...) {
      testDescription = description
      self.check = check
      self.findings = findings
    }
  }

  @Test(arguments: [
    Fault(
      "an end that comes too soon", "current: status.phase ==",
      "8:31: error: current of HealthCheck: expected an expression, found the end"),
    Fault(
      "a name that nothing has", "current: staus.phase == 'Ready'",
      "8:16: error: current of HealthCheck: unknown variable 'staus'; did you mean 'status'?"),
    Fault(
      "a field that most kinds lack", "current: size(results) > 0",
      "8:21: error: current of HealthCheck: unknown variable 'results'; write .results if the "
        + "object has a field of that name beside spec and status"),
    Fault(
      "a function that nothing has", "current: kind.startwith('C')",
      "8:21: error: current of HealthCheck: unknown function 'startwith'; did you mean "
        + "'startsWith'?"),
    Fault(
      "a function of CEL that is left out", "current: status.phase.matches('R.*')",
      "8:29: error: current of HealthCheck: 'matches' of CEL is not part of this language; "
        + "docs/health-expressions.md says what is"),
    Fault(
      "faults of several expressions",
      "failed: \"kind == 3 || status.a\"\n      current: 'size(status.b)'",
      "8:21: error: failed of HealthCheck: a string and an int are never equal; convert one of "
        + "them, as by string(…)",
      "9:17: error: current of HealthCheck: expected true or false, but size(status.b) is an int; "
        + "compare it with something"),
    Fault(
      "a line below the first",
      "current: |\n        has(status.phase) &&\n          status.phase = 'x'",
      "10:24: error: current of HealthCheck: unexpected character '='; write == to compare"),
    Fault(
      "a boolean that YAML made", "current: true",
      "8:16: error: expected an expression such as status.phase == 'Ready', found the boolean true; "
        + "write it in quotes: \"true\""),
    Fault(
      "nothing that decides", "failed: status.bad",
      "6:7: error: HealthCheck has no 'current'; add 'current': an expression such as "
        + "status.phase == 'Ready'"),
  ])
  func faultsAreTold(fault: Fault) throws {
    let spec = """
        healthCheckExprs:
          - apiVersion: example.test/v1
            kind: Widget
            \(fault.check)
      """
    #expect(try findings(spec) == fault.findings)
  }

  @Test func theKindIsNamedAsKubernetesNamesIt() throws {
    #expect(
      try findings(
        "  healthCheckExprs: [{apiVersion: Example.test/v1, kind: widgets, current: status.ok}]\n")
        == [
          "5:35: error: expected a group and version such as cert-manager.io/v1, or v1, found "
            + "'Example.test/v1'",
          "5:58: error: expected a kind such as Certificate, found 'widgets'",
        ])
  }

  @Test func aGroupAndKindHasOneCheckWhateverTheVersion() throws {
    let spec = """
        healthCheckExprs:
          - {apiVersion: example.test/v1, kind: Widget, current: status.ok}
          - {apiVersion: other.test/v1, kind: Widget, current: status.ok}
          - {apiVersion: example.test/v2, kind: Widget, current: status.ok}
      """
    #expect(
      try findings(spec) == [
        "8:7: error: a second HealthCheck of Widget in example.test, first in line 6; remove one of "
          + "them; the version makes no difference"
      ])
  }
}
