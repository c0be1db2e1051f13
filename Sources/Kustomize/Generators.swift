internal import Manifests
internal import SourceTree

/// `configMapGenerator` and `secretGenerator`.
struct DataGenerator {
  enum Kind: String {
    case configMap = "ConfigMap"
    case secret = "Secret"

    /// The field of the kustomization file.
    var field: String { self == .configMap ? "configMapGenerator" : "secretGenerator" }
  }

  /// A generated object and what should happen when there is one already.
  struct Generated {
    var resource: Resource
    var behavior: Behavior
  }

  enum Behavior: String { case create, merge, replace }

  let kind: Kind
  let entry: Kustomization.Generator
  let defaults: Kustomization.GeneratorOptions?
  let file: TreePath

  func generate(in directory: Directory) throws(BuildError) -> Generated {
    do { return try make(directory) } catch { throw error.at(file, line: entry.line) }
  }

  private func make(_ directory: Directory) throws(BuildError) -> Generated {
    guard !entry.name.isEmpty else {
      throw BuildError(.generatorBehavior, "an entry of \(kind.field) needs a 'name'")
    }
    let options = merged()
    warn(directory.session)
    var metadata = Mapping([Mapping.Pair("name", ScalarFields.plain(entry.name))])
    if !entry.namespace.isEmpty { metadata["namespace"] = ScalarFields.plain(entry.namespace) }
    for (field, pairs) in [("labels", options.labels), ("annotations", options.annotations)]
    where !pairs.isEmpty {
      metadata[field] = .mapping(
        Mapping(
          ScalarFields.sorted(pairs).map { Mapping.Pair($0.key, ScalarFields.plain($0.value)) }))
    }
    var object = Mapping([
      Mapping.Pair("apiVersion", ScalarFields.plain("v1")),
      Mapping.Pair("kind", ScalarFields.plain(kind.rawValue)),
      Mapping.Pair("metadata", .mapping(metadata)),
    ])
    if kind == .secret {
      object["type"] = ScalarFields.plain(entry.type.isEmpty ? "Opaque" : entry.type)
    }
    fill(&object, with: try pairs(directory))
    if options.immutable { object["immutable"] = .bool(true) }
    var resource = Resource(.mapping(object), place: SourcePlace(file: file, line: entry.line))
    resource.needsHash = !options.disableNameSuffixHash
    return Generated(
      resource: resource, behavior: Behavior(rawValue: entry.behavior) ?? .create)
  }

  private func warn(_ session: BuildSession) {
    func warn(_ message: String, _ remedy: String) {
      session.warn(
        BuildWarning(file: file, line: entry.line, message: message, remedy: remedy))
    }
    if entry.usesEnv { warn("'env' is deprecated", "use 'envs', a list of files, instead") }
    let makesOne = Behavior(rawValue: entry.behavior) ?? .create == .create
    if makesOne, entry.files.isEmpty, entry.literals.isEmpty, entry.envs.isEmpty {
      warn(
        "\(kind.rawValue) \(entry.name) is generated without data",
        "name 'literals', 'files' or 'envs'")
    }
    for name in entry.options?.refused ?? [] {
      let isOn = name == "immutable" ? defaults?.immutable : defaults?.disableNameSuffixHash
      if isOn == true {
        warn(
          "'\(name): false' has no effect, because generatorOptions set it for all",
          "leave it out of generatorOptions and set it where it is wanted")
      }
    }
  }

  /// The entry's options with the file's: the entry cannot switch anything off.
  private func merged() -> Kustomization.GeneratorOptions {
    var options = entry.options ?? Kustomization.GeneratorOptions()
    guard let defaults else { return options }
    options.labels.merge(defaults.labels) { own, _ in own }
    options.annotations.merge(defaults.annotations) { own, _ in own }
    options.disableNameSuffixHash =
      options.disableNameSuffixHash || defaults.disableNameSuffixHash
    options.immutable = options.immutable || defaults.immutable
    return options
  }

  private func fill(_ object: inout Mapping, with pairs: [(key: String, value: [UInt8])]) {
    var data = Mapping()
    var binary = Mapping()
    for (key, value) in pairs {
      if kind == .secret {
        data.pairs.append(Mapping.Pair(key, ScalarFields.plain(Self.base64(value))))
      } else if let text = String(validating: value, as: UTF8.self) {
        data.pairs.append(Mapping.Pair(key, ScalarFields.plain(text)))
      } else {
        binary.pairs.append(Mapping.Pair(key, ScalarFields.plain(Self.base64(value))))
      }
    }
    if !data.isEmpty || kind == .secret { object["data"] = .mapping(data) }
    if !binary.isEmpty { object["binaryData"] = .mapping(binary) }
  }

  /// Base64, in lines of 70 characters when it is longer than one.
  static func base64(_ bytes: [UInt8]) -> String {
    let text = Array(Base64.encode(bytes).utf8)
    if text.count <= 70 { return String(decoding: text, as: UTF8.self) }
    var lines: [UInt8] = []
    lines.reserveCapacity(text.count + text.count / 70 + 1)
    for start in stride(from: 0, to: text.count, by: 70) {
      lines.append(contentsOf: text[start..<min(start + 70, text.count)])
      lines.append(0x0A)
    }
    return String(decoding: lines, as: UTF8.self)
  }

  // MARK: Sources

  private func pairs(
    _ directory: Directory
  ) throws(BuildError) -> [(key: String, value: [UInt8])] {
    var pairs: [(key: String, value: [UInt8])] = []
    for path in entry.envs {
      let (file, bytes) = try directory.openedContents(path)
      pairs += try EnvironmentFile.parse(bytes, file: file)
    }
    for literal in entry.literals { pairs.append(try self.literal(literal)) }
    for source in entry.files {
      let (key, path) = try fileSource(source)
      pairs.append((key, try directory.openedContents(path).bytes))
    }
    var keys = Set<String>()
    for pair in pairs where !keys.insert(pair.key).inserted {
      throw BuildError(
        .generatorBehavior,
        "\(kind.rawValue) \(entry.name) gets the key '\(pair.key)' twice; remove one")
    }
    return pairs
  }

  private func literal(_ text: String) throws(BuildError) -> (key: String, value: [UInt8]) {
    guard let sign = text.firstIndex(of: "="), sign != text.startIndex else {
      throw BuildError(
        .generatorBehavior, "'\(text)' of 'literals' is not of the form key=value")
    }
    var value = Array(text[text.index(after: sign)...].utf8)
    if value.count >= 2, value.first == value.last, value.first == 0x22 || value.first == 0x27 {
      value = Array(value[1..<value.count - 1])
    }
    return (String(text[..<sign]), value)
  }

  private func fileSource(_ text: String) throws(BuildError) -> (key: String, path: String) {
    let parts = text.split(separator: "=", omittingEmptySubsequences: false)
    if parts.count == 1 {
      let name = text.split(separator: "/").last.map(String.init) ?? text
      return (name, text)
    }
    guard parts.count == 2, !parts[0].isEmpty, !parts[1].isEmpty else {
      throw BuildError(
        .generatorBehavior,
        "'\(text)' of 'files' is neither a path nor of the form key=path; neither may hold '='")
    }
    return (String(parts[0]), String(parts[1]))
  }
}

/// Files of `KEY=value` lines.
enum EnvironmentFile {
  static func parse(
    _ bytes: [UInt8], file: TreePath
  ) throws(BuildError) -> [(key: String, value: [UInt8])] {
    var pairs: [(key: String, value: [UInt8])] = []
    let lines = bytes.split(separator: 0x0A, omittingEmptySubsequences: false)
    for (number, raw) in lines.enumerated() {
      var line = raw
      if line.last == 0x0D { line = line.dropLast() }
      guard var text = String(validating: line, as: UTF8.self) else {
        throw BuildError(
          .generatorBehavior, "line has invalid utf8 bytes", file: file, line: number + 1)
      }
      if number == 0, text.unicodeScalars.first == "\u{FEFF}" { text.unicodeScalars.removeFirst() }
      let trimmed = text.unicodeScalars.drop { $0.properties.isWhitespace }
      guard let first = trimmed.first, first != "#" else { continue }
      let content = Array(String(trimmed).utf8)
      let sign = content.firstIndex(of: UInt8(ascii: "="))
      // A name alone takes nothing from the environment: builds are pure.
      let key = String(decoding: content[..<(sign ?? content.count)], as: UTF8.self)
      pairs.append((key, sign.map { Array(content[($0 + 1)...]) } ?? []))
    }
    return pairs
  }
}
