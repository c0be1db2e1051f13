internal import FleetModel
internal import Foundation
internal import Manifests
public import RolloutEngine

/// Answers how a rollout stood at any event of its log.
public struct RolloutReplay: Sendable {
  private let log: RolloutLog

  public init(_ log: RolloutLog) { self.log = log }

  /// Asked for a moment at which there was no such rollout yet.
  public struct TooEarly: Error, CustomStringConvertible {
    let rollout: RolloutID
    let sequence: Int
    let first: Int
    public var description: String {
      "rollout \(rollout) was planned at event \(first), so it has no state at event \(sequence)"
    }
  }

  /// The rollout after the last of its events up to `sequence`; `nil` for its last one.
  public func document(at sequence: Int?) throws -> ReplayDocument {
    let range = log.range
    let sequence = sequence ?? range.upperBound
    guard sequence >= range.lowerBound,
      let record = log.events.last(where: { $0.sequence <= sequence })
    else {
      throw TooEarly(rollout: log.rollout, sequence: sequence, first: range.lowerBound)
    }
    let view = StateView(state: log.state(at: record.sequence), now: record.at)
    guard var rollout = view.rollout(log.rollout.rawValue) else {
      throw TooEarly(rollout: log.rollout, sequence: sequence, first: range.lowerBound)
    }
    rollout.blockers = []
    return ReplayDocument(
      sequence: record.sequence, at: Timestamp(record.at), message: EventDocument(record).message,
      rollout: rollout,
      targets: view.targets(ListFilter(rollout: log.rollout.rawValue)))
  }

  /// What changed between two moments, in the order of the fields, with what happened.
  public func difference(from: Int, to: Int) throws -> ReplayDifferenceDocument {
    let ends = (from: min(from, to), to: max(from, to))
    let before = try document(at: ends.from)
    let after = try document(at: ends.to)
    let (old, new) = (try RolloutReplay.facts(before), try RolloutReplay.facts(after))
    var changes: [ReplayDifferenceDocument.Change] = []
    for object in new.order {
      let (had, has) = (old.fields[object] ?? [:], new.fields[object] ?? [:])
      for field in Set(had.keys).union(has.keys).sorted() where had[field] != has[field] {
        changes.append(
          .init(object: object, field: field, before: had[field], after: has[field]))
      }
    }
    return ReplayDifferenceDocument(
      rollout: log.rollout.rawValue, from: ends.from, to: ends.to, changes: changes,
      events: log.events.filter { $0.sequence > ends.from && $0.sequence <= ends.to }
        .map { EventDocument($0) })
  }

  /// Every object of the document with its fields as text.
  private static func facts(
    _ document: ReplayDocument
  ) throws -> (order: [String], fields: [String: [String: String]]) {
    var rollout = document.rollout
    rollout.waves = []
    var objects = [("rollout", try fields(rollout))]
    objects += try document.rollout.waves.map { ("wave/\($0.name)", try fields($0)) }
    objects += try document.targets.map { ("target/\($0.cluster)", try fields($0)) }
    return (
      objects.map(\.0), Dictionary(objects, uniquingKeysWith: { first, _ in first })
    )
  }

  private static func fields(_ document: some Encodable) throws -> [String: String] {
    var fields: [String: String] = [:]
    func add(_ node: Node, _ path: String) {
      switch node {
      case .mapping(let mapping):
        for pair in mapping.pairs {
          add(pair.value, path.isEmpty ? pair.key : path + "." + pair.key)
        }
      case .sequence(let items):
        for (index, item) in items.enumerated() { add(item, "\(path)[\(index)]") }
      case .scalar(let scalar): fields[path] = scalar.text
      }
    }
    add(try JSON.parse([UInt8](JSONEncoder().encode(document))), "")
    return fields
  }
}
