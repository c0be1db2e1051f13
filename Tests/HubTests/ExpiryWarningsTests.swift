import FleetModel
import KubernetesAPI
import Manifests
import Testing

@testable import Hub

@Suite("Warnings of client certificates that expire soon")
struct ExpiryWarningsTests {
  private let start = Instant(milliseconds: 1_777_626_000_000)

  private func certificate(_ name: String, daysLeft: Int) -> ClientCertificate {
    ClientCertificate(
      expiry: Int(start.milliseconds / 1000) + daysLeft * 86_400 + 3600,
      digest: Digest(hashing: name))
  }

  @Test func onlyWhatEndsWithinAFortnightIsSpokenOf() {
    var warnings = ExpiryWarnings()
    let due = warnings.due(
      [
        "late": certificate("a", daysLeft: 14), "soon": certificate("b", daysLeft: 5),
        "today": certificate("c", daysLeft: 0), "over": certificate("d", daysLeft: -3),
      ], at: start)
    #expect(due.map(\.clusters) == ["over", "today", "soon"])
    #expect(due.map(\.left) == ["0m", "60m", "5d"])
    #expect(due.map(\.isOver) == [true, false, false])
  }

  @Test func eachIsToldOnceADayUntilItIsReplaced() {
    var warnings = ExpiryWarnings()
    let old = ["c1": certificate("old", daysLeft: 5)]
    #expect(warnings.due(old, at: start).count == 1)
    #expect(warnings.due(old, at: start + .minutes(23 * 60)).isEmpty)
    #expect(warnings.due(old, at: start + .minutes(24 * 60)).map(\.left) == ["4d"])
    let new = ["c1": certificate("new", daysLeft: 90)]
    #expect(warnings.due(new, at: start + .minutes(25 * 60)).isEmpty)
    let other = ["c1": certificate("other", daysLeft: 6)]
    #expect(warnings.due(other, at: start + .minutes(25 * 60)).count == 1)
  }

  @Test func oneCertificateForManyClustersIsOneWarning() {
    var warnings = ExpiryWarnings()
    let shared = certificate("shared", daysLeft: 1)
    let due = warnings.due(
      Dictionary(uniqueKeysWithValues: (1...8).map { ("c\($0)", shared) }), at: start)
    #expect(due.map(\.clusters) == ["c1, c2, c3, c4, c5 and 3 more"])
    #expect(due.map(\.left) == ["25h"])
  }
}
