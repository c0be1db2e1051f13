import Foundation
import Testing

/// One cell of the matrix of faults and operations, with a seed that decides on everything else.
struct FaultCell: Sendable, CustomTestStringConvertible {
  enum Operation: String, CaseIterable, Sendable {
    case readInventory = "read inventory"
    case list
    case apply
    case prune
    case observe
    case watchDrift = "watch drift"
  }

  let fault: FaultProxy.Fault
  let operation: Operation
  let seed: UInt64

  var testDescription: String { "\(fault.rawValue), \(operation.rawValue), seed \(seed)" }

  /// Every fault once and every operation at least once; with `FLOTILLA_FAULTS=N` the whole matrix N
  /// times. `FLOTILLA_SEED` replays; `FLOTILLA_CELL=FAULT/OPERATION` chooses one cell.
  static let chosen: [FaultCell] = {
    let environment = ProcessInfo.processInfo.environment
    let seed = environment["FLOTILLA_SEED"].flatMap(UInt64.init) ?? .random(in: 1...1_000_000)
    print("fault matrix: FLOTILLA_SEED=\(seed)")
    var random = SeededRandom(state: seed)
    let rounds = environment["FLOTILLA_FAULTS"].flatMap(Int.init)
    var cells: [FaultCell] = []
    for _ in 0..<(rounds ?? 1) {
      let first = random.below(Operation.allCases.count)
      for (place, fault) in FaultProxy.Fault.allCases.enumerated() {
        for (number, operation) in Operation.allCases.enumerated() {
          let seed = random.next()
          guard rounds != nil || (first + place) % Operation.allCases.count == number else {
            continue
          }
          cells.append(FaultCell(fault: fault, operation: operation, seed: seed))
        }
      }
    }
    guard let one = environment["FLOTILLA_CELL"] else { return cells }
    return cells.filter { one == "\($0.fault.rawValue)/\($0.operation.rawValue)" }
  }()
}

/// The linear congruential generator of Knuth's MMIX: the same numbers everywhere.
struct SeededRandom {
  var state: UInt64

  mutating func next() -> UInt64 {
    state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
    return state >> 33
  }

  mutating func below(_ limit: Int) -> Int { Int(next() % UInt64(max(1, limit))) }
}
