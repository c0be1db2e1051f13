#!/usr/bin/env python3
"""A hub over many simulated clusters for a long time: a commit every minute, and clusters that refuse, hang, answer errors,
cut their answers or are slow. Called by scripts/prove; docs/reliability.md says what it proves. Standard library only."""
import argparse
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

sys.dont_write_bytecode = True
sys.path.insert(0, str(Path(__file__).resolve().parent.parent.parent / "Benchmarks"))
from fleet_run import Program, SimulatedClusters  # noqa: E402
from fleet_tree import APP, BASE, SERVICES, write_fleet  # noqa: E402
from measure import programs  # noqa: E402

FAULTS = [
    ("refuses", {"unreachable": "refuse"}),
    ("hangs", {"unreachable": "hang"}),
    ("answers 500", {"errorRate": 0.5, "errorStatus": 500}),
    ("answers 429", {"errorRate": 0.5, "errorStatus": 429, "retryAfterSeconds": 1}),
    ("cuts answers", {"cutBodies": 0.3}),
    ("is slow", {"latencyMilliseconds": 700}),
]
WHOLE = {"unreachable": None, "errorRate": None, "errorStatus": None, "retryAfterSeconds": None, "cutBodies": None,
         "latencyMilliseconds": None}
ENVIRONMENT = """\
apiVersion: flotilla.dev/v1
kind: Environment
metadata:
  name: {name}
spec:
  clusters: env={name}
{after}  strategy:
    waves:
    - name: all
      maxConcurrent: 100
      progressDeadline: 40s
      maxUnreachable: 50%
      maxFailures: 50%
"""

NAMESPACE = """\
apiVersion: v1
kind: Namespace
metadata:
  name: {name}
"""


class Checks:
    def __init__(self):
        self.passed, self.failed = 0, 0

    def __call__(self, holds, line):
        self.passed, self.failed = self.passed + bool(holds), self.failed + (not holds)
        print(("holds:  " if holds else "FAILED: ") + line, flush=True)


def say(line):
    print(f"soak: {line}", flush=True)


class Soak:
    def __init__(self, options, folder):
        self.options, self.folder = options, folder
        self.random = random.Random(options.seed)
        self.binaries = programs("flotilla", "cluster-simulator")
        # As the simulator counts them, and the contexts that fleet_tree.py names.
        self.names = [f"cluster-{number + 1}" for number in range(options.clusters)]
        self.revision = 0
        self.samples = []
        self.faults = {}
        self.begun_faults = 0
        self.processes = []

    def git(self, *arguments):
        identity = ["-c", "user.name=Soak", "-c", "user.email=soak@example.com", "-c", "gc.auto=0"]
        done = subprocess.run(["git", *identity, *arguments], cwd=self.folder / "work", check=True, capture_output=True, text=True)
        return done.stdout.strip()

    def commit(self):
        """A change of every cluster's objects: the settings, whose generated name changes, and with it all Deployments."""
        self.revision += 1
        base = BASE.format(files="".join(f"- part{number}.yaml\n" for number in range(SERVICES)))
        (self.folder / "work" / "overlays" / APP / "base" / "kustomization.yaml").write_text(
            base + f"  - revision=r{self.revision}\n")
        self.git("add", "-A")
        self.git("commit", "-qm", f"revision {self.revision}")
        self.git("push", "-q", "../fleet.git", "HEAD:main")
        return self.git("rev-parse", "HEAD")

    def start(self):
        options, folder = self.options, self.folder
        subprocess.run(["git", "init", "-q", "--bare", "-b", "main", folder / "fleet.git"], check=True)
        subprocess.run(["git", "init", "-q", "-b", "main", folder / "work"], check=True)
        write_fleet(folder / "work", options.clusters)
        for number, name in enumerate(("dev", "staging", "prod")):
            after = f"  after: [{('dev', 'staging')[number - 1]}]\n  promotion: {{mode: auto}}\n" if number else ""
            (folder / "work" / "fleet" / "environments" / f"{name}.yaml").write_text(
                ENVIRONMENT.format(name=name, after=after))
            overlay = folder / "work" / "overlays" / APP / "environments" / name
            (overlay / "namespace.yaml").write_text(NAMESPACE.format(name=f"{APP}-{name}"))
            text = (overlay / "kustomization.yaml").read_text()
            (overlay / "kustomization.yaml").write_text(text.replace("- ../../base\n", "- ../../base\n- namespace.yaml\n"))
        self.simulator = SimulatedClusters(
            [self.binaries / "cluster-simulator", "--clusters", ",".join(self.names), "--ready-delay", "300ms", "--seed",
             options.seed], folder / "clusters", folder / "clusters.log")
        self.processes.append(self.simulator)
        (folder / "credentials").mkdir()
        shutil.copy(folder / "clusters" / "kubeconfig", folder / "credentials" / "clusters.kubeconfig")
        self.hub = Program(
            [self.binaries / "flotilla", "hub", "--repo", folder / "fleet.git", "--database", folder / "hub.sqlite", "--mirror",
             folder / "mirror.git", "--credentials-dir", folder / "credentials", "--socket", folder / "hub.sock",
             "--poll-interval", "1s"], " serves ", folder / "hub.log")
        self.processes.insert(0, self.hub)

    def flotilla(self, *arguments):
        return subprocess.run([self.binaries / "flotilla", *arguments], capture_output=True, text=True,
                              env=os.environ | {"FLOTILLA_HUB": f"unix:{self.folder / 'hub.sock'}"})

    def pins(self):
        told = self.flotilla("get", "environments", "-o", "json")
        if told.returncode:
            return []
        return [pin for item in json.loads(told.stdout)["items"] for pin in item.get("pins", [])]

    def wait_everywhere(self, commit, seconds):
        """Until every environment is stable on the commit and no cluster is behind. Answers whether it came to that."""
        release = f"{APP}@{commit[:12]}"
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            pins = self.pins()
            if len(pins) == 3 and all(
                    pin.get("stable") == release and not pin.get("rollout") and not pin.get("debt") for pin in pins):
                return True
            time.sleep(1)
        return False

    # Faults

    def break_some(self):
        count = max(1, self.options.clusters * 2 // 100)
        name, fault = self.random.choice(FAULTS)
        for cluster in self.random.sample([name for name in self.names if name not in self.faults], count):
            self.simulator.ask(f"/{cluster}", fault)
            self.faults[cluster] = time.monotonic() + self.random.uniform(10, 60)
        self.begun_faults += count
        for cluster in self.random.sample(self.names, count):
            self.simulator.ask(f"/{cluster}/compact", {})

    def mend(self, everything=False):
        for cluster, until in list(self.faults.items()):
            if everything or until < time.monotonic():
                self.simulator.ask(f"/{cluster}", WHOLE)
                del self.faults[cluster]

    def sample(self, begun):
        self.samples.append((time.monotonic() - begun, self.hub.memory(), self.hub.memory("RssAnon"),
                             self.hub.open_files(), self.hub.processor()))

    # Run

    def run(self, checks):
        options = self.options
        self.start()
        began = time.monotonic()
        first = self.commit()
        checks(self.wait_everywhere(first, 600), f"the first commit is on all {options.clusters} clusters")
        say(f"first commit everywhere after {time.monotonic() - began:.0f} s")
        time.sleep(10)
        files_before = self.hub.open_files()

        begun = time.monotonic()
        end = begun + options.minutes * 60
        next_commit, next_fault, next_sample, next_word = begun, begun + 5, begun, begun + 60
        while (now := time.monotonic()) < end:
            if self.hub.process.poll() is not None:
                checks(False, f"the hub ended: {self.hub.log.read_text()[-1500:]}")
                return
            if now >= next_commit:
                self.commit()
                next_commit += 60
            if now >= next_fault:
                self.break_some()
                next_fault = now + self.random.uniform(5, 15)
            if now >= next_sample:
                self.mend()
                self.sample(begun)
                next_sample = now + 5
            if now >= next_word:
                at, resident, own, files, seconds = self.samples[-1]
                say(f"{at / 60:.0f} min: {resident:.0f} MiB resident, {own:.0f} its own, {files} files, "
                    f"{seconds:.0f} s of processor, {self.revision} commits, {len(self.faults)} clusters at fault")
                next_word += 60
            time.sleep(0.2)
        self.mend(everything=True)
        last = self.commit()
        checks(self.wait_everywhere(last, 420), f"the last of {self.revision} commits is on all clusters, without a person")
        time.sleep(20)
        self.sample(begun)
        self.judge(checks, files_before)

    def judge(self, checks, files_before):
        # Memory: what it takes when it is warm, at the beginning and at the end, and the trend between.
        warm = [sample for sample in self.samples if sample[0] >= min(180, self.options.minutes * 60 / 4)]
        tenth = max(3, len(warm) // 10)

        def mean(samples, place):
            return sum(sample[place] for sample in samples) / len(samples)

        first, last = mean(warm[:tenth], 2), mean(warm[-tenth:], 2)
        middle_time, middle = mean(warm, 0), mean(warm, 2)
        slope = (sum((s[0] - middle_time) * (s[2] - middle) for s in warm)
                 / max(1e-9, sum((s[0] - middle_time) ** 2 for s in warm)) * 60)
        say(f"resident memory {mean(warm[:tenth], 1):.0f} MiB warm, {mean(warm[-tenth:], 1):.0f} MiB at the end")
        say(f"own memory {first:.0f} MiB warm, {last:.0f} MiB at the end, {slope:+.2f} MiB per minute and commit")
        allowed = self.options.slope * self.options.clusters / 1000
        checks(slope <= allowed, f"memory is flat: {slope:+.2f} MiB per minute, at most {allowed:.2f}")
        files = self.hub.open_files()
        checks(files <= files_before + 8, f"open files are back: {files_before} before, {files} after")
        say(f"processor: {self.hub.processor():.0f} s for {self.revision} commits")
        say(f"faults: {self.begun_faults} clusters, {self.revision} commits")

        # What the clusters themselves say.
        wrong = [name for name in self.names if not self.holds(name)]
        checks(not wrong, f"every cluster holds the last revision and nothing older{': not ' + ', '.join(wrong[:5]) if wrong else ''}")
        checks(self.hub.end(), "the hub ends when it is asked to")
        left = [path.name for path in self.folder.iterdir() if path.name.startswith(("hub.sqlite-", "hub.sock"))]
        checks(not left, f"the hub leaves no file behind{': ' + ', '.join(left) if left else ''}")
        told = subprocess.run([self.binaries / "flotilla", "audit", "verify", "--database", self.folder / "hub.sqlite"],
                              capture_output=True, text=True)
        line = (told.stdout + told.stderr).splitlines()[0].split(": ", 1)[-1]
        checks(told.returncode == 0, f"the log is whole and adds up to the stored state: {line}")

    def holds(self, cluster):
        answer = self.simulator.ask(f"/{cluster}/objects")
        objects = answer.get("items", answer) if isinstance(answer, dict) else answer
        settings = [item for item in objects
                    if item.get("kind") == "ConfigMap" and item["metadata"]["name"].startswith("settings-")]
        return len(settings) == 1 and settings[0]["data"].get("revision") == f"r{self.revision}"


def main():
    parser = argparse.ArgumentParser(prog="scripts/prove soak")
    parser.add_argument("--minutes", type=float, default=30)
    parser.add_argument("--clusters", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=random.randrange(1_000_000))
    parser.add_argument("--slope", type=float, default=0.5, help="MiB per minute that memory may grow, per 1000 clusters")
    options = parser.parse_args()
    checks = Checks()
    folder = Path(tempfile.mkdtemp(prefix="flotilla-soak-"))
    soak = Soak(options, folder)
    say(f"seed {options.seed}, {options.clusters} clusters, {options.minutes:g} minutes")
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    try:
        soak.run(checks)
    finally:
        ended = [process.end(20) for process in soak.processes]
        if checks.failed and os.environ.get("FLOTILLA_KEEP"):
            say(f"kept in {folder}")
        else:
            shutil.rmtree(folder, ignore_errors=True)
    checks(all(ended), "hub and simulator have ended")
    print(f"{checks.passed} passed, {checks.failed} failed, 0 skipped")
    return 1 if checks.failed else 0


if __name__ == "__main__":
    sys.exit(main())
