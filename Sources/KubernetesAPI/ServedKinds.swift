internal import Manifests
internal import Synchronization

/// The kinds of one version of an API group, as one discovery document lists them.
///
/// Clusters of one version serve the same documents, byte for byte. Whoever asks for one that
/// somebody holds already gets that one, and it is not read again. What nobody holds is forgotten, so
/// there are never more of them than clusters have different ones.
final class ServedKinds: Sendable {
  let byKind: [String: ServedResource]

  init(_ resources: [ServedResource]) {
    byKind = Dictionary(resources.map { ($0.kind.kind, $0) }) { first, _ in first }
  }

  /// What the document `bytes` of `apiVersion` lists; `read` is called where nobody holds an equal
  /// one. They are told apart by SHA-256, because one cluster must not choose what another sees.
  static func shared(
    _ bytes: [UInt8], apiVersion: String, read: () throws -> ServedKinds
  ) rethrows -> ServedKinds {
    let document = Document(apiVersion: apiVersion, digest: Digest(hashing: bytes))
    if let known = held.withLock({ $0.kinds(of: document) }) { return known }
    let kinds = try read()
    return held.withLock { $0.hold(kinds, as: document) }
  }

  private struct Document: Hashable {
    let apiVersion: String
    let digest: Digest
  }

  private struct Entry { weak var kinds: ServedKinds? }

  private struct Table {
    private var entries: [Document: Entry] = [:]
    /// So many entries make it worth while to look for those that nobody holds.
    private var limit = 64

    func kinds(of document: Document) -> ServedKinds? { entries[document]?.kinds }

    /// Who was faster with an equal document wins.
    mutating func hold(_ kinds: ServedKinds, as document: Document) -> ServedKinds {
      if let known = self.kinds(of: document) { return known }
      if entries.count >= limit {
        entries = entries.filter { $0.value.kinds != nil }
        limit = max(64, 2 * entries.count)
      }
      entries[document] = Entry(kinds: kinds)
      return kinds
    }
  }

  private static let held = Mutex(Table())
}
