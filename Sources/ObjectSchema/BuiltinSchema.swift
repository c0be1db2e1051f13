/// The kinds of Kubernetes itself, read at the first use.
struct BuiltinSchema: Sendable {
  static let shared = BuiltinSchema()

  let table: SchemaTable
  /// Structures by `apiVersion` and kind.
  let kinds: [String: [String: Int32]]
  /// API versions of each group, the core group under an empty name.
  let versions: [String: [String]]
  /// API versions that have a kind; only stable ones where there are any.
  let homes: [String: [String]]
  let objectMetadata: FieldType
  /// The range of Kubernetes versions that the kinds come from, such as `1.20` and `1.37`.
  let oldest: String
  let newest: String

  private init() {
    let text = StructureText([
      BuiltinStructures1.text, BuiltinStructures2.text, BuiltinStructures3.text,
    ])
    table = text.table
    let names = text.names
    objectMetadata = names["ObjectMeta"].map { .structure($0) } ?? .anything
    var kinds: [String: [String: Int32]] = [:]
    var range: [String] = []
    StructureText.eachLine(of: BuiltinKinds.text) { version, words in
      guard version != "supported" else {
        range = words.map(String.init)
        return
      }
      for word in words {
        let parts = word.split(separator: "=", maxSplits: 1)
        guard let kind = parts.first, let structure = names[parts.last ?? kind] else { continue }
        kinds[String(version), default: [:]][String(kind)] = structure
      }
    }
    self.kinds = kinds
    versions = Dictionary(grouping: kinds.keys.sorted(), by: Self.group)
    var homes: [String: [String]] = [:]
    for version in kinds.keys.sorted() {
      for kind in (kinds[version] ?? [:]).keys { homes[kind, default: []].append(version) }
    }
    self.homes = homes.mapValues { versions in
      let stable = versions.filter { !$0.contains("alpha") && !$0.contains("beta") }
      return stable.isEmpty ? versions : stable
    }
    oldest = range.first ?? ""
    newest = range.last ?? ""
  }

  /// The group of an `apiVersion`; empty for the core group.
  static func group(_ apiVersion: String) -> String {
    apiVersion.utf8.firstIndex(of: UInt8(ascii: "/")).map { String(apiVersion[..<$0]) } ?? ""
  }
}
