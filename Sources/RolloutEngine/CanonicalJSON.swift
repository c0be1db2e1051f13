internal import FoundationEssentials

/// The one JSON form of every value: keys sorted by bytes, no white space.
enum CanonicalJSON {
  static func encode(_ value: some Encodable) -> [UInt8] {
    let tree = JSONTree()
    do {
      try value.encode(to: CanonicalEncoder(tree: tree, node: JSONTree.root))
    } catch {
      // The engine's values hold strings, integers and digests only; none of them can fail.
      preconditionFailure("the value has no JSON form: \(error)")
    }
    return tree.written()
  }

  static func decode<Value: Decodable>(_ type: Value.Type, from json: [UInt8]) throws -> Value {
    try JSONDecoder().decode(type, from: Data(json))
  }
}
