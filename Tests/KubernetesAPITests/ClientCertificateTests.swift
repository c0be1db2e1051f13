import Certificates
import FleetModel
import Foundation
import HTTPTransport
import KubernetesAPI
import Manifests
import Testing

/// When the certificate ends that a cluster is opened with.
final class ClientCertificateTests {
  private let directory: URL
  private let authority: Certificates.CertificateAuthority

  init() throws {
    authority = try Certificates.CertificateAuthority(named: "test", lifetime: 3600)
    directory = FileManager.default.temporaryDirectory
      .appendingPathComponent("flotilla-certificate-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(at: directory) }  // temporary either way

  private func write(_ bytes: [UInt8], to name: String) throws {
    try Data(bytes).write(to: directory.appendingPathComponent(name))
  }

  private func certificate(_ lifetime: Int) throws -> String {
    try authority.issue(
      [("CN", "hub")], for: try Key.generate(), usage: .client, lifetime: lifetime
    ).pem
  }

  private func access() throws -> ClusterAccess {
    try ClusterAccess(
      of: Cluster(
        name: "c1", server: "https://c",
        credentials: .clientCertificate(certificateFile: "me.crt", keyFile: "me.key")),
      credentialsDirectory: directory.path, environment: [:])
  }

  private func secondsLeft(_ certificate: ClientCertificate?) throws -> Int {
    try #require(certificate).expiry - Int(Date.now.timeIntervalSince1970)
  }

  @Test func itIsReadAgainWhenTheFileChanges() throws {
    try write(Array("KEY".utf8), to: "me.key")
    try write(Array(try certificate(600).utf8), to: "me.crt")
    let access = try access()
    let first = access.clientCertificate
    #expect((500...600).contains(try secondsLeft(first)))
    #expect(access.clientCertificate == first)
    try write(Array(("The new one:\n" + (try certificate(90_000))).utf8), to: "me.crt")
    #expect((89_900...90_000).contains(try secondsLeft(access.clientCertificate)))
    #expect(access.clientCertificate?.digest != first?.digest)
    try FileManager.default.removeItem(at: directory.appendingPathComponent("me.crt"))
    #expect(access.clientCertificate == nil)
  }

  @Test func oneThatExpiredSaysSo() throws {
    try write(Array("KEY".utf8), to: "me.key")
    try write(Array(try certificate(-60).utf8), to: "me.crt")
    #expect((-180 ... -60).contains(try secondsLeft(try access().clientCertificate)))
  }

  @Test func oneInsideAKubeconfigIsKnownToo() throws {
    let certificate = Base64.encode(Array(try certificate(600).utf8))
    try write(
      Array(
        """
        kind: Config
        current-context: x
        contexts: [{name: x, context: {cluster: c, user: u}}]
        clusters: [{name: c, cluster: {server: "https://c"}}]
        users:
        - name: u
          user: {client-certificate-data: \(certificate), client-key-data: S0VZ}
        """.utf8), to: "config")
    let access = try ClusterAccess(
      of: Cluster(name: "c1", credentials: .kubeconfig(file: "config", context: nil)),
      credentialsDirectory: directory.path, environment: [:])
    #expect((500...600).contains(try secondsLeft(access.clientCertificate)))
  }

  @Test func aTokenNeverExpiresHere() throws {
    #expect(ClusterAccess(server: "https://c", bearerToken: Secret("t")).clientCertificate == nil)
  }

  @Test func garbageHasNoExpiryAndDoesNoHarm() throws {
    let seed = UInt64.random(in: 0...UInt64.max)
    print("seed \(seed)")
    var random = Numbers(state: seed)
    try write(Array("KEY".utf8), to: "me.key")
    let good = Array(try certificate(600).utf8)
    for round in 0..<300 {
      var bytes = good
      switch round % 3 {
      case 0:
        bytes = (0..<Int(random.next() % 400)).map { _ in UInt8(truncatingIfNeeded: random.next()) }
      case 1: bytes.removeLast(Int(random.next() % UInt64(bytes.count - 1)) + 2)
      default:
        for _ in 0...random.next() % 4 {
          bytes[Int(random.next() % UInt64(bytes.count))] = UInt8(truncatingIfNeeded: random.next())
        }
      }
      try write(bytes, to: "me.crt")
      let found = try access().clientCertificate
      if round % 3 < 2 { #expect(found == nil, "round \(round) of seed \(seed)") }
    }
  }

  /// SplitMix64, so that a seed gives the same numbers again.
  private struct Numbers {
    var state: UInt64
    mutating func next() -> UInt64 {
      state &+= 0x9E37_79B9_7F4A_7C15
      var z = (state ^ (state >> 30)) &* 0xBF58_476D_1CE4_E5B9
      z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
      return z ^ (z >> 31)
    }
  }
}
