internal import FleetModel
internal import Foundation
internal import Kustomize
internal import Manifests

/// One object of a build whose text holds variables: taken apart once, put together for each
/// cluster.
///
/// As in Flux, substitution works on the object's YAML text, which is read again afterwards. So
/// `replicas: ${count}` becomes a number, whether the overlay had it in quotes or not, and a value
/// that is to stay text although it looks like a number needs quotes of its own.
struct ObjectSubstitution: Sendable {
  private let original: Node
  private let template: SubstitutionTemplate

  /// Labels or annotations that keep an object as it is when their value is `disabled`.
  static let switches = ["flotilla.dev/substitute", "kustomize.toolkit.fluxcd.io/substitute"]

  /// `nil` for an object in which there is nothing to substitute.
  init?(_ object: Node) throws(OverlayFault) {
    guard Self.mentionsVariables(object), !Self.isDisabled(object) else { return nil }
    original = object
    do {
      template = try SubstitutionTemplate(try YAML.serialize(object))
    } catch let error as SubstitutionFault {
      throw Self.fault(error, in: object, variables: [:])
    } catch {
      throw OverlayFault("\(Self.name(of: object)): \(error)")
    }
  }

  /// The object with the values of `variables`.
  func applied(_ variables: [String: String]) throws(OverlayFault) -> Node {
    let text: [UInt8]
    do { text = try template.evaluated(variables) } catch {
      throw Self.fault(error, in: original, variables: variables)
    }
    func fail(_ problem: String) -> OverlayFault {
      OverlayFault(
        "\(Self.name(of: original)): after substitution of \(namesInUse) \(problem)")
    }
    let documents: [Node]
    do { documents = try YAML.parse(text, dialect: .yaml11) } catch {
      throw fail(
        "the object is no YAML any more: \(error.problem); quote the value where it is set")
    }
    guard documents.count == 1, let object = documents.first, object.mapping != nil else {
      throw fail("the object is no longer one mapping")
    }
    do { return try KustomizeBuild.finalForm(of: object) } catch {
      throw fail("the object has no valid form: \(error.message)")
    }
  }

  private var namesInUse: String {
    template.names.sorted().map { "'\($0)'" }.joined(separator: ", ")
  }

  private static func isDisabled(_ object: Node) -> Bool {
    ["labels", "annotations"].contains { field in
      guard let pairs = object.value(at: "metadata", field) else { return false }
      return switches.contains { pairs[$0]?.scalar?.text == "disabled" }
    }
  }

  private static func mentionsVariables(_ node: Node) -> Bool {
    switch node {
    case .scalar(let scalar): SubstitutionTemplate.isNeeded(in: scalar.text.utf8)
    case .sequence(let items): items.contains(where: mentionsVariables)
    case .mapping(let mapping):
      mapping.pairs.contains { pair in
        SubstitutionTemplate.isNeeded(in: pair.key.utf8) || mentionsVariables(pair.value)
      }
    }
  }

  // MARK: Messages

  private static func name(of object: Node) -> String {
    ResourceIdentity(of: object)?.description ?? object["kind"]?.scalar?.text ?? "an object"
  }

  private static func fault(
    _ fault: SubstitutionFault, in object: Node, variables: [String: String]
  ) -> OverlayFault {
    let field = field(with: fault, in: object, variables)
    let place = [name(of: object), field].compactMap { $0 }.joined(separator: ": ")
    let keep =
      "for the text itself write '$$' for '$', or annotate the object with "
      + "\(switches[0]): disabled"
    let reason: String =
      switch fault {
      case .undefined(let name, let source):
        "variable '\(name)' is not defined"
          + (source == "${\(name)}" ? "" : ", which '\(source)' needs") + "; "
          + (Suggestion.remedy(for: name, among: variables.keys.sorted())
            ?? "set it in 'variables' of the cluster or give a default: ${\(name):=…}; \(keep)")
      case .malformed(let source, let problem): "'\(source)' \(problem); \(keep)"
      case .notNumeric(let source, let value):
        "'\(source)': expected a whole number, found '\(value)'"
      case .tooLong(let source):
        "'\(source)' comes to more than \(SubstitutionTemplate.maximumLength) bytes"
      }
    return OverlayFault("\(place): \(reason)")
  }

  /// The first field whose own text has the same fault.
  private static func field(
    with fault: SubstitutionFault, in node: Node, _ variables: [String: String]
  ) -> String? {
    func fails(_ text: String) -> Bool {
      guard SubstitutionTemplate.isNeeded(in: text.utf8) else { return false }
      do {
        _ = try SubstitutionTemplate(Array(text.utf8)).evaluated(variables)
        return false
      } catch {
        switch (error, fault) {
        case (.undefined(let a, _), .undefined(let b, _)): return a == b
        case (.malformed, .malformed), (.notNumeric, .notNumeric), (.tooLong, .tooLong):
          return true
        default: return false
        }
      }
    }
    func search(_ node: Node) -> [String]? {
      switch node {
      case .scalar(let scalar): return fails(scalar.text) ? [] : nil
      case .sequence(let items):
        for (index, item) in items.enumerated() {
          if let rest = search(item) { return ["[\(index)]"] + rest }
        }
        return nil
      case .mapping(let mapping):
        for pair in mapping.pairs {
          if fails(pair.key) { return [pair.key] }
          if let rest = search(pair.value) { return [pair.key] + rest }
        }
        return nil
      }
    }
    return search(node).map { path in
      path.reduce("") { $1.hasPrefix("[") || $0.isEmpty ? $0 + $1 : "\($0).\($1)" }
    }
  }
}
