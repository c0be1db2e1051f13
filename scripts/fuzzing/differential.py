"""Runs one tree through two programs that build kustomizations and says how they differ."""
import os
import pathlib
import random
import re
import subprocess

from trees import Trees

# The suffix of a generated name.
SUFFIX = re.compile(rb"-[2456789bcdfghkmt]{10}\b")
# kustomize puts its bookkeeping into annotations, which a replacement of all annotations copies (docs/kustomize.md).
BOOKKEEPING = b"internal.config.kubernetes.io/"
# A replacement has put a text into a number or a null; whether kustomize notices depends on what comes after
# (docs/kustomize.md).
NO_NUMBER = re.compile(r"cannot decode !!\w+ `.*` as a !!(int|float|bool|null)")


class Case:
    """A tree of files and the directory to build."""

    def __init__(self, name, files, top, flags):
        self.name, self.files, self.top, self.flags = name, dict(files), top, list(flags)

    @classmethod
    def random(cls, seed, number):
        tree = Trees(random.Random(f"{seed}:{number}"))
        tree.generate()
        return cls(f"{seed}-{number}", tree.files, tree.top, tree.flags)

    def write(self, directory):
        for path, text in self.files.items():
            target = directory / path
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(text.encode())


class Outcome:
    def __init__(self, done):
        self.code, self.output = done.returncode, done.stdout
        self.error = done.stderr.decode(errors="replace").strip()
        self.built = done.returncode == 0


def without_suffixes_of_other_kinds(output):
    """The documents without the hashes in the names of what is no ConfigMap and no Secret, and in references to it."""
    documents = output.split(b"---\n")
    for document in documents:
        kind = re.search(rb"^kind: (.*)$", document, re.M)
        name = re.search(rb"^  name: (.*)" + SUFFIX.pattern + rb"$", document, re.M)
        if kind and name and kind[1] not in (b"ConfigMap", b"Secret"):
            suffixed = re.compile(rb"\b" + re.escape(name[1]) + SUFFIX.pattern)
            documents = [suffixed.sub(name[1], each) for each in documents]
    return sorted(documents)


class Comparison:
    """What two programs made of a case. `difference` is None where they agree, `excuse` says why the case does not
    count although they differ."""

    def __init__(self, case, directory, flotilla, kubectl):
        case.write(directory)
        self.theirs = self.run([kubectl, "kustomize", *case.flags, str(directory / case.top)])
        self.ours = self.run([flotilla, "build", *case.flags, str(directory / case.top)])
        self.difference = self.compare()
        self.excuse = None
        if self.difference and self.theirs is not None and self.ours is not None and self.ours.code in (0, 1):
            self.excuse = self.find_excuse(case, directory, kubectl)

    @staticmethod
    def run(command):
        # Collecting garbage is half of the work of a kubectl that ends at once.
        environment = {**os.environ, "GOGC": "off"}
        try:
            return Outcome(subprocess.run(command, capture_output=True, timeout=60, env=environment))
        except subprocess.TimeoutExpired:
            return None

    def compare(self):
        if self.ours is None:
            return "takes longer than 60 seconds"
        if self.ours.code not in (0, 1):
            return f"ends with code {self.ours.code}"
        if self.theirs is None:
            return None
        if self.theirs.built and not self.ours.built:
            return f"is refused: {self.ours.error.splitlines()[-1] if self.ours.error else 'no message'}"
        if not self.theirs.built:
            return "builds what must be refused" if self.ours.built else None
        return None if self.theirs.output == self.ours.output else "prints something else"

    def find_excuse(self, case, directory, kubectl):
        if "panic" in self.theirs.error:
            return "kustomize panics"
        if BOOKKEEPING in self.theirs.output:
            return "kustomize prints its bookkeeping"
        if self.theirs.built and self.ours.built:
            # The hash of an object that is no ConfigMap or Secret any more covers kustomize's memory.
            theirs, ours = (without_suffixes_of_other_kinds(made.output) for made in (self.theirs, self.ours))
            if theirs == ours:
                return "kustomize hashes objects of another kind by their place in the file"
        if self.ours.built and NO_NUMBER.search(self.theirs.error):
            return "kustomize meets a text in the place of a number or null"
        # Maps without an order make a few outputs of kustomize vary from run to run.
        for _ in range(3):
            again = self.run([kubectl, "kustomize", *case.flags, str(directory / case.top)])
            if again is None or again.built != self.theirs.built or again.output != self.theirs.output:
                return "kustomize does not agree with itself"
        return None


def outline(message):
    """A message without names, numbers and places."""
    return re.sub(r"'[^']*'|\S*[/.0-9]\S*", "", message)


def reduced(case, directory, flotilla, kubectl, budget=250):
    """A smaller case with the same kind of difference: files and lines are left out as long as it stays."""
    def fails(candidate, number=[0]):
        number[0] += 1
        if number[0] > budget:
            return False
        found = Comparison(candidate, pathlib.Path(directory) / str(number[0]), flotilla, kubectl)
        return found.difference is not None and not found.excuse and outline(found.difference) == kind

    first = Comparison(case, pathlib.Path(directory) / "0", flotilla, kubectl)
    if first.difference is None:
        return case
    kind = outline(first.difference)
    changed = True
    while changed:
        changed = False
        for path in sorted(case.files):
            lines = case.files[path].splitlines(keepends=True)
            size = len(lines)
            while size >= 1:
                start = 0
                while start < len(lines):
                    shorter = lines[:start] + lines[start + size:]
                    candidate = Case(case.name, {**case.files, path: "".join(shorter)}, case.top, case.flags)
                    if fails(candidate):
                        lines, case, changed = shorter, candidate, True
                    else:
                        start += size
                size //= 2
    return case
