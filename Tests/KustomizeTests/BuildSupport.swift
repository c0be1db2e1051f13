import Kustomize
import Manifests
import SourceTree
import Testing

/// Builds the kustomization in `directory` of files given by path and answers the output.
func build(
  _ files: [String: String], at directory: String = ".", options: BuildOptions = BuildOptions()
) throws -> String {
  String(decoding: try buildResult(files, at: directory, options: options).yaml(), as: UTF8.self)
}

func buildResult(
  _ files: [String: String], at directory: String = ".", options: BuildOptions = BuildOptions()
) throws -> BuildResult {
  try KustomizeBuild.build(
    try MemoryTree(files), at: try #require(TreePath(directory)), options: options)
}

/// The error that a build must end in.
func refusal(
  _ files: [String: String], at directory: String = ".", options: BuildOptions = BuildOptions(),
  sourceLocation: SourceLocation = #_sourceLocation
) -> BuildError? {
  #expect(throws: BuildError.self, sourceLocation: sourceLocation) {
    _ = try build(files, at: directory, options: options)
  }
}

enum Sample {
  static let deployment = """
    apiVersion: apps/v1
    kind: Deployment
    metadata:
      name: web
    spec:
      template:
        spec:
          containers:
          - name: web
            image: nginx:1.19
            ports:
            - containerPort: 80
              protocol: TCP
          - name: side
            image: reg.io:5000/side:v1

    """
  static let configMap = """
    apiVersion: v1
    kind: ConfigMap
    metadata:
      name: settings
    data:
      a: "1"

    """

  /// One ConfigMap with the fields given, as flow YAML.
  static func widget(_ spec: String) -> String {
    "apiVersion: example.com/v1\nkind: Widget\nmetadata: {name: w}\nspec: \(spec)\n"
  }
}

/// The lines of `text` from the first that is `line` on, without indentation.
func lines(of text: String, from line: String) -> [String] {
  let all = text.split(separator: "\n").map { String($0.drop { $0 == " " }) }
  guard let index = all.firstIndex(of: line) else { return [] }
  return Array(all[index...])
}

func occurrences(of word: String, in text: String) -> Int { text.ranges(of: word).count }
