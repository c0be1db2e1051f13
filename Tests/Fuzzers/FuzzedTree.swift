import SourceTree

/// The form of trees in inputs of the fuzzer: files, each behind a line `@PATH`.
enum FuzzedTree {
  static func tree(_ bytes: [UInt8]) -> MemoryTree {
    var tree = MemoryTree()
    var path: String?
    var content: [UInt8] = []
    func finish() {
      guard let path else { return }
      // Paths that lead out of the tree are no part of it.
      try? tree.write(content, to: path)
    }
    for line in bytes.split(separator: 10, omittingEmptySubsequences: false) {
      if line.first == UInt8(ascii: "@") {
        finish()
        path = String(decoding: line.dropFirst(), as: UTF8.self)
        content = []
      } else {
        content += line
        content.append(10)
      }
    }
    finish()
    return tree
  }
}
