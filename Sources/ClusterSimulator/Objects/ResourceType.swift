/// One served resource: what a discovery document says of it.
struct ResourceType: Sendable, Equatable {
  let group: String
  let version: String
  let plural: String
  let kind: String
  let isNamespaced: Bool
  var shortNames: [String] = []
  var categories: [String] = []
  var hasStatus = true
  var hasScale = false
  /// Whether it comes from a CustomResourceDefinition of this cluster.
  var isCustom = false

  var apiVersion: String { group.isEmpty ? version : "\(group)/\(version)" }
  /// `deployments.apps`, `pods`: what names the resource whatever the version.
  var groupResource: String { group.isEmpty ? plural : "\(plural).\(group)" }
  var singular: String { kind.lowercased() }

  static func == (a: Self, b: Self) -> Bool {
    a.groupResource == b.groupResource && a.version == b.version
  }
}
