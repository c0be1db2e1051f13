import ChildPrograms
import FleetModel
import Foundation
import Kustomize
import Manifests
import SourceTree
import Testing

@testable import Rendering

/// Keys of age and files that SOPS has encrypted for them.
final class SopsFixture {
  let directory: String
  let keyFile: String
  let recipient: String

  init() throws {
    directory = FileManager.default.temporaryDirectory
      .appending(path: "flotilla-sops-\(UUID().uuidString)").path()
    try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
    keyFile = "\(directory)/\(SopsProgram.keyFileName)"
    _ = try Self.run("age-keygen", ["-o", keyFile])
    let text = try String(contentsOfFile: keyFile, encoding: .utf8)
    recipient = String(try #require(text.firstMatch(of: /age1[0-9a-z]+/)).output)
  }

  deinit {
    // Nobody is left to be told.
    try? FileManager.default.removeItem(atPath: directory)
  }

  /// `text` as sops writes it into a file with this name.
  func encrypted(_ text: String, _ name: String, _ arguments: [String] = []) throws -> String {
    let path = "\(directory)/\(name)"
    try Data(text.utf8).write(to: URL(filePath: path))
    let result = try Self.run("sops", ["encrypt", "--age", recipient] + arguments + [path])
    try #require(result.status == 0, "\(String(decoding: result.errors, as: UTF8.self))")
    return String(decoding: result.output, as: UTF8.self)
  }

  static func run(_ name: String, _ arguments: [String]) throws -> ChildProgram.Result {
    try ChildProgram(name, arguments, environment: ProcessInfo.processInfo.environment).run {}
  }

  static let isAvailable: Bool = {
    // A program that cannot be started is not available.
    guard let sops = try? run("sops", ["--version"]),
      let age = try? run("age-keygen", ["--version"])
    else { return false }
    return sops.status == 0 && age.status == 0
  }()
}

/// Files that SOPS has encrypted, opened while rendering.
@Suite(.enabled(if: SopsFixture.isAvailable, "needs sops and age-keygen; see docs/secrets.md"))
struct EncryptedFileTests {
  private let sops: SopsFixture
  private var fixture: RenderingFixture

  private static let secret =
    "apiVersion: v1\nkind: Secret\nmetadata:\n  name: db\nstringData:\n  password: hunter2\n"
  private static let partly = ["--encrypted-regex", "^(data|stringData)$"]

  init() throws {
    sops = try SopsFixture()
    fixture = try RenderingFixture()
  }

  private func renderer(keyFile: String? = nil) -> Renderer {
    Renderer(
      tree: fixture.tree, configuration: fixture.renderer.configuration, commit: nil,
      services: BuildServices(decryption: SopsProgram(keyFile: keyFile ?? sops.keyFile)))
  }

  private func render(keyFile: String? = nil) throws -> TargetState {
    try renderer(keyFile: keyFile).render(app: "shop", cluster: "c1")
  }

  private func reason(keyFile: String? = nil) throws -> String {
    try #require(throws: RenderError.self) { try render(keyFile: keyFile) }.description
  }

  private mutating func write(secret: String) throws {
    try fixture.write("overlays/shop/base/kustomization.yaml", "resources: [secret.yaml]\n")
    try fixture.write("overlays/shop/base/secret.yaml", secret)
  }

  @Test(arguments: [partly, []])
  mutating func anEncryptedResourceIsOpened(_ arguments: [String]) throws {
    try write(secret: try sops.encrypted(Self.secret, "secret.yaml", arguments))
    let object = try #require(try render().objects.first?.node)
    #expect(object.value(at: "stringData", "password")?.string == "hunter2")
    #expect(object["sops"] == nil)
  }

  @Test mutating func filesOfGeneratorsAreOpenedWhateverTheirFormat() throws {
    try fixture.write(
      "overlays/shop/base/kustomization.yaml",
      "secretGenerator:\n- name: all\n  envs: [a.env]\n  files: [b.json, c.key, d.yaml, e.ini]\n")
    for (name, text) in [
      ("a.env", "USER=anna\nPASS=hunter2\n"), ("b.json", "{\"a\": \"hunter2\"}"),
      ("c.key", "\u{1}hunter2\n"), ("d.yaml", "a: hunter2\n"), ("e.ini", "[a]\nb = hunter2\n"),
    ] {
      try fixture.write("overlays/shop/base/\(name)", try sops.encrypted(text, name))
    }
    let data = try #require(try render().objects.first?.node["data"]?.mapping)
    func clear(_ key: String) -> String? {
      data[key]?.string.flatMap { Base64.decode($0) }.map { String(decoding: $0, as: UTF8.self) }
    }
    #expect(clear("USER") == "anna")
    #expect(clear("PASS") == "hunter2")
    #expect(clear("c.key") == "\u{1}hunter2\n")
    #expect(clear("d.yaml") == "a: hunter2\n")
    for key in ["b.json", "e.ini"] { #expect(clear(key)?.contains("hunter2") ?? false) }
  }

  @Test mutating func withoutTheKeyTheErrorNamesTheFileAndWhoCanOpenIt() throws {
    try write(secret: try sops.encrypted(Self.secret, "secret.yaml"))
    let other = try SopsFixture()
    #expect(
      try reason(keyFile: other.keyFile)
        == "shop on c1: overlays/shop/base/secret.yaml: is encrypted for \(sops.recipient), and none "
        + "of their keys is in sops-age-keys.txt; add one of them, or a recipient with 'sops rotate "
        + "--add-age'")
    #expect(
      try reason(keyFile: "/nonexistent/keys")
        == "shop on c1: overlays/shop/base/secret.yaml: is encrypted, and there is no readable file "
        + "of age keys; put the keys into sops-age-keys.txt of the credentials directory")
  }

  @Test mutating func aFileThatWasChangedAfterwardsIsRefused() throws {
    let text = try sops.encrypted(Self.secret, "secret.yaml", Self.partly)
    try write(secret: text.replacing("name: db", with: "name: dc"))
    #expect(
      try reason()
        == "shop on c1: overlays/shop/base/secret.yaml: was changed after it was encrypted (its MAC "
        + "is wrong); change it with 'sops edit'")
  }

  @Test mutating func clearTextThatIsNoObjectIsNotQuoted() throws {
    try write(secret: try sops.encrypted("kind: hunter2\nother: hunter2\n", "secret.yaml"))
    let reason = try reason()
    #expect(reason.contains("what is encrypted here is no list of Kubernetes objects"))
    #expect(!reason.contains("hunter2"))
  }

  @Test mutating func elsewhereAnEncryptedFileIsRefused() throws {
    try fixture.write(
      "overlays/shop/environments/dev/kustomization.yaml",
      "resources: [../../base]\npatches: [{path: patch.yaml}]\n")
    try fixture.write(
      "overlays/shop/environments/dev/patch.yaml",
      try sops.encrypted(RenderingFixture.configMap("settings", "hunter2"), "patch.yaml"))
    #expect(
      try reason().hasSuffix(
        "is encrypted, and only files of 'resources' and of generators are opened"))
  }

  @Test mutating func whereNothingIsOpenedTheFileStaysAsItIsWithAWarning() throws {
    let text = try sops.encrypted(Self.secret, "secret.yaml", Self.partly)
    try write(secret: text)
    let result = try KustomizeBuild.build(
      fixture.tree, at: try #require(TreePath("overlays/shop/base")))
    #expect(
      result.warnings.map(\.description) == [
        "overlays/shop/base/secret.yaml: warning: the file is encrypted and stays so; give the file "
          + "of age keys to open it"
      ])
    #expect(result.objects.first?["sops"] != nil)
    // Who has no keys can still lint: what is encrypted is not held against a schema.
    let rendered = try fixture.renderer.rendered(app: "shop", cluster: "c1")
    #expect(rendered.violations.isEmpty)
  }

  /// Whoever reads the database or the log must not be able to try passwords against a digest.
  @Test mutating func theDigestDependsOnTheKeyWhereClearTextIsInIt() throws {
    let plain = try render().digest
    #expect(try render(keyFile: "/nonexistent/keys").digest == plain)
    try write(secret: try sops.encrypted(Self.secret, "secret.yaml"))
    let state = try render()
    #expect(state.digest == (try render().digest))
    #expect(state.digest != TargetState(state.objects).digest)
    // Another file with the same key in it is another secret.
    let other = sops.keyFile + ".other"
    try (try String(contentsOfFile: sops.keyFile, encoding: .utf8) + "# more\n")
      .write(toFile: other, atomically: true, encoding: .utf8)
    #expect(try render(keyFile: other).digest != state.digest)
  }

  @Test mutating func clearTextIsNotCarriedFromOneCommitToTheNext() throws {
    try write(secret: try sops.encrypted(Self.secret, "secret.yaml"))
    let memory = RenderMemory()
    let first = Renderer(
      tree: fixture.tree, configuration: fixture.renderer.configuration, commit: nil,
      memory: memory, services: BuildServices(decryption: SopsProgram(keyFile: sops.keyFile)))
    _ = try first.render(app: "shop", cluster: "c1")
    let second = Renderer(
      tree: fixture.tree, configuration: fixture.renderer.configuration, commit: nil,
      memory: memory, services: BuildServices(decryption: SopsProgram(keyFile: "/nonexistent")))
    #expect(throws: RenderError.self) { try second.render(app: "shop", cluster: "c1") }
  }
}

/// Which files count as encrypted.
@Suite struct EncryptedFileFormatTests {
  @Test(arguments: [
    "", "sops: are documents\n", "a: ENC[not by sops]\n",
    "sops:\n  - written: ENC[AES256_GCM]\n", "# mac: ENC[ sops:\na: b\n",
  ])
  func anOrdinaryFileIsNotEncrypted(_ text: String) {
    #expect(EncryptedFile(Array(text.utf8), name: "a.yaml") == nil)
  }
}
