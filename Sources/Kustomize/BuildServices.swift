public import SourceTree

/// What a build asks others to do, because it needs a program: a build itself is a pure function of
/// its files. What is absent is refused by name where a kustomization asks for it.
public struct BuildServices: Sendable {
  /// Renders Helm charts.
  public var charts: (any ChartInflator)?
  /// Opens files that SOPS has encrypted. Without it they stay as they are, and a warning says so.
  public var decryption: (any FileDecryptor)?
  /// Gives pinned commits of other repositories. Without it bases there are refused.
  public var remotes: (any RemoteTrees)?

  /// Nothing but files.
  public static let none = BuildServices()

  /// The present value of what a build has noted as an input, by its name.
  public func value(ofInput name: String) -> String? {
    // A program or a key that is gone has no value, which no noted one equals.
    switch name {
    case "helm": try? charts?.version()
    case "sops": try? decryption?.identity()
    default: nil
    }
  }

  public init(
    charts: (any ChartInflator)? = nil, decryption: (any FileDecryptor)? = nil,
    remotes: (any RemoteTrees)? = nil
  ) {
    self.charts = charts
    self.decryption = decryption
    self.remotes = remotes
  }
}

/// Renders Helm charts: `helm template`.
public protocol ChartInflator: Sendable {
  /// Names the program and its version: another one may render something else.
  func version() throws(ChartInflationError) -> String

  /// The objects of the chart as YAML documents. The same inflation gives the same text.
  func inflate(_ inflation: ChartInflation) throws(ChartInflationError) -> [UInt8]
}

/// Why a chart gives no objects: what is wrong and what to do, as one line.
public struct ChartInflationError: Error, Sendable, Equatable {
  public let message: String

  public init(_ message: String) { self.message = message }
}

/// A chart, its values and the options of `helm template`.
public struct ChartInflation: Sendable, Hashable {
  /// A file of the chart, by its path inside the chart.
  public struct File: Sendable, Hashable {
    public let path: [String]
    public let bytes: [UInt8]

    public init(path: [String], bytes: [UInt8]) {
      self.path = path
      self.bytes = bytes
    }
  }

  /// Name of the chart's directory.
  public var name: String
  public var files: [File]
  /// Values files, the later over the earlier and all over the chart's own.
  public var values: [[UInt8]]
  /// Empty lets helm make up a name.
  public var releaseName = ""
  /// Empty is helm's `default`.
  public var namespace = ""
  public var nameTemplate = ""
  public var apiVersions: [String] = []
  /// Empty is the version that helm was built for.
  public var kubeVersion = ""
  public var includeCRDs = false
  public var skipTests = false
  public var skipHooks = false

  public init(name: String, files: [File], values: [[UInt8]]) {
    self.name = name
    self.files = files
    self.values = values
  }

  /// The arguments of `helm` with the chart at `chart` and the values at `valuesFiles`, in the order
  /// of kustomize.
  public func arguments(chart: String, valuesFiles: [String]) -> [String] {
    var arguments = ["template", releaseName.isEmpty ? "--generate-name" : releaseName, chart]
    func add(_ flag: String, _ value: String) {
      if !value.isEmpty { arguments += [flag, value] }
    }
    add("--namespace", namespace)
    add("--name-template", nameTemplate)
    for file in valuesFiles { add("-f", file) }
    for version in apiVersions { arguments += ["--api-versions", version] }
    add("--kube-version", kubeVersion)
    if includeCRDs { arguments.append("--include-crds") }
    if skipTests { arguments.append("--skip-tests") }
    if skipHooks { arguments.append("--no-hooks") }
    return arguments
  }
}

extension BuildServices {
  /// `tree` with the commits of other repositories in it, where they may be used.
  public func mounting(on tree: any FileTree) -> any FileTree {
    if tree is MountedTree { return tree }
    return remotes.map { MountedTree(tree, remotes: $0) } ?? tree
  }
}
