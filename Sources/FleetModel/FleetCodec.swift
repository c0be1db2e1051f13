import Foundation
import Manifests

extension Codec where Value == Fleet {
  static let fleet: Codec = object("Fleet", "What holds for the whole fleet.") { reader in
    let branch = reader.optional(
      "stateBranch", .nonEmptyText, absent: "`\(Fleet.defaultStateBranch)`",
      "The branch that records pins and decisions.")
    let strategy = reader.optional(
      "defaultStrategy", .name, absent: "one wave with every cluster",
      "Name of the Strategy of environments that name none.")
    let limits = reader.optional(
      "limits", .limits, absent: "none",
      "How many targets may change at once, over all rollouts.")
    _ = reader.optional("notifications", .anything(), absent: "none", "Who is told what.")
    return Fleet(
      stateBranch: branch ?? Fleet.defaultStateBranch, defaultStrategy: strategy, limits: limits)
  }
}

extension Codec where Value == Fleet.Limits {
  static let limits: Codec = object(
    "Limits",
    "How many targets may be in flight at once over all rollouts. A target is one app on one "
      + "cluster."
  ) { reader in
    let fleet = reader.optional(
      "maxConcurrent", .integer(from: 1), absent: "no limit", "Of the whole fleet.")
    let domain = reader.optional(
      "maxConcurrentPerFailureDomain", .integer(from: 1), absent: "no limit",
      "Of the clusters with the same `failureDomain`. Clusters without one have no such limit.")
    return Fleet.Limits(maxConcurrent: fleet, maxConcurrentPerFailureDomain: domain)
  }
}

extension Codec where Value == Window {
  static let window: Codec = object("Window", "When changes may start, or may not. Deny wins.") {
    reader in
    let kind = reader.required(
      "kind", Codec<Window.Kind>.word("kind", of: "Window"),
      "Whether changes may start only then, or not then.")
    let schedule = reader.required(
      "schedule", .cron, "When it opens: five fields as in cron(8).")
    let duration = reader.required(
      "duration", .duration(positive: true), "How long it stays open.")
    let zone = reader.optional(
      "timeZone", .timeZone, absent: "`UTC`", "IANA name of the zone of the schedule.")
    let environments = reader.optional(
      "environments", .list(.name), absent: "all", "Environments that it holds for.")
    let apps = reader.optional("apps", .list(.name), absent: "all", "Apps that it holds for.")
    let clusters = reader.optional(
      "clusters", .selector, absent: "all", "Clusters that it holds for.")
    let reason = reader.optional("reason", .anyText, absent: "none", "Shown to who must wait.")
    guard let kind, let schedule, let duration else { return nil }
    return Window(
      name: "", kind: kind, schedule: schedule, duration: duration, timeZone: zone ?? "UTC",
      environments: environments ?? [], apps: apps ?? [], clusters: clusters ?? LabelSelector(),
      reason: reason ?? "")
  }
}

extension Codec where Value == String {
  /// A name of the IANA time zone database.
  static let timeZone: Codec = Codec(
    .text(form: "an IANA time zone such as Europe/Berlin", pattern: nil),
    decode: { node, context in
      guard let text = Codec.nonEmptyText.decode(node, context) else { return nil }
      guard TimeZone(identifier: text) != nil else {
        context.report(
          at: node.position, "there is no time zone '\(text.clipped)'",
          remedy: "take a name of the IANA database, such as Europe/Berlin or UTC")
        return nil
      }
      return text
    })

  /// A schedule as in cron(8).
  static let cron: Codec = Codec(
    .text(form: "a schedule of five fields as in cron(8), such as 0 8 * * mon-fri", pattern: nil),
    decode: { node, context in
      guard let text = Codec.nonEmptyText.decode(node, context) else { return nil }
      if let fault = CronSchedule.fault(in: text) {
        context.report(at: node.position, "schedule '\(text.clipped)': \(fault)")
        return nil
      }
      return text
    })
}
