internal import ChildPrograms
internal import Foundation
public import Kustomize
public import Manifests
internal import Synchronization

/// Opens files with the `sops` program and the age keys of one file.
///
/// The encrypted text goes in, and the clear text comes out, through streams in memory. What sops
/// says on standard error may hold paths and digests of clear text, so it is never passed on.
public final class SopsProgram: FileDecryptor {
  /// Where keys lie in a credentials directory.
  public static let keyFileName = "sops-age-keys.txt"

  private let keyFile: String
  private let timeout: Duration
  private let known = Mutex<(stamp: [Int], key: Digest)?>(nil)

  /// - Parameter keyFile: secret age keys, one a line, as `age-keygen` writes them.
  public init(keyFile: String, timeout: Duration = .seconds(60)) {
    self.keyFile = keyFile
    self.timeout = timeout
  }

  public func identity() throws(DecryptionError) -> String {
    "age keys \(Digest(combining: [try key()]).short)"
  }

  public func key() throws(DecryptionError) -> Digest {
    var status = stat()
    guard stat(keyFile, &status) == 0 else { throw missing }
    let stamp = [
      Int(status.st_ino), Int(status.st_size), status.st_mtim.tv_sec, status.st_mtim.tv_nsec,
    ]
    if let known = known.withLock({ $0 }), known.stamp == stamp { return known.key }
    guard let content = FileManager.default.contents(atPath: keyFile) else { throw missing }
    let key = Digest(hashing: Array("flotilla target states\n".utf8) + content)
    known.withLock { $0 = (stamp, key) }
    return key
  }

  private var missing: DecryptionError {
    DecryptionError(
      "is encrypted, and there is no readable file of age keys; put the keys into "
        + "\(Self.keyFileName) of the credentials directory")
  }

  public func decrypted(_ file: EncryptedFile) throws(DecryptionError) -> [UInt8] {
    _ = try key()
    var program = ChildProgram(
      "sops",
      [
        "decrypt", "--input-type", file.input.rawValue, "--output-type", file.output.rawValue,
        "/dev/stdin",
      ],
      environment: ["SOPS_AGE_KEY_FILE": keyFile, "LC_ALL": "C"])
    program.input = file.bytes
    // A configuration above this process' directory must not count.
    program.directory = "/"
    program.largestOutput = 32 << 20
    program.overflow = .end
    let result: ChildProgram.Result
    do { result = try program.run(within: timeout) } catch {
      throw DecryptionError(
        error == .notFound(program: "sops")
          ? "is encrypted, and the program sops is not on PATH; install SOPS 3"
          : "cannot be opened: sops: \(error)")
    }
    guard result.status == 0 else {
      throw DecryptionError(Self.reason(result.errors, result.status, file))
    }
    return result.output
  }

  /// What went wrong, in words that hold nothing of the file but the public keys in it.
  private static func reason(_ errors: [UInt8], _ status: Int32, _ file: EncryptedFile) -> String {
    let words = String(decoding: errors, as: UTF8.self)
    if words.contains("MAC mismatch") {
      return "was changed after it was encrypted (its MAC is wrong); change it with 'sops edit'"
    }
    if words.contains("Failed to get the data key") {
      let recipients = Set(
        String(decoding: file.bytes, as: UTF8.self).matches(of: /age1[0-9a-z]{50,70}/)
          .map { String($0.output) }
      ).sorted()
      guard !recipients.isEmpty else {
        return "is not encrypted for age, the only kind of key that is used here; add an age "
          + "recipient with 'sops rotate --add-age'"
      }
      return "is encrypted for \(recipients.joined(separator: ", ")), and none of their keys is in "
        + "\(keyFileName); add one of them, or a recipient with 'sops rotate --add-age'"
    }
    return "cannot be opened: sops ended with status \(status); try 'sops decrypt' on it"
  }
}
