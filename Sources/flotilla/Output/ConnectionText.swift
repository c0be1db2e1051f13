internal import FleetModel
internal import Hub
internal import HubAPI

extension ConnectionDocument {
  /// `ok`, or what is wrong: `no answer for 3m: connection refused`, `not verified`, `certificate
  /// expires in 5d`. A dash before the first answer.
  func cell(now: Timestamp) -> StyledLine {
    if let silence {
      return StyledLine(
        "no answer for \((now.instant - silence.since.instant).age): \(silence.reason)", .bad)
    }
    var marks: [String] = []
    if !isVerified { marks.append("not verified") }
    if let left = certificateExpires.map({ $0.instant - now.instant }),
      left < ClusterConnection.expiryNotice
    {
      marks.append(
        left.milliseconds < 0 ? "certificate expired" : "certificate expires in \(left.age)")
    }
    if !marks.isEmpty { return StyledLine(marks.joined(separator: ", "), .warning) }
    return answered == nil ? StyledLine("-", .faint) : StyledLine("ok", .good)
  }
}
