internal import ArgumentParser
internal import Foundation
internal import Manifests

/// `-o`: how a command prints objects.
enum OutputFormat: String, CaseIterable, ExpressibleByArgument, Sendable {
  case wide, json, yaml, name
}

/// Prints API documents for programs: the hub's JSON, or the same as YAML.
enum MachineOutput {
  static func json(_ document: some Encodable) throws -> String {
    PrettyJSON.text(try node(document))
  }

  static func yaml(_ document: some Encodable) throws -> String {
    String(decoding: try YAML.serialize(try node(document)), as: UTF8.self)
  }

  /// One line of JSON, for streams.
  static func jsonLine(_ document: some Encodable) throws -> String {
    String(decoding: JSON.serialize(try node(document)), as: UTF8.self)
  }

  private static func node(_ document: some Encodable) throws -> Node {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    return try JSON.parse([UInt8](encoder.encode(document)))
  }
}

/// JSON with an indentation of two spaces, as kubectl and jq print.
enum PrettyJSON {
  static func text(_ node: Node) -> String {
    var output = ""
    write(node, indent: "", to: &output)
    return output + "\n"
  }

  private static func write(_ node: Node, indent: String, to output: inout String) {
    let inner = indent + "  "
    func block<Items: Collection>(
      _ items: Items, _ open: String, _ close: String, each: (Items.Element) -> Void
    ) {
      output += open
      var isFirst = true
      for item in items {
        output += (isFirst ? "\n" : ",\n") + inner
        isFirst = false
        each(item)
      }
      output += items.isEmpty ? close : "\n" + indent + close
    }
    switch node {
    case .scalar: output += String(decoding: JSON.serialize(node), as: UTF8.self)
    case .sequence(let items):
      block(items, "[", "]") { write($0, indent: inner, to: &output) }
    case .mapping(let mapping):
      block(mapping.pairs, "{", "}") { pair in
        output += String(decoding: JSON.serialize(.string(pair.key)), as: UTF8.self) + ": "
        write(pair.value, indent: inner, to: &output)
      }
    }
  }
}
