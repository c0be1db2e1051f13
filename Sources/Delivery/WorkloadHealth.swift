internal import Manifests

/// The rules for kinds that run pods. A missing number in a status is 0, as Go leaves it out.
enum WorkloadHealth {
  static func deployment(_ read: StatusReader) -> Verdict {
    let wanted = read.spec("replicas") ?? 1
    let total = read.status("replicas") ?? 0
    let updated = read.status("updatedReplicas") ?? 0
    let ready = read.status("readyReplicas") ?? 0
    let available = read.status("availableReplicas") ?? 0
    let progressing = read.condition("Progressing")
    if let progressing, progressing.reason == "ProgressDeadlineExceeded" {
      return .failed("\(pods(available, wanted)) available; it did not progress in time")
    }
    if total < wanted { return .inProgress("\(pods(total, wanted)) created") }
    if updated < wanted { return .inProgress("\(pods(updated, wanted)) updated") }
    if total > wanted { return .inProgress("\(total - wanted) old pods still to end") }
    if available < updated { return .inProgress("\(pods(available, wanted)) available") }
    if ready < wanted { return .inProgress("\(pods(ready, wanted)) ready") }
    if read.spec("progressDeadlineSeconds") != nil,
      !(progressing.map { $0.isTrue && $0.reason == "NewReplicaSetAvailable" } ?? false)
    {
      return .inProgress("its new ReplicaSet is not available yet")
    }
    guard let condition = read.condition("Available"), condition.isTrue else {
      return .inProgress("not available yet")
    }
    return .current
  }

  static func statefulSet(_ read: StatusReader) -> Verdict {
    let strategy = read.object.value(at: "spec", "updateStrategy")
    // Pods are replaced when somebody deletes them: there is nothing to wait for.
    if strategy?["type"]?.string == "OnDelete" { return .current }
    let wanted = read.spec("replicas") ?? 1
    let total = read.status("replicas") ?? 0
    let ready = read.status("readyReplicas") ?? 0
    let updated = read.status("updatedReplicas") ?? 0
    if total < wanted { return .inProgress("\(pods(total, wanted)) created") }
    if ready < wanted { return .inProgress("\(pods(ready, wanted)) ready") }
    if total > wanted { return .inProgress("\(total - wanted) pods too many, still to end") }
    if let partition = strategy?.value(at: "rollingUpdate", "partition")?.int, partition > 0 {
      let toUpdate = max(0, wanted - partition)
      return updated < toUpdate ? .inProgress("\(pods(updated, toUpdate)) updated") : .current
    }
    if let current = read.status("currentReplicas"), current < wanted, updated < wanted {
      return .inProgress("\(pods(updated, wanted)) updated")
    }
    let status = read.object["status"]
    if status?["currentRevision"]?.string != status?["updateRevision"]?.string {
      return .inProgress("\(pods(updated, wanted)) updated")
    }
    return .current
  }

  static func daemonSet(_ read: StatusReader) -> Verdict {
    guard read.observedGeneration != nil else {
      return .inProgress("its controller has not seen it yet")
    }
    guard let wanted = read.status("desiredNumberScheduled") else {
      return .inProgress("its controller has not counted the nodes yet")
    }
    let scheduled = read.status("currentNumberScheduled") ?? 0
    let updated = read.status("updatedNumberScheduled") ?? 0
    let available = read.status("numberAvailable") ?? 0
    let ready = read.status("numberReady") ?? 0
    let onDelete = read.object.value(at: "spec", "updateStrategy", "type")?.string == "OnDelete"
    if scheduled < wanted { return .inProgress("\(pods(scheduled, wanted)) scheduled") }
    if updated < wanted, !onDelete { return .inProgress("\(pods(updated, wanted)) updated") }
    if available < wanted { return .inProgress("\(pods(available, wanted)) available") }
    if ready < wanted { return .inProgress("\(pods(ready, wanted)) ready") }
    return .current
  }

  static func replicaSet(_ read: StatusReader) -> Verdict {
    let wanted = read.spec("replicas") ?? 1
    if let failure = read.condition("ReplicaFailure"), failure.isTrue {
      return .inProgress(failure.line)
    }
    let total = read.status("replicas") ?? 0
    let labelled = read.status("fullyLabeledReplicas") ?? 0
    let available = read.status("availableReplicas") ?? 0
    let ready = read.status("readyReplicas") ?? 0
    if labelled < wanted { return .inProgress("\(pods(labelled, wanted)) created") }
    if available < wanted { return .inProgress("\(pods(available, wanted)) available") }
    if ready < wanted { return .inProgress("\(pods(ready, wanted)) ready") }
    if total > wanted { return .inProgress("\(total - wanted) pods too many, still to end") }
    return .current
  }

  /// A Job that runs is current, as in kstatus: it does what its spec wants.
  static func job(_ read: StatusReader) -> Verdict {
    if let failed = read.condition("Failed"), failed.isTrue { return .failed(failed.line) }
    if let complete = read.condition("Complete"), complete.isTrue { return .current }
    if let suspended = read.condition("Suspended"), suspended.isTrue { return .current }
    guard read.object.value(at: "status", "startTime") != nil else {
      return .inProgress("not started yet")
    }
    return .current
  }

  static func pod(_ read: StatusReader) -> Verdict {
    let phase = read.object.value(at: "status", "phase")?.string ?? ""
    let waiting = PodWaiting.reasons(of: read.object)
    switch phase {
    case "Succeeded": return .current
    case "Failed":
      let why = read.object.value(at: "status", "message")?.string
      return .failed(why.map { "it failed: \($0)" } ?? "it failed")
    case "Running":
      if let ready = read.condition("Ready"), ready.isTrue { return .current }
      if waiting.contains("CrashLoopBackOff") { return .failed("CrashLoopBackOff") }
      return .inProgress("running, not ready")
    case "Pending":
      if let scheduled = read.condition("PodScheduled"), scheduled.isFalse {
        return .inProgress(scheduled.line)
      }
      return .inProgress(waiting.first ?? "pending")
    default: return .inProgress("its kubelet has not reported yet")
    }
  }

  private static func pods(_ count: Int, _ wanted: Int) -> String {
    "\(count) of \(wanted) pods"
  }
}

/// Why the containers of a pod do not run.
enum PodWaiting {
  static func reasons(of pod: Node) -> [String] {
    let lists = ["initContainerStatuses", "containerStatuses"]
    return lists.flatMap { pod.value(at: "status", $0)?.sequence ?? [] }
      .compactMap { $0.value(at: "state", "waiting", "reason")?.string }
  }
}
