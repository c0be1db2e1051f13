internal import ChildPrograms
internal import Foundation
public import Kustomize
internal import Manifests
internal import Synchronization

/// Renders charts with the `helm` program: `helm template` in an empty, private directory, without
/// plug-ins, repositories or a cluster.
///
/// What was rendered before is taken from memory: the key is everything that goes in, and the
/// version of helm.
public final class HelmProgram: ChartInflator {
  /// Whether a chart may come out differently each time.
  public enum Repetition: Sendable {
    /// A chart is rendered once, as kustomize does.
    case trusted
    /// A chart is rendered twice, and one that makes up values (`randAlphaNum`, `genCA`, `now`) is
    /// refused: what was reviewed would not be what is delivered.
    case checked
  }

  private let repetition: Repetition
  private let timeout: Duration
  private let known = AgingCache<Digest, [UInt8]>(limit: HelmProgram.rememberedBytes)
  private let knownVersion = Mutex<String?>(nil)

  private static let rememberedBytes = 64 << 20
  /// Most that a chart may render to.
  private static let largestOutput = 32 << 20

  public init(_ repetition: Repetition = .checked, timeout: Duration = .seconds(60)) {
    self.repetition = repetition
    self.timeout = timeout
  }

  /// `helm v3.17.2+gcc0bbbd`
  public func version() throws(ChartInflationError) -> String {
    if let version = knownVersion.withLock({ $0 }) { return version }
    let folder = try PrivateFolder("flotilla-helm")
    defer { folder.remove() }
    let output = try run(["version", "--short"], in: folder)
    let text = String(decoding: output, as: UTF8.self).trimmingCharacters(
      in: .whitespacesAndNewlines)
    guard text.hasPrefix("v3.") || text.hasPrefix("v4.") else {
      throw ChartInflationError(
        "helm 3 or 4 is needed, but 'helm version' says '\(text.prefix(60))'")
    }
    let version = "helm \(text)"
    knownVersion.withLock { $0 = version }
    return version
  }

  public func inflate(_ inflation: ChartInflation) throws(ChartInflationError) -> [UInt8] {
    let key = HelmProgram.digest(of: inflation, version: try version())
    if let output = known[key] { return output }
    let folder = try PrivateFolder("flotilla-helm")
    defer { folder.remove() }
    let arguments = try HelmProgram.write(inflation, into: folder)
    let output = try run(arguments, in: folder)
    if repetition == .checked {
      if HelmProgram.asksForTheTime(inflation) { HelmProgram.waitForTheNextSecond() }
      let again = try run(arguments, in: folder)
      if output != again { throw HelmProgram.difference(output, again) }
    }
    known.store(output, for: key, cost: output.count)
    return output
  }

  // MARK: What goes in

  private static func digest(of inflation: ChartInflation, version: String) -> Digest {
    var words = [version]
    var contents: [Digest] = []
    for file in inflation.files {
      words += ["file"] + file.path
      contents.append(Digest(hashing: file.bytes))
    }
    for values in inflation.values { contents.append(Digest(hashing: values)) }
    words += inflation.arguments(
      chart: inflation.name, valuesFiles: inflation.values.indices.map { "\($0)" })
    let text = words.map { "\($0.utf8.count) \($0)\n" }.joined()
    return Digest(combining: [Digest(hashing: text)] + contents)
  }

  /// Writes the chart and its values, and gives the arguments that render them.
  private static func write(
    _ inflation: ChartInflation, into folder: PrivateFolder
  ) throws(ChartInflationError) -> [String] {
    for file in inflation.files { try folder.write(file.bytes, to: ["chart"] + file.path) }
    var valuesFiles: [String] = []
    for (index, values) in inflation.values.enumerated() {
      let name = "values-\(index + 1).yaml"
      try folder.write(values, to: [name])
      valuesFiles.append("\(folder.path)/\(name)")
    }
    return inflation.arguments(chart: "\(folder.path)/chart", valuesFiles: valuesFiles)
  }

  private static func asksForTheTime(_ inflation: ChartInflation) -> Bool {
    inflation.files.contains { file in
      file.path.first == "templates" && String(decoding: file.bytes, as: UTF8.self).contains("now")
        || file.path.last?.hasSuffix(".tgz") == true
    }
  }

  private static func waitForTheNextSecond() {
    Thread.sleep(
      forTimeInterval: 1.05 - Date().timeIntervalSince1970.truncatingRemainder(dividingBy: 1))
  }

  // MARK: What comes out

  private static func difference(_ a: [UInt8], _ b: [UInt8]) -> ChartInflationError {
    var what = "its output"
    // Of text that is no YAML only the fact is told: the build says what is wrong with it.
    if let first = try? YAML.parse(a), let second = try? YAML.parse(b),
      let (object, _) = zip(first, second).first(where: { $0 != $1 }),
      let identity = ResourceIdentity(of: object)
    {
      what = identity.description
    }
    return ChartInflationError(
      "\(what) comes out differently each time, so what was reviewed would not be what is "
        + "delivered; give the values that the chart makes up (passwords, certificates, dates)")
  }

  private func run(
    _ arguments: [String], in folder: PrivateFolder
  ) throws(ChartInflationError) -> [UInt8] {
    var program = ChildProgram(
      "helm", arguments,
      environment: [
        "HOME": folder.path, "TMPDIR": folder.path, "TZ": "UTC", "LC_ALL": "C",
        "HELM_CONFIG_HOME": "\(folder.path)/helm", "HELM_CACHE_HOME": "\(folder.path)/helm/.cache",
        "HELM_DATA_HOME": "\(folder.path)/helm/.data", "HELM_PLUGINS": "\(folder.path)/helm/none",
        "KUBECONFIG": "/dev/null",
      ])
    program.directory = folder.path
    program.largestOutput = HelmProgram.largestOutput
    program.overflow = .end
    let result: ChildProgram.Result
    do { result = try program.run(within: timeout) } catch {
      throw ChartInflationError(
        error == .notFound(program: "helm")
          ? "the program helm is not on PATH; install Helm 3 or 4" : "helm: \(error)")
    }
    guard result.status == 0 else {
      throw ChartInflationError(HelmProgram.message(result.errors, folder))
    }
    return result.output
  }

  /// helm's own words without the places of this run, on one line.
  private static func message(_ errors: [UInt8], _ folder: PrivateFolder) -> String {
    let lines = String(decoding: errors, as: UTF8.self)
      .replacingOccurrences(of: "\(folder.path)/", with: "")
      .split(separator: "\n").map { $0.trimmingCharacters(in: .whitespaces) }
      .filter { !$0.isEmpty && !$0.hasPrefix("Use --debug") && !$0.hasPrefix("WARNING: ") }
    let text = lines.joined(separator: " ").prefix(600)
    return text.isEmpty
      ? "helm failed without a word" : "helm: " + text.replacing("Error: ", with: "")
  }
}
