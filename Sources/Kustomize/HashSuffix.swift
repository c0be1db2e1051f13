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
    switch kind {
    case "ConfigMap":
      if let binary = node["binaryData"], !binary.isNull {
        object["binaryData"] = value("binaryData")
      }
      object["data"] = value("data")
      object["kind"] = .string(kind)
      object["name"] = .string("")
    case "Secret":
      object["data"] = value("data")
      object["kind"] = .string(kind)
      object["name"] = .string("")
      if node["stringData"] != nil { object["stringData"] = value("stringData") }
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

/// JSON exactly as Go writes it: sorted keys, `<`, `>`, `&` and line separators escaped.
private struct GoJSON {
  var output: [UInt8] = []

  mutating func write(_ node: Node) {
    switch node {
    case .mapping(let mapping):
      output.append(UInt8(ascii: "{"))
      let pairs = mapping.pairs.sorted { ByteOrder.precedes($0.key, $1.key) }
      for (index, pair) in pairs.enumerated() {
        if index > 0 { output.append(UInt8(ascii: ",")) }
        quote(pair.key)
        output.append(UInt8(ascii: ":"))
        write(pair.value)
      }
      output.append(UInt8(ascii: "}"))
    case .sequence(let items):
      output.append(UInt8(ascii: "["))
      for (index, item) in items.enumerated() {
        if index > 0 { output.append(UInt8(ascii: ",")) }
        write(item)
      }
      output.append(UInt8(ascii: "]"))
    case .scalar(let scalar):
      switch scalar.tag {
      case .string, .timestamp, .binary: quote(scalar.text)
      default: output.append(contentsOf: JSON.serialize(node))
      }
    }
  }

  private mutating func quote(_ text: String) {
    output.append(0x22)
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\"": output.append(contentsOf: "\\\"".utf8)
      case "\\": output.append(contentsOf: "\\\\".utf8)
      case "\n": output.append(contentsOf: "\\n".utf8)
      case "\r": output.append(contentsOf: "\\r".utf8)
      case "\t": output.append(contentsOf: "\\t".utf8)
      case "\u{8}": output.append(contentsOf: "\\b".utf8)
      case "\u{C}": output.append(contentsOf: "\\f".utf8)
      case "<", ">", "&", "\u{2028}", "\u{2029}", "\u{0}"..<" ":
        let digits = String(scalar.value, radix: 16)
        let padded = String(repeating: "0", count: 4 - digits.count) + digits
        output.append(contentsOf: "\\u\(padded)".utf8)
      default: output.append(contentsOf: Character(scalar).utf8)
      }
    }
    output.append(0x22)
  }
}
