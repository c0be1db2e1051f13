/// What a kustomization file says.
struct Kustomization: Sendable {
  var kind = ""
  var apiVersion = ""
  var openapi: [String: String] = [:]
  var namePrefix = ""
  var nameSuffix = ""
  var namespace = ""
  var commonLabels: [String: String] = [:]
  var labels: [Labels] = []
  var commonAnnotations: [String: String] = [:]
  var patchesStrategicMerge: [Located<String>] = []
  var patchesJSON6902: [Patch] = []
  var patches: [Patch] = []
  var images: [Image] = []
  var replacements: [Replacement] = []
  var replicas: [Replicas] = []
  var variables: [Variable] = []
  var sortOptions: SortOptions?
  var resources: [Located<String>] = []
  var components: [Located<String>] = []
  var crds: [Located<String>] = []
  var configMapGenerator: [Generator] = []
  var secretGenerator: [Generator] = []
  var generatorOptions: GeneratorOptions?
  var configurations: [Located<String>] = []
  var generators: [Located<String>] = []
  var transformers: [Located<String>] = []
  var validators: [Located<String>] = []
  var buildMetadata: [String] = []
  var helmGlobals = HelmGlobals()
  var helmCharts: [HelmChart] = []
  /// Deprecated fields in use, with their lines.
  var deprecated: [Deprecated] = []
  /// Line of the first entry of a field, for warnings.
  var lines: [String: Int] = [:]

  var isComponent: Bool { kind == "Component" }

  struct Deprecated: Sendable {
    var field: String
    var replacement: String
    var line: Int
  }

  /// A value and its line.
  struct Located<Value: Sendable>: Sendable {
    var value: Value
    var line: Int
  }

  struct Labels: Sendable {
    var pairs: [String: String]
    var includeSelectors: Bool
    var includeTemplates: Bool
    var fields: [FieldSpec]
    var line: Int
  }

  struct Patch: Sendable {
    var path: String
    var text: String
    var target: Selector?
    var options: [String: Bool]
    var line: Int
    /// Line at which the inline text starts.
    var textLine: Int
  }

  struct Image: Sendable {
    var name = ""
    var newName = ""
    var tagSuffix = ""
    var newTag = ""
    var digest = ""
    var line = 0
  }

  struct Replicas: Sendable {
    var name: String
    var count: Int
    var line: Int
  }

  struct SortOptions: Sendable {
    var order: String
    var first: [String]?
    var last: [String]?
    var hasLegacyOptions: Bool
    var line: Int
  }

  struct GeneratorOptions: Sendable {
    var labels: [String: String] = [:]
    var annotations: [String: String] = [:]
    var disableNameSuffixHash = false
    var immutable = false
    /// Which of these two are said to be false, where that is said.
    var refused: [String] = []
  }

  /// One entry of `configMapGenerator` or `secretGenerator`.
  struct Generator: Sendable {
    var name = ""
    var namespace = ""
    var behavior = ""
    var files: [String] = []
    var literals: [String] = []
    var envs: [String] = []
    /// Whether one of them came from the deprecated field `env`.
    var usesEnv = false
    var options: GeneratorOptions?
    /// Of a secret.
    var type = ""
    var line = 0
  }

  /// One entry of `replacements`: a file of replacements, or one in place.
  struct Replacement: Sendable {
    struct Options: Sendable {
      var delimiter: String
      var index: Int
      var create: Bool
    }

    struct Source: Sendable {
      var id: Selector
      var fieldPath: String
      var options: Options?
    }

    struct Target: Sendable {
      var select: Selector?
      var reject: [Selector]
      var fieldPaths: [String]
      var options: Options?
      var line: Int
    }

    var path = ""
    var source: Source?
    var targets: [Target]?
    var line = 0
  }

  struct Variable: Sendable {
    var name: String
    var type: GroupVersionKind
    var objectName: String
    var namespace: String
    var fieldPath: String
    var line: Int
  }
}
