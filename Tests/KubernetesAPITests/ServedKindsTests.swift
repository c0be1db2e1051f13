import Manifests
import Testing

@testable import KubernetesAPI

@Suite("Discovery documents that clusters share")
struct ServedKindsTests {
  private let document = Array("a list that no other test has".utf8)

  private func kinds(_ kind: String) -> ServedKinds {
    ServedKinds([
      ServedResource(
        kind: GroupVersionKind(group: "", version: "v1", kind: kind), plural: kind.lowercased(),
        isNamespaced: true, verbs: [])
    ])
  }

  @Test func anEqualOneIsNotReadAgainWhileSomebodyHoldsIt() throws {
    let first = ServedKinds.shared(document, apiVersion: "v1") { kinds("Pod") }
    let second = ServedKinds.shared(document, apiVersion: "v1") {
      Issue.record("it was read again")
      return kinds("Other")
    }
    #expect(first === second)
  }

  @Test func otherBytesAndOtherVersionsAreOthers() {
    let pods = ServedKinds.shared(Array("pods".utf8), apiVersion: "v1") { kinds("Pod") }
    let nodes = ServedKinds.shared(Array("nodes".utf8), apiVersion: "v1") { kinds("Node") }
    let later = ServedKinds.shared(Array("pods".utf8), apiVersion: "v2") { kinds("Later") }
    #expect(pods.byKind.keys.elementsEqual(["Pod"]))
    #expect(nodes.byKind.keys.elementsEqual(["Node"]))
    #expect(later.byKind.keys.elementsEqual(["Later"]))
  }

  @Test func whatNobodyHoldsIsForgotten() {
    let bytes = Array("one that is let go".utf8)
    weak let first = ServedKinds.shared(bytes, apiVersion: "v1") { kinds("Pod") }
    #expect(first == nil)
    let second = ServedKinds.shared(bytes, apiVersion: "v1") { kinds("Node") }
    #expect(second.byKind.keys.elementsEqual(["Node"]))
  }

  @Test func manyThatComeAndGoLeaveThoseThatAreHeld() {
    let held = ServedKinds.shared(document + [0], apiVersion: "v1") { kinds("Held") }
    for number in 0..<1000 {
      _ = ServedKinds.shared(Array("\(number)".utf8), apiVersion: "v1") { kinds("Gone") }
    }
    #expect(ServedKinds.shared(document + [0], apiVersion: "v1") { kinds("Other") } === held)
  }

  @Test func aDocumentThatCannotBeReadIsNotRemembered() throws {
    struct Fault: Error {}
    let bytes = Array("broken".utf8)
    #expect(throws: Fault.self) {
      try ServedKinds.shared(bytes, apiVersion: "v1") { throw Fault() }
    }
    #expect(ServedKinds.shared(bytes, apiVersion: "v1") { kinds("Pod") }.byKind["Pod"] != nil)
  }
}
