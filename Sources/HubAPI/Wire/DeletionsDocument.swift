/// What a rollout deletes in its last wave, or, while other waves are under way, what its clusters hold
/// so far beyond their target states.
public struct DeletionsDocument: Codable, Sendable, Hashable {
  public struct Object: Codable, Sendable, Hashable {
    /// Empty for the core group.
    public var group: String
    public var kind: String
    public var namespace: String?
    public var name: String
    /// An old version of a generated object: its successor is there. Counts against no budget.
    public var isReplaced: Bool

    public init(group: String, kind: String, namespace: String?, name: String, isReplaced: Bool) {
      self.group = group
      self.kind = kind
      self.namespace = namespace
      self.name = name
      self.isReplaced = isReplaced
    }

    /// `Service web/shop`.
    public var text: String { "\(kind) \(namespace.map { "\($0)/" } ?? "")\(name)" }
  }

  /// Objects that go from each of these clusters.
  public struct List: Codable, Sendable, Hashable {
    public var clusters: [String]
    public var objects: [Object]

    public init(clusters: [String], objects: [Object]) {
      self.clusters = clusters
      self.objects = objects
    }
  }

  /// The wave that deletes; missing before it is planned.
  public var wave: String?
  /// The digest that approvals of the wave are bound to.
  public var list: String?
  public var clusters: Int
  /// Of all clusters together.
  public var objects: Int
  /// Why the wave needs an approval; empty where it needs none.
  public var objections: [String]
  public var lists: [List]

  public init(
    wave: String? = nil, list: String? = nil, clusters: Int, objects: Int,
    objections: [String] = [], lists: [List]
  ) {
    self.wave = wave
    self.list = list
    self.clusters = clusters
    self.objects = objects
    self.objections = objections
    self.lists = lists
  }
}
