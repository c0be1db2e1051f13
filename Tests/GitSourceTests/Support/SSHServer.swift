import Foundation

/// A real sshd on a free port of 127.0.0.1 with keys of its own, ended with its directory.
final class SSHServer: Sendable {
  static let program = "/usr/sbin/sshd"
  static var isInstalled: Bool { FileManager.default.isExecutableFile(atPath: program) }

  let port: Int
  /// The private key that the server accepts.
  let clientKey: String
  let knownHosts: String
  private let process: ChildProcess

  init(in directory: TemporaryDirectory) throws {
    let path = directory.path + "/ssh"
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    for (name, type) in [("host", "ed25519"), ("client", "rsa")] {
      try runProgram(
        "ssh-keygen", ["-q", "-t", type, "-b", "2048", "-N", "", "-f", "\(path)/\(name)"], in: path)
    }
    clientKey = path + "/client"
    let port = try freePort()
    self.port = port
    let hostKey = try String(contentsOfFile: path + "/host.pub", encoding: .utf8)
    knownHosts = path + "/known hosts"
    try Data("[127.0.0.1]:\(port) \(hostKey)".utf8).write(to: URL(fileURLWithPath: knownHosts))
    let configuration = """
      Port \(port)
      ListenAddress 127.0.0.1
      HostKey \(path)/host
      AuthorizedKeysFile \(path)/client.pub
      PasswordAuthentication no
      KbdInteractiveAuthentication no
      PermitRootLogin prohibit-password
      StrictModes no
      UsePAM no
      PidFile none
      SetEnv GIT_CONFIG_NOSYSTEM=1 GIT_CONFIG_GLOBAL=/dev/null
      """
    let file = path + "/sshd_config"
    try Data(configuration.utf8).write(to: URL(fileURLWithPath: file))
    if geteuid() == 0 {
      try FileManager.default.createDirectory(
        atPath: "/run/sshd", withIntermediateDirectories: true)
    }
    process = try ChildProcess([Self.program, "-D", "-e", "-f", file], in: path)
    let deadline = Date(timeIntervalSinceNow: 20)
    while !accepts(port) {
      guard process.isRunning, Date() < deadline else {
        throw ProgramFailure(description: "sshd did not start on port \(port)")
      }
      usleep(20_000)
    }
    directory.keep(self)
  }

  deinit { process.stop() }

  func url(_ path: String) -> String { "ssh://\(NSUserName())@127.0.0.1:\(port)\(path)" }
}

/// A port that nobody listens on.
func freePort() throws -> Int {
  let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
  defer { close(descriptor) }
  var address = loopback(port: 0)
  var length = socklen_t(MemoryLayout<sockaddr_in>.size)
  let code = withUnsafeMutablePointer(to: &address) {
    $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
      bind(descriptor, $0, length) == 0 ? getsockname(descriptor, $0, &length) : -1
    }
  }
  guard code == 0 else { throw ProgramFailure(description: "no free port") }
  return Int(UInt16(bigEndian: address.sin_port))
}

private func accepts(_ port: Int) -> Bool {
  let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
  defer { close(descriptor) }
  var address = loopback(port: port)
  return withUnsafePointer(to: &address) {
    $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
      connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0
    }
  }
}

private func loopback(port: Int) -> sockaddr_in {
  var address = sockaddr_in()
  address.sin_family = sa_family_t(AF_INET)
  address.sin_port = UInt16(port).bigEndian
  address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
  return address
}
