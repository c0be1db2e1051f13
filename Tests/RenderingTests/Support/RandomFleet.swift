import SourceTree

/// A fleet repository that changes at random, most of the time into something that still builds.
struct RandomFleet {
  static let clusters = (0..<6).map { "c\($0)" }
  static let environments = ["e0", "e1"]
  private static let root = "overlays/shop"
  private static let names = ["a.yaml", "b.yaml", "patch.yaml", "data.txt"]

  private(set) var items: [String: IdentifiedTree.Item] = [:]
  private var earlier: [[String: IdentifiedTree.Item]] = []
  private var random: SplitMix

  init(seed: UInt64) {
    random = SplitMix(seed: seed)
    for folder in Self.folders {
      for name in Self.names {
        items["\(Self.root)/\(folder)/\(name)"] = .file(content(name))
      }
      items["\(Self.root)/\(folder)/kustomization.yaml"] = .file(kustomization(folder))
    }
    for cluster in Self.clusters.suffix(2) { remove(folder: "clusters/\(cluster)") }
  }

  private static let folders =
    ["base", "shared", "component"] + environments.map { "environments/\($0)" }
    + clusters.map { "clusters/\($0)" }

  static func environment(of cluster: String) -> String {
    cluster.last.map { ["1", "3", "5"].contains($0) } == true ? "e1" : "e0"
  }

  private mutating func chance(_ percent: Int) -> Bool {
    Int.random(in: 0..<100, using: &random) < percent
  }

  private mutating func one<Value>(of values: [Value]) -> Value {
    values[Int.random(in: 0..<values.count, using: &random)]
  }

  private mutating func content(_ name: String) -> String {
    let value = Int.random(in: 0..<5, using: &random)
    switch name {
    case "patch.yaml":
      return "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata: {patched: p\(value)}\n"
    case "data.txt": return "text \(value)\n"
    default: return RenderingFixture.configMap(String(name.prefix(1)), "v\(value)")
    }
  }

  /// What the kustomization of a folder may say; `a` is defined by the base alone, so that patches
  /// find it.
  private mutating func kustomization(_ folder: String) -> String {
    var lines: [String] = []
    let way = String(repeating: "../", count: folder.split(separator: "/").count)
    switch folder.split(separator: "/")[0] {
    case "base":
      lines.append("resources: [a.yaml\(chance(50) ? ", b.yaml" : "")]")
      if chance(20) { lines[0] = "resources: [a.yaml, ../shared]" }
    case "shared": lines.append("resources: [b.yaml]")
    case "component":
      lines += ["apiVersion: kustomize.config.k8s.io/v1alpha1", "kind: Component"]
      lines.append("commonLabels: {component: v\(Int.random(in: 0..<3, using: &random))}")
    case "environments":
      lines.append("resources: [\(way)base]")
      if chance(40) { lines.append("components: [\(way)component]") }
    default:
      lines.append("resources: [\(way)\(one(of: ["base", "environments/e0", "environments/e1"]))]")
      if chance(20) { lines.append("components: [\(way)component]") }
    }
    if folder != "component", folder != "shared" {
      if chance(40) { lines.append("patches: [{path: patch.yaml}]") }
      if chance(40) {
        let name = folder.replacing("/", with: "-")
        lines.append("configMapGenerator: [{name: g-\(name), files: [data.txt]}]")
      }
    }
    if chance(30) {
      lines.append("commonAnnotations: {note: v\(Int.random(in: 0..<4, using: &random))}")
    }
    return lines.joined(separator: "\n") + "\n"
  }

  private mutating func remove(folder: String) {
    let prefix = "\(Self.root)/\(folder)/"
    items = items.filter { !$0.key.hasPrefix(prefix) }
  }

  private mutating func set(_ path: String, _ item: IdentifiedTree.Item) {
    // Nothing may stand below a file, and no file where there is a folder.
    items = items.filter {
      !$0.key.hasPrefix(path + "/") && !path.hasPrefix($0.key + "/")
    }
    items[path] = item
  }

  /// One commit; answers what it did.
  mutating func change() -> String {
    earlier.append(items)
    let folder = one(of: Self.folders)
    let place = "\(Self.root)/\(folder)"
    let path = "\(place)/\(one(of: Self.names))"
    switch Int.random(in: 0..<12, using: &random) {
    case 0...2:
      set(path, .file(content(String(path.split(separator: "/").last ?? ""))))
      return "write \(path)"
    case 3...5:
      set("\(place)/kustomization.yaml", .file(kustomization(folder)))
      return "write the kustomization of \(folder)"
    case 6:
      set(
        "\(place)/\(one(of: ["kustomization.yml", "Kustomization", "README"]))",
        .file(kustomization(folder)))
      return "add to \(folder)"
    case 7:
      let gone = one(of: items.keys.sorted())
      items[gone] = nil
      return "remove \(gone)"
    case 8:
      let from = one(of: items.keys.sorted())
      let item = items[from]
      items[from] = nil
      if let item { set(path, item) }
      return "rename \(from) to \(path)"
    case 9:
      let target = one(of: ["data.txt", "other.txt", "../base/a.yaml", "b.yaml", "../../fleet"])
      set(path, .link(target))
      return "link \(path) to \(target)"
    case 10:
      let cluster = one(of: Self.clusters)
      let target = one(of: Self.clusters + ["../environments/e0", "../../../../etc"])
      remove(folder: "clusters/\(cluster)")
      set("\(Self.root)/clusters/\(cluster)", .link(target))
      return "link cluster \(cluster) to \(target)"
    default:
      items = one(of: earlier)
      return "go back to an earlier commit"
    }
  }
}
