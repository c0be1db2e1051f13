internal import Hummingbird
internal import Manifests
internal import NIOCore

/// `/control`: how tests in other processes see into clusters and make them misbehave.
extension SimulatorResponder {
  func control(_ request: Request, path: [String]) async throws -> Response {
    guard request.headers[.authorization] == "Bearer \(controlToken)" else {
      return response(.error(.unauthorized))
    }
    do {
      let body = Array(buffer: try await request.body.collect(upTo: Self.bodyLimit))
      let sent = body.isEmpty ? Node.emptyMapping : try JSON.parse(body)
      let answer = try control(
        method: request.method.rawValue, path: path, query: request.uri.query ?? "", sent)
      return response(.json(answer))
    } catch let error as APIError {
      return response(.error(error))
    } catch {
      return response(.error(.badRequest("\(error)")))
    }
  }

  private func control(method: String, path: [String], query: String, _ sent: Node) throws -> Node {
    guard path.first == "clusters" else { throw unknown(path) }
    guard path.count > 1 else {
      return .object([
        "clusters": .sequence(names.compactMap { clusters[$0] }.map(summary))
      ])
    }
    let chosen =
      path[1] == "*" ? names.compactMap { clusters[$0] } : [clusters[path[1]]].compactMap { $0 }
    guard let first = chosen.first else { throw unknown(path) }
    switch (method, path.count > 2 ? path[2] : "") {
    case ("GET", ""): return summary(first)
    case ("GET", "audit"):
      let after = PercentEncoding.query(query)["after"].flatMap { Int($0) } ?? 0
      return .object([
        "accepted": .int(first.acceptedWrites),
        "records": .sequence(first.audit(after: after).map(\.node)),
      ])
    case ("GET", "objects"): return .object(["items": .sequence(first.objects)])
    case ("POST", ""):
      for cluster in chosen { cluster.faults = try Self.faults(sent, from: cluster.faults) }
      return summary(first)
    case ("POST", "objects"):
      for cluster in chosen { try Self.change(cluster, sent) }
      return summary(first)
    case ("POST", "compact"):
      for cluster in chosen { cluster.compactHistory() }
      return summary(first)
    default: throw unknown(path)
    }
  }

  private func unknown(_ path: [String]) -> APIError {
    APIError(
      code: 404, reason: "NotFound",
      message: "no control endpoint /control/\(path.joined(separator: "/"))")
  }

  private func summary(_ cluster: SimulatedCluster) -> Node {
    let counts = cluster.requestCounts.sorted { $0.key < $1.key }
    let faults = cluster.faults
    return .object([
      "name": .string(cluster.name),
      "requests": .mapping(Mapping(counts.map { Mapping.Pair($0.key, .int($0.value)) })),
      "acceptedWrites": .int(cluster.acceptedWrites), "openWatches": .int(cluster.openWatches),
      "faults": .object([
        "latencyMilliseconds": .int(
          Int(faults.latency.components.seconds * 1000)
            + Int(faults.latency.components.attoseconds / 1_000_000_000_000_000)),
        "errorRate": Self.number(faults.errorRate), "errorStatus": .int(faults.errorStatus),
        "retryAfterSeconds": .int(faults.retryAfterSeconds),
        "cutBodies": Self.number(faults.cutRate),
        "methods": .sequence(faults.methods.sorted().map(Node.string)),
        "unreachable": faults.reachability == .reachable
          ? .null : .string(faults.reachability.rawValue),
      ]),
    ])
  }

  private static func number(_ value: Double) -> Node {
    .scalar(Scalar(String(value), tag: .float))
  }

  /// Reads a change of faults: fields that are left out stay, `null` resets.
  static func faults(_ node: Node, from old: ClusterFaults) throws -> ClusterFaults {
    var faults = old
    let none = ClusterFaults()
    for pair in node.mapping?.pairs ?? [] {
      let value = pair.value
      func share() throws -> Double {
        if let flag = value.bool { return flag ? 1 : 0 }
        guard let share = value.scalar.flatMap({ Double($0.text) }), (0...1).contains(share) else {
          throw APIError.badRequest("\(pair.key): expected a share between 0 and 1")
        }
        return share
      }
      func whole(_ range: ClosedRange<Int>) throws -> Int {
        guard let number = value.int, range.contains(number) else {
          throw APIError.badRequest(
            "\(pair.key): expected a number from \(range.lowerBound) to \(range.upperBound)")
        }
        return number
      }
      switch pair.key {
      case "latencyMilliseconds":
        faults.latency =
          value.isNull ? none.latency : .milliseconds(try whole(0...3_600_000))
      case "errorRate": faults.errorRate = value.isNull ? none.errorRate : try share()
      case "errorStatus":
        faults.errorStatus = value.isNull ? none.errorStatus : try whole(400...599)
      case "retryAfterSeconds":
        faults.retryAfterSeconds = value.isNull ? none.retryAfterSeconds : try whole(0...86_400)
      case "cutBodies": faults.cutRate = value.isNull ? none.cutRate : try share()
      case "methods": faults.methods = Set(value.sequence?.compactMap(\.string) ?? [])
      case "unreachable":
        if value.isNull || value.bool == false {
          faults.reachability = .reachable
        } else if let word = value.string,
          let reachability = ClusterFaults.Reachability(rawValue: word)
        {
          faults.reachability = reachability
        } else {
          throw APIError.badRequest("unreachable: expected \"refuse\", \"hang\" or null")
        }
      default:
        throw APIError.badRequest(
          "unknown field \(pair.key): expected latencyMilliseconds, errorRate, errorStatus, retryAfterSeconds, cutBodies, methods or unreachable"
        )
      }
    }
    return faults
  }

  private static func change(_ cluster: SimulatedCluster, _ node: Node) throws {
    let path = node["path"]?.string ?? ""
    switch node["action"]?.string {
    case "edit":
      try cluster.edit(
        path, merging: node["patch"] ?? .emptyMapping,
        as: node["manager"]?.string ?? "kubectl-edit")
    case "delete": try cluster.delete(path)
    case "break":
      try cluster.breakWorkload(path, reason: node["reason"]?.string ?? "CrashLoopBackOff")
    case "heal": try cluster.breakWorkload(path, reason: nil)
    default: throw APIError.badRequest("action: expected edit, delete, break or heal")
    }
  }
}
