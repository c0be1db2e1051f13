internal import FoundationEssentials
internal import Glibc
internal import Manifests

/// The part of `metadata` that only the server writes.
enum SystemMetadata {
  static let names = [
    "creationTimestamp", "deletionGracePeriodSeconds", "deletionTimestamp", "generation",
    "managedFields", "resourceVersion", "selfLink", "uid",
  ]

  /// `object` without the metadata that only the server writes, without a status if `status` is
  /// false, and without nulls, which the server drops when it decodes an object.
  static func stripped(_ object: Node, keepsStatus: Bool) -> Node {
    var node = withoutNulls(object)
    _ = node.withMapping { mapping in
      if !keepsStatus { mapping["status"] = nil }
    }
    if node["metadata"]?.mapping != nil {
      _ = node["metadata"]?.withMapping { metadata in
        metadata.pairs.removeAll { names.contains($0.key) }
      }
    }
    return node
  }

  private static func withoutNulls(_ node: Node) -> Node {
    switch node {
    case .scalar: node
    case .sequence(let items): .sequence(items.map(withoutNulls))
    case .mapping(let mapping):
      .mapping(
        Mapping(
          mapping.pairs.compactMap { pair in
            pair.value.isNull ? nil : Mapping.Pair(pair.key, withoutNulls(pair.value))
          }))
    }
  }
}

/// Seconds since 1970 and RFC 3339 in UTC.
enum Timestamp {
  static func now() -> Int { time(nil) }

  /// With fractions.
  static func precise() -> Double {
    Date().timeIntervalSince1970
  }

  /// Reads what ``text(_:)`` writes.
  static func seconds(_ text: String) -> Int? {
    let parts = text.split { !$0.isNumber }.compactMap { Int($0) }
    guard parts.count == 6 else { return nil }
    let (year, month, day) = (parts[1] <= 2 ? parts[0] - 1 : parts[0], parts[1], parts[2])
    let era = (year >= 0 ? year : year - 399) / 400
    let yearOfEra = year - era * 400
    let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
    let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
    let days = era * 146_097 + dayOfEra - 719_468
    return days * 86_400 + parts[3] * 3600 + parts[4] * 60 + parts[5]
  }

  static func text(_ seconds: Int) -> String {
    // Civil date from days, after Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms".
    let days = Int((Double(seconds) / 86_400).rounded(.down))
    let rest = seconds - days * 86_400
    let shifted = days + 719_468
    let era = (shifted >= 0 ? shifted : shifted - 146_096) / 146_097
    let dayOfEra = shifted - era * 146_097
    let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
    let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
    let month = (5 * dayOfYear + 2) / 153
    let day = dayOfYear - (153 * month + 2) / 5 + 1
    let civilMonth = month < 10 ? month + 3 : month - 9
    let year = yearOfEra + era * 400 + (civilMonth <= 2 ? 1 : 0)
    func two(_ value: Int) -> String { value < 10 ? "0\(value)" : "\(value)" }
    return
      "\(year)-\(two(civilMonth))-\(two(day))T\(two(rest / 3600)):\(two(rest / 60 % 60)):\(two(rest % 60))Z"
  }
}
