internal import Manifests

/// `meta.k8s.io/v1` tables: the columns that `kubectl get` shows.
enum ObjectTable {
  private struct Column {
    let name: String
    var type = "string"
    let value: (Node) -> Node
  }

  static func table(
    _ objects: [(StoredObject, Node)], resource: ResourceType, resourceVersion: Node?
  ) -> Node {
    let columns = columns(resource)
    return .object([
      "kind": .string("Table"), "apiVersion": .string("meta.k8s.io/v1"),
      "metadata": resourceVersion ?? .emptyMapping,
      "columnDefinitions": .sequence(
        columns.map { column in
          .object([
            "name": .string(column.name), "type": .string(column.type),
            "format": .string(column.name == "Name" ? "name" : ""),
            "description": .string(""), "priority": .int(0),
          ])
        }),
      "rows": .sequence(
        objects.map { object, node in
          .object([
            "cells": .sequence(columns.map { $0.value(node) }),
            "object": .object([
              "kind": .string("PartialObjectMetadata"), "apiVersion": .string("meta.k8s.io/v1"),
              "metadata": node["metadata"] ?? .emptyMapping,
            ]),
          ])
        }),
    ])
  }

  private static func columns(_ resource: ResourceType) -> [Column] {
    let name = Column(name: "Name") { $0.value(at: "metadata", "name") ?? .null }
    let age = Column(name: "Age") { .string(Self.age($0)) }
    return [name] + middle(resource) + [age]
  }

  private static func middle(_ resource: ResourceType) -> [Column] {
    func number(_ title: String, _ path: String...) -> Column {
      Column(name: title, type: "integer") { node in
        path.reduce(Optional(node)) { $0?[$1] } ?? .int(0)
      }
    }
    func text(_ title: String, _ path: String...) -> Column {
      Column(name: title) { node in
        .string(path.reduce(Optional(node)) { $0?[$1] }?.scalar?.text ?? "<none>")
      }
    }
    func ready(_ wanted: String...) -> Column {
      Column(name: "Ready") { node in
        let total = wanted.reduce(Optional(node)) { $0?[$1] }?.int ?? 0
        return .string("\(node.value(at: "status", "readyReplicas")?.int ?? 0)/\(total)")
      }
    }
    switch resource.groupResource {
    case "deployments.apps":
      return [
        ready("spec", "replicas"), number("Up-to-date", "status", "updatedReplicas"),
        number("Available", "status", "availableReplicas"),
      ]
    case "statefulsets.apps": return [ready("spec", "replicas")]
    case "replicasets.apps":
      return [
        number("Desired", "spec", "replicas"), number("Current", "status", "replicas"),
        number("Ready", "status", "readyReplicas"),
      ]
    case "daemonsets.apps":
      return [
        number("Desired", "status", "desiredNumberScheduled"),
        number("Current", "status", "currentNumberScheduled"),
        number("Ready", "status", "numberReady"),
        number("Up-to-date", "status", "updatedNumberScheduled"),
        number("Available", "status", "numberAvailable"),
      ]
    case "jobs.batch":
      return [
        Column(name: "Completions") { node in
          let wanted = node.value(at: "spec", "completions")?.int ?? 1
          return .string("\(node.value(at: "status", "succeeded")?.int ?? 0)/\(wanted)")
        }
      ]
    case "namespaces", "persistentvolumeclaims": return [text("Status", "status", "phase")]
    case "pods":
      return [
        Column(name: "Ready") { node in
          let states = node.value(at: "status", "containerStatuses")?.sequence ?? []
          return .string("\(states.filter { $0["ready"]?.bool == true }.count)/\(states.count)")
        },
        Column(name: "Status") { node in
          let states = node.value(at: "status", "containerStatuses")?.sequence ?? []
          let waiting = states.compactMap { $0.value(at: "state", "waiting", "reason")?.string }
          return .string(waiting.first ?? node.value(at: "status", "phase")?.string ?? "Unknown")
        },
      ]
    case "configmaps":
      return [
        Column(name: "Data", type: "integer") { .int($0["data"]?.mapping?.count ?? 0) }
      ]
    case "secrets":
      return [
        text("Type", "type"),
        Column(name: "Data", type: "integer") { .int($0["data"]?.mapping?.count ?? 0) },
      ]
    case "services":
      return [
        text("Type", "spec", "type"), text("Cluster-IP", "spec", "clusterIP"),
        Column(name: "Port(s)") { node in
          let ports = node.value(at: "spec", "ports")?.sequence ?? []
          return .string(
            ports.map { port in
              "\(port["port"]?.scalar?.text ?? "")/\(port["protocol"]?.string ?? "TCP")"
            }.joined(separator: ","))
        },
      ]
    default: return []
    }
  }

  /// `5s`, `3m`, `2h`, `4d`, as kubectl shows ages, from `metadata.creationTimestamp`.
  private static func age(_ node: Node) -> String {
    guard let created = node.value(at: "metadata", "creationTimestamp")?.string,
      let seconds = Timestamp.seconds(created)
    else { return "<unknown>" }
    let age = max(0, Timestamp.now() - seconds)
    if age < 120 { return "\(age)s" }
    if age < 7200 { return "\(age / 60)m" }
    if age < 172_800 { return "\(age / 3600)h" }
    return "\(age / 86_400)d"
  }
}
