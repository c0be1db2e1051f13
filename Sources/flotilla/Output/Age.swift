internal import FleetModel

extension TimeSpan {
  /// How kubectl writes ages: two units while the smaller one tells something, then one.
  /// `45s`, `3m12s`, `25m`, `3h5m`, `26h`, `3d4h`, `12d`.
  var age: String {
    let seconds = max(0, milliseconds / 1000)
    let (minutes, hours, days) = (seconds / 60, seconds / 3600, seconds / 86400)
    func pair(_ large: Int64, _ largeUnit: String, _ small: Int64, _ smallUnit: String) -> String {
      small == 0 ? "\(large)\(largeUnit)" : "\(large)\(largeUnit)\(small)\(smallUnit)"
    }
    if seconds < 120 { return "\(seconds)s" }
    if minutes < 10 { return pair(minutes, "m", seconds % 60, "s") }
    if hours < 3 { return "\(minutes)m" }
    if hours < 8 { return pair(hours, "h", minutes % 60, "m") }
    if hours < 48 { return "\(hours)h" }
    if days < 8 { return pair(days, "d", hours % 24, "h") }
    return "\(days)d"
  }

  /// A countdown, rounded up so that it never shows 0 before the end.
  var countdown: String {
    TimeSpan(milliseconds: (max(0, milliseconds) + 999) / 1000 * 1000).age
  }
}
