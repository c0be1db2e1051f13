internal import Manifests

/// The statuses of Deployments, StatefulSets, DaemonSets, ReplicaSets and Jobs, in the shapes that their
/// controllers write.
struct Workload {
  private let object: StoredObject
  private let kind: String

  init(_ object: StoredObject) {
    self.object = object
    kind = object.content["kind"]?.string ?? ""
  }

  private var generation: Node { .int(object.system.generation) }
  private var status: Node { object.content["status"] ?? .emptyMapping }
  /// A DaemonSet runs one pod: a simulated cluster has one node.
  private var replicas: Int {
    kind == "DaemonSet" ? 1 : object.content.value(at: "spec", "replicas")?.int ?? 1
  }
  private var now: Node { .string(Timestamp.text(Timestamp.now())) }

  private var images: [String] {
    let spec = object.content.value(at: "spec", "template", "spec")
    let containers =
      (spec?["initContainers"]?.sequence ?? []) + (spec?["containers"]?.sequence ?? [])
    return containers.compactMap { $0["image"]?.string }
  }

  /// An image tag that contains `bad` never becomes ready.
  var isBad: Bool { images.contains { ImageReference.tag($0).contains("bad") } }
  var badReason: String? { isBad ? "ImagePullBackOff" : nil }

  private func condition(_ type: String, _ holds: Bool, _ reason: String, _ message: String) -> Node
  {
    let before = (status["conditions"]?.sequence ?? []).first { $0["type"]?.string == type }
    let value = holds ? "True" : "False"
    let changed = before?["status"]?.string != value
    return .object([
      "type": .string(type), "status": .string(value),
      "lastUpdateTime": now,
      "lastTransitionTime": changed ? now : before?["lastTransitionTime"] ?? now,
      "reason": .string(reason), "message": .string(message),
    ])
  }

  /// Like ``condition`` without the update time, which only Deployments have.
  private func plainCondition(_ type: String, _ holds: Bool, _ reason: String, _ message: String)
    -> Node
  {
    var node = condition(type, holds, reason, message)
    node["lastUpdateTime"] = nil
    return node
  }

  private func revision(_ suffix: String = "") -> Node {
    .string("\(object.name)-\(Self.hash(object))\(suffix)")
  }

  /// Ten characters that depend on the pod template, as the hash in a ReplicaSet's name.
  static func hash(_ object: StoredObject) -> String {
    let template = object.content.value(at: "spec", "template") ?? .null
    let letters = Array("bcdfghjklmnpqrstvwxz2456789")
    let bytes = Digest(hashing: JSON.serialize(template, keys: .sorted)).bytes
    return String(bytes.prefix(10).map { letters[Int($0) % letters.count] })
  }

  // MARK: Statuses

  /// The controller has seen the generation; pods of the last one still run.
  var starting: Node {
    let available = status["availableReplicas"]?.int ?? 0
    switch kind {
    case "Deployment":
      let running = min(available, replicas)
      let isAvailable = running >= replicas - replicas / 4 && (available > 0 || replicas == 0)
      var node = Node.object(["observedGeneration": generation])
      if replicas > 0 {
        node["replicas"] = .int(running + (replicas > running ? replicas - running : 1))
        node["updatedReplicas"] = .int(max(1, replicas - running))
        if running > 0 {
          node["readyReplicas"] = .int(running)
          node["availableReplicas"] = .int(running)
        }
        node["unavailableReplicas"] = .int(max(1, replicas - running))
      }
      node["conditions"] = .sequence([
        isAvailable
          ? condition(
            "Available", true, "MinimumReplicasAvailable",
            "Deployment has minimum availability.")
          : condition(
            "Available", false, "MinimumReplicasUnavailable",
            "Deployment does not have minimum availability."),
        condition(
          "Progressing", true, "ReplicaSetUpdated",
          "ReplicaSet \"\(object.name)-\(Self.hash(object))\" is progressing."),
      ])
      return node
    case "StatefulSet":
      let running = min(available, replicas)
      return .object([
        "observedGeneration": generation, "replicas": .int(replicas),
        "readyReplicas": .int(running), "currentReplicas": .int(running),
        "availableReplicas": .int(running),
        "updatedReplicas": .int(0), "collisionCount": .int(0),
        "currentRevision": status["currentRevision"] ?? revision(), "updateRevision": revision(),
      ])
    case "DaemonSet":
      let ready = status["numberReady"]?.int ?? 0
      return .object([
        "observedGeneration": generation, "currentNumberScheduled": .int(1),
        "desiredNumberScheduled": .int(1), "numberMisscheduled": .int(0),
        "numberReady": .int(ready), "numberAvailable": .int(ready),
        "numberUnavailable": .int(1 - ready), "updatedNumberScheduled": .int(0),
      ])
    case "ReplicaSet":
      return .object([
        "observedGeneration": generation, "replicas": .int(replicas),
        "fullyLabeledReplicas": .int(replicas),
      ])
    default:
      return .object([
        "active": .int(1), "ready": .int(0), "startTime": status["startTime"] ?? now,
      ])
    }
  }

  /// Everything runs.
  var finished: Node {
    let count = Node.int(replicas)
    switch kind {
    case "Deployment":
      var node = Node.object(["observedGeneration": generation])
      if replicas > 0 {
        for name in ["replicas", "updatedReplicas", "readyReplicas", "availableReplicas"] {
          node[name] = count
        }
      }
      node["conditions"] = .sequence([
        condition(
          "Available", true, "MinimumReplicasAvailable", "Deployment has minimum availability."),
        condition(
          "Progressing", true, "NewReplicaSetAvailable",
          "ReplicaSet \"\(object.name)-\(Self.hash(object))\" has successfully progressed."),
      ])
      return node
    case "StatefulSet":
      return .object([
        "observedGeneration": generation, "replicas": count, "readyReplicas": count,
        "currentReplicas": count, "updatedReplicas": count, "availableReplicas": count,
        "collisionCount": .int(0), "currentRevision": revision(), "updateRevision": revision(),
      ])
    case "DaemonSet":
      return .object([
        "observedGeneration": generation, "currentNumberScheduled": .int(1),
        "desiredNumberScheduled": .int(1), "numberMisscheduled": .int(0), "numberReady": .int(1),
        "numberAvailable": .int(1), "updatedNumberScheduled": .int(1),
      ])
    case "ReplicaSet":
      return .object([
        "observedGeneration": generation, "replicas": count, "fullyLabeledReplicas": count,
        "readyReplicas": count, "availableReplicas": count,
      ])
    default:
      return .object([
        "startTime": status["startTime"] ?? now, "completionTime": now,
        "succeeded": object.content.value(at: "spec", "completions") ?? .int(1), "ready": .int(0),
        "conditions": .sequence([
          jobCondition(
            "Complete", "CompletionsReached", "Reached expected number of succeeded pods")
        ]),
      ])
    }
  }

  /// It never gets there.
  func failed(reason: String) -> Node {
    switch kind {
    case "Deployment":
      var node = starting
      node["conditions"] = .sequence([
        (node["conditions"]?.sequence ?? []).first ?? .null,
        condition(
          "Progressing", false, "ProgressDeadlineExceeded",
          "ReplicaSet \"\(object.name)-\(Self.hash(object))\" has timed out progressing."),
      ])
      return node
    case "Job":
      return .object([
        "startTime": status["startTime"] ?? now, "failed": .int(1), "ready": .int(0),
        "conditions": .sequence([
          jobCondition(
            "Failed", "BackoffLimitExceeded", "Job has reached the specified backoff limit")
        ]),
      ])
    case "ReplicaSet":
      var node = starting
      node["readyReplicas"] = .int(0)
      return node
    case "DaemonSet":
      var node = starting
      node["numberReady"] = .int(0)
      node["numberAvailable"] = .int(0)
      node["numberUnavailable"] = .int(1)
      node["updatedNumberScheduled"] = .int(1)
      return node
    default: return starting
    }
  }

  private func jobCondition(_ type: String, _ reason: String, _ message: String) -> Node {
    var node = plainCondition(type, true, reason, message)
    node["lastProbeTime"] = now
    return node
  }

  // MARK: What explains a failure

  func reference(to owner: StoredObject) -> Node {
    .object([
      "apiVersion": owner.content["apiVersion"] ?? .null, "kind": owner.content["kind"] ?? .null,
      "name": .string(owner.name), "uid": .string(owner.system.uid.description),
      "controller": .bool(true), "blockOwnerDeletion": .bool(true),
    ])
  }

  func replicaSet(owner: Node) -> Node {
    var labels = object.content.value(at: "spec", "template", "metadata", "labels") ?? .emptyMapping
    labels["pod-template-hash"] = .string(Self.hash(object))
    var template = object.content.value(at: "spec", "template") ?? .emptyMapping
    template["metadata"]?["labels"] = labels
    var selector = object.content.value(at: "spec", "selector") ?? .emptyMapping
    selector["matchLabels"]?["pod-template-hash"] = .string(Self.hash(object))
    return .object([
      "apiVersion": .string("apps/v1"), "kind": .string("ReplicaSet"),
      "metadata": .object([
        "name": revision(), "namespace": .string(object.namespace), "labels": labels,
        "ownerReferences": .sequence([owner]),
      ]),
      "spec": .object(["replicas": .int(replicas), "selector": selector, "template": template]),
      "status": .object([
        "replicas": .int(replicas), "fullyLabeledReplicas": .int(replicas),
        "observedGeneration": .int(1),
      ]),
    ])
  }

  func failingPod(owner: Node, ownerName: String, reason: String) -> Node {
    let template = object.content.value(at: "spec", "template") ?? .emptyMapping
    let containers = template.value(at: "spec", "containers")?.sequence ?? []
    let message: (String) -> String = { image in
      reason == "ImagePullBackOff" ? "Back-off pulling image \"\(image)\"" : reason
    }
    return .object([
      "apiVersion": .string("v1"), "kind": .string("Pod"),
      "metadata": .object([
        "name": .string("\(ownerName)-\(Self.hash(object).suffix(5))"),
        "namespace": .string(object.namespace),
        "labels": template.value(at: "metadata", "labels") ?? .emptyMapping,
        "ownerReferences": .sequence([owner]),
      ]),
      "spec": template["spec"] ?? .emptyMapping,
      "status": .object([
        "phase": .string("Pending"), "startTime": now,
        "conditions": .sequence([
          plainCondition("PodScheduled", true, "", ""),
          plainCondition(
            "Ready", false, "ContainersNotReady", "containers with unready status"),
        ]),
        "containerStatuses": .sequence(
          containers.map { container in
            let image = container["image"]?.string ?? ""
            return .object([
              "name": container["name"] ?? .null, "image": .string(image),
              "imageID": .string(""), "ready": .bool(false), "started": .bool(false),
              "restartCount": .int(0), "lastState": .emptyMapping,
              "state": .object([
                "waiting": .object([
                  "reason": .string(reason), "message": .string(message(image)),
                ])
              ]),
            ])
          }),
      ]),
    ])
  }
}

/// Statuses of kinds that are no workloads.
enum ControllerStatus {
  private static func condition(
    _ type: String, _ reason: String, _ message: String, _ extra: KeyValuePairs<String, Node> = [:]
  ) -> Node {
    var node = Node.object([
      "type": .string(type), "status": .string("True"),
      "lastTransitionTime": .string(Timestamp.text(Timestamp.now())),
      "reason": .string(reason), "message": .string(message),
    ])
    for (key, value) in extra { node[key] = value }
    return node
  }

  static func established(_ definition: Node) -> Node {
    let versions = definition.value(at: "spec", "versions")?.sequence ?? []
    let storage = versions.first { $0["storage"]?.bool == true }?["name"] ?? .null
    return .object([
      "conditions": .sequence([
        condition("NamesAccepted", "NoConflicts", "no conflicts found"),
        condition("Established", "InitialNamesAccepted", "the initial names have been accepted"),
      ]),
      "acceptedNames": definition.value(at: "spec", "names") ?? .emptyMapping,
      "storedVersions": .sequence([storage]),
    ])
  }

  static func ready(_ object: StoredObject) -> Node {
    .object([
      "observedGeneration": .int(object.system.generation),
      "conditions": .sequence([
        condition(
          "Ready", "Reconciled", "the resource is ready",
          ["observedGeneration": .int(object.system.generation)])
      ]),
    ])
  }

  /// The final status of claims, autoscalers, budgets, load balancers and ingresses.
  static func settled(_ object: StoredObject, _ key: ObjectKey) -> Node? {
    let content = object.content
    switch key.groupResource {
    case "persistentvolumeclaims":
      return .object([
        "phase": .string("Bound"),
        "accessModes": content.value(at: "spec", "accessModes") ?? .sequence([]),
        "capacity": content.value(at: "spec", "resources", "requests") ?? .emptyMapping,
      ])
    case "horizontalpodautoscalers.autoscaling":
      let replicas = content.value(at: "spec", "minReplicas") ?? .int(1)
      if content["apiVersion"]?.string == "autoscaling/v1" {
        return .object(["currentReplicas": replicas, "desiredReplicas": replicas])
      }
      return .object([
        "currentReplicas": replicas, "desiredReplicas": replicas,
        "conditions": .sequence([
          condition(
            "AbleToScale", "ReadyForNewScale",
            "recommended size matches current size"),
          condition(
            "ScalingActive", "ValidMetricFound",
            "the HPA was able to successfully calculate a replica count"),
        ]),
      ])
    case "poddisruptionbudgets.policy":
      return .object([
        "observedGeneration": .int(object.system.generation), "currentHealthy": .int(1),
        "desiredHealthy": .int(1), "disruptionsAllowed": .int(1), "expectedPods": .int(1),
      ])
    case "services", "ingresses.networking.k8s.io":
      return .object([
        "loadBalancer": .object([
          "ingress": .sequence([.object(["ip": .string("192.0.2.1")])])
        ])
      ])
    default: return nil
    }
  }
}
