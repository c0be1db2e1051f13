import FleetModel
import Testing

/// What a prometheus gate's threshold means.
@Suite struct ThresholdTests {
  @Test(arguments: [
    ("< 0.01", 0.009, true), ("< 0.01", 0.01, false), ("<=0.01", 0.01, true), ("> -1", 0, true),
    ("> 1e-3", 0.001, false), (">= 1e-3", 0.001, true), ("== 0", 0, true), ("!= 0", 0, false),
    ("< 1", .infinity, false), ("!= 0", .nan, false), ("< 1", .nan, false),
  ])
  func itHoldsAsItReads(_ text: String, _ value: Double, _ holds: Bool) throws {
    #expect(try #require(Threshold(text)).holds(for: value) == holds)
  }

  @Test(arguments: ["", "0.01", "=< 1", "< one", "< nan", "< inf", "<"])
  func whatIsNoComparisonIsNone(_ text: String) { #expect(Threshold(text) == nil) }
}
