internal import Manifests
internal import SourceTree

// Dependencies as bytes. What is shared stays shared: a set of facts and the dependencies of a base
// are pieces of their own, named by the digest of their bytes.

/// Turns dependencies into pieces, each once.
struct DependencyEncoder {
  private(set) var pieces: [Digest: [UInt8]] = [:]
  private var names: [ObjectIdentifier: Digest] = [:]

  /// The name of the piece that holds `dependencies`.
  mutating func name(of dependencies: TreeDependencies) -> Digest {
    if let known = names[ObjectIdentifier(dependencies)] { return known }
    var bytes = ByteWriter()
    bytes.write(1 as UInt8)
    bytes.write(dependencies.root.components)
    bytes.write(dependencies.rootIdentity ?? "")
    let depth = dependencies.root.components.count
    bytes.write(dependencies.inside.count)
    for fact in dependencies.inside {
      // They all begin with the root.
      bytes.write(fact, components: fact.path.components.dropFirst(depth))
    }
    bytes.write(name(of: dependencies.outside))
    bytes.write(dependencies.inputs.count)
    for (name, value) in dependencies.inputs.sorted(by: { $0.key < $1.key }) {
      bytes.write(name)
      bytes.write(value)
    }
    bytes.write(dependencies.parts.count)
    for part in dependencies.parts { bytes.write(name(of: part)) }
    return add(bytes, as: dependencies)
  }

  private mutating func name(of set: TreeFactSet) -> Digest {
    if let known = names[ObjectIdentifier(set)] { return known }
    var bytes = ByteWriter()
    bytes.write(0 as UInt8)
    bytes.write(set.facts.count)
    for fact in set.facts { bytes.write(fact, components: fact.path.components[...]) }
    return add(bytes, as: set)
  }

  private mutating func add(_ bytes: ByteWriter, as object: AnyObject) -> Digest {
    let name = Digest(hashing: bytes.bytes)
    pieces[name] = bytes.bytes
    names[ObjectIdentifier(object)] = name
    return name
  }
}

/// Makes dependencies of pieces again. What is damaged or missing gives `nil`.
struct DependencyDecoder {
  private let pieces: [Digest: [UInt8]]
  private let sets: TreeFactSets
  private var known: [Digest: TreeDependencies] = [:]
  private var knownSets: [Digest: TreeFactSet] = [:]

  init(_ pieces: [Digest: [UInt8]], sets: TreeFactSets) {
    self.pieces = pieces
    self.sets = sets
  }

  /// The bytes of a piece, if they are what its name says.
  private func piece(_ name: Digest, kind: UInt8) -> ByteReader? {
    guard let bytes = pieces[name], Digest(hashing: bytes) == name else { return nil }
    var reader = ByteReader(bytes)
    return reader.byte() == kind ? reader : nil
  }

  mutating func dependencies(_ name: Digest) -> TreeDependencies? {
    if let known = known[name] { return known }
    // A name is a digest of the names below it, so this ends.
    guard var bytes = piece(name, kind: 1), let components = bytes.strings(),
      let identity = bytes.string(), let count = bytes.count()
    else { return nil }
    let root = components.reduce(TreePath.root) { $0.appending(component: $1) }
    var inside: [TreeFact] = []
    for _ in 0..<count {
      guard let fact = bytes.fact(below: root) else { return nil }
      inside.append(fact)
    }
    guard let setName = bytes.digest(), let outside = set(setName), let values = bytes.count()
    else { return nil }
    var inputs: [String: String] = [:]
    for _ in 0..<values {
      guard let name = bytes.string(), let value = bytes.string() else { return nil }
      inputs[name] = value
    }
    guard let partCount = bytes.count() else { return nil }
    var parts: [TreeDependencies] = []
    for _ in 0..<partCount {
      guard let name = bytes.digest(), let part = dependencies(name) else { return nil }
      parts.append(part)
    }
    let dependencies = TreeDependencies(
      root: root, rootIdentity: identity.isEmpty ? nil : identity, inside: inside,
      outside: outside, inputs: inputs, parts: parts)
    known[name] = dependencies
    return dependencies
  }

  private mutating func set(_ name: Digest) -> TreeFactSet? {
    if let known = knownSets[name] { return known }
    guard var bytes = piece(name, kind: 0), let count = bytes.count() else { return nil }
    var facts: [TreeFact] = []
    for _ in 0..<count {
      guard let fact = bytes.fact(below: .root) else { return nil }
      facts.append(fact)
    }
    let set = sets.set(of: facts)
    knownSets[name] = set
    return set
  }
}

/// Bytes with lengths before texts and lists.
struct ByteWriter {
  private(set) var bytes: [UInt8] = []

  mutating func write(_ byte: UInt8) { bytes.append(byte) }

  /// Seven bits a byte, the lowest first.
  mutating func write(_ count: Int) {
    var rest = UInt(count)
    while rest >= 128 {
      bytes.append(UInt8(rest & 127) | 128)
      rest >>= 7
    }
    bytes.append(UInt8(rest))
  }

  mutating func write(_ text: String) {
    write(text.utf8.count)
    bytes.append(contentsOf: text.utf8)
  }

  mutating func write(_ texts: some Collection<String>) {
    write(texts.count)
    for text in texts { write(text) }
  }

  mutating func write(_ digest: Digest) { bytes.append(contentsOf: digest.bytes) }

  mutating func write(_ fact: TreeFact, components: ArraySlice<String>) {
    write(components)
    switch fact.answer {
    case .absent: write(0 as UInt8)
    case .file(let identity):
      write(1 as UInt8)
      write(identity)
    case .directory: write(2 as UInt8)
    case .symbolicLink(let target):
      write(3 as UInt8)
      write(target)
    case .submodule: write(4 as UInt8)
    case .children(let names):
      write(5 as UInt8)
      write(names)
    }
  }
}

/// Reads what ``ByteWriter`` wrote; `nil` where the bytes end too soon or say something else.
struct ByteReader {
  private var rest: ArraySlice<UInt8>

  init(_ bytes: [UInt8]) { rest = bytes[...] }

  mutating func byte() -> UInt8? { rest.popFirst() }

  mutating func count() -> Int? {
    var value = 0
    for shift in stride(from: 0, to: 56, by: 7) {
      guard let byte = rest.popFirst() else { return nil }
      value |= Int(byte & 127) << shift
      if byte < 128 { return value }
    }
    return nil
  }

  private mutating func take(_ count: Int) -> ArraySlice<UInt8>? {
    guard count <= rest.count else { return nil }
    defer { rest = rest.dropFirst(count) }
    return rest.prefix(count)
  }

  mutating func string() -> String? {
    guard let count = count(), let bytes = take(count) else { return nil }
    return String(validating: bytes, as: UTF8.self)
  }

  mutating func strings() -> [String]? {
    guard let count = count() else { return nil }
    var texts: [String] = []
    for _ in 0..<count {
      guard let text = string() else { return nil }
      texts.append(text)
    }
    return texts
  }

  mutating func digest() -> Digest? { take(32).flatMap { Digest(bytes: Array($0)) } }

  mutating func fact(below root: TreePath) -> TreeFact? {
    guard let components = strings(), let kind = byte() else { return nil }
    let answer: TreeAnswer?
    switch kind {
    case 0: answer = .absent
    case 1: answer = string().map { .file(identity: $0) }
    case 2: answer = .directory
    case 3: answer = string().map { .symbolicLink(target: $0) }
    case 4: answer = .submodule
    case 5: answer = strings().map { .children($0) }
    default: answer = nil
    }
    guard let answer else { return nil }
    return TreeFact(
      path: components.reduce(root) { $0.appending(component: $1) }, answer: answer)
  }
}
