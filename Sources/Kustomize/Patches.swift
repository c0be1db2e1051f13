internal import Manifests
internal import SourceTree

/// A patch, read and ready to be applied.
struct PreparedPatch {
  enum Content {
    case strategicMerge([Resource])
    case json(JSONPatch)
  }

  var content: Content
  var target: Selector?
  var allowsNameChange = false
  var allowsKindChange = false
  /// `patchesJson6902`, where kustomize keeps no names and where its annotations do not exist.
  var isLegacy = false
  /// `patchesStrategicMerge`, which kustomize applies by way of the ids of what it found.
  var selectsByID = false
  /// The entry of the kustomization file.
  var place: SourcePlace
  /// Where the patch itself is written, if it is in a file of its own.
  var text: SourcePlace?

  /// Where the changes that it makes are written.
  var source: SourcePlace {
    if case .strategicMerge(let patches) = content, let place = patches.first?.place {
      return place
    }
    return text ?? place
  }

  var isEmpty: Bool {
    switch content {
    case .strategicMerge(let patches): patches.isEmpty
    case .json(let patch): patch.operations.isEmpty
    }
  }

  // MARK: Reading

  /// An entry of `patches`.
  static func prepare(
    _ entry: Kustomization.Patch, in directory: Directory, file: TreePath
  ) throws(BuildError) -> PreparedPatch {
    let inline = trimmed(entry.text)
    if inline.isEmpty == entry.path.isEmpty {
      throw BuildError(
        .patch,
        entry.path.isEmpty
          ? "this patch has neither 'patch' nor 'path'; give it one of them"
          : "this patch has both 'patch' and 'path'; remove one of them",
        file: file, line: entry.line)
    }
    var source = file
    var bytes = Array(inline.utf8)
    if !entry.path.isEmpty {
      do { (source, bytes) = try directory.contents(entry.path) } catch {
        throw error.at(file, line: entry.line)
      }
    }
    let line = entry.path.isEmpty ? entry.textLine : 1
    let content = try read(bytes, source, line)
    return PreparedPatch(
      content: content, target: entry.target,
      allowsNameChange: entry.options["allowNameChange"] ?? false,
      allowsKindChange: entry.options["allowKindChange"] ?? false,
      place: SourcePlace(file: file, line: entry.line),
      text: entry.path.isEmpty ? nil : SourcePlace(file: source, line: line))
  }

  static func trimmed(_ text: String) -> String {
    let bytes = Array(text.utf8)
    func isSpace(_ byte: UInt8) -> Bool { byte == 0x20 || byte &- 9 < 5 }
    guard let first = bytes.firstIndex(where: { !isSpace($0) }),
      let last = bytes.lastIndex(where: { !isSpace($0) })
    else { return "" }
    return String(decoding: bytes[first...last], as: UTF8.self)
  }

  private static func read(
    _ bytes: [UInt8], _ file: TreePath, _ line: Int
  ) throws(BuildError) -> Content {
    var strategic: [ParsedDocument]?
    var reason: BuildError?
    do { strategic = try ResourceFile.parse(bytes, file: file) } catch { reason = error }
    let json = jsonPatch(bytes)
    switch (strategic, json) {
    case (nil, .none):
      throw BuildError(
        .patch,
        "this is no patch: neither a list of JSON 6902 operations nor an object to merge"
          + (bytes.first == UInt8(ascii: "[")
            ? "; what begins with '[' is read as JSON, so quote keys and texts"
            : reason.map { " (\($0.message))" } ?? ""),
        file: file,
        line: (reason?.line).map { $0 + line - 1 } ?? line)
    case (_?, .some):
      throw BuildError(
        .patch,
        "this patch holds nothing but comments; write a patch or remove the entry",
        file: file, line: line)
    case (let documents?, .none) where documents.isEmpty:
      // kustomize takes an empty file for an empty list of operations.
      return .json(JSONPatch(operations: []))
    case (let documents?, .none):
      return .strategicMerge(
        documents.map { document in
          Resource(
            document.node, place: SourcePlace(file: file, line: document.line + line - 1))
        })
    case (nil, .some(let patch)): return .json(patch)
    }
  }

  /// `nil` when the text is no list of operations; a text without content is an empty list.
  private static func jsonPatch(_ bytes: [UInt8]) -> JSONPatch? {
    // Why the text is no such list is not asked: it is taken for a strategic merge patch then.
    guard !bytes.isEmpty, let documents = try? operations(bytes) else { return nil }
    if documents.first?.isNull ?? true { return JSONPatch(operations: []) }
    return JSONPatch(documents, json: bytes.first == UInt8(ascii: "[") ? bytes : nil)
  }

  private static func operations(_ bytes: [UInt8]) throws -> [Node] {
    if bytes.first == UInt8(ascii: "[") {
      return [try JSON.parse(bytes)]
    }
    return try YAML.parse(bytes, dialect: .yaml11, duplicateKeys: .lastWins)
  }

  /// An entry of `patchesStrategicMerge`: the patch itself or the path of a file.
  static func prepare(
    strategicMerge entry: Kustomization.Located<String>, in directory: Directory, file: TreePath
  ) throws(BuildError) -> PreparedPatch {
    let place = SourcePlace(file: file, line: entry.line)
    if let documents = inlineResources(entry.value, file: file), !documents.isEmpty {
      let resources = documents.map { document in
        Resource(
          document.node, place: SourcePlace(file: file, line: document.line + entry.line - 1))
      }
      return PreparedPatch(
        content: .strategicMerge(resources), selectsByID: true, place: place)
    }
    do {
      let (path, identity) = try directory.file(entry.value)
      let documents = try directory.session.documents(of: path, identity: identity)
      let resources = documents.map { document in
        Resource(document.node, place: SourcePlace(file: path, line: document.line))
      }
      return PreparedPatch(
        content: .strategicMerge(resources), selectsByID: true, place: place)
    } catch { throw error.at(file, line: entry.line) }
  }

  /// The resources that a text of a kustomization file is, if it is any and not a path.
  static func inlineResources(_ text: String, file: TreePath) -> [ParsedDocument]? {
    // A text that does not parse is a path.
    try? ResourceFile.parse(Array(text.utf8), file: file)
  }

  /// An entry of `patchesJson6902`.
  static func prepare(
    json entry: Kustomization.Patch, in directory: Directory, file: TreePath
  ) throws(BuildError) -> PreparedPatch {
    func fail(_ message: String) -> BuildError {
      BuildError(.patch, message, file: file, line: entry.line)
    }
    guard let target = entry.target, !target.name.isEmpty else {
      throw fail("a patch of patchesJson6902 needs 'target' with a 'name'")
    }
    var bytes = Array(entry.text.utf8)
    guard bytes.isEmpty != entry.path.isEmpty else {
      throw fail(
        entry.path.isEmpty
          ? "this patch has neither 'patch' nor 'path'; give it one of them"
          : "this patch has both 'patch' and 'path'; remove one of them")
    }
    if !entry.path.isEmpty {
      do { bytes = try directory.contents(entry.path).bytes } catch {
        throw error.at(file, line: entry.line)
      }
    }
    guard !trimmed(String(decoding: bytes, as: UTF8.self)).isEmpty else {
      throw fail("this patch is empty; write operations or remove the entry")
    }
    guard let patch = jsonPatch(bytes) else {
      throw fail("unable to parse the JSON patch: expected a list of operations")
    }
    return PreparedPatch(
      content: .json(patch), target: target, isLegacy: true,
      place: SourcePlace(file: file, line: entry.line))
  }

  // MARK: Applying

  func apply(to resources: inout ResourceList, _ session: BuildSession) throws(BuildError) {
    do {
      switch content {
      case .json(let patch): try apply(patch, &resources, session)
      case .strategicMerge(let patches): try apply(patches, &resources, session)
      }
    } catch { throw error.at(place.file, line: place.line) }
    resources.dropEmpty()
  }

  private func apply(
    _ patch: JSONPatch, _ resources: inout ResourceList, _ session: BuildSession
  ) throws(BuildError) {
    guard let target else {
      throw BuildError(
        .patch,
        patch.operations.isEmpty
          ? "this patch is empty and has no target; write a patch or remove the entry"
          : "a JSON 6902 patch needs a 'target'; add one, such as {kind: Deployment, name: web}")
    }
    let matcher = try ResourceMatcher(target)
    let places = resources.indices.filter { matcher.matches(resources[$0]) }
    if places.isEmpty { warnAboutTarget(target, session) }
    if patch.operations.isEmpty {
      session.warn(
        BuildWarning(
          file: place.file, line: place.line, message: "this patch is empty",
          remedy: "write operations or remove it"))
    }
    for index in places {
      do throws(BuildError) {
        try resources.update(index) { resource throws(BuildError) in
          if !isLegacy { resource.recordPreviousName() }
          try Self.apply(patch, to: &resource, hasAnnotations: !isLegacy)
        }
      } catch {
        throw error.about("\(resources[index].id)").at(source.file, line: source.line)
      }
    }
  }

  /// In `patches`, kustomize's own annotations exist when the operations run, so adding below
  /// `/metadata/annotations` works on objects without any.
  private static func apply(
    _ patch: JSONPatch, to resource: inout Resource, hasAnnotations: Bool
  ) throws(BuildError) {
    var node = resource.node
    node = NumberForm.throughJSON(node, throughDouble: true)
    var isAdded = false
    if hasAnnotations || !resource.history.isEmpty || resource.origin != nil,
      case .mapping? = node["metadata"], node.value(at: "metadata", "annotations")?.mapping == nil
    {
      node["metadata"]?["annotations"] = .emptyMapping
      isAdded = true
    }
    let notes = BuildMetadata.notes(on: resource)
    for (key, value) in notes { node["metadata"]?["annotations"]?[key] = value }
    try patch.apply(to: &node)
    for (key, _) in notes {
      if node.value(at: "metadata", "annotations", key) == nil {
        BuildMetadata.forget(key, on: &resource)
      }
      node["metadata"]?["annotations"]?[key] = nil
    }
    // kustomize puts its own annotations back here, over a text that stands in their place.
    if node.value(at: "metadata", "annotations")?.scalar != nil {
      node["metadata"]?["annotations"] = nil
    }
    ScalarFields.makeAnnotationsTexts(of: &node)
    if isAdded, node.value(at: "metadata", "annotations")?.mapping?.isEmpty == true {
      node["metadata"]?["annotations"] = nil
    }
    if node.mapping?.isEmpty != true {
      guard let kind = node["kind"]?.scalar?.text, !kind.isEmpty,
        node.value(at: "metadata", "name")?.scalar != nil
      else {
        throw BuildError(
          .missingMetadata,
          "the patch leaves an object without kind or metadata.name; to delete the object use "
            + "'$patch: delete'")
      }
    }
    resource.node = node
    resource.refreshID()
  }

  private func unique(
    _ id: ResourceID, _ resources: inout ResourceList
  ) throws(BuildError) -> Int {
    let places = resources.places(any: id)
    guard let place = places.first else {
      let like = resources.items.first { $0.name == id.name && $0.kind == id.type.kind }
      throw BuildError(
        .patchTargetNotFound,
        "this patch is for \(id.fullDescription), and there is no such object"
          + (like.map { ", but \($0.id.fullDescription)" } ?? "")
          + "; correct its apiVersion, kind, name or namespace, or give the patch a 'target'"
      ).mentioning("that is from", like?.place)
    }
    guard places.count == 1 else {
      throw BuildError(
        .ambiguous,
        "this patch is for \(id.fullDescription), and several objects are or were called so: "
          + places.map { "\(resources[$0].id)" }.joined(separator: ", ")
          + "; give the patch the present name or a 'target'")
    }
    return place
  }

  private func apply(
    _ patches: [Resource], _ resources: inout ResourceList, _ session: BuildSession
  ) throws(BuildError) {
    let rules = MergeRules(session, resources)
    guard let target else {
      for patch in patches {
        do {
          let place = try unique(patch.id, &resources)
          if selectsByID {
            try merge(patch, intoAll: [resources[place].id], &resources, rules, session)
          } else {
            // The permissions are annotations to kustomize, so it rewrites all of them.
            let fields = allowsNameChange || allowsKindChange ? ["annotations"] : []
            let node = Self.withStrings(fields, in: patch.node)
            var review = PatchReview()
            try merge(patch, node, into: place, &resources, &review, rules, session)
            warn(review, patch, session)
          }
        } catch {
          guard let place = patch.place else { throw error }
          throw error.at(place.file, line: place.line)
        }
      }
      return
    }
    guard patches.count <= 1 else {
      throw BuildError(
        .patch,
        "the entry has a 'target' and \(patches.count) strategic merge patches, of which it may have "
          + "one; make an entry of each")
    }
    guard let patch = patches.first else { return }
    let matcher = try ResourceMatcher(target)
    // Resources with the id of a selected one are selected, too.
    let ids = Set(resources.items.lazy.filter(matcher.matches).map(\.id))
    if ids.isEmpty { warnAboutTarget(target, session) }
    try merge(patch, intoAll: ids, &resources, rules, session)
  }

  private func merge(
    _ patch: Resource, intoAll ids: Set<ResourceID>, _ resources: inout ResourceList,
    _ rules: MergeRules, _ session: BuildSession
  ) throws(BuildError) {
    let plain = Self.withStrings(["labels", "annotations"], in: patch.node)
    var review = PatchReview()
    for index in resources.indices where ids.contains(resources[index].id) {
      var node = plain
      let version = Self.version(resources[index].type.apiVersion, in: plain)
      // Of an object that has none, a patch without quotes makes a null, which no merge takes.
      node["apiVersion"] = version.isNull ? nil : version
      try merge(patch, node, into: index, &resources, &review, rules, session)
      if version.isNull, resources[index].node["apiVersion"] == nil, !resources[index].isEmpty {
        resources.withNode(at: index) { $0["apiVersion"] = version }
      }
    }
    warn(review, patch, session)
    try resources.checkIDs()
  }

  /// A patch for selected objects takes the API version of each, without a tag. Its quotes stay.
  private static func version(_ text: String, in patch: Node) -> Node {
    let style = patch["apiVersion"]?.scalar?.style ?? .plain
    if text.isEmpty { return ScalarFields.untagged(text, style) }
    var scalar = Scalar(text, tag: .string)
    scalar.isUntagged = true
    return .scalar(scalar)
  }

  private func warn(_ review: PatchReview, _ patch: Resource, _ session: BuildSession) {
    let place = patch.place ?? place
    for finding in review.findings {
      session.warn(
        BuildWarning(
          file: place.file, line: place.line,
          message: "patch of \(patch.kind) \(patch.name): \(finding.problem)",
          remedy: finding.remedy))
    }
  }

  /// Here kustomize rewrites the labels and annotations of the patch as strings, nulls
  /// included.
  private static func withStrings(_ fields: [String], in node: Node) -> Node {
    var result = node
    for field in fields {
      guard var mapping = node.value(at: "metadata", field)?.mapping else { continue }
      for index in mapping.pairs.indices {
        mapping.pairs[index].value = ScalarFields.text(
          mapping.pairs[index].value.scalar?.text ?? "")
      }
      result["metadata"]?[field] = mapping.isEmpty ? nil : .mapping(mapping)
    }
    return result
  }

  private func warnAboutTarget(_ target: Selector, _ session: BuildSession) {
    session.warn(
      BuildWarning(
        file: place.file, line: place.line,
        message: "the target \(target.description) of this patch selects no resource",
        remedy: "correct the target or remove the patch"))
  }

  private func merge(
    _ patch: Resource, _ patchNode: Node, into index: Int, _ resources: inout ResourceList,
    _ review: inout PatchReview, _ rules: MergeRules, _ session: BuildSession
  ) throws(BuildError) {
    session.useSchema()
    let before = resources[index]
    let merger = StrategicMerge(schema: rules.schema(for: before.type))
    let outcome: StrategicMerge.Outcome
    do {
      outcome = try merger.apply(
        patchNode, to: before.node, type: before.type, patchType: Resource(patchNode).type)
    } catch {
      throw error.about("\(before.id)")
    }
    warnAboutLostLists(before.node, patch, outcome, session)
    if case .changed(let after) = outcome {
      review.look(patch.node, before: before.node, after: after)
    }
    resources.update(index) { resource in
      if allowsNameChange || allowsKindChange { resource.recordPreviousName() }
      guard case .changed(var node) = outcome else {
        resource.node = .emptyMapping
        return
      }
      if node.mapping?.isEmpty == true {
        resource.node = node
        return
      }
      if !allowsKindChange { node["kind"] = Self.readAnew(before.node["kind"]) }
      if !allowsNameChange {
        Self.setMetadata("name", before.node.value(at: "metadata", "name"), &node)
      }
      Self.setMetadata("namespace", before.node.value(at: "metadata", "namespace"), &node)
      resource.node = node
      resource.refreshID()
    }
  }

  /// A kind or name that is put back. Without quotes a text like `08` becomes a number.
  private static func readAnew(_ value: Node?) -> Node? {
    guard case .scalar(let scalar)? = value, scalar.style == .plain, scalar.tag != .null else {
      return value
    }
    return ScalarFields.untagged(scalar.text)
  }

  private static func setMetadata(_ field: String, _ value: Node?, _ node: inout Node) {
    let value = readAnew(value)
    if node["metadata"]?.mapping == nil {
      guard value != nil else { return }
      node["metadata"] = .emptyMapping
    }
    node["metadata"]?[field] = value
  }

  /// An element without its merge key empties a merging list: kustomize does so, nobody wants it.
  private func warnAboutLostLists(
    _ before: Node, _ patch: Resource, _ outcome: StrategicMerge.Outcome, _ session: BuildSession
  ) {
    guard case .changed(let after) = outcome,
      let path = LostLists.path(before: before, patch: patch.node, after: after)
    else { return }
    let place = patch.place ?? place
    session.warn(
      BuildWarning(
        file: place.file, line: place.line,
        message: "this patch empties the list \(path) of \(patch.kind) \(patch.name)",
        remedy: "give every element of the patch its merge key (a container needs its name)"))
  }
}

/// Finds lists that a merge has emptied although the patch had elements for them.
enum LostLists {
  static func path(before: Node, patch: Node, after: Node) -> String? {
    search(before, patch, after, [])
  }

  private static func search(
    _ before: Node?, _ patch: Node?, _ after: Node?, _ path: [String]
  ) -> String? {
    switch (before, patch) {
    case (.mapping(let old)?, .mapping(let change)?):
      for pair in change.pairs {
        if let found = search(old[pair.key], pair.value, after?[pair.key], path + [pair.key]) {
          return found
        }
      }
      return nil
    case (.sequence(let old)?, .sequence(let change)?):
      let isLost = !old.isEmpty && !change.isEmpty && after?.sequence?.isEmpty == true
      let isDirective = change.contains { $0["$patch"] != nil }
      return isLost && !isDirective ? path.joined(separator: ".") : nil
    default: return nil
    }
  }
}
