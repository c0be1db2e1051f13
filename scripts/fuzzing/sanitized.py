"""Builds the fuzzers of Tests/Fuzzers with libFuzzer and AddressSanitizer, and runs them.

SwiftPM cannot link them, as it renames `main`, so the compiler is called directly: one object per module."""
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

from differential import Case

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
SANITIZERS = "-sanitize=fuzzer,address"
UPCOMING = ["ExistentialAny", "MemberImportVisibility", "InternalImportsByDefault"]
# Modules of a fuzzer, in the order in which they depend on each other, and its own files.
FUZZERS = {
    "yaml": (["Manifests"], ["YAMLFuzzer.swift", "OddLineBreaks.swift"]),
    "build": (["SourceTree", "Manifests", "Kustomize"], ["BuildFuzzer.swift", "FuzzedTree.swift", "OddLineBreaks.swift"]),
}


def swiftc(arguments):
    features = [part for name in UPCOMING for part in ("-enable-upcoming-feature", name)]
    command = ["swiftc", "-O", "-parse-as-library", "-swift-version", "6", "-package-name", "flotilla", *features,
               SANITIZERS, "-I", ROOT / "Sources/COpenSSL", *arguments]
    if subprocess.run([str(part) for part in command]).returncode:
        sys.exit("fuzz: the fuzzer does not compile")


def compiled(name):
    """The program of a fuzzer."""
    modules, files = FUZZERS[name]
    output = ROOT / ".build-fuzz" / name
    output.mkdir(parents=True, exist_ok=True)
    # The module map that SwiftPM would write.
    (output / "module.modulemap").write_text(
        f'module CShims {{ header "{ROOT}/Sources/CShims/include/CShims.h" export * }}\n')
    shims = output / "CShims.o"
    compiler = pathlib.Path(shutil.which("swiftc")).resolve().parent / "clang"
    if subprocess.run([compiler, "-O2", "-I", ROOT / "Sources/CShims/include", "-c", ROOT / "Sources/CShims/CShims.c",
                       "-o", shims]).returncode:
        sys.exit("fuzz: CShims.c does not compile")
    objects = [shims]
    for module in modules:
        target = output / f"{module}.o"
        objects.append(target)
        swiftc(["-wmo", "-module-name", module, "-emit-module", "-emit-module-path", output / f"{module}.swiftmodule",
                "-I", output, "-c", *sorted((ROOT / "Sources" / module).rglob("*.swift")), "-o", target])
    program = output / "fuzz"
    swiftc(["-I", output, *(ROOT / "Tests/Fuzzers" / file for file in files), *objects, "-lcrypto", "-use-ld=lld", "-o", program])
    return program


def seeds(name, directory):
    """What libFuzzer starts from: trees of the differential fuzzer, or their files."""
    for number in range(120):
        case = Case.random("seed", number)
        if name == "build":
            text = "".join(f"@{path}\n{content}" for path, content in sorted(case.files.items()))
            (directory / str(number)).write_bytes(text.encode())
        else:
            for index, content in enumerate(case.files.values()):
                (directory / f"{number}-{index}").write_bytes(content.encode())


def run(name, seconds, keep):
    """Fuzzes for so many seconds; answers whether nothing was found. Findings are kept."""
    program = compiled(name)
    keep = pathlib.Path(keep or tempfile.mkdtemp(prefix="flotilla-fuzz-kept-"))
    keep.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="flotilla-fuzz-") as work:
        first, grown = pathlib.Path(work) / "seeds", pathlib.Path(work) / "corpus"
        first.mkdir()
        grown.mkdir()
        seeds(name, first)
        command = [program, f"-max_total_time={seconds}", "-timeout=1", "-rss_limit_mb=512", "-max_len=20000",
                   "-print_final_stats=1", "-verbosity=1", f"-artifact_prefix={keep}/", grown, first]
        # Freed memory that AddressSanitizer holds back counts against the limit.
        # Swift's own reports of crashes would get into the way of libFuzzer's.
        environment = {**os.environ, "ASAN_OPTIONS": "quarantine_size_mb=16:detect_leaks=0",
                       "SWIFT_BACKTRACE": "enable=no"}
        done = subprocess.run([str(part) for part in command], env=environment, stderr=subprocess.PIPE)
    text = done.stderr.decode(errors="replace")
    stats = dict(re.findall(r"^stat::(\w+):\s+(\d+)$", text, re.M))
    print(f"fuzz: {stats.get('number_of_executed_units', '?')} inputs, {stats.get('average_exec_per_sec', '?')} a second, "
          f"at most {stats.get('peak_rss_mb', '?')} MB")
    if done.returncode:
        print(text[-3000:])
        print(f"fuzz: the input is kept in {keep}; {program} FILE runs it alone")
    return done.returncode == 0
