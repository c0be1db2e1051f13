internal import FleetModel
internal import Foundation
internal import HubAPI
internal import Manifests

/// The settings file of a hub: a YAML mapping with the flags' names in camel case.
struct HubSettingsFile: Sendable {
  struct Value: Sendable {
    let text: String
    /// `file:line:column`
    let place: String
  }

  let values: [HubSetting: Value]

  struct Invalid: Error, CustomStringConvertible {
    let description: String
  }

  /// Reads `path`. Throws ``Invalid`` with file, line and column.
  init(path: String) throws {
    guard let data = FileManager.default.contents(atPath: path) else {
      throw Invalid(description: "\(path): cannot be read: \(String(cString: strerror(errno)))")
    }
    try self.init(Array(data), path: path)
  }

  init(_ bytes: [UInt8], path: String) throws {
    let documents: [LocatedNode]
    do { documents = try YAML.parseLocated(bytes) } catch {
      throw Invalid(description: "\(path):\(error.line):\(error.column): \(error.problem)")
    }
    var values: [HubSetting: Value] = [:]
    guard let document = documents.first else {
      self.values = values
      return
    }
    guard documents.count == 1, let mapping = document.mapping else {
      throw Invalid(description: "\(path):1:1: expected one mapping of settings")
    }
    for entry in mapping.entries {
      guard let setting = HubSetting.allCases.first(where: { $0.key == entry.key }) else {
        let hint = Suggestion.nearest(to: entry.key, among: HubSetting.allCases.map(\.key))
          .map { "; did you mean '\($0)'?" }
        throw Invalid(
          description: "\(path):\(entry.keyPosition): unknown setting '\(entry.key)'" + (hint ?? "")
        )
      }
      values[setting] = Value(
        text: try HubSettingsFile.text(entry.value, of: entry.key, path: path),
        place: "\(path):\(entry.value.position)")
    }
    self.values = values
  }

  /// A scalar, or a list of them where a flag would take commas.
  private static func text(_ node: LocatedNode, of key: String, path: String) throws -> String {
    if let scalar = node.scalar, scalar.tag != .null { return scalar.text }
    if let items = node.sequence {
      return try items.map { try text($0, of: key, path: path) }.joined(separator: ",")
    }
    throw Invalid(description: "\(path):\(node.position): '\(key)' must be a text or a number")
  }
}
