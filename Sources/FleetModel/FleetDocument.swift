import Manifests

/// The kinds of objects in `fleet/`.
public enum FleetKind: String, Sendable, Hashable, CaseIterable {
  case fleet = "Fleet"
  case cluster = "Cluster"
  case app = "App"
  case environment = "Environment"
  case strategy = "Strategy"
  case window = "Window"
  case access = "Access"

  /// The `apiVersion` of all of them.
  public static let apiVersion = "flotilla.dev/v1"
}

/// One object as its file has it.
struct Document<Value: Sendable>: Sendable {
  let metadata: Metadata
  /// `nil` when the spec has faults, which have been reported.
  let value: Value?
}

struct Metadata: Sendable {
  let name: Located<String>
  /// `nil` when they have faults, which have been reported.
  let labels: [String: String]?
}

extension Codec where Value == Metadata {
  static let metadata: Codec = object("Metadata", "What every object has.") { reader in
    let name = reader.required(
      "name", Codec<String>.name.located, "Unique among the objects of its kind.")
    let hasLabels = reader.has("labels")
    let labels = reader.optional(
      "labels", .map(keys: .labelKey, keyNoun: "label keys", values: .labelValue), absent: "none",
      "What selectors see.")
    _ = reader.optional(
      "annotations", .map(keys: .labelKey, keyNoun: "annotation keys", values: .anyText),
      absent: "none", "Notes for people and other tools; Flotilla gives them no meaning.")
    return name.map { Metadata(name: $0, labels: hasLabels ? labels : [:]) }
  }
}

extension Codec {
  /// A whole object: `apiVersion`, `kind`, `metadata` and `spec`. With an `empty` value the spec
  /// may be absent.
  static func document<Spec>(
    _ kind: FleetKind, _ spec: Codec<Spec>, summary: String, empty: Spec? = nil
  ) -> Codec where Value == Document<Spec> {
    object("\(kind.rawValue) document", summary) { reader in
      _ = reader.required(
        "apiVersion", .exactly(FleetKind.apiVersion), "The version of the format.")
      _ = reader.required("kind", .exactly(kind.rawValue), "What the object is.")
      let metadata = reader.required("metadata", .metadata, "Its name and labels.")
      let hasSpec = reader.has("spec")
      let value =
        empty == nil
        ? reader.required("spec", spec, "Its content.")
        : reader.optional("spec", spec, absent: "every default", "Its content.")
      return metadata.map { Document(metadata: $0, value: hasSpec ? value : empty) }
    }
  }
}

extension Codec where Value == String {
  static func exactly(_ word: String) -> Codec {
    Codec(
      .choice([word]),
      decode: { node, context in
        if node.scalar?.text == word { return word }
        let found = node.scalar.map { "'\($0.text.clipped)'" } ?? node.kind.noun
        context.report(at: node.position, "expected '\(word)', found \(found)")
        return nil
      })
  }
}

/// An object with the place that declares it.
struct Declaration<Value: Sendable>: Sendable {
  let name: String
  let value: Value?
  let labels: [String: String]?
  let file: String
  let namePosition: YAML.Position
  let root: LocatedNode

  /// Where the value below `path` starts, or the nearest thing above it that exists.
  func position(_ path: [PathStep]) -> YAML.Position {
    var node = root
    for step in path {
      let next: LocatedNode? =
        switch step {
        case .key(let key): node[key]
        case .index(let index):
          node.sequence.flatMap { $0.indices.contains(index) ? $0[index] : nil }
        }
      guard let next else { break }
      node = next
    }
    return node.position
  }

  /// A finding at the value below `path`, or at the object's name.
  func error(
    at path: [PathStep]? = nil, _ message: String, remedy: String? = nil
  ) -> Finding {
    finding(.error, path, message, remedy)
  }

  func warning(
    at path: [PathStep]? = nil, _ message: String, remedy: String? = nil
  ) -> Finding {
    finding(.warning, path, message, remedy)
  }

  private func finding(
    _ severity: Finding.Severity, _ path: [PathStep]?, _ message: String, _ remedy: String?
  ) -> Finding {
    let position = path.map { self.position($0) } ?? namePosition
    return Finding(
      file: file, line: position.line, column: position.column, severity: severity,
      message: message, remedy: remedy)
  }
}

enum PathStep: Sendable, ExpressibleByStringLiteral, ExpressibleByIntegerLiteral {
  case key(String)
  case index(Int)

  init(stringLiteral value: String) { self = .key(value) }
  init(integerLiteral value: Int) { self = .index(value) }
}

/// All objects of `fleet/`, each read by itself, before they are checked against each other.
struct FleetDraft: Sendable {
  var fleets: [Declaration<Fleet>] = []
  var clusters: [Declaration<Cluster>] = []
  var apps: [Declaration<App>] = []
  var environments: [Declaration<EnvironmentDraft>] = []
  var strategies: [Declaration<Strategy>] = []
  var windows: [Declaration<Window>] = []
  var access: [Declaration<[RoleBinding]>] = []
  var findings: [Finding] = []

  /// Adds the documents of one file.
  mutating func read(_ bytes: [UInt8], file: String, availability: Availability) {
    let documents: [LocatedNode]
    do {
      documents = try YAML.parseLocated(bytes)
    } catch {
      findings.append(
        Finding(file: file, line: error.line, column: error.column, message: error.problem))
      return
    }
    let context = DecodingContext(file: file, source: bytes, availability: availability)
    // An empty document, as after a trailing `---`, says nothing.
    for document in documents where document.scalar?.tag != .null { add(document, context) }
    findings += context.findings
  }

  private mutating func add(_ root: LocatedNode, _ context: DecodingContext) {
    guard let kind = FleetDraft.kind(of: root, context) else { return }
    if let refusal = context.availability.refusal(ofKind: kind) {
      context.report(at: root.position, refusal.message, remedy: refusal.remedy)
      return
    }
    switch kind {
    case .fleet: declare(FleetSchema.fleet, root, context, to: \.fleets)
    case .cluster: declare(FleetSchema.cluster, root, context, to: \.clusters)
    case .app: declare(FleetSchema.app, root, context, to: \.apps)
    case .environment: declare(FleetSchema.environment, root, context, to: \.environments)
    case .strategy: declare(FleetSchema.strategy, root, context, to: \.strategies)
    case .window: declare(FleetSchema.window, root, context, to: \.windows)
    case .access: declare(FleetSchema.access, root, context, to: \.access)
    }
  }

  private mutating func declare<Value>(
    _ codec: Codec<Document<Value>>, _ root: LocatedNode, _ context: DecodingContext,
    to list: WritableKeyPath<FleetDraft, [Declaration<Value>]>
  ) {
    guard let document = codec.decode(root, context) else { return }
    self[keyPath: list].append(
      Declaration(
        name: document.metadata.name.value, value: document.value,
        labels: document.metadata.labels, file: context.file,
        namePosition: document.metadata.name.position, root: root))
  }

  /// The kind of a document, or `nil` after having reported that there is none.
  private static func kind(of root: LocatedNode, _ context: DecodingContext) -> FleetKind? {
    let kinds = FleetKind.allCases.map(\.rawValue)
    guard let mapping = root.mapping else {
      context.mismatch(root, expected: "a mapping with apiVersion, kind, metadata and spec")
      return nil
    }
    guard let node = mapping["kind"] else {
      context.report(
        at: root.position, "object has no 'kind', expected \(kinds.listed(by: "or"))",
        remedy: "add 'kind'")
      return nil
    }
    guard let kind = node.scalar.flatMap({ FleetKind(rawValue: $0.text) }) else {
      let text = node.scalar?.text ?? ""
      context.report(
        at: node.position,
        "unknown kind \(node.scalar == nil ? node.kind.noun : "'\(text.clipped)'"), expected "
          + kinds.listed(by: "or"),
        remedy: Suggestion.remedy(
          for: text, among: kinds,
          otherwise: "Kubernetes objects belong into overlays, not into fleet/"))
      return nil
    }
    return kind
  }
}
