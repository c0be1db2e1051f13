internal import Manifests

/// What the API server fills in when a manifest leaves it out: the defaults that people meet when
/// they compare a manifest with the live object.
enum ObjectDefaults {
  static func fill(_ object: inout Node, _ resource: ResourceType, random: inout SeededRandom) {
    switch resource.groupResource {
    case "deployments.apps": deployment(&object)
    case "statefulsets.apps": statefulSet(&object)
    case "daemonsets.apps": daemonSet(&object)
    case "replicasets.apps":
      absent(&object, ["spec"], ["replicas": .int(1)])
      template(&object, ["spec", "template"])
    case "jobs.batch": job(&object, ["spec"])
    case "cronjobs.batch":
      absent(
        &object, ["spec"],
        [
          "concurrencyPolicy": .string("Allow"), "suspend": .bool(false),
          "successfulJobsHistoryLimit": .int(3), "failedJobsHistoryLimit": .int(1),
        ])
      job(&object, ["spec", "jobTemplate", "spec"])
    case "pods": pod(&object, ["spec"])
    case "services": service(&object, random: &random)
    case "namespaces":
      absent(&object, ["spec"], ["finalizers": .sequence([.string("kubernetes")])], creates: true)
      absent(&object, ["status"], ["phase": .string("Active")], creates: true)
      if let name = object.value(at: "metadata", "name") {
        absent(
          &object, ["metadata", "labels"], ["kubernetes.io/metadata.name": name], creates: true)
      }
    case "secrets": absent(&object, [], ["type": .string("Opaque")])
    case "persistentvolumeclaims":
      absent(&object, ["spec"], ["volumeMode": .string("Filesystem")])
      absent(&object, ["status"], ["phase": .string("Pending")], creates: true)
    case "persistentvolumes":
      absent(
        &object, ["spec"],
        [
          "volumeMode": .string("Filesystem"), "persistentVolumeReclaimPolicy": .string("Retain"),
        ])
    case "horizontalpodautoscalers.autoscaling":
      absent(&object, ["spec"], ["minReplicas": .int(1)])
    case "networkpolicies.networking.k8s.io":
      absent(&object, ["spec"], ["policyTypes": .sequence([.string("Ingress")])])
    case "rolebindings.rbac.authorization.k8s.io",
      "clusterrolebindings.rbac.authorization.k8s.io":
      each(&object, ["subjects"]) { subject in
        if subject["kind"]?.string != "ServiceAccount" {
          absent(&subject, [], ["apiGroup": .string("rbac.authorization.k8s.io")])
        }
      }
    case "customresourcedefinitions.apiextensions.k8s.io": definition(&object)
    default: break
    }
  }

  private static func deployment(_ object: inout Node) {
    absent(
      &object, ["spec"],
      [
        "replicas": .int(1), "revisionHistoryLimit": .int(10),
        "progressDeadlineSeconds": .int(600),
        "strategy": .object(["type": .string("RollingUpdate")]),
      ])
    if object.value(at: "spec", "strategy", "type")?.string ?? "RollingUpdate" == "RollingUpdate" {
      absent(&object, ["spec", "strategy"], ["type": .string("RollingUpdate")])
      absent(
        &object, ["spec", "strategy", "rollingUpdate"],
        ["maxUnavailable": .string("25%"), "maxSurge": .string("25%")], creates: true)
    }
    template(&object, ["spec", "template"])
  }

  private static func statefulSet(_ object: inout Node) {
    absent(
      &object, ["spec"],
      [
        "replicas": .int(1), "revisionHistoryLimit": .int(10),
        "podManagementPolicy": .string("OrderedReady"),
        "updateStrategy": .object([
          "type": .string("RollingUpdate"), "rollingUpdate": .object(["partition": .int(0)]),
        ]),
      ])
    template(&object, ["spec", "template"])
    each(&object, ["spec", "volumeClaimTemplates"]) { claim in
      absent(
        &claim, [],
        ["apiVersion": .string("v1"), "kind": .string("PersistentVolumeClaim")])
      absent(&claim, ["spec"], ["volumeMode": .string("Filesystem")])
      absent(&claim, ["status"], ["phase": .string("Pending")], creates: true)
    }
  }

  private static func daemonSet(_ object: inout Node) {
    absent(
      &object, ["spec"],
      [
        "revisionHistoryLimit": .int(10),
        "updateStrategy": .object([
          "type": .string("RollingUpdate"),
          "rollingUpdate": .object(["maxUnavailable": .int(1), "maxSurge": .int(0)]),
        ]),
      ])
    template(&object, ["spec", "template"])
  }

  private static func job(_ object: inout Node, _ path: [String]) {
    absent(
      &object, path,
      [
        "parallelism": .int(1), "completions": .int(1), "backoffLimit": .int(6),
        "completionMode": .string("NonIndexed"), "suspend": .bool(false),
      ])
    template(&object, path + ["template"])
  }

  private static func template(_ object: inout Node, _ path: [String]) {
    change(&object, path[...]) { template in
      // As the real server prints them.
      absent(&template, ["metadata"], [:], creates: true)
      pod(&template, ["spec"])
    }
  }

  private static func pod(_ object: inout Node, _ path: [String]) {
    absent(
      &object, path,
      [
        "restartPolicy": .string("Always"), "terminationGracePeriodSeconds": .int(30),
        "dnsPolicy": .string("ClusterFirst"), "securityContext": .emptyMapping,
        "schedulerName": .string("default-scheduler"),
      ])
    change(&object, path[...]) { spec in
      if let account = spec["serviceAccountName"] {
        absent(&spec, [], ["serviceAccount": account])
      }
      each(&spec, ["initContainers"], container)
      each(&spec, ["containers"], container)
      each(&spec, ["volumes"]) { volume in
        absent(&volume, ["configMap"], ["defaultMode": .int(420)])
        absent(&volume, ["secret"], ["defaultMode": .int(420)])
        absent(&volume, ["projected"], ["defaultMode": .int(420)])
        absent(&volume, ["hostPath"], ["type": .string("")])
      }
    }
  }

  private static func container(_ container: inout Node) {
    let tag = container["image"]?.string.map(ImageReference.tag) ?? ""
    absent(
      &container, [],
      [
        "resources": .emptyMapping,
        "terminationMessagePath": .string("/dev/termination-log"),
        "terminationMessagePolicy": .string("File"),
        "imagePullPolicy": .string(tag == "latest" ? "Always" : "IfNotPresent"),
      ])
    each(&container, ["ports"]) { absent(&$0, [], ["protocol": .string("TCP")]) }
    each(&container, ["env"]) {
      absent(&$0, ["valueFrom", "fieldRef"], ["apiVersion": .string("v1")])
    }
    for name in ["livenessProbe", "readinessProbe", "startupProbe"] {
      absent(
        &container, [name],
        [
          "timeoutSeconds": .int(1), "periodSeconds": .int(10), "successThreshold": .int(1),
          "failureThreshold": .int(3),
        ])
      absent(&container, [name, "httpGet"], ["path": .string("/"), "scheme": .string("HTTP")])
    }
  }

  private static func service(_ object: inout Node, random: inout SeededRandom) {
    absent(
      &object, ["spec"],
      ["type": .string("ClusterIP"), "sessionAffinity": .string("None")], creates: true)
    let type = object.value(at: "spec", "type")?.string
    if type != "ExternalName" {
      if object.value(at: "spec", "clusterIP") == nil {
        let bits = random.next()
        let address = "10.\(96 + bits % 16).\(bits >> 8 & 255).\(1 + (bits >> 16 & 255) % 254)"
        absent(&object, ["spec"], ["clusterIP": .string(address)])
      }
      if let address = object.value(at: "spec", "clusterIP") {
        absent(
          &object, ["spec"],
          [
            "clusterIPs": .sequence([address]),
            "ipFamilies": .sequence([.string("IPv4")]), "ipFamilyPolicy": .string("SingleStack"),
            "internalTrafficPolicy": .string("Cluster"),
          ])
      }
    }
    if type == "NodePort" || type == "LoadBalancer" {
      absent(&object, ["spec"], ["externalTrafficPolicy": .string("Cluster")])
    }
    each(&object, ["spec", "ports"]) { port in
      absent(&port, [], ["protocol": .string("TCP")])
      if let number = port["port"] { absent(&port, [], ["targetPort": number]) }
    }
    absent(&object, ["status"], ["loadBalancer": .emptyMapping], creates: true)
  }

  private static func definition(_ object: inout Node) {
    absent(&object, ["spec"], ["conversion": .object(["strategy": .string("None")])])
    if let kind = object.value(at: "spec", "names", "kind")?.string {
      absent(
        &object, ["spec", "names"],
        ["singular": .string(kind.lowercased()), "listKind": .string(kind + "List")])
    }
  }

  /// Sets those of `values` that the mapping at `path` lacks.
  private static func absent(
    _ object: inout Node, _ path: [String], _ values: KeyValuePairs<String, Node>,
    creates: Bool = false
  ) {
    change(&object, path[...], creates: creates) { node in
      _ = node.withMapping { mapping in
        for (key, value) in values where mapping[key] == nil {
          mapping.pairs.append(Mapping.Pair(key, value))
        }
      }
    }
  }

  /// Changes the mapping at `path`, if there is one.
  private static func change(
    _ object: inout Node, _ path: ArraySlice<String>, creates: Bool = false,
    _ body: (inout Node) -> Void
  ) {
    guard let first = path.first else { return body(&object) }
    guard object.mapping != nil else { return }
    if object[first] == nil {
      guard creates else { return }
      object[first] = .emptyMapping
    }
    guard var below = object[first], below.mapping != nil else { return }
    object[first] = .null
    change(&below, path.dropFirst(), creates: creates, body)
    object[first] = below
  }

  /// Changes every item of the list at `path`.
  private static func each(
    _ object: inout Node, _ path: [String], _ body: (inout Node) -> Void
  ) {
    change(&object, path.dropLast()) { parent in
      guard let name = path.last, var items = parent[name]?.sequence else { return }
      for index in items.indices where items[index].mapping != nil { body(&items[index]) }
      parent[name] = .sequence(items)
    }
  }
}

/// The parts of a container image reference.
enum ImageReference {
  /// `1.2` of `registry:5000/app:1.2@sha256:…`; `latest` where none is written.
  static func tag(_ image: String) -> String {
    let undigested = image.split(separator: "@", maxSplits: 1).first.map(String.init) ?? ""
    let last = undigested.split(separator: "/").last ?? ""
    guard let colon = last.firstIndex(of: ":") else { return "latest" }
    return String(last[last.index(after: colon)...])
  }
}
