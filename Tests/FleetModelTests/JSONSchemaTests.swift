import Foundation
import Manifests
import SourceTree
import Testing

@testable import FleetModel

/// The JSON Schemas, judged by a real validator: python3's jsonschema.
@Suite(.enabled(if: SchemaValidator.isInstalled, "python3 has no module jsonschema"))
struct JSONSchemaTests {
  /// Every document of the sample with its path.
  private func sampleDocuments() throws -> [(file: String, node: Node)] {
    let tree = DiskTree(root: Repository.root)
    var found: [(String, Node)] = []
    func visit(_ folder: TreePath) throws {
      for name in try tree.children(of: folder) {
        let path = folder.appending(component: name)
        if case .directory? = try tree.entry(at: path) {
          try visit(path)
        } else if name.hasSuffix(".yaml") {
          for node in try YAML.parse(try tree.contents(of: path)) {
            found.append((path.description, node))
          }
        }
      }
    }
    try visit(try #require(TreePath("fleet")))
    return found
  }

  /// Whether the decoder finds nothing wrong with one object by itself.
  private func decodes(_ node: Node) throws -> Bool {
    var draft = FleetDraft()
    draft.read(try YAML.serialize(node), file: "x.yaml", availability: .thisVersion)
    return draft.findings.isEmpty
  }

  @Test func schemasAreValidSchemas() throws {
    let schemas = FleetKind.allCases.map { FleetSchema.jsonSchema(for: $0) }
    let metaschema = Node.object(["$ref": .string("https://json-schema.org/draft/2020-12/schema")])
    let faults = try SchemaValidator.faults(
      of: schemas + [FleetSchema.jsonSchema()], against: metaschema)
    #expect(faults.allSatisfy { $0 == nil })
  }

  @Test func theSampleIsValid() throws {
    let documents = try sampleDocuments()
    #expect(documents.count >= 12)
    let faults = try SchemaValidator.faults(
      of: documents.map(\.node), against: FleetSchema.jsonSchema())
    for (document, fault) in zip(documents, faults) {
      #expect(fault == nil, "\(document.file)")
    }
  }

  /// Damages sample documents in one place each; decoder and schema must agree on every one.
  @Test func decoderAndSchemaGiveTheSameVerdict() throws {
    let seed = UInt64.random(in: 0 ... .max)
    var random = SplitMix(seed: seed)
    var documents = try sampleDocuments().map(\.node)
    // The sample leaves out much of what the format has.
    for (kind, spec) in [
      ("App", "{path: a/b, overlays: [x], clusters: {matchLabels: {a: b}}, prune: false}"),
      ("Cluster", "{server: 'https://a', ca: {file: a.pem}, credentials: {tokenFile: a/token}}"),
      (
        "Cluster",
        "{server: 'https://a', credentials: {clientCertificate: {certificateFile: a, keyFile: b}}}"
      ),
      (
        "Environment",
        "{clusters: a, onNewRelease: queue, drift: report, paused: false, after: [b], "
          + "promotion: {mode: auto, soak: 0}, strategy: {waves: [{name: a, size: 5%, orderBy: x, "
          + "maxUnreachable: 1, onBreach: halt}, {name: b, size: 3}]}}"
      ),
    ] {
      documents += try YAML.parse(
        "apiVersion: flotilla.dev/v1\nkind: \(kind)\nmetadata: {name: x}\nspec: \(spec)\n")
    }
    var damaged: [Node] = documents
    for _ in 0..<600 {
      var node = documents[random.below(documents.count)]
      Damage.apply(to: &node, &random)
      damaged.append(node)
    }
    let faults = try SchemaValidator.faults(of: damaged, against: FleetSchema.jsonSchema())
    var refused = 0
    for (node, fault) in zip(damaged, faults) {
      let accepted = try decodes(node)
      if !accepted { refused += 1 }
      #expect(
        accepted == (fault == nil),
        """
        seed \(seed): decoder \(accepted ? "accepts" : "refuses"), schema says \
        \(fault ?? "valid"): \(String(decoding: JSON.serialize(node), as: UTF8.self))
        """)
    }
    #expect(refused > 200, "the damage does harm")
  }
}

/// One random change somewhere in a document.
private enum Damage {
  static func apply(to node: inout Node, _ random: inout SplitMix) {
    switch node {
    case .mapping(var mapping):
      guard !mapping.isEmpty, random.below(5) > 0 else {
        mapping["unheardOf"] = .string("x")
        node = .mapping(mapping)
        return
      }
      let index = random.below(mapping.count)
      switch random.below(6) {
      case 0: mapping.pairs.remove(at: index)
      case 1: mapping.pairs[index].key += "x"
      default: apply(to: &mapping.pairs[index].value, &random)
      }
      node = .mapping(mapping)
    case .sequence(var items):
      if items.isEmpty || random.below(4) == 0 {
        items = []
      } else {
        apply(to: &items[random.below(items.count)], &random)
      }
      node = .sequence(items)
    case .scalar:
      let others: [Node] = [
        .null, .int(0), .int(3), .int(-1), .bool(true), .string(""), .string("3"),
        .string("50%"), .string("0s"), .string("90s"), .string("a/../.."), .string("/a"),
        .string("Manual"), .string("http://a@b"), .emptyMapping, .sequence([]),
        .sequence([.string("a")]),
      ]
      node = others[random.below(others.count)]
    }
  }
}

/// Runs python3 -m jsonschema's library on many instances at once.
enum SchemaValidator {
  static let isInstalled: Bool = {
    // Any failure to run it means that it is not there.
    (try? run(program: "import jsonschema; jsonschema.Draft202012Validator", input: Data()))
      != nil
  }()

  struct Failed: Error { let output: String }

  /// For each instance `nil`, or the first fault that the validator finds.
  static func faults(of instances: [Node], against schema: Node) throws -> [String?] {
    let input = Node.object(["schema": schema, "instances": .sequence(instances)])
    let program = """
      import json, sys, jsonschema
      data = json.load(sys.stdin)
      validator = jsonschema.Draft202012Validator(data["schema"])
      validator.check_schema(data["schema"])
      best = jsonschema.exceptions.best_match
      faults = [best(validator.iter_errors(i)) for i in data["instances"]]
      print(json.dumps([f and f.json_path + ": " + f.message for f in faults]))
      """
    let output = try run(program: program, input: Data(JSON.serialize(input)))
    let answers = try JSON.parse(Array(output)).sequence ?? []
    return answers.map(\.string)
  }

  private static func run(program: String, input: Data) throws -> Data {
    let folder = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer {
      // Left to the system's clean-up where it fails.
      try? FileManager.default.removeItem(at: folder)
    }
    let inputFile = folder.appending(path: "input.json")
    try input.write(to: inputFile)
    let process = Process()
    process.executableURL = URL(filePath: "/usr/bin/env")
    process.arguments = ["python3", "-c", program]
    process.standardInput = try FileHandle(forReadingFrom: inputFile)
    let output = Pipe()
    process.standardOutput = output
    process.standardError = output
    try process.run()
    let data = output.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    guard process.terminationStatus == 0 else {
      throw Failed(output: String(decoding: data, as: UTF8.self))
    }
    return data
  }
}
