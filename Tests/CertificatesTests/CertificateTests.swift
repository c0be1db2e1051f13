import Certificates
import Manifests
import Testing

@Suite struct CertificateTests {
  private func authority() throws -> CertificateAuthority {
    try CertificateAuthority(named: "hub", lifetime: 3600)
  }

  @Test func `a key that is written and read back is the same`() throws {
    let key = try Key.generate()
    let read = try Key(pem: key.pem())
    #expect(try read.fingerprint() == key.fingerprint())
    #expect(try Key.generate().fingerprint() != key.fingerprint())
    #expect(try key.fingerprint().wholeMatch(of: /SHA256:[A-Za-z0-9+\/]{43}/) != nil)
  }

  @Test func `only the public part of a key travels in a request`() throws {
    let key = try Key.generate()
    let sent = try SigningRequest(for: key).pem
    #expect(!sent.contains("PRIVATE"))
    #expect(try SigningRequest(pem: sent).key.fingerprint() == key.fingerprint())
  }

  @Test func `a request that was changed on its way is refused`() throws {
    let sent = try SigningRequest(for: Key.generate()).pem
    let lines = sent.split(separator: "\n").map(String.init)
    var body = try #require(Base64.decode(lines[1..<(lines.count - 1)].joined()))
    // The last byte belongs to the signature.
    body[body.count - 1] ^= 1
    let changed = [lines[0], Base64.encode(body), lines[lines.count - 1]].joined(separator: "\n")
    #expect(throws: CertificateError.self) { try SigningRequest(pem: changed) }
    #expect(throws: CertificateError.self) { try SigningRequest(pem: "no request") }
  }

  @Test func `an authority vouches for what it signed and for nothing else`() throws {
    let authority = try authority()
    let key = try Key.generate()
    let made = try authority.issue(
      [("O", "agents"), ("CN", "edge-1")], for: key, usage: .client, lifetime: 600)
    #expect(made.commonName == "edge-1")
    #expect(made.organizations == ["agents"])
    #expect((590...600).contains(made.secondsLeft))
    #expect(made.holds(key))
    #expect(authority.vouches(for: try Certificate(pem: made.pem)))
    #expect(try !self.authority().vouches(for: made))
    #expect(
      try !authority.vouches(
        for: authority.issue([("CN", "old")], for: key, usage: .client, lifetime: -1)))
  }

  @Test func `an authority that was stored signs as before`() throws {
    let authority = try authority()
    let again = try CertificateAuthority(
      certificate: authority.certificate.pem, key: authority.key.pem())
    let made = try again.issue(
      [("CN", "server")], for: try Key.generate(),
      usage: .server(names: ["hub.example.org", "10.0.0.1", "::1"]), lifetime: 60)
    #expect(authority.vouches(for: made))
    #expect(throws: CertificateError.self) {
      try CertificateAuthority(
        certificate: authority.certificate.pem, key: try Key.generate().pem())
    }
  }

  @Test func `a name that cannot stand in a certificate is an error`() throws {
    #expect(throws: CertificateError.self) {
      try authority().issue(
        [("CN", "x")], for: try Key.generate(), usage: .server(names: ["1.2.3"]), lifetime: 60)
    }
  }
}

@Suite struct JoinTokenTests {
  private let token = JoinToken(authority: Digest(hashing: "authority"))

  @Test func `a token is read as it was written`() throws {
    let read = try #require(JoinToken(" \(token.text)\n"))
    #expect(read.id == token.id)
    #expect(read.proof == token.proof)
    #expect(read.authority == token.authority)
  }

  @Test func `no two tokens are alike`() {
    #expect(JoinToken(authority: token.authority).proof != token.proof)
  }

  @Test func `a token that is printed by accident hides its secret`() throws {
    let secret = try #require(token.text.split(separator: ".").dropFirst(2).first)
    for shown in ["\(token)", String(reflecting: token), "\([token])"] {
      #expect(!shown.contains(secret))
    }
  }

  @Test(arguments: ["", "flotilla-join", "flotilla-join.ab.cd.ef", "other.1.2.3"])
  func `what is no token is not read`(text: String) { #expect(JoinToken(text) == nil) }

  @Test func `a token that lost its end is not read`() {
    #expect(JoinToken(String(token.text.dropLast())) == nil)
  }
}
