/// Where a value stands inside an object.
public struct NodePath: Sendable, Hashable, CustomStringConvertible {
  public enum Step: Sendable, Hashable {
    /// A key of a mapping.
    case key(String)
    /// An element of a list, counted from 0.
    case index(Int)
    /// The element of a list whose key fields have these values, such as `name=web`.
    case element([Field])
  }

  public struct Field: Sendable, Hashable {
    public let key: String
    public let value: String

    public init(_ key: String, _ value: String) {
      self.key = key
      self.value = value
    }
  }

  public var steps: [Step]

  public init(_ steps: [Step] = []) { self.steps = steps }

  public static func + (path: NodePath, step: Step) -> NodePath { NodePath(path.steps + [step]) }

  /// Whether the path leads to `keys` or to something below them.
  public func isWithin(_ keys: String...) -> Bool {
    steps.count >= keys.count && zip(steps, keys).allSatisfy { $0 == .key($1) }
  }

  /// The element of a list that has these key fields.
  static func index(of fields: [Field], in items: [Node]) -> Int? {
    items.firstIndex { item in
      fields.allSatisfy { item[$0.key]?.scalar?.text == $0.value }
    }
  }

  /// `.spec.template.spec.containers[name=web].image`; a key with other characters than those of
  /// identifiers stands in brackets, `.metadata.annotations["example.com/team"]`.
  public var description: String {
    steps.map { step in
      switch step {
      case .key(let key): NodePath.isPlain(key) ? ".\(key)" : "[\"\(key)\"]"
      case .index(let index): "[\(index)]"
      case .element(let fields):
        "[\(fields.map { "\($0.key)=\($0.value)" }.joined(separator: ","))]"
      }
    }.joined()
  }

  private static func isPlain(_ key: String) -> Bool {
    !key.isEmpty
      && key.utf8.allSatisfy { byte in
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
          UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "-"):
          true
        default: false
        }
      }
  }
}

extension Node {
  /// What stands at `path`; `nil` where nothing does.
  public func value(at path: NodePath) -> Node? {
    var node = self
    for step in path.steps {
      let next: Node? =
        switch step {
        case .key(let key): node[key]
        case .index(let index):
          node.sequence.flatMap { $0.indices.contains(index) ? $0[index] : nil }
        case .element(let fields):
          node.sequence.flatMap { items in
            NodePath.index(of: fields, in: items).map { items[$0] }
          }
        }
      guard let next else { return nil }
      node = next
    }
    return node
  }
}
