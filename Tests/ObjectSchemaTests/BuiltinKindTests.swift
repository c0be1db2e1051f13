import Manifests
import ObjectSchema
import Testing

/// What is wrong with the objects in `text`, one line each.
func faults(_ text: String, definedBy definitions: String = "") throws -> [String] {
  let objects = try YAML.parse(Array(definitions.utf8)) + YAML.parse(Array(text.utf8))
  return ObjectSchema.violations(in: objects).map(\.violation.description)
}

private let deployment = """
  apiVersion: apps/v1
  kind: Deployment
  metadata:
    name: web
    creationTimestamp: null
  spec:
    replicas: 3
    selector: {matchLabels: {app: web}}
    strategy: {rollingUpdate: {maxSurge: 25%, maxUnavailable: 0}}
    template:
      metadata: {labels: {app: web}}
      spec:
        containers:
          - name: web
            image: web:1
            ports: [{containerPort: 80}]
            resources: {limits: {cpu: 0.5, memory: 512Mi, example.com/gpu: "1"}}
            livenessProbe: {httpGet: {port: http, path: /}}
        volumes: [{name: cache, emptyDir: {}}, {name: scratch, emptyDir: {sizeLimit: 1e3}}]
  status: {}
  """

@Suite struct BuiltinKindTests {
  /// `deployment` with one line replaced.
  private func changed(_ line: String, to new: String) throws -> [String] {
    try #require(deployment.contains(line))
    return try faults(deployment.replacing(line, with: new))
  }

  @Test func `an object as servers take it has no fault`() throws {
    #expect(try faults(deployment) == [])
  }

  @Test func `an unknown field is named with its path and the field that was meant`() throws {
    #expect(
      try changed("replicas: 3", to: "replica: 3")
        == ["unknown field 'spec.replica'; did you mean 'replicas'?"])
    #expect(
      try changed("image: web:1", to: "Image: web:1")
        == ["unknown field 'spec.template.spec.containers[0].Image'; did you mean 'image'?"])
    #expect(
      try changed("emptyDir: {}", to: "emptyDir: {path: /x}")
        .first?.hasPrefix(
          "unknown field 'spec.template.spec.volumes[0].emptyDir.path'; known here: medium, ")
        ?? false)
  }

  @Test func `a misspelt required field is reported once`() throws {
    #expect(
      try changed("    containers:", to: "    contaners:")
        == ["unknown field 'spec.template.spec.contaners'; did you mean 'containers'?"])
  }

  @Test func `a missing field is named with what belongs there`() throws {
    #expect(
      try changed("  selector: {matchLabels: {app: web}}\n", to: "")
        == ["spec has no 'selector'; add 'selector': a mapping"])
    #expect(
      try changed("- name: web\n", to: "- tty: true\n")
        == ["spec.template.spec.containers[0] has no 'name'; add 'name': text"])
    #expect(
      try changed("selector: {matchLabels: {app: web}}", to: "selector: null")
        == ["spec has no 'selector'; add 'selector': a mapping"])
  }

  @Test func `a value of another type says what was expected and never repeats the value`() throws {
    #expect(
      try changed("replicas: 3", to: "replicas: \"3\"")
        == ["spec.replicas: expected a whole number, found text; write it without quotes"])
    #expect(
      try changed("image: web:1", to: "image: 17")
        == [
          "spec.template.spec.containers[0].image: expected text, found a number; "
            + "write it in quotes"
        ])
    #expect(
      try changed("ports: [{containerPort: 80}]", to: "ports: {containerPort: 80}")
        == ["spec.template.spec.containers[0].ports: expected a list, found a mapping"])
    #expect(
      try changed("labels: {app: web}", to: "labels: {app: true}")
        == ["spec.template.metadata.labels.app: expected text, found a boolean; write it in quotes"]
    )
    #expect(
      try changed("memory: 512Mi", to: "memory: 512MB")
        == [
          "spec.template.spec.containers[0].resources.limits.memory: expected a quantity such as "
            + "500m, 2 or 1.5Gi, found text"
        ])
  }

  @Test func `a word that no server knows is named with the words that are`() throws {
    #expect(
      try faults(
        "apiVersion: v1\nkind: Service\nmetadata: {name: a}\nspec: {type: LoadBalancr, ports: [{port: 1}]}"
      ) == [
        "spec.type: expected ClusterIP, ExternalName, LoadBalancer or NodePort, found "
          + "'LoadBalancr'; did you mean 'LoadBalancer'?"
      ])
  }

  @Test func `all faults of an object are reported at once, in its order`() throws {
    let found = try faults(
      deployment.replacing("replicas: 3", with: "replica: 3")
        .replacing("image: web:1", with: "image: [web]"))
    #expect(found.count == 2)
    #expect(found.first?.contains("replica") ?? false)
  }

  @Test func `data of a Secret is base64`() throws {
    func secret(_ value: String) -> String {
      "apiVersion: v1\nkind: Secret\nmetadata: {name: a}\ndata: {password: \(value)}"
    }
    #expect(try faults(secret("aHVudGVyMg==")) == [])
    #expect(try faults(secret("\"\"")) == [])
    #expect(
      try faults(secret("hunter2"))
        == [
          "data.password: expected base64, found text; encode it, or use 'stringData' in a Secret"
        ])
  }

  @Test func `fields of every supported version are known, and what only some require may lack`()
    throws
  {
    // 'serviceName' was required until 1.32; 'resizePolicy' came later than 1.20.
    #expect(
      try faults(
        """
        apiVersion: apps/v1
        kind: StatefulSet
        metadata: {name: db}
        spec:
          selector: {matchLabels: {app: db}}
          template:
            metadata: {labels: {app: db}}
            spec:
              containers:
                - name: db
                  resizePolicy: [{resourceName: cpu, restartPolicy: NotRequired}]
        """) == [])
    #expect(
      try faults(
        """
        apiVersion: policy/v1beta1
        kind: PodSecurityPolicy
        metadata: {name: a}
        spec:
          fsGroup: {rule: RunAsAny}
          runAsUser: {rule: RunAsAny}
          seLinux: {rule: RunAsAny}
          supplementalGroups: {rule: RunAsAny}
        """) == [])
  }

  @Test func `status may lack what servers fill in`() throws {
    #expect(
      try faults(
        """
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
                  properties:
                    spec:
                      type: object
                      x-kubernetes-preserve-unknown-fields: true
                      default: {a: [1, x]}
                      additionalProperties: true
                    list: {type: array, items: {type: string, enum: [a, b]}}
        status:
          acceptedNames: {kind: ""}
          conditions: null
        """) == [])
  }

  @Test func `a faulty schema inside a definition is found below its recursion`() throws {
    #expect(
      try faults(
        """
        apiVersion: apiextensions.k8s.io/v1
        kind: CustomResourceDefinition
        metadata: {name: widgets.example.com}
        spec:
          group: example.com
          names: {kind: Widget, plural: widgets}
          scope: Namespaced
          versions:
            - {name: v1, served: true, storage: true, schema: {openAPIV3Schema: {
                type: object, properties: {list: {type: array, items: {typ: string}}}}}}
        """) == [
          "unknown field 'spec.versions[0].schema.openAPIV3Schema.properties.list.items.typ'; "
            + "did you mean 'type'?"
        ])
  }
}

@Suite struct KindTests {
  private func fault(_ apiVersion: String, _ kind: String) throws -> [String] {
    try faults("apiVersion: \(apiVersion)\nkind: \(kind)\nmetadata: {name: a}")
  }

  @Test func `a kind that left Kubernetes names where it is now`() throws {
    #expect(
      try fault("extensions/v1beta1", "Deployment")
        == ["Deployment is not in extensions/v1beta1 of Kubernetes 1.20 to 1.37; use apps/v1"])
    #expect(
      try fault("apps/v1beta2", "StatefulSet")
        == ["StatefulSet is not in apps/v1beta2 of Kubernetes 1.20 to 1.37; use apps/v1"])
    #expect(
      try fault("v1", "Deployment")
        == ["Deployment is not in v1 of Kubernetes 1.20 to 1.37; use apps/v1"])
  }

  @Test func `a misspelt kind or group names the right one`() throws {
    #expect(
      try fault("apps/v1", "Deploymnt")
        == ["no kind 'Deploymnt' in apps/v1 of Kubernetes 1.20 to 1.37; did you mean 'Deployment'?"]
    )
    #expect(
      try fault("app/v1", "Deployment")
        == ["no API group 'app' in Kubernetes 1.20 to 1.37; did you mean 'apps'?"])
  }

  @Test func `kinds of others pass, and what a newer Kubernetes may have added`() throws {
    #expect(try fault("monitoring.coreos.com/v1", "ServiceMonitor") == [])
    #expect(try fault("gateway.networking.k8s.io/v1", "HTTPRoute") == [])
    #expect(try fault("apps/v1", "Constellation") == [])
  }
}
