internal import Foundation
internal import Manifests

/// What came down the stream is no order. Names no content: target states hold Secrets.
public struct OrderFault: Error, Sendable, CustomStringConvertible {
  public let description: String

  init(_ what: String) { description = "the hub's stream cannot be read: \(what)" }
}

extension Order {
  /// The order as it travels: pieces for the stream, one after the other, so that a large target
  /// state is never written out as a whole.
  public func pieces(number: Int) throws -> AnySequence<[UInt8]> {
    let head = try [UInt8](JSONEncoder().encode(OrderHead(self, number: number)))
    let objects = target?.objects ?? []
    var next = -1
    return AnySequence {
      AnyIterator {
        defer { next += 1 }
        if next < 0 { return head + [OrderReader.newline] }
        guard next < objects.count else { return nil }
        return JSON.serialize(objects[next].node) + [OrderReader.newline]
      }
    }
  }
}

/// Takes orders out of the bytes of a stream.
public struct OrderReader: Sendable {
  static let newline = UInt8(ascii: "\n")
  /// Longer than what an API server stores of one object.
  private static let longestLine = 8 << 20
  private static let mostObjects = 100_000

  private var line: [UInt8] = []
  private var head: OrderHead?
  private var objects: [ManifestObject] = []

  public init() {}

  /// The orders that are complete with `bytes`, with their numbers.
  public mutating func take(_ bytes: [UInt8]) throws -> [(number: Int, order: Order)] {
    var orders: [(number: Int, order: Order)] = []
    var rest = bytes[...]
    while let end = rest.firstIndex(of: OrderReader.newline) {
      line += rest[..<end]
      rest = rest[(end + 1)...]
      try checkLength()
      if let order = try takeLine() { orders.append(order) }
      line.removeAll(keepingCapacity: true)
    }
    line += rest
    try checkLength()
    return orders
  }

  private func checkLength() throws {
    guard line.count <= OrderReader.longestLine else { throw OrderFault("a line is too long") }
  }

  private mutating func takeLine() throws -> (number: Int, order: Order)? {
    if let head {
      guard let node = try? JSON.parse(line), let object = ManifestObject(node) else {
        throw OrderFault("an object of order \(head.number) is malformed")
      }
      objects.append(object)
    } else {
      do { head = try JSONDecoder().decode(OrderHead.self, from: Data(line)) } catch {
        throw OrderFault("an order is malformed")
      }
      guard (0...OrderReader.mostObjects).contains(head?.objects ?? 0) else {
        throw OrderFault("an order has too many objects")
      }
    }
    guard let head, objects.count == head.objects ?? 0 else { return nil }
    defer {
      self.head = nil
      objects = []
    }
    return (head.number, try head.order(objects))
  }
}
