"""A hub and simulated clusters, for the benchmarks of delivery and the soak: processes that speak real HTTPS on loopback."""
import http.client, json, os, re, shutil, socket, ssl, subprocess, sys, tempfile, time
import urllib.request
from pathlib import Path

import fleet_tree

PATIENCE = 1800  # seconds until a benchmark gives up


class Program:
    """One process and what it costs."""

    def __init__(self, command, word, log):
        begun = time.monotonic()
        with open(log, "wb") as output:
            self.process = subprocess.Popen([str(part) for part in command], stdout=output, stderr=output, stdin=subprocess.DEVNULL)
        self.log = Path(log)
        while word not in self.log.read_text(errors="replace"):
            if self.process.poll() is not None or time.monotonic() > begun + 120:
                sys.exit(f"{command[0]} is not ready:\n{self.log.read_text(errors='replace')[-2000:]}")
            time.sleep(0.002)
        self.seconds_to_ready = time.monotonic() - begun

    def memory(self, field="VmRSS"):
        """In MiB; VmHWM is the most that there ever was."""
        for line in Path(f"/proc/{self.process.pid}/status").read_text().splitlines():
            if line.startswith(field + ":"):
                return int(line.split()[1]) / 1024
        return 0

    def processor(self):
        """Seconds of processor time so far."""
        fields = Path(f"/proc/{self.process.pid}/stat").read_text().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def open_files(self):
        return len(os.listdir(f"/proc/{self.process.pid}/fd"))

    def end(self, patience=60):
        """Asks it to end; answers whether it did so, with status 0."""
        if self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(patience)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
                return False
        return self.process.returncode == 0


class SimulatedClusters(Program):
    """The simulated clusters and their control interface (docs/cluster-simulator.md)."""

    def __init__(self, command, state, log):
        super().__init__([*command, "--state", state], "ready ", log)
        self.address = re.search(r"https://[^ ]+", self.log.read_text()).group()
        self.token = (Path(state) / "control.token").read_text().strip()
        self.context = ssl.create_default_context(cafile=Path(state) / "ca.crt")

    def ask(self, path, body=None):
        request = urllib.request.Request(
            self.address + "/control/clusters" + path, json.dumps(body).encode() if body is not None else None,
            {"Authorization": f"Bearer {self.token}", "Content-Type": "application/json"})
        opener = urllib.request.build_opener(
            urllib.request.ProxyHandler({}), urllib.request.HTTPSHandler(context=self.context))
        with opener.open(request, timeout=60) as answer:
            return json.loads(answer.read() or b"{}")

    def writes(self):
        """Accepted writes of all clusters so far."""
        return sum(cluster["acceptedWrites"] for cluster in self.ask("")["clusters"])


class LocalConnection(http.client.HTTPConnection):
    def __init__(self, path):
        super().__init__("hub")
        self.path = path

    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.connect(self.path)


class FleetRun:
    """A repository, simulated clusters and a hub, below a folder that vanishes with them. Spare clusters are simulated
    and not the hub's."""

    def __init__(self, binaries, clusters, environments=("prod",), spare=0, simulator_options=(), hub_options=()):
        self.binaries, self.clusters = Path(binaries), clusters
        self.folder = Path(tempfile.mkdtemp(prefix="flotilla-bench-"))
        self.hub_options = list(hub_options)
        self.hub = self.simulator = None
        self.starts = 0
        self._git = ["git", "-c", "user.name=Bench", "-c", "user.email=bench@example.com"]
        self.work = self.folder / "work"
        for arguments in (["-q", "--bare", "-b", "main", str(self.folder / "fleet.git")], ["-q", "-b", "main", str(self.work)]):
            subprocess.run(self._git + ["init", *arguments], check=True)
        fleet_tree.write_fleet(self.work, clusters, environments=environments, deliverable=True)
        self.head = self.commit("fleet")
        self.simulator = SimulatedClusters(
            [self.binaries / "cluster-simulator", "--count", clusters + spare, "--prefix", "cluster-", "--ready-delay",
             "200ms", *simulator_options], self.folder / "clusters", self.folder / "clusters.log")
        credentials = self.folder / "credentials"
        credentials.mkdir()
        shutil.copy(self.folder / "clusters" / "kubeconfig", credentials / "clusters.kubeconfig")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        for program in (self.hub, self.simulator):
            if program:
                program.end()
        if not os.environ.get("FLOTILLA_BENCH_KEEP"):
            shutil.rmtree(self.folder, ignore_errors=True)

    def commit(self, message):
        """Commits what is in the working tree and pushes it; answers the commit."""
        for arguments in (["add", "-A"], ["commit", "-qm", message], ["push", "-q", str(self.folder / "fleet.git"), "HEAD:main"]):
            subprocess.run(self._git + arguments, cwd=self.work, check=True)
        return subprocess.run(self._git + ["rev-parse", "HEAD"], cwd=self.work, check=True, capture_output=True, text=True).stdout.strip()

    def change(self, number):
        """A change of one ConfigMap and one Deployment of every cluster, pushed."""
        base = self.work / "overlays" / fleet_tree.APP / "base"
        (base / "common.yaml").write_text(fleet_tree.COMMON.format(mode=f"change-{number}"))
        part = base / "part1.yaml"
        part.write_text(re.sub(r"svc1:[^\n]*", f"svc1:1.1.{number}", part.read_text()))
        return self.commit(f"change {number}")

    def allow_unreachable(self, clusters):
        """Lets a rollout succeed with so many clusters left behind."""
        for file in (self.work / "fleet" / "environments").glob("*.yaml"):
            strategy = f"  strategy: {{waves: [{{name: all, clusters: '*', maxUnreachable: {clusters}}}]}}\n"
            file.write_text(file.read_text() + strategy)
        self.head = self.commit("clusters may be left behind")

    def start_hub(self):
        self.starts += 1
        self.hub = Program(
            [str(self.binaries / "flotilla"), "hub", "--repo", str(self.folder / "fleet.git"), "--database",
             str(self.folder / "hub.sqlite"), "--mirror", str(self.folder / "mirror.git"), "--credentials-dir",
             str(self.folder / "credentials"), "--socket", str(self.folder / "hub.sock"), "--poll-interval", "1s",
             *self.hub_options], " serves ", self.folder / f"hub-{self.starts}.log")

    def stop_hub(self):
        self.hub.end()

    def get(self, path):
        connection = LocalConnection(str(self.folder / "hub.sock"))
        try:
            connection.request("GET", path)
            answer = connection.getresponse()
            body = answer.read()
            if answer.status != 200:
                sys.exit(f"GET {path}: {answer.status} {body[:400]}")
            return json.loads(body)
        finally:
            connection.close()

    def rollout(self, commit):
        """The rollout that brings a commit; None where there is none yet."""
        for rollout in self.get("/api/v1/rollouts")["items"]:
            if rollout["change"] == commit:
                return rollout
        return None

    def wait_healthy(self, commit, clusters=None, pause=1.0):
        """Seconds until so many clusters (all) are healthy on a commit, asked for once in a pause."""
        wanted = self.clusters if clusters is None else clusters
        begun = time.monotonic()
        healthy = 0
        while True:
            rollout = self.rollout(commit)
            if rollout:
                healthy = rollout["counts"]["done"]
                if healthy >= wanted:
                    return time.monotonic() - begun
                if rollout["isOver"] or rollout["phase"] == "halted":
                    sys.exit(f"the rollout is {rollout['phase']} with {healthy} of {wanted} healthy: {rollout.get('reason')}")
            if time.monotonic() > begun + PATIENCE:
                sys.exit(f"after {PATIENCE} s {healthy} of {wanted} are healthy")
            time.sleep(pause)

    def wait_watched(self, pause=1.0):
        """Seconds until the hub watches every cluster."""
        begun = time.monotonic()
        while True:
            alone = sum(cluster["openWatches"] == 0 for cluster in self.simulator.ask("")["clusters"])
            if alone == 0:
                return time.monotonic() - begun
            if time.monotonic() > begun + PATIENCE:
                sys.exit(f"after {PATIENCE} s {alone} clusters are not watched")
            time.sleep(pause)
