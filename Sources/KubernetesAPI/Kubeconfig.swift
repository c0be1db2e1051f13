internal import HTTPTransport
internal import Manifests

/// What one context of a kubeconfig says about server and user.
struct KubeconfigEntry {
  /// The file, for messages.
  var origin = "the kubeconfig"
  var stamp: FileStamp?
  var server: String?
  var trust = ClusterAccess.TrustSource.system
  var skipsVerification = false
  var tlsServerName: String?
  var proxy: String?
  var token: ClusterAccess.TokenSource?
  var identity: ClusterAccess.IdentitySource?
  var basic: (user: String, password: Secret)?
  var plugin: ExecPlugin?
  var impersonation: Impersonation?

  init() {}

  /// Reads `file` and follows `context`, or its current context.
  init(file: String, context: String?) throws(ClusterAccessError) {
    let names = try KubeconfigFile.read(file)
    origin = file
    stamp = names.stamp
    guard let contextName = context ?? names.currentContext, !contextName.isEmpty else {
      throw ClusterAccessError(
        "\(file): has no current-context; name one of: \(names.all("contexts"))")
    }
    let chosen = try names.entry(contextName, of: "contexts", holding: "context")
    guard let clusterName = chosen["cluster"]?.string else {
      throw ClusterAccessError("\(file): context '\(contextName)' names no cluster")
    }
    let cluster = try names.entry(clusterName, of: "clusters", holding: "cluster")
    try read(cluster: cluster, name: clusterName, file: file)
    if let userName = chosen["user"]?.string, !userName.isEmpty {
      let user = try names.entry(userName, of: "users", holding: "user")
      try read(user: user, name: userName, cluster: cluster, file: file)
    }
  }

  private mutating func read(cluster: Node, name: String, file: String)
    throws(ClusterAccessError)
  {
    server = cluster["server"]?.string
    tlsServerName = cluster["tls-server-name"]?.string
    proxy = cluster["proxy-url"]?.string
    skipsVerification = cluster["insecure-skip-tls-verify"]?.bool ?? false
    let authority = try KubeconfigEntry.source(
      cluster, data: "certificate-authority-data", path: "certificate-authority",
      of: "cluster '\(name)'", file: file)
    if let authority {
      if authority.path.isEmpty {
        trust = .pem(try authority.contents().bytes)
      } else {
        trust = .file(authority)
      }
    }
  }

  private mutating func read(
    user: Node, name: String, cluster: Node, file: String
  ) throws(ClusterAccessError) {
    let who = "\(file): user '\(name)'"
    if let exec = user["exec"], !exec.isNull {
      plugin = try execPlugin(exec, cluster: cluster, who: who, file: file)
    }
    if let provider = user["auth-provider"], !provider.isNull {
      let providerName = provider["name"]?.string ?? ""
      throw ClusterAccessError(
        "\(who) uses the auth-provider '\(providerName)', which Kubernetes itself removed in 1.26;"
          + " use a token, a token file or a client certificate")
    }
    impersonation = try Self.impersonation(user, who)
    let certificate = try KubeconfigEntry.source(
      user, data: "client-certificate-data", path: "client-certificate", of: "user '\(name)'",
      file: file)
    let key = try KubeconfigEntry.source(
      user, data: "client-key-data", path: "client-key", of: "user '\(name)'", file: file)
    switch (certificate, key) {
    case (let certificate?, let key?):
      identity = ClusterAccess.IdentitySource(certificate: certificate, key: key)
    case (nil, nil): break
    case (nil, _): throw ClusterAccessError("\(who) has a client key but no client certificate")
    case (_, nil): throw ClusterAccessError("\(who) has a client certificate but no client key")
    }
    // As in client-go, the file wins over the value.
    if let path = user["tokenFile"]?.string, !path.isEmpty {
      let directory = FilePath.directory(of: file)
      token = .file(CredentialFile(path: FilePath.resolve(path, in: directory)))
    } else if let value = user["token"]?.scalar?.text, !value.isEmpty {
      token = .value(Secret(value))
    }
    if let userName = user["username"]?.scalar?.text, !userName.isEmpty {
      basic = (userName, Secret(user["password"]?.scalar?.text ?? ""))
    }
  }

  private static func impersonation(
    _ user: Node, _ who: String
  ) throws(ClusterAccessError) -> Impersonation? {
    let name = user["as"]?.scalar?.text ?? ""
    let uid = user["as-uid"]?.scalar?.text ?? ""
    let groups = (user["as-groups"]?.sequence ?? []).compactMap { $0.scalar?.text }
    let extra = user["as-user-extra"]?.mapping?.pairs ?? []
    guard !name.isEmpty else {
      if uid.isEmpty, groups.isEmpty, extra.isEmpty { return nil }
      throw ClusterAccessError("\(who) has as-uid, as-groups or as-user-extra without 'as'")
    }
    return Impersonation(
      user: name, uid: uid.isEmpty ? nil : uid, groups: groups,
      extra: Dictionary(
        extra.map { pair in
          (pair.key, (pair.value.sequence ?? []).compactMap { $0.scalar?.text })
        }
      ) { first, _ in first })
  }

  private func execPlugin(
    _ exec: Node, cluster: Node, who: String, file: String
  ) throws(ClusterAccessError) -> ExecPlugin {
    guard let command = exec["command"]?.string, !command.isEmpty else {
      throw ClusterAccessError("\(who): exec names no command")
    }
    let version = exec["apiVersion"]?.string ?? ""
    guard KubeconfigEntry.execVersions.contains(version) else {
      throw ClusterAccessError(
        "\(who): exec has the apiVersion '\(version)'; known are "
          + KubeconfigEntry.execVersions.joined(separator: " and "))
    }
    if exec["interactiveMode"]?.string == "Always" {
      throw ClusterAccessError(
        "\(who): the exec plugin '\(command)' has interactiveMode: Always, and nobody sits at the hub;"
          + " use one that signs in by itself")
    }
    var environment: [String: String] = [:]
    for variable in exec["env"]?.sequence ?? [] {
      guard let name = variable["name"]?.string, !name.isEmpty else { continue }
      environment[name] = variable["value"]?.scalar?.text ?? ""
    }
    let asksForCluster = exec["provideClusterInfo"]?.bool == true
    return ExecPlugin(
      origin: who, apiVersion: version,
      // As in client-go, a path counts from the kubeconfig, and a mere name is looked up.
      command: command.contains("/")
        ? FilePath.resolve(command, in: FilePath.directory(of: file)) : command,
      arguments: (exec["args"]?.sequence ?? []).compactMap { $0.scalar?.text },
      environment: environment, installHint: exec["installHint"]?.string ?? "",
      cluster: asksForCluster ? try clusterInformation(cluster) : nil)
  }

  private static let execVersions = [
    "client.authentication.k8s.io/v1", "client.authentication.k8s.io/v1beta1",
  ]

  /// What a plugin is told about the cluster that it signs in to.
  private func clusterInformation(_ cluster: Node) throws(ClusterAccessError) -> String {
    var information = Mapping([Mapping.Pair("server", .string(server ?? ""))])
    if let tlsServerName {
      information.pairs.append(Mapping.Pair("tls-server-name", .string(tlsServerName)))
    }
    if skipsVerification {
      information.pairs.append(Mapping.Pair("insecure-skip-tls-verify", .bool(true)))
    }
    let authority: [UInt8]? =
      switch trust {
      case .pem(let pem): pem
      case .file(let file): try file.contents().bytes
      case .system, .anyone: nil
      }
    if let authority {
      information.pairs.append(
        Mapping.Pair("certificate-authority-data", .string(Base64.encode(authority))))
    }
    if let proxy { information.pairs.append(Mapping.Pair("proxy-url", .string(proxy))) }
    let configuration = (cluster["extensions"]?.sequence ?? []).first { item in
      item["name"]?.string == "client.authentication.k8s.io/exec"
    }?["extension"]
    if let configuration {
      information.pairs.append(Mapping.Pair("config", configuration))
    }
    return String(decoding: JSON.serialize(.mapping(information)), as: UTF8.self)
  }

  /// Inline data wins over a file, as in client-go.
  private static func source(
    _ node: Node, data: String, path: String, of owner: String, file: String
  ) throws(ClusterAccessError) -> CredentialFile? {
    if let text = node[data]?.scalar?.text, !text.isEmpty, node[data]?.isNull == false {
      guard let bytes = Base64.decode(text), !bytes.isEmpty else {
        throw ClusterAccessError("\(file): \(data) of \(owner) is no base64")
      }
      return CredentialFile(inline: bytes)
    }
    if let name = node[path]?.string, !name.isEmpty {
      return CredentialFile(path: FilePath.resolve(name, in: FilePath.directory(of: file)))
    }
    return nil
  }
}
