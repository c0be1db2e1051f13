import KubernetesAPI
import Manifests
import Testing

@testable import Delivery

struct ApplyOrderTests {
  private func object(
    _ kind: String, _ name: String, apiVersion: String = "v1", dependsOn: String? = nil
  ) throws -> ManifestObject {
    var node = Node.object([
      "apiVersion": .string(apiVersion), "kind": .string(kind),
      "metadata": .object(["name": .string(name), "namespace": .string("n")]),
    ])
    if let dependsOn {
      node["metadata"]?["annotations"] = .object([
        ApplyOrder.dependsOnAnnotation: .string(dependsOn)
      ])
    }
    return try #require(ManifestObject(node))
  }

  private func names(_ groups: [[ManifestObject]]) -> [[String]] {
    groups.map { $0.map(\.identity.name) }
  }

  @Test func namespacesComeFirstThenDefinitionsAndWebhooksComeLast() throws {
    let groups = try ApplyOrder.groups([
      object(
        "ValidatingWebhookConfiguration", "hook", apiVersion: "admissionregistration.k8s.io/v1"),
      object("Deployment", "web", apiVersion: "apps/v1"),
      object("ConfigMap", "settings"),
      object("Widget", "custom", apiVersion: "example.test/v1"),
      object("CustomResourceDefinition", "widgets", apiVersion: "apiextensions.k8s.io/v1"),
      object("Namespace", "n"),
    ])
    #expect(
      names(groups) == [["n"], ["widgets"], ["settings"], ["web", "custom"], ["hook"]])
  }

  @Test func anObjectComesAfterWhatItDependsOn() throws {
    let groups = try ApplyOrder.groups([
      object("ConfigMap", "late", dependsOn: "apps/namespaces/n/Deployment/web"),
      object("Deployment", "web", apiVersion: "apps/v1", dependsOn: "/namespaces/n/Pod/first"),
      object("Pod", "first"),
    ])
    #expect(names(groups) == [["first"], ["web"], ["late"]])
  }

  @Test func aCircleOfDependenciesIsRefusedByName() throws {
    let objects = [
      try object("ConfigMap", "a", dependsOn: "/namespaces/n/ConfigMap/b"),
      try object("ConfigMap", "b", dependsOn: "/namespaces/n/ConfigMap/a"),
    ]
    let fault = #expect(throws: ApplyOrder.Fault.self) { try ApplyOrder.groups(objects) }
    #expect(fault?.line.contains("ConfigMap n/a, ConfigMap n/b") == true)
  }

  @Test(arguments: [
    ("/namespaces/n/ConfigMap/absent", "which is not in the target state"),
    ("ConfigMap/b", "expected GROUP/KIND/NAME"),
  ])
  func aDependencyThatCannotBeFollowedIsRefused(dependsOn: String, expected: String) throws {
    let objects = [try object("ConfigMap", "a", dependsOn: dependsOn)]
    let fault = #expect(throws: ApplyOrder.Fault.self) { try ApplyOrder.groups(objects) }
    #expect(fault?.line.contains(expected) == true)
  }

  @Test func theSameObjectTwiceIsRefused() throws {
    let objects = [try object("ConfigMap", "a"), try object("ConfigMap", "a")]
    let fault = #expect(throws: ApplyOrder.Fault.self) { try ApplyOrder.groups(objects) }
    #expect(fault?.line == "ConfigMap n/a is twice in the target state")
  }

  @Test func aLongChainOfDependenciesIsOrdered() throws {
    let objects = try (0..<2000).map { index in
      try object(
        "ConfigMap", "c\(index)",
        dependsOn: index == 0 ? nil : "/namespaces/n/ConfigMap/c\(index - 1)")
    }
    let groups = try ApplyOrder.groups(objects.reversed())
    #expect(groups.map { $0[0].identity.name } == objects.map(\.identity.name))
  }

  /// The example of Kubernetes' own reference of labels.
  @Test func theIDOfASetIsThatOfTheSpecification() {
    #expect(
      ApplySet.id(name: "my-set", namespace: "test", kind: .init(group: "", kind: "Secret"))
        == "applyset-0eFHV8ySqp7XoShsGvyWFQD3s96yqwHmzc4e0HR1dsY-v1")
  }
}
