public import Manifests

/// A file that SOPS has encrypted, told by the metadata that it leaves.
public struct EncryptedFile: Sendable, Equatable {
  public enum Format: String, Sendable { case yaml, json, dotenv, ini, binary }

  public let bytes: [UInt8]
  /// What the encrypted text is written in.
  public let input: Format
  /// What the clear text is to be written in.
  public let output: Format

  /// `nil` for a file that is not encrypted. `name` tells a JSON file from any other that SOPS has
  /// wrapped into JSON.
  public init?(_ bytes: [UInt8], name: String) {
    func holds(_ text: StaticString) -> Bool { Self.holds(text, in: bytes) }
    // Most files end here.
    guard holds("ENC["), holds("sops") else { return nil }
    self.bytes = bytes
    if holds("\nsops_mac=ENC[") {
      (input, output) = (.dotenv, .dotenv)
    } else if holds("\nsops:\n"), holds("\n    mac: ENC[") || holds("\n  mac: ENC[") {
      (input, output) = (.yaml, .yaml)
    } else if holds("\"sops\""), holds("\"mac\": \"ENC[") || holds("\"mac\":\"ENC[") {
      let ending = name.split(separator: ".").last
      input = .json
      output = ending == "json" ? .json : ending == "yaml" || ending == "yml" ? .yaml : .binary
    } else if holds("\n[sops]"), holds("\nmac ") || holds("\nmac=") {
      (input, output) = (.ini, .ini)
    } else {
      return nil
    }
  }

  // Every file of a build passes here: the generic search of the standard library cost more than
  // reading the file's YAML.
  private static func holds(_ text: StaticString, in bytes: [UInt8]) -> Bool {
    text.withUTF8Buffer { sought in
      guard let first = sought.first, bytes.count >= sought.count else { return false }
      return bytes.withUnsafeBufferPointer { bytes in
        (0...bytes.count - sought.count).contains { start in
          bytes[start] == first && bytes[start..<start + sought.count].elementsEqual(sought)
        }
      }
    }
  }
}

/// Opens encrypted files.
public protocol FileDecryptor: Sendable {
  /// A secret that only those who can open the files know. Target states that hold clear text are
  /// named by it, so that nobody else can guess their content from their names.
  func key() throws(DecryptionError) -> Digest

  /// Names what opens the files, without telling anything of it.
  func identity() throws(DecryptionError) -> String

  /// The file's clear text, which is neither stored nor logged on the way.
  func decrypted(_ file: EncryptedFile) throws(DecryptionError) -> [UInt8]
}

/// Why a file stays closed: one line without a word of what is in it.
public struct DecryptionError: Error, Sendable, Equatable {
  public let message: String

  public init(_ message: String) { self.message = message }
}
