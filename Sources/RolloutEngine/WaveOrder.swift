internal import FleetModel

/// The order of targets inside a wave: by label, then spread over failure domains, then by a hash
/// of release and cluster, which is the same for one release but not always the same victims.
struct WaveOrder {
  let release: ReleaseID
  /// The label that goes first.
  let orderBy: String?

  private struct Entry {
    let cluster: Cluster
    let key: LabelValue?
    let hash: UInt64
  }

  func sorted(_ clusters: [Cluster]) -> [String] {
    let entries = clusters.map { cluster in
      Entry(
        cluster: cluster, key: orderBy.flatMap { cluster.labels[$0] }.map(LabelValue.init),
        hash: hash(cluster.name))
    }.sorted { a, b in
      // Clusters without the label come last.
      switch (a.key, b.key) {
      case (let x?, let y?) where x != y: return x < y
      case (.some, nil): return true
      case (nil, .some): return false
      default: return (a.hash, a.cluster.name) < (b.hash, b.cluster.name)
      }
    }
    var result: [String] = []
    result.reserveCapacity(entries.count)
    var start = 0
    while start < entries.count {
      let end = entries[start...].firstIndex { $0.key != entries[start].key } ?? entries.count
      result += spread(entries[start..<end])
      start = end
    }
    return result
  }

  /// Takes one cluster of each failure domain in turn.
  private func spread(_ entries: ArraySlice<Entry>) -> [String] {
    var domains: [String?: Int] = [:]
    var queues: [[String]] = []
    for entry in entries {
      let domain = entry.cluster.failureDomain
      if let queue = domains[domain] {
        queues[queue].append(entry.cluster.name)
      } else {
        domains[domain] = queues.count
        queues.append([entry.cluster.name])
      }
    }
    var result: [String] = []
    result.reserveCapacity(entries.count)
    var round = 0
    while !queues.isEmpty {
      for queue in queues { result.append(queue[round]) }
      round += 1
      queues.removeAll { $0.count == round }
    }
    return result
  }

  /// FNV-1a, because it must stay the same for ever.
  private func hash(_ cluster: String) -> UInt64 {
    var value: UInt64 = 0xcbf2_9ce4_8422_2325
    for byte in "\(release.rawValue)/\(cluster)".utf8 {
      value = (value ^ UInt64(byte)) &* 0x100_0000_01b3
    }
    // The last bytes of similar names would otherwise order them.
    value ^= value >> 33
    value &*= 0xff51_afd7_ed55_8ccd
    return value ^ value >> 33
  }
}

/// A label's value that compares as a number where it is one; numbers come before words.
private enum LabelValue: Comparable {
  case number(Int)
  case word(String)

  init(_ text: String) { self = Int(text).map(LabelValue.number) ?? .word(text) }
}
