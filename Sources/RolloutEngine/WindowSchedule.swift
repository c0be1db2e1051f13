internal import FleetModel
internal import Foundation

/// When a window is open: its schedule on the clock of its time zone, each time for its duration.
///
/// A time that a change of clocks skips counts as if clocks had not been changed yet; one that comes
/// twice counts the first time. Time zone rules are those of Foundation's data.
struct WindowSchedule {
  private let cron: CronSchedule
  private let zone: TimeZone
  private let duration: TimeSpan

  /// Every schedule opens within this time or never: 29 February comes every eight years at worst.
  private static let horizonInDays = 366 * 8 + 2
  /// Openings that follow each other without a gap are looked through so often at most.
  private static let mostJoined = 4000

  /// `nil` for what `flotilla lint` refuses.
  init?(_ window: Window) {
    guard let cron = CronSchedule(parsing: window.schedule),
      let zone = TimeZone(identifier: window.timeZone)
    else { return nil }
    self.cron = cron
    self.zone = zone
    duration = window.duration
  }

  struct Status: Sendable, Hashable {
    let isOpen: Bool
    /// When that changes; `nil` for never, or not in years.
    let until: Instant?
  }

  func status(at now: Instant) -> Status {
    // The last opening decides: openings have one duration.
    guard
      let last = openings(from: localDay(now - duration) - 1, through: localDay(now))
        .last(where: { $0 <= now && now < $0 + duration })
    else { return Status(isOpen: false, until: next(after: now)) }
    var latest = last
    var joined = 0
    for opening in openings(after: last) where opening > latest {
      if opening > latest + duration { break }
      latest = opening
      joined += 1
      if joined == WindowSchedule.mostJoined { return Status(isOpen: true, until: nil) }
    }
    return Status(isOpen: true, until: latest + duration)
  }

  /// The first opening after an instant.
  private func next(after instant: Instant) -> Instant? {
    openings(after: instant).first { _ in true }
  }

  /// The openings after an instant in their order, each day worked out once.
  private func openings(after instant: Instant) -> some Sequence<Instant> {
    let first = localDay(instant) - 1
    return (first...first + WindowSchedule.horizonInDays).lazy
      .flatMap { openings(from: $0, through: $0) }
      .filter { $0 > instant }
  }

  private func openings(from first: Int, through last: Int) -> [Instant] {
    (first...max(first, last)).flatMap { day -> [Instant] in
      let (_, month, dayOfMonth) = Instant.civil(day)
      // 1970-01-01 was a Thursday.
      let dayOfWeek = ((day + 4) % 7 + 7) % 7
      guard cron.includes(month: month, dayOfMonth: dayOfMonth, dayOfWeek: dayOfWeek) else {
        return []
      }
      let start = Int64(day) * 86_400
      let offset = offset(at: start - 86_400)
      // On most days nobody changes the clocks.
      if offset == self.offset(at: start + 2 * 86_400) {
        return cron.minutesOfDay.map {
          Instant(milliseconds: (start + Int64($0) * 60 - offset) * 1000)
        }
      }
      return cron.minutesOfDay.map { instant(local: start + Int64($0) * 60) }
    }
  }

  /// When a clock in the zone shows `local`, in seconds since 1970-01-01T00:00 on that clock.
  private func instant(local: Int64) -> Instant {
    let before = local - offset(at: local - 86_400)
    let after = local - offset(at: local + 86_400)
    // Before the change of clocks, or in the hour that it skips.
    let isBefore = before + offset(at: before) == local || after + offset(at: after) != local
    return Instant(milliseconds: (isBefore ? before : after) * 1000)
  }

  /// Days since 1970-01-01 on a clock in the zone.
  private func localDay(_ instant: Instant) -> Int {
    let seconds = Int64((Double(instant.milliseconds) / 1000).rounded(.down))
    return Int((Double(seconds + offset(at: seconds)) / 86_400).rounded(.down))
  }

  private func offset(at seconds: Int64) -> Int64 {
    Int64(zone.secondsFromGMT(for: Date(timeIntervalSince1970: Double(seconds))))
  }
}

extension Instant {
  fileprivate static func - (instant: Instant, span: TimeSpan) -> Instant {
    Instant(milliseconds: instant.milliseconds - span.milliseconds)
  }
}
