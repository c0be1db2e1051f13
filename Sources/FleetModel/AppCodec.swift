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
      "serviceAccount", .serviceAccount, absent: "the hub's own rights",
      "A service account of each cluster, in whose name the app's objects are created, changed and "
        + "deleted there.")
    let dependsOn = reader.optional(
      "dependsOn", .list(.name), absent: "none",
      "Apps whose part of the same commit must be stable in an environment before this one starts "
        + "there.")
    let prune = reader.optional(
      "prune", .boolean, absent: "`true`",
      "Whether objects that left the target state are deleted from clusters.")
    let apply = reader.optional(
      "apply", .applyPolicy, absent: "all refused",
      "What an apply may do to what is not Flotilla's. An object's annotations "
        + "`flotilla.dev/existing`, `flotilla.dev/conflicts` and `flotilla.dev/immutable` say the "
        + "same for that object, and win.")
    let substitute = reader.optional(
      "substitute", .boolean, absent: "`false`",
      "Whether `${name}` in rendered objects is replaced by values of the cluster.")
    let compat = reader.optional(
      "compat", .word("compat", of: "App") as Codec<App.Compatibility>, absent: "`kustomize`",
      "How patches merge lists: as kustomize does, or by the keys of the Kubernetes API, custom "
        + "resources included.")
    let schema = reader.optional(
      "schema", .word("schema", of: "App") as Codec<App.SchemaCheck>, absent: "`strict`",
      "What becomes of objects with unknown or missing fields or values of the wrong type: no "
        + "release, a warning, or nothing.")
    let allowed = reader.optional(
      "allowed", .allowance, absent: "everything", "What the app may consist of.")
    let healthChecks = reader.optional(
      "healthCheckExprs", .healthChecks, absent: "the rules of kstatus",
      "When objects of custom kinds are healthy.")
    return App(
      name: "", path: path ?? "", overlays: overlays ?? App.defaultOverlays,
      clusters: clusters ?? LabelSelector(), namespace: namespace, serviceAccount: account,
      dependsOn: dependsOn ?? [], prune: prune ?? true, apply: apply ?? ApplyPolicy(),
      substitute: substitute ?? false, compat: compat ?? .kustomize, schema: schema ?? .strict,
      allowed: allowed, healthCheckExprs: healthChecks ?? [])
  }
}

extension Codec where Value == ApplyPolicy {
  fileprivate static let applyPolicy: Codec = object(
    "ApplyPolicy", "What an apply may do where it meets what is not Flotilla's."
  ) { reader in
    let existing = reader.optional(
      "existing", .word("existing", of: "ApplyPolicy") as Codec<ApplyPolicy.Existing>,
      absent: "`refuse`", "Objects that exist already and that no app brought become the app's.")
    let conflicts = reader.optional(
      "conflicts", .word("conflicts", of: "ApplyPolicy") as Codec<ApplyPolicy.Conflicts>,
      absent: "`refuse`", "Fields that another manager owns with another value become Flotilla's.")
    let immutable = reader.optional(
      "immutable", .word("immutable", of: "ApplyPolicy") as Codec<ApplyPolicy.Immutable>,
      absent: "`refuse`",
      "Objects are deleted and created again when a field changes that the server does not let "
        + "change. Namespaces, definitions and volumes only by their own annotation.")
    return ApplyPolicy(
      existing: existing ?? .refuse, conflicts: conflicts ?? .refuse,
      immutable: immutable ?? .refuse)
  }
}

extension Codec where Value == App.Allowance {
  fileprivate static let allowance: Codec = object(
    "Allowance",
    "What the objects of an app may be. Any other keeps a commit from becoming a release."
  ) { reader in
    let namespaces = reader.optional(
      "namespaces", .list(.namespacePattern), absent: "every namespace",
      "Namespaces of its objects, and names of its Namespace objects.")
    let kinds = reader.optional(
      "kinds", .list(.kindPattern), absent: "every kind",
      "Kinds of its objects that belong into a namespace.")
    let clusterKinds = reader.optional(
      "clusterKinds", .list(.kindPattern), absent: "none",
      "Kinds of its cluster-scoped objects.")
    return App.Allowance(namespaces: namespaces, kinds: kinds, clusterKinds: clusterKinds ?? [])
  }
}

extension Codec where Value == String {
  fileprivate static let serviceAccount = text(
    "namespace and name of a service account, such as shop/deployer",
    pattern: "^[a-z0-9]([-a-z0-9]*[a-z0-9])?/[a-z0-9]([-.a-z0-9]*[a-z0-9])?$"
  ) { text in
    let parts = text.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
    return parts.count == 2 && parts.allSatisfy(LabelSyntax.isName) && !parts[0].contains(".")
  }

  fileprivate static let namespacePattern = text(
    "the name of a namespace, in which '*' may stand for any characters",
    pattern: "^[a-z0-9*]([-a-z0-9*]*[a-z0-9*])?$"
  ) { text in
    // What stands for a star does not matter, so a letter may.
    let name = text.replacing("*", with: "x")
    return LabelSyntax.isName(name) && !name.contains(".")
  }
}

extension Codec where Value == App.KindPattern {
  fileprivate static let kindPattern = Codec<String>.text(
    "a kind such as ConfigMap, Deployment.apps, *.apps or *",
    pattern: "^(\\*|[A-Z][A-Za-z0-9]*)(\\.[a-z0-9][-a-z0-9.]*)?$"
  ) { text in
    let dot = text.firstIndex(of: ".")
    let kind = text[..<(dot ?? text.endIndex)]
    guard kind == "*" || kind.first.map({ "A"..."Z" ~= $0 }) == true,
      kind.allSatisfy({
        $0 == "*" && kind == "*" || $0.isASCII && ($0.isLetter || $0.isNumber)
      })
    else { return false }
    return dot.map { LabelSyntax.isName(String(text[text.index(after: $0)...])) } ?? true
  }.map(App.KindPattern.init)
}
