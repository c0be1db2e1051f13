import FleetModel
import HubAPI
import Testing

@Suite("Times on the wire")
struct TimestampTests {
  @Test(arguments: [
    (0, "1970-01-01T00:00:00.000Z"), (1_777_626_000_250, "2026-05-01T09:00:00.250Z"),
    (951_782_400_000, "2000-02-29T00:00:00.000Z"), (-1, "1969-12-31T23:59:59.999Z"),
    (4_107_542_400_000, "2100-03-01T00:00:00.000Z"),
  ])
  func aTimeIsWrittenInUTCAndReadBack(milliseconds: Int64, text: String) {
    let timestamp = Timestamp(Instant(milliseconds: milliseconds))
    #expect(timestamp.description == text)
    #expect(Timestamp(parsing: text) == timestamp)
  }

  @Test func everyDayOfTwoCenturiesReadsBack() {
    for day in stride(from: Int64(-36500), through: 36500, by: 1) {
      let timestamp = Timestamp(Instant(milliseconds: day * 86_400_000 + 1))
      #expect(Timestamp(parsing: timestamp.description) == timestamp)
    }
  }

  @Test(arguments: [
    "", "2026-05-01", "2026-05-01T09:00:00", "2026-05-01T09:00:00+02:00", "2026-13-01T09:00:00Z",
    "2026-05-01T09:00:00.xZ", "２026-05-01T09:00:00Z",
  ])
  func whatIsNoTimeInUTCIsRefused(text: String) { #expect(Timestamp(parsing: text) == nil) }
}
