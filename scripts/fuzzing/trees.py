"""Random trees of kustomizations: bases, overlays and components that use every feature kustomize builds offline."""
import json

from objects import NAMESPACES, Objects, dotted, identity
from yamltext import Raw

GROUP = "kustomize.config.k8s.io"
IMAGES = ["nginx", "reg.io:5000/a/nginx", "busybox", "a/b", "z"]


class Trees:
    """One tree: `files` by path, the directory to build in `top`, `flags` for the build."""

    def __init__(self, random):
        self.random = random
        self.objects = Objects(random)
        self.files = {}
        self.flags = []
        self.top = "top"
        # How often a feature is used; small trees with many features mostly end in refusals.
        self.density = random.choice([0.4, 0.7, 1.0])

    def chance(self, share):
        return self.random.random() < share

    def feature(self, share):
        return self.random.random() < share * self.density

    def pick(self, *items):
        return self.random.choice(items)

    def yaml(self, value):
        return self.objects.yaml.document(value)

    def documents(self, values):
        separator = self.pick("---\n", "--- # next\n", "---\n# next\n")
        text = separator.join(map(self.yaml, values))
        return self.pick("", "", "---\n", "# head\n") + text

    def write(self, path, text):
        self.files[path] = text

    def place(self, directory, name, text):
        """A file of that content in the directory; answers its name there."""
        self.write(f"{directory}/{name}", text)
        return self.pick(name, name, name, "./" + name)

    def reference(self, value):
        """The start of a patch: what it applies to."""
        metadata = {"name": value["metadata"]["name"]}
        if "namespace" in value["metadata"] and self.chance(0.95):
            metadata["namespace"] = value["metadata"]["namespace"]
        return {"apiVersion": value["apiVersion"], "kind": value["kind"], "metadata": metadata}

    # The tree

    def generate(self):
        known = []
        for _ in range(self.random.randint(1, 6)):
            value = self.objects.object()
            if identity(value) not in map(identity, known):
                known.append(value)
        base = {"resources": self.resource_files("base", known)}
        self.kustomization("base", {**base, **self.features("base", known)})
        bases = ["../base"]
        if self.chance(0.2):
            self.kustomization("mid", {"resources": ["../base"], **self.features("mid", known)})
            bases = ["../mid"]
            if self.chance(0.2):
                bases.append("../base")  # a diamond; mostly a conflict of ids unless names differ
        top = self.features("top", known)
        if self.chance(0.4):
            own = [self.objects.object(name="own")]
            bases.append(self.place("top", "own.yaml", self.documents(own)))
            known = known + own
        if self.chance(0.1) and "bases" not in top:
            top["bases"] = [bases.pop(0)]
        if bases:
            top["resources"] = bases
        if self.chance(0.3):
            top["components"] = ["../part"]
            part = self.features("part", known)
            if self.chance(0.4):
                extra = self.objects.object(self.pick("ConfigMap", "Service"), "extra")
                part["resources"] = [self.place("part", "extra.yaml", self.yaml(extra))]
            self.kustomization("part", part, kind="Component")
        if self.chance(0.2):
            top["sortOptions"] = self.sort_options()
        if self.chance(0.08):
            words = ["originAnnotations", "transformerAnnotations", "managedByLabel"]
            top["buildMetadata"] = self.random.sample(words, self.random.randint(1, 3))
        if self.chance(0.03):
            self.spoil(top)
        self.kustomization("top", top)

    def kustomization(self, directory, value, kind="Kustomization"):
        version = f"{GROUP}/{'v1alpha1' if kind == 'Component' else 'v1beta1'}"
        head = {"apiVersion": version, "kind": kind} if kind == "Component" or self.chance(0.3) else {}
        name = self.pick("kustomization.yaml", "kustomization.yaml", "kustomization.yml", "Kustomization")
        self.write(f"{directory}/{name}", self.yaml({**head, **value}) if head or value else "resources: []\n")

    def spoil(self, value):
        """Something that kustomize refuses, mostly."""
        value.update(self.pick(
            {"nameprefixes": "x"}, {"namePrefix": 1}, {"resources": ["../missing"]}, {"crds": ["missing.json"]},
            {"commonLabels": {"a": 1}}, {"components": ["../base"]}, {"patches": [{"path": "../base/r0.yaml"}]},
            {"helmCharts": []}, {"images": [{"name": "x", "tag": "y"}]}, {"namespace": Raw("n")},
            {"generatorOptions": {"immutable": "yes"}}, {"resources": ["../top"]}))

    def resource_files(self, directory, values):
        names = []
        rest = list(values)
        self.objects.yaml.leaves_null_out = self.chance(0.5)
        while rest:
            count = self.random.randint(1, 3)
            chunk, rest = rest[:count], rest[count:]
            if self.chance(0.12):
                kind = self.pick("List", "List", "ConfigMapList", "WidgetList")
                text = self.yaml({"apiVersion": "v1", "kind": kind, "items": chunk})
            elif self.chance(0.05) and len(chunk) == 1:
                text = json.dumps(json.loads(json.dumps(chunk[0])), indent=self.pick(None, 2)) + "\n"
            else:
                text = self.documents(chunk)
            if self.chance(0.03):
                text = text.replace("\n", "\r\n")
            names.append(self.place(directory, f"r{len(names)}.yaml", text))
        self.objects.yaml.leaves_null_out = False
        return names

    def sort_options(self):
        if self.chance(0.3):
            return {"order": "legacy", "legacySortOptions": {
                "orderFirst": ["Secret", "Deployment"], "orderLast": ["Service", "ConfigMap"]}}
        return {"order": self.pick("fifo", "legacy")}

    # The features of one kustomization

    def features(self, directory, known):
        result = {}
        simple = {
            "namePrefix": (0.3, lambda: self.pick("p-", "q-", "")),
            "nameSuffix": (0.15, lambda: self.pick("-s", "-t")),
            "namespace": (0.25, lambda: self.pick("ns1", "nsx")),
            "commonLabels": (0.2, lambda: {self.pick("app", "team"): self.pick("a", "true", "1")}),
            "labels": (0.25, lambda: self.some(self.label_entry)),
            "commonAnnotations": (0.2, lambda: {self.pick("ann", "note"): self.pick("v", "12:30", "multi\nline\n")}),
            "images": (0.25, lambda: self.some(self.image)), "imageTags": (0.03, lambda: [self.image()]),
            "generatorOptions": (0.1, self.generator_options),
            "configurations": (0.12, lambda: [self.place(directory, "config.yaml", self.yaml(self.configuration()))]),
            "crds": (0.05, lambda: [self.place(directory, "crd.json", self.custom_types())]),
        }
        for field, (share, make) in simple.items():
            if self.feature(share):
                result[field] = make()
        if directory != "mid" and self.feature(0.05):
            result["openapi"] = {"path": self.place(directory, "schema.json", self.schema())}
        self.generators(directory, known, result)
        if known:
            self.patches(directory, known, result)
            self.values(directory, known, result)
            self.plugins(directory, known, result)
        return result

    def some(self, make, most=2):
        return [make() for _ in range(self.random.randint(1, most))]

    def label_entry(self):
        result = {"pairs": {self.pick("lab", "app"): self.pick("v", "0x1")}}
        for field in ("includeSelectors", "includeTemplates"):
            if self.chance(0.4):
                result[field] = self.chance(0.8)
        if self.chance(0.2):
            result["fields"] = [self.field_spec("spec/extra/labels")]
        return result

    def field_spec(self, path):
        result = {"path": path}
        if self.chance(0.6):
            result["kind"] = self.pick("Deployment", "Widget", "Service")
        if self.chance(0.6):
            result["create"] = self.chance(0.7)
        return result

    def image(self):
        change = self.pick({"newTag": "v9"}, {"newName": "other"}, {"digest": "sha256:" + "c" * 64}, {"tagSuffix": "-a"},
                           {"newTag": "x", "newName": "y/z"}, {"newTag": "1", "digest": "sha256:" + "d" * 64})
        return {"name": self.random.choice(IMAGES), **change}

    def generator_options(self):
        result = {"labels": {"g": "o"}}
        result[self.pick("disableNameSuffixHash", "immutable")] = True
        if self.chance(0.3):
            result["annotations"] = {"from": "options"}
        return result

    def configuration(self):
        result = {}
        specs = {
            "namePrefix": "metadata/name", "nameSuffix": "spec/ref/name", "namespace": "spec/namespace",
            "commonLabels": "spec/more/labels", "labels": "spec/more/labels", "templateLabels": "spec/more/labels",
            "commonAnnotations": "spec/more/annotations", "images": "spec/items/image", "replicas": "spec/size",
            "varReference": "spec/items/image"}
        for field, path in specs.items():
            if self.chance(0.25):
                result[field] = [self.field_spec(path)]
                if field in ("replicas", "images"):
                    result[field][0]["kind"] = "Widget"
        if self.chance(0.5):
            result["nameReference"] = [{
                "kind": self.pick("ConfigMap", "Service", "Widget"),
                "fieldSpecs": [{"path": "spec/ref/name", "kind": "Widget"}]}]
        return result or {"varReference": [{"path": "data/a", "kind": "ConfigMap"}]}

    def custom_types(self):
        """OpenAPI definitions with the hints that `crds` reads."""
        def definition(properties):
            return {"Schema": {"properties": properties}, "Dependencies": []}

        spec = "com.example.v1.WidgetSpec"
        reference = {"x-kubernetes-object-ref-api-version": "v1", "x-kubernetes-object-ref-kind": "ConfigMap"}
        return json.dumps({
            "com.example.v1.Widget": definition({
                "apiVersion": {"type": "string"}, "kind": {"type": "string"}, "metadata": {"type": "object"},
                "spec": {"$ref": spec}}),
            spec: definition({"ref": {"type": "object", **reference},
                              "k1": self.pick({"x-kubernetes-label-selector": ""}, {"x-kubernetes-annotation": ""})}),
        }, indent=1) + "\n"

    def schema(self):
        """An OpenAPI document in place of kustomize's own, with lists that merge."""
        item = {"type": "object", "properties": {"name": {"type": "string"}}}
        items = {"type": "array", "items": item, "x-kubernetes-patch-strategy": "merge",
                 "x-kubernetes-patch-merge-key": self.pick("name", "image")}
        widget = {"properties": {"spec": {"properties": {"items": items}}}, "x-kubernetes-group-version-kind": [
            {"group": "example.com", "version": "v1", "kind": "Widget"}]}
        return json.dumps({"definitions": {"com.example.v1.Widget": widget}}, indent=1) + "\n"

    def generators(self, directory, known, result):
        for field, share in (("configMapGenerator", 0.3), ("secretGenerator", 0.15)):
            if not self.feature(share):
                continue
            names = []
            entries = []
            for _ in range(self.random.randint(1, 2)):
                entry = self.generator(directory, known, field)
                if entry["name"] not in names:
                    names.append(entry["name"])
                    entries.append(entry)
            result[field] = entries

    def generator(self, directory, known, field):
        kind = "ConfigMap" if field == "configMapGenerator" else "Secret"
        existing = [value for value in known if value["kind"] == kind and "namespace" not in value["metadata"]]
        entry = {"name": self.objects.name()}
        if existing and self.chance(0.4):
            entry["name"] = self.random.choice(existing)["metadata"]["name"]
        if any(value["metadata"]["name"] == entry["name"] for value in existing) or self.chance(0.05):
            entry["behavior"] = self.pick("merge", "replace", "merge", "create")
        if self.chance(0.8):
            entry["literals"] = self.random.sample(["a=1", "b=x y", 'c="q"', "d=", "e=a=b", "y=<&>", "l=" + "w " * 60], 2)
        if self.chance(0.3):
            content = self.pick("hello\n", "a\tb", "x\r\ny\r\n", "no newline", "  lead\n", "é😀\n", "x" * 200)
            self.write(f"{directory}/f.txt", content)
            entry["files"] = [self.pick("f.txt", "key=f.txt")]
        if self.chance(0.3):
            content = self.pick("A=1\nB=two words\n", "# c\nX=\n\nY=a=b\n", "\ufeffZ=1\n", "  T=x \r\nEMPTY\n")
            self.write(f"{directory}/e.env", content)
            entry.update(self.pick({"envs": ["e.env"]}, {"env": "e.env"}))
        if self.chance(0.3):
            entry["options"] = self.pick(
                {"disableNameSuffixHash": True}, {"immutable": True}, {"labels": {"gl": "1"}},
                {"annotations": {"ga": "x"}, "disableNameSuffixHash": False})
        if self.chance(0.12):
            entry["namespace"] = "ns1"
        if kind == "Secret" and self.chance(0.3):
            entry["type"] = "example.com/kind"
        return entry

    # Patches

    def patches(self, directory, known, result):
        if self.feature(0.6):
            result["patches"] = [self.patch(directory, known, i) for i in range(self.random.randint(1, 3))]
        if self.feature(0.15):
            merges = self.some(lambda: self.merge_patch(self.random.choice(known)))
            result["patchesStrategicMerge"] = [
                self.pick(text, self.place(directory, f"s{i}.yaml", text))
                for i, text in enumerate(map(self.yaml, self.deleting_last(merges)))]
        if self.feature(0.15):
            value = self.random.choice(known)
            group, _, version = value["apiVersion"].rpartition("/")
            target = {"version": version, "kind": value["kind"], "name": value["metadata"]["name"]}
            if group:
                target["group"] = group
            if "namespace" in value["metadata"]:
                target["namespace"] = value["metadata"]["namespace"]
            text = self.operations_text(value)
            source = {"patch": text} if self.chance(0.5) else {"path": self.place(directory, "late.yaml", text)}
            result["patchesJson6902"] = [{"target": target, **source}]

    def patch(self, directory, known, number):
        value = self.random.choice(known)
        entry = {}
        if self.chance(0.55):
            patches = [self.merge_patch(value)]
            if self.chance(0.3):
                entry["target"] = self.target(value)
            elif self.chance(0.2):
                others = [other for other in known if other is not value]
                patches += [self.merge_patch(other) for other in others[:1]]
            text = self.documents(self.deleting_last(patches))
            if self.chance(0.15):
                entry["options"] = {self.pick("allowNameChange", "allowKindChange"): True}
                patches[0]["metadata"]["name"] = "renamed" if "target" in entry else patches[0]["metadata"]["name"]
                text = self.documents(patches)
        else:
            text = self.operations_text(value)
            entry["target"] = self.target(value)
        if self.chance(0.5):
            entry["path"] = self.place(directory, f"p{number}.yaml", text)
        else:
            entry["patch"] = text
        return entry

    def operations_text(self, value):
        operations = self.objects.operations(value)
        return self.pick(lambda: json.dumps(operations), lambda: self.yaml(operations))()

    def deleting_last(self, patches):
        """The patches, of which only the last may delete an object: kustomize panics over what comes after it."""
        for patch in patches[:-1]:
            if patch.get("$patch") == "delete":
                del patch["$patch"]
        return patches

    def merge_patch(self, value):
        if self.chance(0.04):
            return {**self.reference(value), "$patch": "delete"}
        result = self.reference(value)
        if self.chance(0.3):
            result["metadata"]["labels"] = {"pl": self.objects.scalar()}
        if self.chance(0.2):
            result["metadata"]["annotations"] = {"a": None}
        body = {key: item for key, item in value.items() if key not in ("apiVersion", "kind", "metadata")}
        change = self.objects.change(body)
        if "$patch" in change and self.chance(0.8):
            del change["$patch"]
        if self.chance(0.05) and isinstance(change.get("spec"), dict):
            change["spec"].update({"$setElementOrder/containers": [{"name": "side"}]})
        return {**result, **change}

    def target(self, value):
        name = value["metadata"]["name"]
        result = {"kind": self.pick(value["kind"], value["kind"], ".*", value["kind"][0] + ".*")}
        if self.chance(0.6):
            result["name"] = self.pick(name, name, ".*", name[0] + ".*", f"{name}|other")
        group, _, version = value["apiVersion"].rpartition("/")
        if group and self.chance(0.2):
            result["group"] = group
        if self.chance(0.2):
            result["version"] = version
        if self.chance(0.1):
            result["namespace"] = self.pick("ns.*", *NAMESPACES)
        if self.chance(0.1):
            result["labelSelector"] = self.pick("app", "app!=x", "app in (web, db)", "!app", "tier=web,app")
        if self.chance(0.05):
            result["annotationSelector"] = self.pick("note", "!note", "a=web")
        return result

    # replicas, replacements, vars

    def values(self, directory, known, result):
        counted = [value for value in known if value["kind"] in ("Deployment", "StatefulSet", "ReplicaSet")]
        if counted and self.feature(0.2):
            result["replicas"] = [
                {"name": self.random.choice(counted)["metadata"]["name"], "count": self.pick(0, 5)}]
        if self.feature(0.3):
            entries = self.some(lambda: self.replacement(known))
            if self.chance(0.25):
                entries = [{"path": self.place(directory, "replace.yaml", self.yaml(entries))}]
            result["replacements"] = entries
        if self.feature(0.12):
            value = self.random.choice(known)
            reference = {key: value[key] for key in ("apiVersion", "kind")} | {"name": value["metadata"]["name"]}
            entry = {"name": "V", "objref": reference}
            if self.chance(0.5):
                path, _ = self.random.choice(self.objects.paths(value))
                entry["fieldref"] = {"fieldpath": dotted(path)}
            result["vars"] = [entry]

    def leaf(self, value):
        # All annotations at once would take kustomize's own along, as source and as target.
        paths = [pair for pair in self.objects.paths(value) if pair[0] not in ("/metadata", "/metadata/annotations")]
        leaves = [pair for pair in paths if not isinstance(pair[1], (dict, list))]
        return self.random.choice(paths if self.chance(0.1) else leaves)[0]

    def replacement(self, known):
        source, target = self.random.choice(known), self.random.choice(known)
        options = {}
        if self.chance(0.4):
            options["create"] = True
        if self.chance(0.3):
            options["delimiter"] = self.pick(":", ".", "/")
            if self.chance(0.5):
                options["index"] = self.pick(0, 1, -1, 5)
        pointer = self.leaf(target)
        if isinstance(dict(self.objects.paths(target))[pointer], (int, dict, list)):
            # A part of a number leaves a number that is none, which some later steps notice and others do not.
            options.pop("delimiter", None)
        path = dotted(pointer)
        if self.chance(0.3):
            path = path.replace(".0", ".*", 1)
        if self.chance(0.15):
            path = path.replace("containers.0", "containers.[name=main]", 1)
        chosen = {"select": {"kind": target["kind"], "name": target["metadata"]["name"]}, "fieldPaths": [path]}
        if self.chance(0.15):
            chosen["select"] = {"kind": target["kind"]}
            chosen["reject"] = [{"name": self.objects.name()}]
        if options:
            chosen["options"] = options
        origin = {"kind": source["kind"], "name": source["metadata"]["name"], "fieldPath": dotted(self.leaf(source))}
        if self.chance(0.15):
            origin["options"] = {"delimiter": self.pick(":", ".", "-"), "index": self.pick(0, 1)}
        return {"source": origin, "targets": [chosen]}

    # generators, transformers, validators of the built-in kinds

    def plugins(self, directory, known, result):
        if self.feature(0.15):
            configs = [self.transformer(directory, known) for _ in range(self.random.randint(1, 2))]
            result["transformers"] = self.plugin_entries(directory, "t", configs)
        if self.feature(0.06):
            config = {"literals": ["p=1"], "behavior": "create"} | self.pick({}, {"options": {"immutable": True}})
            kind = self.pick("ConfigMapGenerator", "SecretGenerator")
            result["generators"] = self.plugin_entries(directory, "g", [self.builtin(kind, "generated", config)])
        if self.feature(0.04):
            # A value that no object has: kustomize refuses a validator that sets what is set already.
            config = self.builtin("LabelTransformer", "check", {"labels": {"app": "checked"}, "fieldSpecs": [
                {"path": self.pick("metadata/labels", "spec/none"), "create": self.chance(0.2)}]})
            result["validators"] = self.plugin_entries(directory, "v", [config])

    def builtin(self, kind, name, fields):
        return {"apiVersion": "builtin", "kind": kind, "metadata": {"name": name}, **fields}

    def plugin_entries(self, directory, letter, configs):
        for number, config in enumerate(configs):
            config["metadata"]["name"] += str(number)
        roll = self.random.random()
        if roll < 0.4:
            return [self.yaml(config) for config in configs]
        if roll < 0.8:
            return [self.place(directory, f"{letter}{i}.yaml", self.yaml(c)) for i, c in enumerate(configs)]
        self.write(f"{directory}/{letter}-dir/plugins.yaml", self.documents(configs))
        self.write(f"{directory}/{letter}-dir/kustomization.yaml", "resources: [plugins.yaml]\n")
        return [f"{letter}-dir"]

    def transformer(self, directory, known):
        value = self.random.choice(known)
        labels = [{"path": "metadata/labels", "create": True}, {"path": "spec/template/metadata/labels"}]
        kind, fields = self.pick(
            ("LabelTransformer", {"labels": {"tl": "1"}, "fieldSpecs": labels}),
            ("AnnotationsTransformer", {"annotations": {"ta": "yes"}, "fieldSpecs": [
                {"path": "metadata/annotations", "create": True}]}),
            ("NamespaceTransformer", {"unsetOnly": self.chance(0.5), "setRoleBindingSubjects": self.pick(
                "none", "allServiceAccounts", "defaultOnly"), "fieldSpecs": [
                    {"path": "metadata/namespace", "create": True}]}),
            ("PrefixTransformer", {"prefix": "tp-", "fieldSpecs": [{"path": "metadata/name"}]}),
            ("SuffixTransformer", {"suffix": "-ts", "fieldSpecs": [{"path": "metadata/name"}]}),
            ("PrefixSuffixTransformer", {"prefix": "a-", "suffix": "-z", "fieldSpecs": [{"path": "metadata/name"}]}),
            ("ImageTagTransformer", {"imageTag": self.image(), "fieldSpecs": [{"path": "spec/items/image"}]}),
            ("ReplicaCountTransformer", {"replica": {"name": value["metadata"]["name"], "count": 7}, "fieldSpecs": [
                {"path": "spec/replicas", "create": True, "kind": value["kind"]}]}),
            ("PatchTransformer", {"patch": self.operations_text(value), "target": self.target(value)}),
            ("PatchTransformer", {"patch": self.yaml(self.merge_patch(value))}),
            ("PatchStrategicMergeTransformer", {"patches": self.yaml(self.merge_patch(value))}),
            ("PatchJson6902Transformer", {"jsonOp": self.operations_text(value), "target": {
                "kind": value["kind"], "name": value["metadata"]["name"],
                "version": value["apiVersion"].rpartition("/")[2]}}),
            ("ReplacementTransformer", {"replacements": [self.replacement(known)]}),
            ("ValueAddTransformer", {"value": "added", "targets": [{
                "selector": {"kind": value["kind"]}, "fieldPath": self.pick("metadata/namespace", "metadata/labels/app"),
                **self.pick({}, {"filePathPosition": 1})}]}),
            ("HashTransformer", {}))
        result = self.builtin(kind, "t", fields)
        if kind == "NamespaceTransformer":
            result["metadata"]["namespace"] = "tns"
        return result
