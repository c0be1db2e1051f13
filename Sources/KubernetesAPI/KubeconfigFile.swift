internal import Manifests
internal import Synchronization

/// One kubeconfig with its named lists indexed. Files that were read last are remembered while they
/// do not change: one file may hold the contexts of thousands of clusters.
final class KubeconfigFile: Sendable {
  /// Of what was read.
  let stamp: FileStamp
  let currentContext: String?
  private let path: String
  private let entries: [String: [String: Node]]

  private static let remembered = Mutex<[(path: String, stamp: FileStamp, file: KubeconfigFile)]>([]
  )
  private static let rememberedLimit = 4

  static func read(_ path: String) throws(ClusterAccessError) -> KubeconfigFile {
    let stamp = try FileStamp(of: path)
    let known = remembered.withLock { files in
      files.first { $0.path == path && $0.stamp == stamp }?.file
    }
    if let known { return known }
    let file = try KubeconfigFile(path, stamp)
    remembered.withLock { files in
      files.removeAll { $0.path == path }
      files.insert((path, stamp, file), at: 0)
      files = Array(files.prefix(rememberedLimit))
    }
    return file
  }

  private init(_ path: String, _ stamp: FileStamp) throws(ClusterAccessError) {
    let bytes = try FilePath.read(path, limit: YAML.maximumSize)
    let documents: [Node]
    do {
      documents = try YAML.parse(bytes)
    } catch {
      throw ClusterAccessError("\(path):\(error.line):\(error.column): \(error.problem)")
    }
    guard documents.count == 1, let config = documents.first, config["kind"]?.string == "Config"
    else { throw ClusterAccessError("\(path): is no kubeconfig; expected kind: Config") }
    self.path = path
    self.stamp = stamp
    currentContext = config["current-context"]?.scalar?.text
    var entries: [String: [String: Node]] = [:]
    for list in ["contexts", "clusters", "users"] {
      // As in client-go, the first of one name counts.
      entries[list] = Dictionary(
        (config[list]?.sequence ?? []).compactMap { entry in
          entry["name"]?.scalar.map { ($0.text, entry) }
        }
      ) { first, _ in first }
    }
    self.entries = entries
  }

  func entry(_ name: String, of list: String, holding key: String) throws(ClusterAccessError)
    -> Node
  {
    guard let found = entries[list]?[name] else {
      throw ClusterAccessError("\(path): \(list) has no '\(name)'; it has: \(all(list))")
    }
    return found[key] ?? .emptyMapping
  }

  /// The names of a list, for messages.
  func all(_ list: String) -> String {
    let names = (entries[list] ?? [:]).keys.sorted()
    if names.isEmpty { return "nothing" }
    let shown = names.prefix(10).joined(separator: ", ")
    return names.count > 10 ? "\(shown) and \(names.count - 10) more" : shown
  }
}
