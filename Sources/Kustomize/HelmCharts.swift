internal import Manifests
internal import SourceTree

extension Kustomization {
  /// `helmGlobals`.
  struct HelmGlobals: Sendable {
    var chartHome = ""
    /// Configuration of helm; of no consequence where nothing is fetched.
    var configHome = ""
  }

  /// One entry of `helmCharts`.
  struct HelmChart: Sendable {
    enum ValuesMerge: String, Sendable { case merge, override, replace }

    var name = ""
    var version = ""
    var repository = ""
    var releaseName = ""
    var namespace = ""
    var additionalValuesFiles: [String] = []
    var valuesFile = ""
    var valuesInline = Mapping()
    var valuesMerge = ""
    var includeCRDs = false
    var skipHooks = false
    var apiVersions: [String] = []
    var kubeVersion = ""
    var nameTemplate = ""
    var skipTests = false
    var line = 0
  }
}

extension KustomizationDecoder {
  static let helmGlobalsFields = ["chartHome", "configHome"]
  static let helmChartFields = [
    "name", "version", "repo", "releaseName", "namespace", "additionalValuesFiles", "valuesFile",
    "valuesInline", "valuesMerge", "includeCRDs", "skipHooks", "apiVersions", "kubeVersion",
    "nameTemplate", "skipTests", "debug",
  ]

  func helmGlobals(_ fields: Object) throws(BuildError) -> Kustomization.HelmGlobals {
    Kustomization.HelmGlobals(
      chartHome: try decode.string(fields["chartHome"]),
      configHome: try decode.string(fields["configHome"]))
  }

  func helmChart(_ fields: Object, line: Int) throws(BuildError) -> Kustomization.HelmChart {
    var chart = Kustomization.HelmChart(line: line)
    chart.name = try decode.string(fields["name"])
    chart.version = try decode.string(fields["version"])
    chart.repository = try decode.string(fields["repo"])
    chart.releaseName = try decode.string(fields["releaseName"])
    chart.namespace = try decode.string(fields["namespace"])
    chart.additionalValuesFiles = try decode.strings(fields["additionalValuesFiles"])
    chart.valuesFile = try decode.string(fields["valuesFile"])
    chart.valuesInline = try decode.mapping(fields["valuesInline"])
    chart.valuesMerge = try decode.string(fields["valuesMerge"])
    chart.includeCRDs = try decode.bool(fields["includeCRDs"])
    chart.skipHooks = try decode.bool(fields["skipHooks"])
    chart.apiVersions = try decode.strings(fields["apiVersions"])
    chart.kubeVersion = try decode.string(fields["kubeVersion"])
    chart.nameTemplate = try decode.string(fields["nameTemplate"])
    chart.skipTests = try decode.bool(fields["skipTests"])
    _ = try decode.bool(fields["debug"])
    return chart
  }

  /// `helmChartInflationGenerator`, the older form of both; the last home given counts.
  func helmArguments(
    _ field: Field, _ globals: inout Kustomization.HelmGlobals
  ) throws(BuildError) -> Kustomization.HelmChart {
    let fields = try decode.object(
      field,
      known: [
        "chartName", "chartVersion", "chartRepoUrl", "chartHome", "chartRepoName", "helmBin",
        "helmHome", "values", "valuesLocal", "valuesMerge", "releaseName", "releaseNamespace",
        "extraArgs",
      ])
    for ignored in ["chartRepoName", "helmBin", "releaseNamespace"] {
      _ = try decode.string(fields[ignored])
    }
    _ = try decode.strings(fields["extraArgs"])
    let home = try decode.string(fields["chartHome"])
    if !home.isEmpty { globals.chartHome = home }
    let configuration = try decode.string(fields["helmHome"])
    if !configuration.isEmpty { globals.configHome = configuration }
    return Kustomization.HelmChart(
      name: try decode.string(fields["chartName"]),
      version: try decode.string(fields["chartVersion"]),
      repository: try decode.string(fields["chartRepoUrl"]),
      releaseName: try decode.string(fields["releaseName"]),
      valuesFile: try decode.string(fields["values"]),
      valuesInline: try decode.mapping(fields["valuesLocal"]),
      valuesMerge: try decode.string(fields["valuesMerge"]), line: field.line)
  }
}

/// `helmCharts`: a chart of the repository with values.
struct HelmChartGenerator {
  let chart: Kustomization.HelmChart
  let globals: Kustomization.HelmGlobals
  let directory: Directory
  let file: TreePath

  /// The chart's objects.
  func generate() throws(BuildError) -> [DataGenerator.Generated] {
    do throws(BuildError) { return try make() } catch { throw error.at(file, line: chart.line) }
  }

  private func make() throws(BuildError) -> [DataGenerator.Generated] {
    guard let inflator = directory.session.services.charts else {
      throw BuildError(.unsupported, "Helm charts need 'flotilla build --enable-helm'")
    }
    guard !chart.name.isEmpty else {
      throw BuildError(.configuration, "chart name cannot be empty")
    }
    guard
      let merge = Kustomization.HelmChart.ValuesMerge(
        rawValue: chart.valuesMerge.isEmpty ? "override" : chart.valuesMerge)
    else {
      throw BuildError(
        .configuration,
        "valuesMerge must be one of merge, override, replace; found "
          + "'\(chart.valuesMerge)'")
    }
    let home = try chartHome()
    let place = "\(home)/\(chart.name)"
    var inflation = ChartInflation(
      name: chart.name, files: try ChartFiles.read(try directoryOfChart(place), directory.session),
      values: [try values(merge, chartPlace: place)])
    for path in chart.additionalValuesFiles {
      inflation.values.append(try directory.contents(path).bytes)
    }
    inflation.releaseName = chart.releaseName
    inflation.namespace = chart.namespace
    inflation.nameTemplate = chart.nameTemplate
    inflation.apiVersions = chart.apiVersions
    inflation.kubeVersion = chart.kubeVersion
    inflation.includeCRDs = chart.includeCRDs
    inflation.skipTests = chart.skipTests
    inflation.skipHooks = chart.skipHooks
    let output: [UInt8]
    do {
      directory.session.tree.note(input: "helm", try inflator.version())
      output = try inflator.inflate(inflation)
    } catch {
      throw BuildError(.configuration, "chart '\(chart.name)': \(error.message)")
    }
    return try objects(output)
  }

  private func objects(_ output: [UInt8]) throws(BuildError) -> [DataGenerator.Generated] {
    let documents: [ParsedDocument]
    do { documents = try ResourceFile.parse(output, file: file) } catch {
      throw BuildError(
        error.class,
        "chart '\(chart.name)' renders what is no object: \(error.message) "
          + "(line \(error.line ?? 1) of helm's output)", file: file, line: chart.line)
    }
    return documents.map { document in
      DataGenerator.Generated(
        resource: Resource(document.node, place: SourcePlace(file: file, line: chart.line)),
        behavior: .create)
    }
  }

  /// Where kustomize looks for the chart, from this directory on. What it would have fetched lies in
  /// a directory of the version's own.
  private func chartHome() throws(BuildError) -> String {
    let home = globals.chartHome.isEmpty ? "charts" : globals.chartHome
    guard !chart.repository.isEmpty, !chart.version.isEmpty else { return home }
    return "\(home)/\(chart.name)-\(chart.version)"
  }

  private func directoryOfChart(_ place: String) throws(BuildError) -> TreePath {
    do {
      return try directory.plainDirectory(place)
    } catch  where error.class == .missingFile {
      if chart.repository.isEmpty {
        throw BuildError(.missingFile, "no repo specified for pull, no chart found at '\(place)'")
      }
      let version = chart.version.isEmpty ? "" : " --version \(chart.version)"
      let source =
        chart.repository.hasPrefix("oci://")
        ? "\(chart.repository)/\(chart.name)" : "--repo \(chart.repository) \(chart.name)"
      let parent = place.dropLast(chart.name.utf8.count + 1)
      throw BuildError(
        .unsupported,
        "there is no chart at '\(place)', and charts are not fetched while building; fetch it into "
          + "the repository: helm pull --untar --untardir \(parent) \(source)\(version)")
    }
  }

  // MARK: Values

  private func values(
    _ merge: Kustomization.HelmChart.ValuesMerge, chartPlace: String
  ) throws(BuildError) -> [UInt8] {
    let path = chart.valuesFile.isEmpty ? "\(chartPlace)/values.yaml" : chart.valuesFile
    if chart.valuesInline.isEmpty { return try directory.contents(path).bytes }
    var values = Node.mapping(chart.valuesInline)
    if merge != .replace {
      let (file, bytes) = try directory.contents(path)
      let documents: [Node]
      do { documents = try YAML.parse(bytes) } catch {
        throw BuildError(
          .malformedYAML, "malformed YAML: \(error.problem)", file: file, line: error.line,
          column: error.column)
      }
      let own = documents.first ?? .null
      let (patch, base) = merge == .override ? (values, own) : (own, values)
      values = try HelmValues.merged(patch, over: base) ?? .emptyMapping
    }
    do { return try YAML.serialize(try KustomizeBuild.finalForm(of: values)) } catch {
      throw BuildError(.configuration, "the values of the chart have no YAML form: \(error)")
    }
  }
}

/// How kustomize lays values over values.
enum HelmValues {
  /// `patch` over `base`: mappings are merged, other values replaced, and what `patch` sets to null
  /// is gone.
  static func merged(_ patch: Node, over base: Node, _ path: [String] = []) throws(BuildError)
    -> Node?
  {
    if patch.isNull { return nil }
    switch (patch, base) {
    case (.mapping(let changes), .mapping(var result)):
      for pair in changes.pairs {
        guard let index = result.index(of: pair.key) else {
          if !pair.value.isNull { result.pairs.append(pair) }
          continue
        }
        let old = result.pairs[index].value
        if let value = try merged(pair.value, over: old, path + [pair.key]) {
          result.pairs[index].value = value
        } else {
          result.pairs.remove(at: index)
        }
      }
      return .mapping(result)
    case (.sequence, .sequence), (.scalar, .scalar): return patch
    case _ where base.isNull: return patch
    default:
      throw BuildError(
        .wrongNodeKind,
        "could not merge values: '\(path.joined(separator: "."))' is of another kind in "
          + "valuesInline than in the values file")
    }
  }
}
