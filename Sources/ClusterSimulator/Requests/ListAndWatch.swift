internal import Manifests

extension ClusterState {
  /// Fields besides name and namespace that can be selected by.
  private static let fieldSelectors: [String: Set<String>] = [
    "events": [
      "involvedObject.kind", "involvedObject.name", "involvedObject.namespace",
      "involvedObject.uid", "reason", "type",
    ],
    "jobs.batch": ["status.successful"], "namespaces": ["status.phase"],
    "nodes": ["spec.unschedulable"],
    "pods": [
      "spec.nodeName", "spec.restartPolicy", "spec.schedulerName", "spec.serviceAccountName",
      "status.phase", "status.podIP",
    ],
    "replicasets.apps": ["status.replicas"], "secrets": ["type"],
  ]

  /// Which objects `request` asks for.
  func selection(_ request: ClusterRequest, _ path: ResourcePath) throws -> ObjectSelection {
    var selection = ObjectSelection(namespace: path.namespace)
    if let text = request.query["labelSelector"], !text.isEmpty {
      do {
        selection.labels = try LabelSelector(parsing: text)
      } catch {
        throw APIError.badRequest("unable to parse requirement: \(error)")
      }
    }
    for part in (request.query["fieldSelector"] ?? "").split(separator: ",") {
      let isEqual = !part.contains("!=")
      let sides = part.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      guard sides.count == 2 else {
        throw APIError.badRequest("invalid field selector: \(part)")
      }
      let field = String(isEqual ? sides[0] : sides[0].dropLast())
      let value = String(sides[1].first == "=" ? sides[1].dropFirst() : sides[1])
      switch field {
      case "metadata.name":
        if isEqual { selection.name = value } else { selection.excludedName = value }
      case "metadata.namespace": if isEqual { selection.namespace = value }
      default:
        guard
          Self.fieldSelectors[path.group.isEmpty ? path.plural : "\(path.plural).\(path.group)"]?
            .contains(field) ?? false
        else {
          throw APIError.badRequest(
            "\"\(field)\" is not a known field selector: only \"metadata.name\", \"metadata.namespace\""
          )
        }
        selection.fields.append((field.split(separator: ".").map(String.init), value, isEqual))
      }
    }
    return selection
  }

  mutating func list(_ request: ClusterRequest, _ path: ResourcePath, _ served: ServedResource)
    throws -> ClusterAnswer
  {
    let selection = try selection(request, path)
    let presentation = ObjectPresentation(accept: request.accept, resource: served.resource)
    if request.flag("watch") {
      return try watch(request, served, selection, presentation)
    }
    let wanted = request.query["resourceVersion"].flatMap { Int($0) } ?? 0
    if request.query["resourceVersionMatch"] == "Exact", wanted < history.forgotten {
      throw APIError.expired("The resourceVersion for the provided list is too old.")
    }
    if wanted > resourceVersion {
      throw APIError(
        code: 504, reason: "Timeout",
        message: "Timeout: Too large resource version: \(wanted), current: \(resourceVersion)",
        causes: [
          APIError.Cause(
            reason: "ResourceVersionTooLarge", message: "Too large resource version", field: "")
        ], retryAfterSeconds: 1)
    }
    var found = (objects[served.resource.groupResource] ?? [:]).filter {
      selection.matches($0.value)
    }
    .sorted { $0.key < $1.key }
    var snapshot = resourceVersion
    if let token = request.query["continue"], !token.isEmpty {
      let place = try ContinueToken(token)
      guard place.resourceVersion >= history.forgotten else {
        throw APIError.expired(
          "The provided continue parameter is too old to display a consistent list result. You can start a new list without the continue parameter."
        )
      }
      snapshot = place.resourceVersion
      found = found.filter { place.last < $0.key }
    }
    var metadata = Node.object(["resourceVersion": .string(String(snapshot))])
    if let limit = request.query["limit"].flatMap({ Int($0) }), limit > 0, found.count > limit {
      let page = found.prefix(limit)
      if let last = page.last?.key {
        let token = ContinueToken(resourceVersion: snapshot, last: last)
        metadata["continue"] = .string(token.text)
      }
      metadata["remainingItemCount"] = .int(found.count - limit)
      found = Array(page)
    }
    return .json(presentation.list(found.map(\.value), metadata: metadata))
  }

  private mutating func watch(
    _ request: ClusterRequest, _ served: ServedResource, _ selection: ObjectSelection,
    _ presentation: ObjectPresentation
  ) throws -> ClusterAnswer {
    let (lines, sink) = AsyncStream.makeStream(
      of: [UInt8].self, bufferingPolicy: .bufferingOldest(Watch.bufferLimit))
    let watch = Watch(
      groupResource: served.resource.groupResource, selection: selection,
      presentation: presentation, sink: sink)
    let start = request.query["resourceVersion"] ?? ""
    guard let version = start.isEmpty ? 0 : Int(start) else {
      throw APIError.badRequest("invalid resource version \"\(start)\"")
    }
    if version == 0 {
      // One chunk, so that the initial list cannot overflow the buffer.
      let initial = (objects[watch.groupResource] ?? [:]).filter { selection.matches($0.value) }
        .sorted { $0.key < $1.key }.flatMap { watch.line(.added, $0.value) }
      if !initial.isEmpty { sink.yield(initial) }
    } else {
      guard let missed = history.events(after: version) else {
        let error = APIError.expired(
          "too old resource version: \(version) (\(history.forgotten))")
        sink.yield(Watch.line("ERROR", error.node))
        sink.finish()
        return .lines(lines, end: { sink.finish() })
      }
      let chunk = missed.filter { $0.groupResource == watch.groupResource }
        .compactMap(watch.line).flatMap { $0 }
      if !chunk.isEmpty { sink.yield(chunk) }
    }
    let id = nextWatch
    nextWatch += 1
    watches[id] = watch
    let seconds = request.query["timeoutSeconds"].flatMap { Int($0) }
    // Real servers close idle watches after 30 to 60 minutes.
    later(.seconds(seconds ?? Int.random(in: 1800...3600, using: &random)), .endWatch(id))
    if request.flag("allowWatchBookmarks") {
      pending.append((pace.bookmarkInterval, .bookmark(watch: id)))
    }
    openedWatches.append((id, sink))
    return .lines(lines, end: { sink.finish() })
  }
}

/// Where the next page of a list starts.
struct ContinueToken {
  let resourceVersion: Int
  let last: ObjectName

  init(resourceVersion: Int, last: ObjectName) {
    self.resourceVersion = resourceVersion
    self.last = last
  }

  init(_ text: String) throws {
    let parts = text.split(separator: ".", maxSplits: 1)
    let names =
      parts.count == 2
      ? parts[1].split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false) : []
    guard let version = parts.first.flatMap({ Int($0) }), names.count == 2 else {
      throw APIError.badRequest("continue key is not valid")
    }
    resourceVersion = version
    last = ObjectName(namespace: String(names[0]), name: String(names[1]))
  }

  var text: String { "\(resourceVersion).\(last.namespace)/\(last.name)" }
}
