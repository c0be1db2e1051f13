"""The fleet repository that the rendering benchmarks work on.

One app: a base of 25 objects in five files, three environment overlays that set a namespace, labels with selectors, an
image and the replicas of all Deployments, and one overlay per cluster that merges a ConfigMap, patches a Deployment and
annotates everything. So every object of every cluster differs from that of every other cluster.
"""
from pathlib import Path

APP = "app0"
SERVICES = 5
ENVIRONMENTS = ("dev", "staging", "prod")

SERVICE = """\
apiVersion: apps/v1
kind: Deployment
metadata:
  name: {name}
  labels:
    app: {name}
spec:
  replicas: 2
  selector:
    matchLabels:
      app: {name}
  template:
    metadata:
      labels:
        app: {name}
    spec:
      serviceAccountName: {name}
      containers:
      - name: {name}
        image: registry.example.com/team/{name}:1.0.0
        ports:
        - containerPort: 8080
          name: http
        envFrom:
        - configMapRef:
            name: settings
        env:
        - name: LOG_LEVEL
          value: info
        - name: REGION
          value: none
        resources:
          requests:
            cpu: 100m
            memory: 128Mi
          limits:
            memory: 256Mi
        livenessProbe:
          httpGet:
            path: /healthz
            port: http
        readinessProbe:
          httpGet:
            path: /ready
            port: http
        volumeMounts:
        - name: config
          mountPath: /etc/app
      volumes:
      - name: config
        configMap:
          name: settings
---
apiVersion: v1
kind: Service
metadata:
  name: {name}
spec:
  selector:
    app: {name}
  ports:
  - port: 80
    targetPort: http
---
apiVersion: v1
kind: ServiceAccount
metadata:
  name: {name}
---
apiVersion: policy/v1
kind: PodDisruptionBudget
metadata:
  name: {name}
spec:
  minAvailable: 1
  selector:
    matchLabels:
      app: {name}
---
apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata:
  name: {name}
spec:
  scaleTargetRef:
    apiVersion: apps/v1
    kind: Deployment
    name: {name}
  minReplicas: 2
  maxReplicas: 9
"""

BASE = """\
resources:
{files}configMapGenerator:
- name: settings
  literals:
  - mode=base
  - timeout=30s
"""

COMMON = """\
apiVersion: v1
kind: Namespace
metadata:
  name: app
---
apiVersion: v1
kind: ConfigMap
metadata:
  name: common
data:
  mode: {mode}
"""

ENVIRONMENT_OVERLAY = """\
resources:
- ../../base
namespace: {app}-{environment}
labels:
- pairs:
    environment: {environment}
  includeSelectors: true
images:
- name: registry.example.com/team/svc0
  newTag: 2.0.{length}
patches:
- target:
    kind: Deployment
  patch: "- op: replace\\n  path: /spec/replicas\\n  value: 3\\n"
"""

CLUSTER_OVERLAY = """\
resources:
- ../../environments/{environment}
commonAnnotations:
  fleet/cluster: {cluster}
configMapGenerator:
- name: settings
  behavior: merge
  literals:
  - region=r{region}
  - cluster={cluster}
patches:
- patch: "apiVersion: apps/v1\\nkind: Deployment\\nmetadata:\\n  name: svc0\\nspec:\\n\\
    \\  replicas: {replicas}\\n  template:\\n    spec:\\n      containers:\\n      - name: svc0\\n\\
    \\        env:\\n        - name: REGION\\n          value: r{region}\\n"
"""

APP_FILE = """\
apiVersion: flotilla.dev/v1
kind: App
metadata:
  name: {app}
spec:
  path: overlays/{app}
"""

ENVIRONMENT_FILE = """\
apiVersion: flotilla.dev/v1
kind: Environment
metadata:
  name: {environment}
spec:
  clusters: env={environment}
{after}"""

CLUSTER_DOCUMENT = """\
apiVersion: flotilla.dev/v1
kind: Cluster
metadata:
  name: {cluster}
  labels:
    env: {environment}
spec:
  credentials:
    kubeconfig:
      file: clusters.kubeconfig
      context: {context}
"""

FLEET_FILE = """\
apiVersion: flotilla.dev/v1
kind: Fleet
metadata:
  name: benchmark
"""


def cluster_name(number):
    return f"cluster-{number:05d}"


def overlay_path(number):
    return f"overlays/{APP}/clusters/{cluster_name(number)}"


def environment_of(number, clusters, environments=ENVIRONMENTS):
    if environments != ENVIRONMENTS:
        return environments[number * len(environments) // clusters]
    return ENVIRONMENTS[min(2, number * 10 // clusters // 2)] if clusters >= 10 else "prod"


def cluster_overlay(number, environment):
    return CLUSTER_OVERLAY.format(
        environment=environment, cluster=cluster_name(number), region=number % 17, replicas=1 + number % 5)


def write_fleet(root, clusters, environments=ENVIRONMENTS, deliverable=False):
    """Writes the repository with that many clusters below root. What is deliverable brings its namespace, and a
    ConfigMap that all clusters have alike."""
    root = Path(root)

    def put(path, text):
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text)

    files = [f"part{number}.yaml" for number in range(SERVICES)]
    for number, file in enumerate(files):
        put(f"overlays/{APP}/base/{file}", SERVICE.format(name=f"svc{number}"))
    if deliverable:
        files.append("common.yaml")
        put(f"overlays/{APP}/base/common.yaml", COMMON.format(mode="first"))
    put(f"overlays/{APP}/base/kustomization.yaml", BASE.format(files="".join(f"- {file}\n" for file in files)))
    put("fleet/fleet.yaml", FLEET_FILE)
    put(f"fleet/apps/{APP}.yaml", APP_FILE.format(app=APP))
    members = {environment: [] for environment in environments}
    for number in range(clusters):
        environment = environment_of(number, clusters, environments)
        members[environment].append(CLUSTER_DOCUMENT.format(
            cluster=cluster_name(number), environment=environment, context=f"cluster-{number + 1}"))
        put(f"{overlay_path(number)}/kustomization.yaml", cluster_overlay(number, environment))
    for place, environment in enumerate(environments):
        put(
            f"overlays/{APP}/environments/{environment}/kustomization.yaml",
            ENVIRONMENT_OVERLAY.format(app=APP, environment=environment, length=len(environment)))
        after = f"  after: [{environments[place - 1]}]\n" if place else ""
        put(f"fleet/environments/{environment}.yaml", ENVIRONMENT_FILE.format(environment=environment, after=after))
        if members[environment]:
            put(f"fleet/clusters/{environment}.yaml", "---\n".join(members[environment]))
