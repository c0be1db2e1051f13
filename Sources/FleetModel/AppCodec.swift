import Manifests

extension Codec where Value == App {
  /// `path` is empty where the file gives none.
  static let app: Codec = object("App", "One deployable path of the repository with its overlays.")
  {
    reader in
    let path = reader.optional(
      "path", .repositoryPath, absent: "`overlays/` and the app's name",
      "Directory of the repository that overlay patterns count from.")
    let overlays = reader.optional(
      "overlays", .list(.overlayPattern, minimum: 1),
      absent: App.defaultOverlays.map { "`\($0)`" }.joined(separator: ", "),
      "Directories in order, `{cluster}` and `{environment}` standing for names; the first that "
        + "exists is built.")
    let clusters = reader.optional(
      "clusters", .selector, absent: "every cluster", "The clusters that the app runs on.")
    let namespace = reader.optional(
      "namespace", .name, absent: "objects stay as rendered",
      "Given to objects that belong into a namespace and name none.")
    let account = reader.optional(
      "serviceAccount", .nonEmptyText, absent: "the hub's own rights",
      "Impersonated when the app is applied.")
    let dependsOn = reader.optional(
      "dependsOn", .list(.name), absent: "none",
      "Apps of the same change that must be stable first.")
    let prune = reader.optional(
      "prune", .boolean, absent: "`true`",
      "Whether objects that left the target state are deleted from clusters.")
    let substitute = reader.optional(
      "substitute", .boolean, absent: "`false`",
      "Whether `${name}` in rendered objects is replaced by values of the cluster.")
    return App(
      name: "", path: path ?? "", overlays: overlays ?? App.defaultOverlays,
      clusters: clusters ?? LabelSelector(), namespace: namespace, serviceAccount: account,
      dependsOn: dependsOn ?? [], prune: prune ?? true, substitute: substitute ?? false)
  }
}
