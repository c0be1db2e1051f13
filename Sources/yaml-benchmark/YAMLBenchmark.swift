internal import Foundation
internal import Manifests

/// How fast YAML is read and written on one core.
///
/// `yaml-benchmark LIST SECONDS` takes the files that LIST names, one path a line, and leaves out
/// what cannot be read or written. Reads and writes them over and over for SECONDS of processor time
/// each. Prints 'figure value unit' lines; megabytes are those of the text that is read or written.
@main
enum YAMLBenchmark {
  struct Failure: Error, CustomStringConvertible { let description: String }

  static func main() throws {
    let arguments = CommandLine.arguments
    guard arguments.count == 3, let seconds = Double(arguments[2]) else {
      throw Failure(description: "usage: yaml-benchmark LIST SECONDS")
    }
    var texts: [[UInt8]] = []
    var trees: [[Node]] = []
    let list = try String(contentsOfFile: arguments[1], encoding: .utf8)
    for path in list.split(separator: "\n") {
      let text = Array(try Data(contentsOf: URL(fileURLWithPath: String(path))))
      // Test cases hold texts that are meant to be refused.
      guard let documents = try? YAML.parse(text),
        documents.allSatisfy({ (try? YAML.serialize($0)) != nil })
      else { continue }
      texts.append(text)
      trees.append(documents)
    }
    print("files \(texts.count) files")
    print("text \(megabytes(texts.reduce(0) { $0 + $1.count })) MB")
    let reading = try speed(seconds) {
      for text in texts { _ = try YAML.parse(text) }
      return texts.reduce(0) { $0 + $1.count }
    }
    print("read \(reading) MB/s")
    let writing = try speed(seconds) {
      var count = 0
      for documents in trees { for tree in documents { count += try YAML.serialize(tree).count } }
      return count
    }
    print("written \(writing) MB/s")
  }

  private static func megabytes(_ bytes: Int) -> String {
    String(format: "%.2f", Double(bytes) / 1e6)
  }

  /// Megabytes in a second of processor time; `pass` answers how many bytes it has gone through.
  private static func speed(_ seconds: Double, _ pass: () throws -> Int) rethrows -> String {
    _ = try pass()
    var bytes = 0
    let start = clock()
    var used = 0.0
    repeat {
      bytes += try pass()
      used = Double(clock() - start) / Double(CLOCKS_PER_SEC)
    } while used < seconds
    return String(format: "%.1f", Double(bytes) / 1e6 / used)
  }
}
