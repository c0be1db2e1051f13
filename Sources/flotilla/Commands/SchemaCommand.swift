internal import ArgumentParser
internal import FleetModel
internal import HubAPI

/// `flotilla schema [KIND]`.
struct SchemaCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "schema", abstract: "Print the JSON Schema of fleet files, for editors.",
    discussion: """
        flotilla schema > fleet.schema.json
        flotilla schema Cluster
      """)

  @Argument(
    help: ArgumentHelp(
      "\(FleetKind.allCases.map(\.rawValue).joined(separator: ", ")) (default: any of them).",
      valueName: "kind"))
  var kind: String?

  struct UnknownKind: Error, CustomStringConvertible {
    let word: String
    var description: String {
      let kinds = FleetKind.allCases.map(\.rawValue)
      return "there is no kind '\(word)'"
        + (Suggestion.nearest(to: word, among: kinds).map { "; did you mean `\($0)`?" }
          ?? "; the kinds are \(kinds.joined(separator: ", "))")
    }
  }

  func run() throws {
    guard let word = kind else {
      return StandardOutput.write(PrettyJSON.text(FleetSchema.jsonSchema()))
    }
    guard
      let kind = FleetKind.allCases.first(where: { $0.rawValue.lowercased() == word.lowercased() })
    else { throw UnknownKind(word: word) }
    StandardOutput.write(PrettyJSON.text(FleetSchema.jsonSchema(for: kind)))
  }
}
