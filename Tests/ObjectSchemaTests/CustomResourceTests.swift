import ObjectSchema
import Testing

private let definition = """
  apiVersion: apiextensions.k8s.io/v1
  kind: CustomResourceDefinition
  metadata: {name: widgets.example.com}
  spec:
    group: example.com
    names: {kind: Widget, plural: widgets}
    scope: Namespaced
    versions:
      - name: v1
        served: true
        storage: true
        schema:
          openAPIV3Schema:
            type: object
            required: [spec]
            properties:
              spec:
                type: object
                required: [size, mode]
                properties:
                  size: {type: integer}
                  mode: {type: string, default: soft}
                  colour: {type: string, enum: [red, green]}
                  port: {x-kubernetes-int-or-string: true}
                  free: {type: object, x-kubernetes-preserve-unknown-fields: true}
                  labels: {type: object, additionalProperties: {type: string}}
                  parts: {type: array, items: {type: object, properties: {name: {type: string}}}}
                  template: {type: object, x-kubernetes-embedded-resource: true,
                    x-kubernetes-preserve-unknown-fields: true}
      - {name: v1alpha1, served: false, storage: false}
  """

@Suite struct CustomResourceTests {
  private func faults(_ spec: String, version: String = "v1") throws -> [String] {
    try ObjectSchemaTests.faults(
      "apiVersion: example.com/\(version)\nkind: Widget\nmetadata: {name: a, labels: {a: b}}\n"
        + "spec: \(spec)", definedBy: definition)
  }

  @Test func `an object is held against the definition that comes with it`() throws {
    #expect(try faults("{size: 1, colour: red, port: http, free: {a: [1]}}") == [])
    #expect(
      try faults("{size: 1, template: {apiVersion: v1, kind: A, metadata: {name: a}, b: c}}") == [])
    #expect(try faults("{siz: 1}") == ["unknown field 'spec.siz'; did you mean 'size'?"])
    #expect(
      try faults("{size: big}") == ["spec.size: expected a whole number, found text"])
    #expect(try faults("{}") == ["spec has no 'size'; add 'size': a whole number"])
    #expect(
      try faults("{size: 1, colour: blue, labels: {a: 1}, parts: [{nam: x}]}")
        == [
          "spec.colour: expected red or green, found 'blue'",
          "spec.labels.a: expected text, found a number; write it in quotes",
          "unknown field 'spec.parts[0].nam'; did you mean 'name'?",
        ])
  }

  @Test func `a version that the definition does not serve is named`() throws {
    #expect(
      try faults("{size: 1}", version: "v1alpha1")
        == [
          "the CustomResourceDefinition of Widget serves no version 'v1alpha1'; "
            + "use example.com/v1"
        ])
  }

  @Test func `an object without its definition passes`() throws {
    #expect(
      try ObjectSchemaTests.faults(
        "apiVersion: example.com/v1\nkind: Widget\nmetadata: {name: a}\nwhatever: 1") == [])
  }
}
