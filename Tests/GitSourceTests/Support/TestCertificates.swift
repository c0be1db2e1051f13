import Foundation

/// A certificate authority, a server certificate for 127.0.0.1 and a client certificate, made anew.
struct TestCertificates {
  let authority: String
  let server: String
  let serverKey: String
  let client: String
  let clientKey: String

  init(in directory: TemporaryDirectory) throws {
    let path = directory.path
    func openssl(_ arguments: String...) throws {
      try runProgram("openssl", arguments, in: path)
    }
    let newKey = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]
    try runProgram(
      "openssl",
      ["req", "-x509", "-days", "2", "-subj", "/CN=Test CA", "-keyout", "ca.key", "-out", "ca.pem"]
        + newKey, in: path)
    _ = try directory.file("server.ext", "subjectAltName=IP:127.0.0.1,DNS:localhost\n")
    _ = try directory.file("client.ext", "extendedKeyUsage=clientAuth\n")
    for name in ["server", "client"] {
      try runProgram(
        "openssl",
        ["req", "-subj", "/CN=\(name)", "-keyout", "\(name).key", "-out", "\(name).csr"] + newKey,
        in: path)
      try openssl(
        "x509", "-req", "-days", "2", "-in", "\(name).csr", "-CA", "ca.pem", "-CAkey", "ca.key",
        "-CAcreateserial", "-extfile", "\(name).ext", "-out", "\(name).pem")
    }
    authority = path + "/ca.pem"
    server = path + "/server.pem"
    serverKey = path + "/server.key"
    client = path + "/client.pem"
    clientKey = path + "/client.key"
  }
}
