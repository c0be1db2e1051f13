public import Manifests

/// Names that kustomize made from content: a generated ConfigMap or Secret gets another name
/// whenever its content changes. A comparison sees through that.
public struct GeneratedNames: Sendable {
  /// Full name to the name without its hash.
  private(set) var stems: [String: String] = [:]

  init(_ states: [TargetState?]) {
    for state in states {
      for object in state?.objects ?? [] {
        if let stem = GeneratedNames.stem(of: object.identity) {
          stems[object.identity.name] = stem
        }
      }
    }
  }

  /// The name of a generated object without its hash; `nil` for an object with a name of its own.
  public static func stem(of identity: ResourceIdentity) -> String? {
    guard identity.group.isEmpty, identity.kind == "ConfigMap" || identity.kind == "Secret" else {
      return nil
    }
    // A hash is ten characters of kustomize's alphabet, which has no letters that make words.
    let name = identity.name
    guard let dash = name.lastIndex(of: "-"), dash > name.startIndex else { return nil }
    let hash = name[name.index(after: dash)...].utf8
    guard hash.count == 10, hash.allSatisfy({ alphabet.contains($0) }) else { return nil }
    return String(name[..<dash])
  }

  private static let alphabet = Set("2456789bcdfghkmt".utf8)
}
