internal import Manifests

/// One line of a change as people read it.
public struct ChangeLine: Sendable, Equatable {
  public enum Kind: String, Sendable {
    /// Where the following lines belong.
    case place
    case before
    case after
    /// The same on both sides.
    case context
    /// Lines of context left out.
    case gap
  }

  public let kind: Kind
  public let text: String

  init(_ kind: Kind, _ text: String) {
    self.kind = kind
    self.text = text
  }
}

extension ObjectChange {
  /// The change line by line: each field with what it was and is; a created object in full; of a
  /// deleted object nothing, because its name says it.
  public var lines: [ChangeLine] {
    if kind == .created {
      return object.map { ChangeLine.yaml($0).map { ChangeLine(.after, $0) } } ?? []
    }
    return fields.flatMap { field in [ChangeLine(.place, "\(field.path)")] + field.lines }
  }
}

extension FieldChange {
  fileprivate var lines: [ChangeLine] {
    if let old = before?.string, let new = after?.string, old.contains("\n") || new.contains("\n") {
      return TextDifference.lines(from: old, to: new)
    }
    if isOrder {
      return [
        ChangeLine(.before, "order: " + ChangeLine.names(before)),
        ChangeLine(.after, "order: " + ChangeLine.names(after)),
      ]
    }
    return (before.map(ChangeLine.yaml) ?? []).map { ChangeLine(.before, $0) }
      + (after.map(ChangeLine.yaml) ?? []).map { ChangeLine(.after, $0) }
  }
}

extension ChangeLine {
  fileprivate static func names(_ node: Node?) -> String {
    (node?.sequence ?? []).compactMap(\.string).joined(separator: ", ")
  }

  /// The lines of a node as YAML.
  fileprivate static func yaml(_ node: Node) -> [String] {
    // JSON can write what YAML cannot: text that is nothing but control characters.
    let bytes = (try? YAML.serialize(node)) ?? JSON.serialize(node)
    return TextDifference.split(String(decoding: bytes, as: UTF8.self))
  }
}

/// Compares texts line by line, as `diff -u` does.
enum TextDifference {
  private static let context = 3

  static func lines(from old: String, to new: String) -> [ChangeLine] {
    let (old, new) = (split(old), split(new))
    // The edit script takes time in proportion to length times difference.
    guard old.count + new.count <= 20_000 else {
      return [
        ChangeLine(.before, "\(old.count) lines"), ChangeLine(.after, "\(new.count) lines"),
      ]
    }
    let script = new.difference(from: old)
    var removed = Set<Int>()
    var inserted = Set<Int>()
    for change in script {
      switch change {
      case .remove(let offset, _, _): removed.insert(offset)
      case .insert(let offset, _, _): inserted.insert(offset)
      }
    }
    var all: [ChangeLine] = []
    var (i, j) = (0, 0)
    while i < old.count || j < new.count {
      if i < old.count, removed.contains(i) {
        all.append(ChangeLine(.before, old[i]))
        i += 1
      } else if j < new.count, inserted.contains(j) {
        all.append(ChangeLine(.after, new[j]))
        j += 1
      } else if j < new.count {
        all.append(ChangeLine(.context, new[j]))
        i += 1
        j += 1
      } else {
        break
      }
    }
    return withoutFarContext(all)
  }

  private static func withoutFarContext(_ all: [ChangeLine]) -> [ChangeLine] {
    var isNear = [Bool](repeating: false, count: all.count)
    for index in all.indices where all[index].kind != .context {
      for near in max(0, index - context)...min(all.count - 1, index + context) {
        isNear[near] = true
      }
    }
    var lines: [ChangeLine] = []
    for index in all.indices {
      if isNear[index] {
        lines.append(all[index])
      } else if lines.last?.kind != .gap {
        lines.append(ChangeLine(.gap, "…"))
      }
    }
    return lines
  }

  static func split(_ text: String) -> [String] {
    var lines = text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
    if lines.last?.isEmpty == true { lines.removeLast() }
    return lines
  }
}
