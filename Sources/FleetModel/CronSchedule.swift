/// The syntax of five-field schedules as in cron(8): `minute hour day-of-month month day-of-week`.
enum CronSchedule {
  private static let months = [
    "jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec",
  ]
  private static let days = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"]

  private static let fields: [(name: String, range: ClosedRange<Int>, words: [String])] = [
    ("minute", 0...59, []), ("hour", 0...23, []), ("day of month", 1...31, []),
    ("month", 1...12, months), ("day of week", 0...7, days),
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
      where !isValid(item, field.range, field.words) {
        return "'\(String(item).clipped)' is no \(field.name): expected \(field.range.lowerBound)-"
          + "\(field.range.upperBound), a range, a list, or * with an optional /step"
      }
    }
    return nil
  }

  private static func isValid(
    _ item: Substring, _ range: ClosedRange<Int>, _ words: [String]
  ) -> Bool {
    let halves = item.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
    guard let span = halves.first else { return false }
    if halves.count == 2 {
      guard let step = number(halves[1], []), step >= 1, step <= range.upperBound else {
        return false
      }
    }
    if span == "*" { return true }
    let ends = span.split(separator: "-", maxSplits: 1, omittingEmptySubsequences: false)
    let values = ends.compactMap { number($0, words) }
    guard values.count == ends.count, values.allSatisfy(range.contains) else { return false }
    return values.count == 1 || values[0] <= values[1]
  }

  /// Decimal digits, or a word that stands for its place in the list (months count from 1).
  private static func number(_ text: Substring, _ words: [String]) -> Int? {
    if let index = words.firstIndex(of: text.lowercased()) {
      return words.count == months.count ? index + 1 : index
    }
    guard text.count <= 4, text.allSatisfy({ $0.isASCII && $0.isNumber }) else { return nil }
    return Int(text)
  }
}
