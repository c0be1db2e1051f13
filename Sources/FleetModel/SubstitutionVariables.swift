/// The variables that `${name}` may name in the objects of an app that substitutes.
public enum SubstitutionVariables {
  /// Names that always stand for the same: no cluster may define them.
  public static let clusterName = "cluster_name"
  public static let environmentName = "environment_name"
  public static let reserved = [clusterName, environmentName]

  /// The variables of a cluster, in order of precedence: its name and environment, its own
  /// `variables`, its labels.
  ///
  /// A label's variable is its key with `_` for every character that a name cannot have
  /// (`topology.kubernetes.io/zone` is `topology_kubernetes_io_zone`). Where several labels come
  /// to one name, the one that has exactly this key counts; without one, the name stands for
  /// nothing, unless all have the same value.
  public static func of(_ cluster: Cluster, environment: String) -> [String: String] {
    var variables: [String: String] = [:]
    var ambiguous = Set<String>()
    for (key, value) in cluster.labels where !VariableSyntax.isName(key) {
      let name = VariableSyntax.name(for: key)
      if let other = variables[name], other != value { ambiguous.insert(name) }
      variables[name] = value
    }
    for name in ambiguous { variables[name] = nil }
    for (key, value) in cluster.labels where VariableSyntax.isName(key) { variables[key] = value }
    variables.merge(cluster.variables) { _, own in own }
    variables[clusterName] = cluster.name
    variables[environmentName] = environment
    return variables
  }
}

enum VariableSyntax {
  static func isName(_ text: String) -> Bool {
    guard let first = text.utf8.first, !isDigit(first) else { return false }
    return text.utf8.allSatisfy(isPart)
  }

  /// The name nearest to `text`: `_` for each character that a name cannot have.
  static func name(for text: String) -> String {
    let name = text.unicodeScalars.map { scalar in
      scalar.isASCII && isPart(UInt8(scalar.value)) ? String(scalar) : "_"
    }.joined()
    return name.utf8.first.map(isDigit) ?? true ? "_" + name : name
  }

  private static func isDigit(_ byte: UInt8) -> Bool { byte &- 48 < 10 }

  private static func isPart(_ byte: UInt8) -> Bool {
    byte == UInt8(ascii: "_") || isDigit(byte) || (byte | 0x20) &- 97 < 26
  }
}
