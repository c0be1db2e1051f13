"""What the benchmarks have in common: the programs to measure, and the cost of a run."""
import os, shutil, subprocess, sys, time
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parent.parent
KUSTOMIZE = "Kustomize Version: v5.5.0"


def programs(*products):
    """The directory with the programs: FLOTILLA_BIN_DIR, else a release build as docs/quickstart.md has it."""
    given = os.environ.get("FLOTILLA_BIN_DIR")
    if given:
        return Path(given)
    build = ["swift", "build", "-c", "release", "--static-swift-stdlib", "--scratch-path", str(CHECKOUT / ".build-release")]
    for product in products:
        subprocess.run(build + ["--product", product], cwd=CHECKOUT, check=True, stdout=sys.stderr)
    shown = subprocess.run(build + ["--show-bin-path"], cwd=CHECKOUT, check=True, capture_output=True, text=True)
    return Path(shown.stdout.strip())


def kubectl():
    """The kubectl on PATH, or that of the directory KUBEBUILDER_ASSETS, with the kustomize that Flotilla follows."""
    found = shutil.which("kubectl", path=os.pathsep.join([os.environ.get("KUBEBUILDER_ASSETS", ""), os.environ["PATH"]]))
    if not found:
        sys.exit("no kubectl on PATH and none in KUBEBUILDER_ASSETS; `scripts/test-clusters build` makes one")
    told = subprocess.run([found, "version", "--client"], capture_output=True, text=True).stdout
    if KUSTOMIZE not in told:
        sys.exit(f"{found} does not hold kustomize v5.5.0; kubectl 1.32 does")
    return found


class Run:
    """One run of a program: its output, seconds on the clock and of processors, and peak memory in MiB."""

    def __init__(self, command):
        reader, writer = os.pipe()
        begun = time.monotonic()
        actions = [(os.POSIX_SPAWN_DUP2, writer, 1), (os.POSIX_SPAWN_CLOSE, reader)]
        process = os.posix_spawnp(str(command[0]), [str(word) for word in command], os.environ, file_actions=actions)
        os.close(writer)
        with open(reader, "rb") as output:
            self.output = output.read()
        _, status, usage = os.wait4(process, 0)
        if status != 0:
            sys.exit(f"{' '.join(map(str, command))} failed")
        self.elapsed = time.monotonic() - begun
        self.processor = usage.ru_utime + usage.ru_stime
        self.memory = usage.ru_maxrss / 1024


def median(values):
    return sorted(values)[len(values) // 2]
