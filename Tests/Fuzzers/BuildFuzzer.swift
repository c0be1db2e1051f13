import Kustomize
import Manifests
import SourceTree

/// libFuzzer's entry: builds the directory `top` of a tree. Files are separated by lines that
/// start with `@` and hold a path. The build ends in output that reads back, or in an error.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzz(_ start: UnsafePointer<UInt8>?, _ count: Int) -> Int32 {
  let bytes = Array(UnsafeBufferPointer(start: start, count: count))
  guard let top = TreePath("top") else { return 0 }
  do {
    let output = try KustomizeBuild.build(FuzzedTree.tree(bytes), at: top).yaml()
    guard OddLineBreaks.occur(in: output) || (try? YAML.parse(output)) != nil else {
      preconditionFailure("what was built does not read back")
    }
  } catch {
    precondition(!error.message.isEmpty, "an error without a message")
  }
  return 0
}
