internal import Manifests

/// The suffix of generated names: a hash of the content, so that new content has a new name.
enum HashSuffix {
  /// Appends the hashes to the names that want one.
  static func apply(to resources: inout ResourceList) throws(BuildError) {
    for index in resources.indices where resources[index].needsHash {
      let hash = hash(resources[index].node)
      resources.update(index) { resource in
        resource.recordPreviousName()
        let name = "\(resource.name)-\(hash)"
        resource.node["metadata"]?["name"] = ScalarFields.plain(name)
        resource.refreshID()
      }
    }
  }

  static func hash(_ node: Node) -> String {
    let kind = node["kind"]?.scalar?.text ?? ""
    var object = Mapping()
    func value(_ field: String) -> Node {
      switch node[field] {
      case nil: .string("")
      // kustomize wants mappings here and overlooks that it gets none.
      case .sequence?: .null
      case .scalar(let scalar)?: .string(scalar.tag == .null ? "null" : scalar.text)
      case let found?: NumberForm.throughJSON(found)
      }
    }
    /// A field that counts only where it is no scalar.
    func addUnlessScalar(_ field: String) {
      if let found = node[field], found.scalar == nil { object[field] = value(field) }
    }
    switch kind {
    case "ConfigMap":
      addUnlessScalar("binaryData")
      object["data"] = value("data")
      object["kind"] = .string(kind)
      object["name"] = .string("")
    case "Secret":
      object["data"] = value("data")
      object["kind"] = .string(kind)
      object["name"] = .string("")
      addUnlessScalar("stringData")
      object["type"] = value("type")
    default: return encode(JSON.digest(node))
    }
    var writer = GoJSON()
    writer.write(.mapping(object))
    return encode(Digest(hashing: writer.output))
  }

  /// Ten characters that spell no words.
  private static func encode(_ digest: Digest) -> String {
    let letters = digest.hex.utf8.prefix(10).map { digit in
      switch digit {
      case UInt8(ascii: "0"): UInt8(ascii: "g")
      case UInt8(ascii: "1"): UInt8(ascii: "h")
      case UInt8(ascii: "3"): UInt8(ascii: "k")
      case UInt8(ascii: "a"): UInt8(ascii: "m")
      case UInt8(ascii: "e"): UInt8(ascii: "t")
      default: digit
      }
    }
    return String(decoding: letters, as: UTF8.self)
  }
}
