import Manifests

extension Codec where Value == Cluster {
  static let cluster: Codec = object("Cluster", "How to reach a cluster and what sets it apart.") {
    reader in
    let server = reader.optional(
      "server", .serverURL, absent: "taken from the kubeconfig",
      "Base URL of the API server.")
    let ca = reader.optional(
      "ca", .authority, absent: "taken from the kubeconfig, else what the hub's system trusts",
      "Who signed the API server's certificate.")
    let serverName = reader.optional(
      "tlsServerName", .nonEmptyText, absent: "the host of the server's URL",
      "The name to expect in the API server's certificate.")
    let proxy = reader.optional(
      "proxy", .proxyURL, absent: "no proxy", "URL of the proxy to reach the API server through.")
    let credentials = reader.optional(
      "credentials", Codec<Credentials>.credentials.located,
      absent: "none; needed where the hub signs in itself, so unless `delivery` says otherwise",
      "How the hub signs in: always a reference, never a value. Paths are relative to the hub's "
        + "credentials directory.")
    let variables = reader.optional(
      "variables",
      .map(keys: .substitutionName, keyNoun: "names of variables", values: .anyText),
      absent: "none",
      "Values for `${name}` in the overlays of apps that substitute.")
    let domain = reader.optional(
      "failureDomain", .labelValue, absent: "none",
      "Clusters of one failure domain are spread over a wave.")
    let delivery = reader.optional(
      "delivery", .delivery, absent: "`push`", "How target states reach the cluster.")
    reader.demand(
      anyOf: [["credentials"], ["delivery"]], at: reader.position,
      "Cluster has no 'credentials'", remedy: "add 'credentials': a mapping")
    if delivery == .push, !reader.has("credentials"), let position = reader.position {
      reader.report(
        at: position, "Cluster has no 'credentials'", remedy: "add 'credentials': a mapping")
    }
    reader.demand(
      anyOf: [["server"], ["credentials", "kubeconfig"], ["delivery"]], at: credentials?.position,
      "Cluster has no 'server', and only a kubeconfig could name it",
      remedy: "add 'server': the URL of the API server")
    if reader.has("credentials"), credentials == nil { return nil }
    return Cluster(
      name: "", server: server, ca: ca, tlsServerName: serverName, proxy: proxy,
      credentials: credentials?.value ?? .none, variables: variables ?? [:], failureDomain: domain,
      delivery: delivery ?? .push)
  }
}

extension Codec where Value == CertificateAuthority {
  static let authority: Codec = object(
    "CertificateAuthority", "One or more certificates in PEM form."
  ) {
    reader in
    reader.alternatives(["file", "data"], required: true)
    let file = reader.optional("file", .credentialsPath, "A PEM file.")
    let data = reader.optional(
      "data",
      .text(
        "certificates in PEM form, without a key", pattern: "^\\s*-----BEGIN CERTIFICATE-----",
        isConfidential: true
      ) { text in
        text.drop(while: \.isWhitespace).hasPrefix("-----BEGIN CERTIFICATE-----")
          && !text.contains("PRIVATE KEY")
      }, "PEM text. A certificate is no secret.")
    return file.map { .file($0) } ?? data.map { .pem($0) }
  }
}

extension Codec where Value == Credentials {
  /// Names under which people paste secrets.
  static var valueFields: [String] {
    [
      "token", "bearertoken", "password", "username", "basicauth", "clientkeydata",
      "client-key-data", "clientcertificatedata", "client-certificate-data", "privatekey", "secret",
      "key", "data",
    ]
  }

  static let credentials: Codec = object(
    "Credentials", "Where the hub finds what it signs in with."
  ) {
    reader in
    reader.alternatives(
      ["kubeconfig", "tokenFile", "clientCertificate", "exec", "environmentVariable"],
      required: true)
    let kubeconfig = reader.optional(
      "kubeconfig", .kubeconfig, "A context of a kubeconfig file of the credentials directory.")
    let token = reader.optional(
      "tokenFile", .credentialsPath, "A file that holds a bearer token; read again when it changes."
    )
    let certificate = reader.optional(
      "clientCertificate", .clientCertificate, "A client certificate with its key.")
    let program = reader.optional(
      "exec", .execCredential, "A program that prints an ExecCredential, as in a kubeconfig.")
    let variable = reader.optional(
      "environmentVariable",
      .text(
        "the name of an environment variable", pattern: "^[A-Za-z_][A-Za-z0-9_]*$",
        isConfidential: true
      ) { VariableSyntax.isName($0) },
      "Name of an environment variable of the hub that holds a bearer token.")
    return kubeconfig ?? token.map { .tokenFile($0) } ?? certificate ?? program
      ?? variable.map { .environmentVariable($0) }
  }

  private static let kubeconfig: Codec = object("Kubeconfig", "A context of a kubeconfig file.") {
    reader in
    let file = reader.required(
      "file", .credentialsPath, "The file, relative to the hub's credentials directory.")
    let context = reader.optional(
      "context", .nonEmptyText, absent: "the file's current context", "The context to use.")
    return file.map { .kubeconfig(file: $0, context: context) }
  }

  private static let clientCertificate: Codec = object(
    "ClientCertificate", "PEM files of the credentials directory."
  ) { reader in
    let certificate = reader.required(
      "certificateFile", .credentialsPath, "The certificate, with intermediates after it.")
    let key = reader.required("keyFile", .credentialsPath, "The certificate's private key.")
    guard let certificate, let key else { return nil }
    return .clientCertificate(certificateFile: certificate, keyFile: key)
  }

  private static let execCredential: Codec = object(
    "ExecCredential", "A program as in a kubeconfig's `exec`."
  ) { reader in
    let version = reader.optional(
      "apiVersion", .nonEmptyText, absent: "`client.authentication.k8s.io/v1`",
      "Version of the ExecCredential that the program prints.")
    let command = reader.required("command", .nonEmptyText, "The program, looked up on PATH.")
    let arguments = reader.optional("args", .list(.anyText), absent: "none", "Its arguments.")
    let environment = reader.optional(
      "env", .map(keys: .variableName, keyNoun: "names of variables", values: .anyText),
      absent: "none", "Variables added to its environment.")
    return command.map {
      .exec(
        ExecCredential(
          apiVersion: version ?? "client.authentication.k8s.io/v1", command: $0,
          arguments: arguments ?? [], environment: environment ?? [:]))
    }
  }
}

extension Codec where Value == DeliveryMode {
  static let delivery: Codec = Codec(
    .either([.choice(["push", "agent"]), directory.shape()]),
    decode: { node, context in
      if node.scalar?.text == "push" { return .push }
      if node.scalar?.text == "agent" { return .agent }
      guard node.mapping != nil else {
        context.mismatch(node, expected: "'push', 'agent', or a mapping with 'directory'")
        return nil
      }
      return directory.decode(node, context)
    })

  private static let directory: Codec = object("Delivery", "Files for air-gapped transfer.") {
    reader in
    let path = reader.required(
      "directory", .exportPath,
      "Folder below the hub's export directory (`--export-dir`) that target states are written to.")
    return path.map { .directory(path: $0) }
  }
}

extension Codec where Value == String {
  static let variableName = text(
    "the name of a variable: letters, digits and '_'", pattern: "^[A-Za-z_][A-Za-z0-9_]*$"
  ) { VariableSyntax.isName($0) }

  static let substitutionName = text(
    "the name of a variable: letters, digits and '_'; "
      + SubstitutionVariables.reserved.map { "'\($0)'" }.joined(separator: " and ")
      + " always stand for the names of the cluster and of its environment",
    pattern: "^(?!(\(SubstitutionVariables.reserved.joined(separator: "|")))$)"
      + "[A-Za-z_][A-Za-z0-9_]*$"
  ) { VariableSyntax.isName($0) && !SubstitutionVariables.reserved.contains($0) }

  static let proxyURL = text(
    "a URL that starts with http://, https:// or socks5:// and holds no password",
    pattern: "^(http|https|socks5)://[^/\\s@]+$", isConfidential: true
  ) { text in
    !text.contains(where: { $0.isWhitespace || $0 == "@" })
      && ["http://", "https://", "socks5://"].contains {
        text.hasPrefix($0) && text.count > $0.count
      }
  }
}

extension Codec where Value == String {
  /// A token must not travel in the clear, nor stand in the URL.
  static let serverURL = text(
    "a URL that starts with https:// (http:// only to localhost) and holds no password",
    pattern: "^(https://|http://(localhost|127[.]0[.]0[.]1|\\[::1\\])(?=[:/]|$))[^/\\s@][^\\s@]*$",
    isConfidential: true
  ) { text in
    guard !text.contains(where: { $0.isWhitespace || $0 == "@" }) else { return false }
    if text.hasPrefix("https://") { return text.count > 8 && !text.hasPrefix("https:///") }
    guard text.hasPrefix("http://") else { return false }
    let host = text.dropFirst(7).prefix { $0 != "/" }
    return ["localhost", "127.0.0.1", "[::1]"].contains { name in
      host == name || host.hasPrefix(name + ":")
    }
  }
}
