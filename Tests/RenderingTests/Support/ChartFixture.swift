import ChildPrograms
import Foundation
import Kustomize
import SourceTree
import Testing

@testable import Rendering

/// A folder with a chart that shows all that it is told, for kubectl and for us.
final class ChartFixture {
  let path: String

  static let chart = [
    "Chart.yaml": "apiVersion: v2\nname: web\nversion: 1.2.3\n",
    "values.yaml": """
    # read as YAML 1.1 by helm, as 1.2 by kustomize where it merges
    replicas: 2
    mode: 0644
    flag: yes
    list: [a, b]
    nested: {one: 1, two: 2}

    """,
    "templates/settings.yaml": """
    apiVersion: v1
    kind: ConfigMap
    metadata:
      name: {{ .Release.Name }}-web
      namespace: {{ .Release.Namespace }}
    data:
      values: {{ .Values | toJson | quote }}
      kube: {{ .Capabilities.KubeVersion.Version }}
      api: {{ .Capabilities.APIVersions.Has "x/v1" | quote }}
      version: {{ .Chart.Version }}
    ---
    apiVersion: v1
    kind: Service
    metadata:
      name: {{ .Release.Name }}-web
    spec:
      ports: [{port: 80}]

    """,
    "templates/NOTES.txt": "Installed.\n",
    "templates/test.yaml":
      "apiVersion: v1\nkind: Pod\nmetadata:\n  name: test\n  annotations: {helm.sh/hook: test}\n",
    "templates/hook.yaml": """
    apiVersion: batch/v1
    kind: Job
    metadata:
      name: migrate
      annotations: {helm.sh/hook: pre-install}
    spec:
      template:
        spec:
          restartPolicy: Never
          containers: [{name: migrate, image: example.org/migrate}]

    """,
    "crds/thing.yaml": """
    apiVersion: apiextensions.k8s.io/v1
    kind: CustomResourceDefinition
    metadata:
      name: things.example.com
    spec:
      group: example.com
      names: {kind: Thing, plural: things}
      scope: Namespaced
      versions:
        - name: v1
          served: true
          storage: true
          schema: {openAPIV3Schema: {type: object}}

    """,
  ]

  init() throws {
    path = FileManager.default.temporaryDirectory.resolvingSymlinksInPath()
      .appending(path: "flotilla-charts-\(UUID().uuidString)").path()
    for (name, text) in Self.chart { try write("charts/web/\(name)", text) }
  }

  deinit {
    // Nobody is left to be told.
    try? FileManager.default.removeItem(atPath: path)
  }

  func write(_ name: String, _ text: String) throws {
    let file = URL(filePath: "\(path)/\(name)")
    try FileManager.default.createDirectory(
      at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
    try Data(text.utf8).write(to: file)
  }

  /// What we build.
  func built(_ directory: String = "", options: BuildOptions = BuildOptions()) throws -> String {
    let place = try #require(TreePath(String("\(path)/\(directory)".dropFirst())))
    let result = try KustomizeBuild.build(
      DiskTree(root: "/"), at: place, options: options,
      services: BuildServices(charts: HelmProgram(.trusted)))
    return String(decoding: try result.yaml(), as: UTF8.self)
  }

  /// What kubectl builds; `nil` where it refuses.
  func expected(_ directory: String = "") throws -> String? {
    let result = try Self.run("kubectl", ["kustomize", "--enable-helm", "\(path)/\(directory)"])
    return result.status == 0 ? String(decoding: result.output, as: UTF8.self) : nil
  }

  static func run(_ name: String, _ arguments: [String]) throws -> ChildProgram.Result {
    try ChildProgram(name, arguments, environment: ProcessInfo.processInfo.environment).run {}
  }

  /// Whether both programs are there.
  static let isAvailable: Bool = {
    // A program that cannot be started is not available.
    guard let helm = try? run("helm", ["version", "--short"]),
      let kubectl = try? run("kubectl", ["version", "--client"])
    else { return false }
    return helm.status == 0
      && String(decoding: kubectl.output, as: UTF8.self).contains("Kustomize Version: v5.5.")
  }()
}
