/// A five-field schedule as in cron(8): `minute hour day-of-month month day-of-week`.
public struct CronSchedule: Sendable, Hashable {
  /// Minutes of a day at which it begins, ascending.
  public let minutesOfDay: [Int]
  private let daysOfMonth: Set<Int>
  private let months: Set<Int>
  /// 0 is Sunday.
  private let daysOfWeek: Set<Int>
  private let isAnyDayOfMonth: Bool
  private let isAnyDayOfWeek: Bool

  /// `nil` for what ``fault(in:)`` finds fault with.
  public init?(parsing text: String) {
    guard CronSchedule.fault(in: text) == nil else { return nil }
    let parts = text.split(whereSeparator: \.isWhitespace)
    let sets = zip(parts, CronSchedule.fields).map { part, field in
      part.split(separator: ",").reduce(into: Set<Int>()) {
        $0.formUnion(CronSchedule.values($1, field.range, field.words))
      }
    }
    minutesOfDay = sets[1].flatMap { hour in sets[0].map { hour * 60 + $0 } }.sorted()
    daysOfMonth = sets[2]
    months = sets[3]
    daysOfWeek = Set(sets[4].map { $0 % 7 })
    isAnyDayOfMonth = parts[2].hasPrefix("*")
    isAnyDayOfWeek = parts[4].hasPrefix("*")
  }

  /// Whether it begins on a day. As cron(8) has it: where both the day of the month and the day of
  /// the week are restricted, one of them is enough.
  public func includes(month: Int, dayOfMonth: Int, dayOfWeek: Int) -> Bool {
    guard months.contains(month) else { return false }
    let byMonth = daysOfMonth.contains(dayOfMonth)
    let byWeek = daysOfWeek.contains(dayOfWeek)
    return isAnyDayOfMonth || isAnyDayOfWeek ? byMonth && byWeek : byMonth || byWeek
  }

  private static let monthNames = [
    "jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec",
  ]
  private static let days = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"]

  private static let fields: [(name: String, range: ClosedRange<Int>, words: [String])] = [
    ("minute", 0...59, []), ("hour", 0...23, []), ("day of month", 1...31, []),
    ("month", 1...12, monthNames), ("day of week", 0...7, days),
  ]

  /// Why `text` is no schedule; `nil` when it is one.
  static func fault(in text: String) -> String? {
    let parts = text.split(whereSeparator: \.isWhitespace)
    guard parts.count == fields.count else {
      return "expected five fields (minute hour day-of-month month day-of-week), found "
        + "\(parts.count)"
    }
    for (part, field) in zip(parts, fields) {
      for item in part.split(separator: ",", omittingEmptySubsequences: false)
      where values(item, field.range, field.words).isEmpty {
        return "'\(String(item).clipped)' is no \(field.name): expected \(field.range.lowerBound)-"
          + "\(field.range.upperBound), a range, a list, or * with an optional /step"
      }
    }
    return nil
  }

  /// What one item of a field stands for; empty where it is malformed. A single number with a step
  /// begins there and goes to the end of the range.
  private static func values(
    _ item: Substring, _ range: ClosedRange<Int>, _ words: [String]
  ) -> [Int] {
    let halves = item.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
    guard let span = halves.first else { return [] }
    var step = 1
    if halves.count == 2 {
      guard let given = number(halves[1], []), given >= 1, given <= range.upperBound else {
        return []
      }
      step = given
    }
    if span == "*" {
      return Array(stride(from: range.lowerBound, through: range.upperBound, by: step))
    }
    let ends = span.split(separator: "-", maxSplits: 1, omittingEmptySubsequences: false)
    let values = ends.compactMap { number($0, words) }
    guard values.count == ends.count, let first = values.first, let last = values.last,
      range.contains(first), range.contains(last), first <= last
    else { return [] }
    let end = values.count == 1 && halves.count == 2 ? range.upperBound : last
    return Array(stride(from: first, through: end, by: step))
  }

  /// Decimal digits, or a word that stands for its place in the list (months count from 1).
  private static func number(_ text: Substring, _ words: [String]) -> Int? {
    if let index = words.firstIndex(of: text.lowercased()) {
      return words.count == monthNames.count ? index + 1 : index
    }
    guard text.count <= 4, text.allSatisfy({ $0.isASCII && $0.isNumber }) else { return nil }
    return Int(text)
  }
}
