internal import Manifests

/// The rules for kinds that run nothing, and for those that nobody has a rule for.
enum ResourceHealth {
  static func volumeClaim(_ read: StatusReader) -> Verdict {
    let phase = read.object.value(at: "status", "phase")?.string ?? "unknown"
    return phase == "Bound" ? .current : .inProgress("not bound, phase \(phase)")
  }

  static func service(_ read: StatusReader) -> Verdict {
    guard read.object.value(at: "spec", "type")?.string == "LoadBalancer" else { return .current }
    let address = read.object.value(at: "spec", "clusterIP")?.string ?? ""
    return address.isEmpty ? .inProgress("no cluster address yet") : .current
  }

  static func definition(_ read: StatusReader) -> Verdict {
    if let names = read.condition("NamesAccepted"), names.isFalse { return .failed(names.line) }
    guard let established = read.condition("Established") else {
      return .inProgress("not established yet")
    }
    if established.isTrue { return .current }
    if established.isFalse, established.reason != "Installing" {
      return .failed(established.line)
    }
    return .inProgress("not established yet")
  }

  /// By the condition `Ready` where there is one; an object without it is current once it exists.
  static func generic(_ read: StatusReader) -> Verdict {
    guard let ready = read.condition("Ready") else { return .current }
    if ready.isTrue { return .current }
    return .inProgress(ready.line.isEmpty ? "not ready" : ready.line)
  }
}
