import GitSource
import Testing

@Suite struct RemoteURLTests {
  @Test(arguments: [
    ("https://user:s3cret@git.example/a.git", "https://git.example/a.git"),
    ("https://s3cret@git.example/a.git", "https://git.example/a.git"),
    ("https://git.example/a.git?token=s3cret", "https://git.example/a.git"),
    ("https://us%40er:s3c%3Aret@git.example:8443/a.git", "https://git.example:8443/a.git"),
    ("ssh://git:s3cret@git.example/a.git", "ssh://git@git.example/a.git"),
    ("ssh://git@git.example:22/a.git", "ssh://git@git.example:22/a.git"),
    ("git@git.example:team/a.git", "git@git.example:team/a.git"),
    ("/srv/git/a.git", "/srv/git/a.git"),
    ("file:///srv/git/a%20b.git", "/srv/git/a b.git"),
  ])
  func aRemoteShowsItsURLWithoutSecrets(_ url: String, _ shown: String) throws {
    let remote = try GitRemote(url: url)
    #expect(remote.url == shown)
    #expect("\(remote)" == shown)
  }

  @Test(arguments: [
    "", "--upload-pack=touch", "git://git.example/a.git", "ext::sh -c touch", "ftp://x/y",
    "https:///a.git", "ssh://-oProxyCommand=touch/a.git", "https://a%zz@git.example/", "a\nb",
    "file://host/a.git",
  ])
  func aURLThatIsNotSupportedIsRefused(_ url: String) {
    let error = #expect(throws: GitError.self) { try GitRemote(url: url) }
    #expect(error?.kind == .configuration)
  }

  @Test func aRefusedURLDoesNotShowItsSecret() {
    let error = #expect(throws: GitError.self) {
      try GitRemote(url: "ftp://user:s3cret@git.example/a.git")
    }
    #expect(error.map { !$0.description.contains("s3cret") } == true)
  }

  @Test func aSecretDoesNotTravelOverUnencryptedHTTPToAnotherMachine() throws {
    let error = #expect(throws: GitError.self) {
      try GitRemote(url: "http://git.example/a.git", credentials: .token(file: "/t"))
    }
    #expect(error?.reason.contains("unencrypted") == true)
    #expect(throws: GitError.self) { try GitRemote(url: "http://u:p@git.example/a.git") }
    #expect(throws: Never.self) {
      try GitRemote(url: "http://127.0.0.1:8080/a.git", credentials: .token(file: "/t"))
    }
  }

  @Test func credentialsMustFitTheScheme() {
    #expect(throws: GitError.self) {
      try GitRemote(
        url: "https://git.example/a.git", credentials: .sshKey(file: "/k", knownHosts: nil))
    }
    #expect(throws: GitError.self) {
      try GitRemote(url: "git@git.example:a.git", credentials: .token(file: "/t"))
    }
    #expect(throws: GitError.self) {
      try GitRemote(url: "/srv/a.git", credentials: .token(file: "/t"))
    }
  }
}
