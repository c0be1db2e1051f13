internal import ArgumentParser
internal import FleetModel
internal import HubAPI

/// The kinds that `get` knows, with kubectl-like short forms.
enum ResourceKind: String, CaseIterable, Sendable {
  case clusters, drift, apps, environments, releases, rollouts, waves, targets, events

  static let shortForms: [String: ResourceKind] = [
    "env": .environments, "envs": .environments, "ro": .rollouts, "ev": .events,
  ]

  var singular: String { self == .drift ? rawValue : String(rawValue.dropLast()) }

  struct Unknown: Error, CustomStringConvertible {
    let word: String
    var description: String {
      let words = ResourceKind.allCases.flatMap { [$0.rawValue, $0.singular] }
      let hint = Suggestion.nearest(to: word, among: words).map { "; did you mean `\($0)`?" }
      return "there is no kind '\(word)'"
        + (hint
          ?? "; the kinds are \(ResourceKind.allCases.map(\.rawValue).joined(separator: ", "))")
    }
  }

  init(parsing word: String) throws {
    let word = word.lowercased()
    guard
      let kind = ResourceKind.allCases.first(where: { $0.rawValue == word || $0.singular == word })
        ?? ResourceKind.shortForms[word]
    else { throw Unknown(word: word) }
    self = kind
  }
}

/// `flotilla get KIND [NAME]`.
struct GetCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "get", abstract: "List objects of one kind, or show one.",
    discussion: """
      Kinds: clusters, drift, apps, environments, releases, rollouts, waves, targets, events.

        flotilla get clusters --selector region=eu
        flotilla get drift --environment prod
        flotilla get rollouts --environment prod --watch
        flotilla get targets --rollout web-prod-3 -o json
      """)

  @Argument(help: ArgumentHelp("What to list.", valueName: "kind"))
  var kind: String
  @Argument(help: ArgumentHelp("Only this one.", valueName: "name"))
  var name: String?
  @Option(name: .shortAndLong, help: "wide, json, yaml or name.")
  var output: OutputFormat?
  @Option(
    name: [.customShort("l"), .long],
    help: ArgumentHelp(
      "Only clusters with these labels, as kubectl takes them.", valueName: "labels"))
  var selector: String?
  @Option(help: "Only of this app.")
  var app: String?
  @Option(name: .shortAndLong, help: "Only of this environment.")
  var environment: String?
  @Option(name: .shortAndLong, help: "Only of this rollout.")
  var rollout: String?
  @Flag(name: .shortAndLong, help: "Keep showing what changes.")
  var watch = false
  @OptionGroup var hub: HubOption

  func run() async throws {
    var word = kind
    var name = name
    if let slash = kind.firstIndex(of: "/"), name == nil {
      // kind/name, as kubectl and -o name write it
      name = String(kind[kind.index(after: slash)...])
      word = String(kind[..<slash])
    }
    let resource = try ResourceKind(parsing: word)
    let query = [
      ("selector", selector), ("app", app), ("environment", environment), ("rollout", rollout),
    ]
    let listing = Listing(
      client: try hub.client(), path: resource.rawValue, name: name, query: query, format: output,
      watch: watch)
    switch resource {
    case .clusters: try await listing.run(ClusterDocument.self)
    case .drift: try await listing.run(DriftDocument.self)
    case .apps: try await listing.run(AppDocument.self)
    case .environments: try await listing.run(EnvironmentDocument.self)
    case .releases: try await listing.run(ReleaseDocument.self)
    case .rollouts: try await listing.run(RolloutDocument.self)
    case .waves: try await listing.run(WaveDocument.self)
    case .targets: try await listing.run(TargetDocument.self)
    case .events: try await listing.runEvents()
    }
  }
}
