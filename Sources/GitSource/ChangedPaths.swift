public import SourceTree

/// One file that differs between two commits. Renames are a removal and an addition.
public struct ChangedPath: Hashable, Sendable, CustomStringConvertible {
  public enum Change: String, Sendable {
    case added = "A"
    case removed = "D"
    /// Content or the executable bit.
    case modified = "M"
    /// A file, link or submodule became another of these.
    case typeChanged = "T"
  }

  public let path: TreePath
  public let change: Change

  public init(path: TreePath, change: Change) {
    self.path = path
    self.change = change
  }

  public var description: String { "\(change.rawValue) \(path)" }
}

/// Compares two trees and enters only directories whose object ids differ, so that the cost
/// follows the size of the change and not of the repository.
struct TreeComparison {
  let load: (ObjectID) throws -> TreeDirectory
  private(set) var changes: [ChangedPath] = []

  init(load: @escaping (ObjectID) throws -> TreeDirectory) { self.load = load }

  mutating func compare(_ old: ObjectID?, _ new: ObjectID?, below prefix: TreePath) throws {
    let before = try old.map(load)?.entries ?? []
    let after = try new.map(load)?.entries ?? []
    var left = before[...]
    var right = after[...]
    while left.first != nil || right.first != nil {
      let order =
        switch (left.first, right.first) {
        case (let a?, let b?): compareBytes(a.name, b.name)
        case (nil, _): 1
        default: -1
        }
      try compare(
        order <= 0 ? left.popFirst() : nil, order >= 0 ? right.popFirst() : nil, in: prefix)
    }
  }

  private mutating func compare(
    _ old: TreeDirectory.Entry?, _ new: TreeDirectory.Entry?, in directory: TreePath
  ) throws {
    guard let name = (old ?? new)?.name else { return }
    if let old, let new, old.id == new.id, old.kind == new.kind { return }
    let path = directory.appending(component: name)
    let oldFile = old.flatMap { $0.kind == .directory ? nil : $0 }
    let newFile = new.flatMap { $0.kind == .directory ? nil : $0 }
    switch (oldFile, newFile) {
    case (let a?, let b?):
      changes.append(
        ChangedPath(path: path, change: a.isSameType(as: b) ? .modified : .typeChanged))
    case (_?, nil): changes.append(ChangedPath(path: path, change: .removed))
    case (nil, _?): changes.append(ChangedPath(path: path, change: .added))
    case (nil, nil): break
    }
    let oldDirectory = old.flatMap { $0.kind == .directory ? $0.id : nil }
    let newDirectory = new.flatMap { $0.kind == .directory ? $0.id : nil }
    if oldDirectory != nil || newDirectory != nil {
      try compare(oldDirectory, newDirectory, below: path)
    }
  }
}

extension TreeDirectory.Entry {
  fileprivate func isSameType(as other: TreeDirectory.Entry) -> Bool {
    func isRegular(_ kind: TreeDirectory.Kind) -> Bool { kind == .file || kind == .executable }
    return kind == other.kind || (isRegular(kind) && isRegular(other.kind))
  }
}
