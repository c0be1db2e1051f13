internal import FleetModel
internal import Foundation
internal import HubAPI
internal import Logging

/// Writes log messages to standard error, one line each.
struct LogOutput: LogHandler {
  let label: String
  let format: HubSettings.LogFormat
  var logLevel: Logger.Level
  var metadata: Logger.Metadata = [:]

  subscript(metadataKey key: String) -> Logger.Metadata.Value? {
    get { metadata[key] }
    set { metadata[key] = newValue }
  }

  func log(event: LogEvent) {
    var facts = metadata
    for (key, value) in event.metadata ?? [:] { facts[key] = value }
    let pairs = facts.map { ($0.key, "\($0.value)") }.sorted { $0.0 < $1.0 }
    let milliseconds = Int64((Date().timeIntervalSince1970 * 1000).rounded(.down))
    let time = Timestamp(Instant(milliseconds: milliseconds)).description
    switch format {
    case .text: StandardOutput.complain(text(time, event.level, "\(event.message)", pairs))
    case .json: StandardOutput.complain(json(time, event.level, "\(event.message)", pairs))
    }
  }

  private func text(
    _ time: String, _ level: Logger.Level, _ message: String, _ facts: [(String, String)]
  ) -> String {
    let words = facts.map { key, value in
      let isPlain =
        !value.isEmpty && value.allSatisfy { !$0.isWhitespace && $0 != "\"" && $0 != "=" }
      return isPlain
        ? " \(key)=\(value)" : " \(key)=\"\(value.replacingOccurrences(of: "\"", with: "'"))\""
    }
    let line = "\(time) \(level.rawValue) \(message)\(words.joined())"
    return TextWidth.withoutControls(line)
  }

  private func json(
    _ time: String, _ level: Logger.Level, _ message: String, _ facts: [(String, String)]
  ) -> String {
    var entry = Dictionary(facts, uniquingKeysWith: { first, _ in first })
    entry["time"] = time
    entry["level"] = level.rawValue
    entry["logger"] = label
    entry["message"] = message
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    // A dictionary of strings always encodes.
    return (try? encoder.encode(entry)).map { String(decoding: $0, as: UTF8.self) } ?? message
  }
}
