"""Random Kubernetes objects, small ones that refer to each other, and random changes to them."""
from yamltext import Raw, YAMLWriter

NAMES = ["web", "db", "api", "cm", "cfg", "sec", "app-1", "x"]
NAMESPACES = ["ns1", "ns2", "default"]
# Texts that YAML can misread, and that emitters have to quote or to break.
TEXTS = ["yes", "no", "on", "0644", "08", "1.0", "1e3", "12:30", "2020-01-01", "null", "~", "true", "a: b", "- x", "#c",
         '"q"', "it's", " lead", "trail ", "a\nb", "a\nb\n", "a\n\n", "\tx", "é", "😀", "a" * 90 + " " + "b " * 20,
         "0x1F", "1_000", ".5", "", "=", "<<", "!x", "&a", "*a", "%d", "@at", "`t", "{a", "[b", "a,b", "x #y", "x:",
         "1.10", "-1", "+1", "0o17", ".inf", "NaN", "k=v", "$(V)", "a\\b", "line one\nline  two \n", "  ind\nx\n",
         "one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen"]
PLAIN = ["yes", "no", "on", "0644", "08", "1.0", "1e3", "12:30", "2020-01-01", "null", "~", "true", "1", "5", "0", "3.5",
         "0x1F", "1_000", ".5", "100000000000000000000", "123456.789", "1234567.89", "0.00001", "-5", "web", "db",
         "nginx:1.19", "Off", "y", "0o17", "2020-01-01T10:00:00Z", "1e400", "9223372036854775808", "-0", "1.50", "v1",
         "a b c", "!!str 1", "&anchor v"]

WORKLOADS = ("Deployment", "StatefulSet", "DaemonSet")
CLUSTER_SCOPED = ("ClusterRole", "ClusterRoleBinding", "PersistentVolume", "StorageClass", "Namespace",
                  "CustomResourceDefinition", "ValidatingWebhookConfiguration", "APIService")
KINDS = ["Deployment"] * 5 + ["StatefulSet"] * 2 + ["DaemonSet", "CronJob", "Job", "Pod", "ReplicaSet", "PodTemplate"] + [
    "Service", "Service", "ConfigMap", "ConfigMap", "Secret", "ServiceAccount", "Role", "ClusterRole", "RoleBinding",
    "ClusterRoleBinding", "Ingress", "HorizontalPodAutoscaler", "PersistentVolumeClaim", "PersistentVolume",
    "StorageClass", "NetworkPolicy", "PodDisruptionBudget", "CustomResourceDefinition", "Widget", "Widget", "Namespace",
    "ValidatingWebhookConfiguration", "APIService", "HTTPRoute", "Ingress"]


class Objects:
    def __init__(self, random):
        self.random = random
        self.yaml = YAMLWriter(random)

    def chance(self, share):
        return self.random.random() < share

    def pick(self, *items):
        return self.random.choice(items)

    def some(self, make, most=3):
        return [make() for _ in range(self.random.randint(1, most))]

    def name(self):
        return self.random.choice(NAMES)

    def text(self, most=len(TEXTS)):
        return self.yaml.quoted(self.random.choice(TEXTS[:most]))

    def scalar(self):
        roll = self.random.random()
        if roll < 0.35:
            return self.text()
        return Raw(self.random.choice(PLAIN)) if roll < 0.6 else self.yaml.quoted(self.name())

    def value(self, depth=0):
        roll = self.random.random()
        if depth > 2 or roll < 0.6:
            return self.scalar()
        if roll < 0.8:
            keys = ["a", "b", "c", "k1", "k2", "k10", "Z", "a-b", "a.b/c"]
            return {self.random.choice(keys): self.value(depth + 1) for _ in range(self.random.randint(0, 3))}
        return [self.value(depth + 1) for _ in range(self.random.randint(0, 3))]

    def labels(self):
        return {self.pick("app", "tier", "env", "a/b", "x"): self.yaml.quoted(self.random.choice(TEXTS[:14] + NAMES))
                for _ in range(self.random.randint(1, 3))}

    def metadata(self, name, namespaced=True):
        result = {"name": name}
        if namespaced and self.chance(0.3):
            result["namespace"] = self.random.choice(NAMESPACES)
        if self.chance(0.4):
            result["labels"] = self.labels()
        if self.chance(0.4):
            result["annotations"] = {self.pick("a", "note", "x/y", "b"): self.scalar() for _ in range(2)}
        if self.chance(0.04):
            result.setdefault("annotations", {})["config.kubernetes.io/local-config"] = Raw(self.pick('"true"', '"false"'))
        return result

    # Parts of pods

    def port(self, key):
        result = {key: self.pick(80, 443, 8080)}
        if self.chance(0.5):
            result["protocol"] = self.pick("TCP", "UDP")
        if self.chance(0.5):
            result["name"] = self.pick("http", "https", "p")
        return result

    def variable(self):
        result = {"name": self.pick("A", "B", "C")}
        roll = self.random.random()
        if roll < 0.5:
            result["value"] = self.yaml.quoted(self.random.choice(TEXTS[:20] + ["$(V)", "x$(V)y", "$$(V)", "$(W)"]))
        elif roll < 0.7:
            result["valueFrom"] = {"configMapKeyRef": {"name": self.name(), "key": "k"}}
        elif roll < 0.9:
            result["valueFrom"] = {"secretKeyRef": {"name": self.name(), "key": "k"}}
        return result

    def container(self):
        result = {"name": self.pick("main", "side", "init", "c1")}
        if self.chance(0.8):
            result["image"] = self.pick("nginx", "nginx:1.19", "reg.io:5000/a/nginx:v1", "busybox@sha256:" + "a" * 64,
                                        "a/b:c@sha256:" + "b" * 64)
        for field, share, make in (
                ("env", 0.5, lambda: self.some(self.variable)),
                ("envFrom", 0.3, lambda: [{self.pick("configMapRef", "secretRef"): {"name": self.name()}}]),
                ("ports", 0.4, lambda: self.some(lambda: self.port("containerPort"))),
                ("args", 0.3, lambda: self.some(lambda: self.yaml.quoted(self.pick("a", "b", "$(V)", "--x=y")))),
                ("volumeMounts", 0.3, lambda: self.some(
                    lambda: {"name": self.pick("v", "w"), "mountPath": self.pick("/a", "/b")}, 2)),
                ("volumeDevices", 0.05, lambda: [{"name": "v", "devicePath": "/d"}]),
                ("resources", 0.2, lambda: self.value(1))):
            if self.chance(share):
                result[field] = make()
        return result

    def volume(self):
        return self.pick(
            {"name": self.pick("v", "w"), "configMap": {"name": self.name()}},
            {"name": "w", "secret": {"secretName": self.name()}}, {"name": "v", "emptyDir": {}},
            {"name": "p", "persistentVolumeClaim": {"claimName": self.name()}},
            {"name": "pr", "projected": {"sources": [
                {"configMap": {"name": self.name()}}, {"secret": {"name": self.name()}}]}})

    def spread(self):
        result = {"topologyKey": self.pick("zone", "host"), "maxSkew": 1}
        if self.chance(0.6):
            result["whenUnsatisfiable"] = "DoNotSchedule"
        if self.chance(0.4):
            result["labelSelector"] = {"matchLabels": self.labels()}
        return result

    def affinity(self):
        terms = [{"topologyKey": "zone", "labelSelector": {"matchLabels": self.labels()}}]
        return {self.pick("podAffinity", "podAntiAffinity"): {"requiredDuringSchedulingIgnoredDuringExecution": terms}}

    def pod(self):
        result = {"containers": self.some(self.container)}
        for field, share, make in (
                ("initContainers", 0.3, lambda: [self.container()]),
                ("ephemeralContainers", 0.05, lambda: [self.container()]),
                ("volumes", 0.4, lambda: self.some(self.volume)),
                ("serviceAccountName", 0.3, self.name), ("priorityClassName", 0.1, self.name),
                ("tolerations", 0.2, lambda: [{"key": "k", "operator": "Exists"}]),
                ("imagePullSecrets", 0.2, lambda: [{"name": self.name()}]),
                ("topologySpreadConstraints", 0.15, lambda: self.some(self.spread, 2)),
                ("affinity", 0.1, self.affinity),
                ("hostAliases", 0.1, lambda: [{"ip": "10.0.0.1", "hostnames": ["a"]}])):
            if self.chance(share):
                result[field] = make()
        return result

    def template(self):
        result = {"spec": self.pod()}
        if self.chance(0.6):
            result["metadata"] = {"labels": self.labels()}
        return result

    # Objects

    def object(self, kind=None, name=None):
        kind = kind or self.random.choice(KINDS)
        metadata = self.metadata(name or self.name(), kind not in CLUSTER_SCOPED)
        if kind == "Namespace":
            metadata["name"] = self.pick("ns1", "ns2")
        version, fields = self.fields(kind)
        return {"apiVersion": version, "kind": kind, "metadata": metadata, **fields}

    def workload(self, kind):
        spec = {"template": self.template()}
        if self.chance(0.5):
            spec["replicas"] = self.pick(1, 2, Raw('"3"'), None)
        if self.chance(0.5):
            spec["selector"] = {"matchLabels": self.labels()}
        if kind == "StatefulSet":
            if self.chance(0.5):
                spec["serviceName"] = self.name()
            if self.chance(0.4):
                spec["volumeClaimTemplates"] = [{"metadata": {"name": "d"}, "spec": {"storageClassName": self.name()}}]
        return {"spec": spec}

    def subject(self):
        result = {"kind": self.pick("ServiceAccount", "ServiceAccount", "User"), "name": self.pick(self.name(), "default")}
        if self.chance(0.5):
            result["namespace"] = self.random.choice(NAMESPACES)
        return result

    def fields(self, kind):
        """The apiVersion and everything below `metadata` of an object of that kind."""
        rbac = "rbac.authorization.k8s.io"
        if kind in WORKLOADS or kind == "ReplicaSet":
            return self.pick("apps/v1", "apps/v1", "apps/v1", "extensions/v1beta1"), self.workload(kind)
        if kind == "CronJob":
            return self.pick("batch/v1", "batch/v1beta1"), {
                "spec": {"schedule": "* * * * *", "jobTemplate": {"spec": {"template": self.template()}}}}
        if kind == "Job":
            return "batch/v1", {"spec": {"template": self.template()}}
        if kind == "Pod":
            return "v1", {"spec": self.pod()}
        if kind == "PodTemplate":
            return "v1", {"template": self.template()}
        if kind == "Service":
            spec = {"ports": self.some(lambda: self.port("port"))}
            if self.chance(0.5):
                spec["selector"] = self.labels()
            return "v1", {"spec": spec}
        if kind == "ConfigMap":
            keys = ["a", "b", "c", "k.txt", "k10", "k2", "y"]
            data = {self.random.choice(keys): self.pick(self.text(), self.random.choice(TEXTS)) for _ in range(3)}
            return "v1", {"data": data} if self.chance(0.9) else {}
        if kind == "Secret":
            extra = {"stringData": {"s": self.text()}} if self.chance(0.3) else {}
            return "v1", {"type": "Opaque", "data": {"k": "aGk="}, **extra}
        if kind == "ServiceAccount":
            return "v1", {field: [{"name": self.name()}] for field in ("imagePullSecrets", "secrets") if self.chance(0.4)}
        if kind in ("Role", "ClusterRole"):
            rule = {"apiGroups": [""], "resources": ["secrets"], "verbs": ["get"]}
            if self.chance(0.6):
                rule["resourceNames"] = self.some(self.name, 2)
            return rbac + "/v1", {"rules": [rule]}
        if kind in ("RoleBinding", "ClusterRoleBinding"):
            role = {"apiGroup": rbac, "kind": self.pick("Role", "ClusterRole"), "name": self.name()}
            return rbac + "/v1", {"roleRef": role, "subjects": self.some(self.subject)}
        if kind == "Ingress":
            backend = self.pick({"service": {"name": self.name(), "port": {"number": 80}}},
                                {"serviceName": self.name(), "servicePort": 80})
            rule = {"host": self.pick("a", "$(V)"), "http": {"paths": [{"backend": backend}]}}
            tls = {"hosts": ["a"], "secretName": self.name()}
            return self.pick("networking.k8s.io/v1", "extensions/v1beta1"), {
                "spec": {"ingressClassName": "x", "tls": [tls], "rules": [rule]}}
        if kind == "HorizontalPodAutoscaler":
            metrics = [{"type": "Resource", "resource": {"name": "cpu"}}]
            return self.pick("autoscaling/v1", "autoscaling/v2"), {
                "spec": {"scaleTargetRef": {"kind": "Deployment", "name": self.name()}, "metrics": metrics}}
        if kind == "PersistentVolumeClaim":
            return "v1", {"spec": {"volumeName": self.name(), "storageClassName": self.name()}}
        if kind == "PersistentVolume":
            return "v1", {"spec": {"storageClassName": self.name()}}
        if kind == "StorageClass":
            return "storage.k8s.io/v1", {"parameters": {"secretName": self.name()}}
        if kind == "NetworkPolicy":
            peers = [{"podSelector": {"matchLabels": self.labels()}}]
            return "networking.k8s.io/v1", {
                "spec": {"podSelector": {"matchLabels": self.labels()}, "ingress": [{"from": peers}]}}
        if kind == "PodDisruptionBudget":
            return self.pick("policy/v1", "policy/v1beta1"), {"spec": {"selector": {"matchLabels": self.labels()}}}
        service = {"name": self.name(), "namespace": self.random.choice(NAMESPACES)}
        if kind == "CustomResourceDefinition":
            return "apiextensions.k8s.io/v1", {
                "spec": {"group": "example.com", "conversion": {"webhook": {"clientConfig": {"service": service}}}}}
        if kind == "Namespace":
            return "v1", {}
        if kind == "ValidatingWebhookConfiguration":
            return "admissionregistration.k8s.io/v1", {
                "webhooks": [{"name": "a.b.c", "clientConfig": {"service": service}}]}
        if kind == "APIService":
            return "apiregistration.k8s.io/v1", {"spec": {"service": service}}
        if kind == "HTTPRoute":
            refs = [{"name": self.name(), "port": 80}]
            return "gateway.networking.k8s.io/v1", {"spec": {"rules": [{"backendRefs": refs}]}}
        items = [{"name": self.pick("a", "b"), "image": self.pick("nginx", "z:1")} for _ in range(2)]
        return "example.com/v1", {"spec": self.pick(self.value(), {"items": items, "ref": {"name": self.name()}})}

    # Changes

    MERGE_KEYS = ("name", "containerPort", "port", "mountPath", "ip", "uid", "topologyKey", "devicePath")

    def change(self, value):
        """A strategic merge patch for `value`: some fields changed, removed, added."""
        if isinstance(value, dict):
            result = {}
            for key, item in value.items():
                roll = self.random.random()
                if 0.4 <= roll < 0.47:
                    result[key] = None
                elif 0.47 <= roll < 0.85:
                    result[key] = self.change(item)
                elif roll >= 0.85:
                    result[key] = item
            if self.chance(0.2):
                result[self.pick("new", "extra", "a")] = self.value(1)
            if self.chance(0.05):
                result["$patch"] = self.pick("delete", "replace", "merge")
            if self.chance(0.02):
                result["$retainKeys"] = ["a", "name"]
            return result
        if isinstance(value, list):
            return self.changed_list(value)
        return self.scalar()

    def changed_list(self, items):
        result = []
        for item in items:
            if self.chance(0.5):
                continue
            if not isinstance(item, dict):
                result.append(item)
                continue
            change = self.change(item)
            for key in self.MERGE_KEYS:
                if key in item and (self.chance(0.93) or change.get(key, "") is None):
                    change[key] = item[key]
            if "protocol" in item and self.chance(0.7):
                change["protocol"] = item["protocol"]
            if self.chance(0.06):
                change = {key: item[key] for key in self.MERGE_KEYS if key in item} | {"$patch": "delete"}
            result.append(change)
        if self.chance(0.3):
            added = [{"name": "added", "image": "z"}, self.container(), self.variable(), self.port("containerPort")]
            result.append(self.random.choice(added) if items and isinstance(items[0], dict) else self.scalar())
        if self.chance(0.04):
            result.append({"$patch": self.pick("replace", "delete", "merge")})
        return result

    def paths(self, value, path=""):
        """All JSON pointers below `value`, with what is there."""
        if isinstance(value, dict):
            pairs = [(key.replace("~", "~0").replace("/", "~1"), item) for key, item in value.items()]
        else:
            pairs = list(enumerate(value)) if isinstance(value, list) else []
        result = []
        for key, item in pairs:
            result += [(f"{path}/{key}", item)] + self.paths(item, f"{path}/{key}")
        return result

    def value_at(self, path):
        """A value for a place. Merge keys, labels and annotations are scalars: kustomize keeps its books in annotations
        and drops others whenever it writes there."""
        if path in ("/metadata/labels", "/metadata/annotations"):
            return {"new": self.scalar()}
        is_scalar = path.startswith("/metadata/") or path.rpartition("/")[2] in self.MERGE_KEYS
        return self.scalar() if is_scalar else self.value(1)

    def operations(self, target):
        """A JSON 6902 patch for an object."""
        paths = self.paths(target)
        result = []
        for _ in range(self.random.randint(1, 3)):
            path, item = self.random.choice(paths)
            name = self.pick("add", "replace", "remove", "add", "replace", "test", "copy", "move")
            if path.startswith(("/apiVersion", "/kind")) or path in ("/metadata", "/metadata/name"):
                name, path = "add", "/metadata/labels"
            if name in ("test", "copy", "move") and self.chance(0.7):
                name = "add"
            if name == "test" and path == "/metadata/annotations":
                # kustomize would compare its own annotations, too.
                path = "/metadata/labels"
                item = target["metadata"].get("labels")
            operation = {"op": name, "path": path}
            if name in ("add", "replace"):
                operation["value"] = self.value_at(path)
            elif name == "test":
                operation["value"] = item
            elif name in ("copy", "move"):
                operation["from"] = self.random.choice(paths)[0]
            if name == "add" and isinstance(item, dict) and self.chance(0.7):
                operation["path"] += "/new"
                operation["value"] = self.value_at(operation["path"])
            if name == "add" and isinstance(item, list) and self.chance(0.7):
                operation["path"] += self.pick("/-", "/0")
            result.append(operation)
            if self.chance(0.6):
                break
        return result


def identity(value):
    return (value["kind"], value["metadata"]["name"], value["metadata"].get("namespace", "default"))


def dotted(pointer):
    """A JSON pointer as a field path of replacements."""
    parts = pointer.replace("~1", "\0").strip("/").split("/")
    return ".".join(part.replace("\0", "/").replace("~0", "~").replace(".", "\\.") for part in parts)
