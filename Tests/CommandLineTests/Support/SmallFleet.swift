/// A fleet repository of one cluster, one environment and one app of one object.
enum SmallFleet {
  static let files = [
    "fleet/clusters/all.yaml": """
    apiVersion: flotilla.dev/v1
    kind: Cluster
    metadata: {name: eu-1, labels: {environment: prod}}
    spec: {server: "https://eu-1.example.org", credentials: {tokenFile: eu-1.token}}
    """,
    "fleet/environments/prod.yaml": """
    apiVersion: flotilla.dev/v1
    kind: Environment
    metadata: {name: prod}
    spec: {clusters: {matchLabels: {environment: prod}}}
    """,
    "fleet/apps/web.yaml": """
    apiVersion: flotilla.dev/v1
    kind: App
    metadata: {name: web}
    spec: {path: overlays/web}
    """,
    "overlays/web/base/kustomization.yaml": "resources: [settings.yaml]\nnamePrefix: web-\n",
    "overlays/web/base/settings.yaml":
      "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: settings\ndata:\n  colour: blue\n",
  ]
}
