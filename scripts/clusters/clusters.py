#!/usr/bin/env python3
"""Starts, watches and stops groups of real Kubernetes API servers on 127.0.0.1. Called by scripts/test-clusters.

One group is one directory. A supervisor process owns the group's processes: one etcd, and per cluster one
kube-apiserver, with --workloads also one kube-controller-manager and one stand-in for scheduler and kubelet.
They end with the supervisor, also when it is killed; it ends by 'down', or when the process named by --owner is gone.
Standard library only.
"""
import argparse
import base64
import ctypes
import json
import os
import random
import select
import shutil
import signal
import socket
import ssl
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

HERE = Path(__file__).resolve().parent
# Below the range the kernel hands out for outgoing connections, so that those cannot take a chosen port.
PORTS = range(20000, 32000)
# Starting more servers at once than there are cores makes all of them slower to become ready.
AT_ONCE = max(2, os.cpu_count() or 2)
ADMISSION_OFF = ["ServiceAccount"]
# Only the API groups that a deployment tool needs. RuntimeClass and DefaultIngressClass admission would
# wait for ever for groups that are not served.
LEAN_ADMISSION_OFF = ADMISSION_OFF + ["RuntimeClass", "DefaultIngressClass"]
LEAN_GROUPS = ["api/all=false", "api/v1=true"] + [f"{group}/v1=true" for group in (
    "apps", "batch", "rbac.authorization.k8s.io", "apiextensions.k8s.io", "apiregistration.k8s.io",
    "authorization.k8s.io", "authentication.k8s.io", "coordination.k8s.io", "admissionregistration.k8s.io",
    "scheduling.k8s.io", "storage.k8s.io")]
# Every write with what was sent; tests read what Flotilla's user agent did.
AUDIT_POLICY = """apiVersion: audit.k8s.io/v1
kind: Policy
omitStages: [RequestReceived]
rules:
- level: Request
  verbs: [create, update, patch, delete, deletecollection]
  resources: [{group: ""}, {group: apps}]
- level: None
"""
CONTROLLERS = "deployment,replicaset,statefulset,daemonset,job,garbagecollector,namespace,serviceaccount"


class Failure(Exception):
    """What went wrong, in one line for the person who called."""


def free_port(taken):
    for _ in range(500):
        port = random.choice(PORTS)
        if port in taken:
            continue
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
        taken.add(port)
        return port
    raise Failure(f"no free port between {PORTS.start} and {PORTS.stop}")


def die_with_parent():
    """In the child, before exec: SIGKILL when the supervisor ends, however it ends."""
    ctypes.CDLL(None).prctl(1, signal.SIGKILL)


def last_lines(log, count=1):
    try:
        lines = [line for line in log.read_text(errors="replace").splitlines() if line.strip()]
    except OSError:
        return ""
    return " | ".join(lines[-count:])[-600:]


def remove_files_of(state):
    """Removes the data and the keys of a group, but not its logs, nor what others put into its directory."""
    for directory in [*state.glob("cluster-*"), state / "etcd", state / "kubeconfigs"]:
        shutil.rmtree(directory, ignore_errors=True)
    (state / "clusters.json").unlink(missing_ok=True)


class Process:
    """A program under the supervisor, with its log."""

    def __init__(self, name, command, log, extra_environment=None):
        self.name = name
        self.log = log
        self.command = [str(part) for part in command]
        self.environment = {**os.environ, **(extra_environment or {})}
        log.unlink(missing_ok=True)
        self.launch()

    def launch(self):
        with open(self.log, "ab") as out:
            self.popen = subprocess.Popen(
                self.command, stdin=subprocess.DEVNULL, stdout=out, stderr=out, env=self.environment,
                preexec_fn=die_with_parent)

    def ended(self):
        return self.popen.poll() is not None

    def port_was_taken(self):
        return self.ended() and "address already in use" in self.log.read_text(errors="replace")

    def stop(self, seconds):
        """TERM, then KILL; a stopped (SIGSTOP) process is continued so that it can end."""
        if self.ended():
            return
        self.popen.send_signal(signal.SIGTERM)
        self.popen.send_signal(signal.SIGCONT)
        try:
            self.popen.wait(seconds)
        except subprocess.TimeoutExpired:
            self.popen.kill()
            self.popen.wait()


def openssl(directory, *arguments, text=None):
    done = subprocess.run(["openssl", *arguments], cwd=directory, input=text, capture_output=True, text=True)
    if done.returncode:
        raise Failure(f"openssl {arguments[0]} failed: {done.stderr.strip()[-300:]}")


def make_keys(directory, index):
    """A certificate authority of the cluster's own, server and client certificates, tokens."""
    directory.mkdir(parents=True)

    def key(name):
        openssl(directory, "genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256", "-out", name)

    def sign(name, subject, extensions):
        key(f"{name}.key")
        openssl(directory, "req", "-new", "-key", f"{name}.key", "-subj", subject, "-out", f"{name}.csr")
        (directory / f"{name}.ext").write_text(extensions)
        openssl(directory, "x509", "-req", "-in", f"{name}.csr", "-CA", "ca.crt", "-CAkey", "ca.key",
                "-CAcreateserial", "-days", "3650", "-out", f"{name}.crt", "-extfile", f"{name}.ext")
        (directory / f"{name}.csr").unlink()
        (directory / f"{name}.ext").unlink()

    key("ca.key")
    openssl(directory, "req", "-x509", "-new", "-key", "ca.key", "-days", "3650", "-subj", f"/CN=ca-{index}",
            "-addext", "keyUsage=critical,keyCertSign,cRLSign", "-out", "ca.crt")
    # SEC1, not PKCS#8: the form in which 1.20 also reads the public half of an EC key.
    openssl(directory, "ecparam", "-name", "prime256v1", "-genkey", "-noout", "-out", "service-account.key")
    sign("server", "/CN=kube-apiserver", "subjectAltName=IP:127.0.0.1,DNS:localhost\nextendedKeyUsage=serverAuth\n")
    sign("admin", "/O=system:masters/CN=cert-admin", "extendedKeyUsage=clientAuth\n")
    for user in ("alice", "bob"):
        sign(user, f"/O=team-a/CN={user}", "extendedKeyUsage=clientAuth\n")
    (directory / "tokens.csv").write_text(
        f'admin-token-{index},token-admin,uid-admin,"system:masters"\nnobody-token-{index},nobody,uid-nobody\n')


def kubeconfig(directory, index, port):
    def data(name):
        return base64.b64encode((directory / name).read_bytes()).decode()

    users = {
        "admin": f"{{token: admin-token-{index}}}",
        "nobody": f"{{token: nobody-token-{index}}}",
        "cert-admin": f"{{client-certificate-data: {data('admin.crt')}, client-key-data: {data('admin.key')}}}",
        "alice": f"{{client-certificate-data: {data('alice.crt')}, client-key-data: {data('alice.key')}}}",
        "bob": f"{{client-certificate-data: {data('bob.crt')}, client-key-data: {data('bob.key')}}}",
    }
    lines = ["apiVersion: v1", "kind: Config", "current-context: admin", "clusters:", f"- name: cluster-{index}",
             f"  cluster: {{server: 'https://127.0.0.1:{port}', certificate-authority-data: {data('ca.crt')}}}", "users:"]
    lines += [f"- {{name: {name}, user: {user}}}" for name, user in users.items()]
    lines += ["contexts:"]
    lines += [f"- {{name: {name}, context: {{cluster: cluster-{index}, user: {name}}}}}" for name in users]
    return "\n".join(lines) + "\n"


def answers(url, expected, context=None, token=None):
    request = urllib.request.Request(url, headers={"Authorization": f"Bearer {token}"} if token else {})
    # No proxy of the environment between us and our own processes.
    handlers = [urllib.request.ProxyHandler({})] + ([urllib.request.HTTPSHandler(context=context)] if context else [])
    try:
        with urllib.request.build_opener(*handlers).open(request, timeout=5) as response:
            return expected in response.read()
    except (OSError, urllib.error.URLError):
        return False  # not ready yet; the caller has the deadline


def etcd_environment():
    """etcd 3.4 starts on other processors only when it is told that this is wanted."""
    other = {"aarch64": "arm64", "riscv64": "riscv64", "ppc64le": "ppc64le"}.get(os.uname().machine)
    return {"ETCD_UNSUPPORTED_ARCH": other} if other else {}


class Group:
    """The clusters of one directory, inside the supervisor."""

    def __init__(self, options):
        self.options = options
        self.state = Path(options.dir)
        self.assets = Path(options.assets)
        self.processes = []
        self.ports = set()
        self.clusters = []
        self.etcd_url = None
        self.starts = 0

    def start(self, name, command, extra_environment=None):
        process = Process(name, command, self.state / f"{name}.log", extra_environment)
        self.processes.append(process)
        return process

    def replace(self, process):
        self.processes.remove(process)

    def start_etcd(self):
        for _ in range(5):
            self.etcd_url = f"http://127.0.0.1:{free_port(self.ports)}"
            peer = "http://127.0.0.1:0"
            process = self.start("etcd", [
                self.assets / "etcd", "--name", "test", "--data-dir", self.state / "etcd",
                "--listen-client-urls", self.etcd_url, "--advertise-client-urls", self.etcd_url,
                "--listen-peer-urls", peer, "--initial-advertise-peer-urls", peer,
                "--initial-cluster", f"test={peer}"], etcd_environment())
            deadline = time.monotonic() + 60
            while not process.ended() and time.monotonic() < deadline:
                if answers(self.etcd_url + "/health", b'"true"'):
                    return
                time.sleep(0.05)
            if not process.port_was_taken():
                raise Failure(f"etcd did not start: {last_lines(process.log)}")
            self.replace(process)
        raise Failure("etcd found no port")

    def start_server(self, index):
        directory = self.state / f"cluster-{index}"
        if not directory.exists():
            make_keys(directory, index)
        port = free_port(self.ports)
        lean = self.options.lean
        flags = ["--enable-priority-and-fairness=false", "--runtime-config=" + ",".join(LEAN_GROUPS)] if lean else []
        if self.options.audit:
            policy = self.state / "audit-policy.yaml"
            policy.write_text(AUDIT_POLICY)
            flags += [f"--audit-policy-file={policy}", f"--audit-log-path={directory}/audit.log"]
        process = self.start(f"kube-apiserver-{index}", [
            self.assets / "kube-apiserver", f"--etcd-servers={self.etcd_url}",
            f"--etcd-prefix=/group-{os.getpid()}/cluster-{index}",
            # one server is enough to compact the etcd that all share
            f"--etcd-compaction-interval={'5m' if index == 1 else '0'}",
            "--bind-address=127.0.0.1", f"--secure-port={port}", "--advertise-address=127.0.0.1",
            "--endpoint-reconciler-type=none", f"--tls-cert-file={directory}/server.crt",
            f"--tls-private-key-file={directory}/server.key", f"--client-ca-file={directory}/ca.crt",
            f"--token-auth-file={directory}/tokens.csv", "--authorization-mode=RBAC", "--anonymous-auth=true",
            f"--service-account-issuer=https://127.0.0.1:{port}",
            f"--service-account-key-file={directory}/service-account.key",
            f"--service-account-signing-key-file={directory}/service-account.key",
            "--service-cluster-ip-range=10.0.0.0/24", "--profiling=false", f"--cert-dir={directory}",
            "--disable-admission-plugins=" + ",".join(LEAN_ADMISSION_OFF if lean else ADMISSION_OFF), *flags],
            {"GOGC": "50"} if lean else None)
        return {"name": f"cluster-{index}", "server": f"https://127.0.0.1:{port}", "port": port, "process": process,
                "directory": str(directory), "token": f"admin-token-{index}", "index": index}

    def wait_ready(self, started):
        deadline = time.monotonic() + self.options.timeout
        ready = []
        for cluster in started:
            attempts = 1
            context = ssl.create_default_context(cafile=f"{cluster['directory']}/ca.crt")
            while not answers(cluster["server"] + "/readyz", b"ok", context, cluster["token"]):
                process = cluster["process"]
                if process.port_was_taken() and attempts < 5:
                    self.replace(process)
                    cluster = self.start_server(cluster["index"])
                    attempts += 1
                elif process.ended():
                    raise Failure(f"{process.name} did not start: {last_lines(process.log)}")
                elif time.monotonic() > deadline:
                    raise Failure(f"{process.name} was not ready after {self.options.timeout} s: {last_lines(process.log)}")
                else:
                    time.sleep(0.1)
            ready.append(cluster)
        return ready

    def start_workloads(self, cluster):
        index, directory = cluster["index"], Path(cluster["directory"])
        # port 0 for HTTP: 1.20 would open it on all addresses. Nobody asks this process anything over HTTPS.
        cluster["controllers"] = self.start(f"kube-controller-manager-{index}", [
            self.assets / "kube-controller-manager", f"--kubeconfig={cluster['kubeconfig']}", "--port=0",
            "--bind-address=127.0.0.1", "--secure-port=0", f"--cert-dir={directory}", "--leader-elect=false",
            "--use-service-account-credentials=false", f"--controllers={CONTROLLERS}"])
        cluster["kubelet"] = self.start(f"fake-kubelet-{index}", [
            sys.executable, HERE / "fake_kubelet.py", "--server", cluster["server"], "--ca", directory / "ca.crt",
            "--token", cluster["token"]])

    def up(self):
        for program in ("kube-apiserver", "etcd") + (("kube-controller-manager",) if self.options.workloads else ()):
            if not os.access(self.assets / program, os.X_OK):
                raise Failure(f"{program} is not in {self.assets}")
        (self.state / "kubeconfigs").mkdir()
        self.start_etcd()
        indexes = list(range(1, self.options.count + 1))
        for first in range(0, len(indexes), AT_ONCE):
            batch = [self.start_server(index) for index in indexes[first:first + AT_ONCE]]
            self.clusters += self.wait_ready(batch)
        for cluster in self.clusters:
            cluster["kubeconfig"] = str(self.state / "kubeconfigs" / f"{cluster['name']}.yaml")
            Path(cluster["kubeconfig"]).write_text(kubeconfig(Path(cluster["directory"]), cluster["index"], cluster["port"]))
            if self.options.workloads:
                self.start_workloads(cluster)
        return self.describe()

    def describe(self):
        """Writes clusters.json, and answers what is in it."""
        described = [{"name": c["name"], "server": c["server"], "port": c["port"], "kubeconfig": c["kubeconfig"],
                      "directory": c["directory"], "token": c["token"], "pid": c["process"].popen.pid}
                     for c in self.clusters]
        whole = {"supervisor": os.getpid(), "starts": self.starts, "etcd": self.etcd_url, "assets": str(self.assets), "clusters": described,
                 "processes": [{"name": p.name, "pid": p.popen.pid} for p in self.processes]}
        temporary = self.state / "clusters.json.new"
        temporary.write_text(json.dumps(whole, indent=2) + "\n")
        temporary.rename(self.state / "clusters.json")
        return whole

    def start_again(self):
        """Starts what has ended, as it was started before: same ports, same data."""
        for process in self.processes:
            if process.ended():
                process.launch()
        self.starts += 1
        self.describe()

    def down(self):
        for process in self.processes:
            if process.name != "etcd" and not process.ended():
                process.popen.send_signal(signal.SIGTERM)
                process.popen.send_signal(signal.SIGCONT)
        for process in reversed(self.processes):
            process.stop(3)
        remove_files_of(self.state)
        (self.state / "supervisor.pid").unlink(missing_ok=True)


class Stop(Exception):
    pass


def supervise(options, report):
    """The supervisor's whole life; `report` is the pipe to the process that waits in 'up'."""
    def stop(*_):
        raise Stop

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    # A caller's thread may have blocked signals, and a child inherits that.
    signal.pthread_sigmask(signal.SIG_SETMASK, [])
    waking, wake = os.pipe()
    signal.signal(signal.SIGUSR1, lambda *_: os.write(wake, b"."))
    group = Group(options)
    directory_is_ours = all(file.name.startswith("supervisor.") for file in group.state.iterdir())
    owner_has_ended = False
    try:
        try:
            answer = group.up()
        except (Failure, OSError, subprocess.SubprocessError) as problem:
            os.write(report, json.dumps({"error": str(problem)}).encode())
            return 1
        try:
            os.write(report, json.dumps(answer).encode())
        except BrokenPipeError:
            return 1  # the caller was killed while it waited
        os.close(report)
        owner = os.pidfd_open(options.owner) if options.owner else None
        # An API server that ends by itself or by a test's hand is the test's business; the others go on.
        while True:
            ready, _, _ = select.select([waking, owner] if owner else [waking], [], [], 3600)
            if owner in ready:
                owner_has_ended = True
                return 0
            if waking in ready:
                os.read(waking, 64)
                group.start_again()
    except ProcessLookupError:
        owner_has_ended = True  # before we could ask for its end
        return 0
    except Stop:
        return 0
    finally:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        group.down()
        if owner_has_ended and directory_is_ours:
            shutil.rmtree(group.state, ignore_errors=True)  # nobody is left to read the logs


def supervisor_of(state):
    """The process id of the directory's supervisor, if that process still is one."""
    try:
        pid = int((state / "supervisor.pid").read_text())
        command = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
    except (OSError, ValueError):
        return None
    return pid if os.fsencode(state) in command else None


def up(options):
    state = Path(options.dir).resolve()
    options.dir = str(state)
    options.assets = str(Path(options.assets).resolve())
    if options.count < 1:
        raise Failure("the number of clusters must be 1 or more")
    state.mkdir(parents=True, exist_ok=True)
    if supervisor_of(state):
        raise Failure(f"clusters already run in {state}; stop them with: scripts/test-clusters down --dir {state}")
    remove_files_of(state)  # of a group whose supervisor was killed
    reading, writing = os.pipe()
    supervisor = subprocess.Popen(
        [sys.executable, __file__, "supervise", str(options.count), "--dir", options.dir, "--assets", options.assets,
         "--timeout", str(options.timeout), "--report", str(writing), *(["--lean"] if options.lean else []),
         *(["--workloads"] if options.workloads else []), *(["--audit"] if options.audit else []),
         *(["--owner", str(options.owner)] if options.owner else [])],
        stdin=subprocess.DEVNULL, stdout=open(state / "supervisor.log", "wb"), stderr=subprocess.STDOUT,
        pass_fds=[writing], start_new_session=True, cwd="/")
    (state / "supervisor.pid").write_text(str(supervisor.pid))
    os.close(writing)

    def interrupted(number, _):
        supervisor.terminate()
        supervisor.wait()
        sys.exit(128 + number)

    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, interrupted)
    answer = b""
    while chunk := os.read(reading, 65536):
        answer += chunk
    if not answer:
        raise Failure(f"the supervisor ended: {last_lines(state / 'supervisor.log')}")
    answer = json.loads(answer)
    if "error" in answer:
        supervisor.wait()
        (state / "supervisor.pid").unlink(missing_ok=True)
        raise Failure(answer["error"])
    for cluster in answer["clusters"]:
        print(cluster["name"], cluster["server"], cluster["kubeconfig"])


def start(options):
    state = Path(options.dir).resolve()
    pid = supervisor_of(state)
    if not pid:
        raise Failure(f"no clusters run in {state}")

    def described():
        return json.loads((state / "clusters.json").read_text())

    before = described()["starts"]
    os.kill(pid, signal.SIGUSR1)
    deadline = time.monotonic() + options.timeout
    waiting = None
    while waiting is None or waiting:
        if time.monotonic() > deadline:
            raise Failure(f"not ready after {options.timeout} s: {', '.join(c['name'] for c in waiting or []) or 'supervisor'}")
        if waiting is None and described()["starts"] > before:
            waiting = described()["clusters"]
        waiting = waiting and [
            cluster for cluster in waiting
            if not answers(cluster["server"] + "/readyz", b"ok",
                           ssl.create_default_context(cafile=f"{cluster['directory']}/ca.crt"), cluster["token"])]
        time.sleep(0.05)


def down(options):
    state = Path(options.dir).resolve()
    pid = supervisor_of(state)
    if not pid:
        print(f"no clusters run in {state}")
        return
    handle = os.pidfd_open(pid)
    os.kill(pid, signal.SIGTERM)
    if not select.select([handle], [], [], 30)[0]:
        os.kill(pid, signal.SIGKILL)  # its children are killed with it
        select.select([handle], [], [], 10)
    print(f"stopped the clusters in {state}")


def status(options):
    state = Path(options.dir).resolve()
    try:
        whole = json.loads((state / "clusters.json").read_text())
    except OSError:
        raise Failure(f"no clusters run in {state}") from None
    page, tick = os.sysconf("SC_PAGE_SIZE"), os.sysconf("SC_CLK_TCK")
    for process in whole["processes"]:
        try:
            fields = Path(f"/proc/{process['pid']}/stat").read_text().rpartition(")")[2].split()
        except OSError:
            print(f"{process['name']:28} ended")
            continue
        memory, cpu = int(fields[21]) * page / 1e6, (int(fields[11]) + int(fields[12])) / tick
        print(f"{process['name']:28} pid {process['pid']:<8} {memory:7.0f} MB {cpu:8.2f} CPU s {'stopped' if fields[0] == 'T' else ''}")


def main():
    parser = argparse.ArgumentParser(prog="scripts/test-clusters")
    commands = parser.add_subparsers(dest="command", required=True)
    for name in ("up", "supervise"):
        command = commands.add_parser(name)
        command.add_argument("count", type=int, help="number of clusters")
        command.add_argument("--lean", action="store_true", help="fewer API groups, half the memory")
        command.add_argument("--workloads", action="store_true", help="controllers and a stand-in for kubelets: pods become ready")
        command.add_argument("--audit", action="store_true", help="keep STATE/cluster-N/audit.log: each write, with what was sent")
        command.add_argument("--owner", type=int, metavar="PID", help="stop the clusters when this process has ended")
        command.add_argument("--assets", required=True, help=argparse.SUPPRESS)
        command.add_argument("--timeout", type=int, default=300, help="seconds until a server must be ready")
        if name == "supervise":
            command.add_argument("--report", type=int)
    command = commands.add_parser("start", help="start again what was killed, at the same ports with the same data")
    command.add_argument("--timeout", type=int, default=300, help="seconds until a server must be ready")
    commands.add_parser("down")
    commands.add_parser("status")
    for command in commands.choices.values():
        command.add_argument("--dir", required=True, help="the directory of this group of clusters")
    options = parser.parse_args()
    try:
        if options.command == "supervise":
            return supervise(options, options.report)
        {"up": up, "start": start, "down": down, "status": status}[options.command](options)
    except Failure as problem:
        print(f"test-clusters: {problem}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
