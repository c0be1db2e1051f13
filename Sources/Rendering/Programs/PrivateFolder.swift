internal import Foundation
internal import Kustomize

/// A directory of its owner alone, for one run of a program.
struct PrivateFolder {
  /// Absolute.
  let path: String

  init(_ purpose: String) throws(ChartInflationError) {
    var template = Array(
      "\(FileManager.default.temporaryDirectory.path)/\(purpose)-XXXXXX".utf8CString)
    guard mkdtemp(&template) != nil else {
      throw ChartInflationError("no temporary directory: \(String(cString: strerror(errno)))")
    }
    path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }

  /// Writes a file and the directories above it.
  func write(_ bytes: [UInt8], to components: [String]) throws(ChartInflationError) {
    // Trees name files by plain names; one that does not must not lead out of here.
    guard
      components.allSatisfy({
        !["", ".", ".."].contains($0) && !$0.contains { "/\0".contains($0) }
      })
    else { throw ChartInflationError("no file can be named \(components.joined(separator: "/"))") }
    let file = ([path] + components).joined(separator: "/")
    do {
      if components.count > 1 {
        try FileManager.default.createDirectory(
          atPath: ([path] + components.dropLast()).joined(separator: "/"),
          withIntermediateDirectories: true)
      }
      try Data(bytes).write(to: URL(fileURLWithPath: file))
    } catch {
      throw ChartInflationError(
        "the temporary file \(components.joined(separator: "/")) cannot be written: "
          + error.localizedDescription)
    }
  }

  func remove() {
    // What is left of it belongs to the user's temporary directory, which the system clears.
    try? FileManager.default.removeItem(atPath: path)
  }
}
