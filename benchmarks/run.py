"""Times Headrace beside TensorFlow, PyTorch and JAX, in turn, on the same machine.

    python benchmarks/run.py [--peers PYTHON[,PYTHON]] [--subjects dispatch,tape] [--only matmul]
                             [--rounds 7] [--statistic min] [--without headrace] [--record]

One idea: absolute times drift from machine to machine and from minute to minute, so the libraries
take short turns (A B C A B C) and what counts is the ratio within one run. Every library has a
process of its own; a peer is any Python environment that has one of the libraries. A row that a
library cannot do is shown as a dash, and why stands below the table.

Read next: `worker.py`, the process of one library; `RESULTS.md`, what was measured where.
"""

import argparse
import datetime
import json
import os
import platform
import statistics
import subprocess
import sys
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

HERE = Path(__file__).resolve().parent
SUBJECTS = (
    "imports",
    "dispatch",
    "tape",
    "training",
    "calls",
    "compiled",
    "tracing",
    "large_arrays",
    "most_used",
    "structures",
    "memory",
)
LIBRARIES = {
    "headrace": "Headrace",
    "tensorflow": "TensorFlow",
    "torch": "PyTorch",
    "jax": "JAX",
    "numpy": "NumPy",
}
# Subjects in which only some libraries take part.
TAKE_PART = {
    "most_used": ("headrace", "tensorflow", "torch", "numpy"),
    "structures": ("headrace", "tensorflow", "numpy"),
}
VERSIONS = """
import importlib.metadata as m, importlib.util as u, json
def version(name):
    for project in (name, name + "-cpu"):
        try:
            return m.version(project)
        except m.PackageNotFoundError:
            pass
    return "unknown"
print(json.dumps({n: version(n) for n in %r if u.find_spec(n)}))
"""


@dataclass
class Row:
    """One line of the table: per library the values of its rounds, or why it has none."""

    name: str
    unit: str = "s"
    values: dict = field(default_factory=dict)
    absent: dict = field(default_factory=dict)


class Worker:
    """The process of one library."""

    def __init__(self, python, subject, library, log):
        environment = {**os.environ, "TF_CPP_MIN_LOG_LEVEL": "3", "CUDA_VISIBLE_DEVICES": ""}
        environment.pop("TF_ENABLE_ONEDNN_OPTS", None)  # TensorFlow as people run it
        environment.pop("PYTHONDONTWRITEBYTECODE", None)  # compiled once, as usual
        environment["JAX_PLATFORMS"] = "cpu"
        self._process = subprocess.Popen(
            [python, str(HERE / "worker.py"), subject, library],
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
            bufsize=1,
        )
        self.library = library
        hello = self._hear()
        self.rows, self.absent = hello.get("rows", []), hello.get("absent")

    def ask(self, row):
        """One round of one row."""
        try:
            self._process.stdin.write(json.dumps({"row": row}) + "\n")
        except BrokenPipeError:
            return {"absent": "the process died"}
        return self._hear()

    def close(self):
        with suppress(BrokenPipeError):  # it may have died
            self._process.stdin.close()
        self._process.wait()

    def _hear(self):
        line = self._process.stdout.readline()
        return json.loads(line) if line else {"absent": "the process died"}


def environments(peers, without):
    """Which Python serves which library, and the libraries' versions."""
    pythons, versions = {}, {}
    for python in [sys.executable, *peers]:
        answer = subprocess.run(
            [python, "-c", VERSIONS % list(LIBRARIES)],
            capture_output=True,
            text=True,
            check=True,
            cwd=HERE.parent,
        )
        for library, version in json.loads(answer.stdout).items():
            # JAX is in Headrace's own environment too: it is a peer only where peers are asked for.
            if library in pythons or library in without:
                continue
            if python == sys.executable and library != "headrace":
                continue
            pythons[library], versions[library] = python, version
    return {name: pythons[name] for name in LIBRARIES if name in pythons}, versions


def measure(subject, pythons, rounds, only, log):
    """The rows of one subject, the libraries taking turns."""
    taking_part = TAKE_PART.get(subject, [name for name in LIBRARIES if name != "numpy"])
    workers = [
        Worker(python, subject, name, log)
        for name, python in pythons.items()
        if name in taking_part
    ]
    names = list(dict.fromkeys(name for worker in workers for name in worker.rows))
    rows = []
    for name in names:
        if only not in name:
            continue
        row = Row(name, absent={w.library: w.absent for w in workers if w.absent})
        limits = {w.library: rounds for w in workers if name in w.rows}
        for turn in range(rounds):
            for worker in workers:
                if turn >= limits.get(worker.library, 0):
                    continue
                answer = worker.ask(name)
                if "absent" in answer:
                    row.absent[worker.library] = answer["absent"]
                    limits[worker.library] = 0
                    continue
                row.unit = answer["unit"]
                row.values.setdefault(worker.library, []).append(answer["value"])
                limits[worker.library] = answer["rounds"] or rounds
        rows.append(row)
        print(f"{subject}: {name}", file=sys.stderr, flush=True)
    for worker in workers:
        worker.close()
    return rows


def table(rows, libraries, statistic):
    """The markdown table, with the ratios to Headrace, and the reasons for its dashes."""
    measured = {name for row in rows for name in row.values}
    shown = [name for name in LIBRARIES if name in libraries and name in measured]
    peers = [name for name in shown if name != "headrace"] if "headrace" in shown else []
    head = ["", *(LIBRARIES[n] for n in shown), *(f"{LIBRARIES[n]} / Headrace" for n in peers)]
    lines = ["| " + " | ".join(head) + " |", "|---|" + "---:|" * (len(head) - 1)]
    reasons = []
    for row in rows:
        best = {name: statistic(values) for name, values in row.values.items() if values}
        cells = [row.name, *(quantity(best.get(name), row.unit) for name in shown)]
        for peer in peers:
            both = row.unit in ("s", "step") and peer in best and "headrace" in best
            cells.append(f"{best[peer] / best['headrace']:.3g}x" if both else "-")
        lines.append("| " + " | ".join(cells) + " |")
        reasons += [f"- {row.name}, {LIBRARIES[n]}: {why}" for n, why in row.absent.items()]
    return "\n".join([*lines, *([""] if reasons else []), *reasons])


def quantity(value, unit):
    """A value with a unit that a reader can grasp."""
    if value is None:
        return "-"
    if unit == "MiB":
        return f"{value / 2**20:.1f} MiB"
    if unit == "count":
        return f"{value:.0f}"
    if unit == "step":
        return f"{quantity(value, 's')} ({1 / value:.0f} steps/s)"
    if value >= 1:
        return f"{value:.3g} s"
    return f"{value * 1e3:.3g} ms" if value >= 1e-3 else f"{value * 1e6:.3g} µs"


def machine(versions):
    """Date, processor, cores and versions, as one line."""
    model = platform.processor() or platform.machine()
    if Path("/proc/cpuinfo").exists():
        for line in Path("/proc/cpuinfo").read_text().splitlines():
            if line.startswith("model name"):
                model = line.split(":", 1)[1].strip()
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    listed = ", ".join(f"{LIBRARIES[name]} {version}" for name, version in versions.items())
    python = platform.python_version()
    return f"{datetime.date.today()}, {model}, {cores} cores, Python {python}, {listed}"


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--peers", default="", help="Python interpreters that have the peers")
    parser.add_argument("--without", default="", help="libraries to leave out")
    parser.add_argument("--subjects", default=",".join(SUBJECTS))
    parser.add_argument("--only", default="", help="rows whose name holds this")
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--statistic", choices=("min", "median"), default="min")
    parser.add_argument("--record", action="store_true", help="append to benchmarks/RESULTS.md")
    parser.add_argument("--log", type=Path, default=os.devnull, help="the workers' error stream")
    options = parser.parse_args()

    peers = [peer for peer in options.peers.split(",") if peer]
    pythons, versions = environments(peers, options.without.split(","))
    rows = []
    with open(options.log, "w") as log:
        for subject in options.subjects.split(","):
            rows += measure(subject, pythons, options.rounds, options.only, log)
    statistic = {"min": min, "median": statistics.median}[options.statistic]
    text = table(rows, pythons, statistic)
    print(f"{machine(versions)}\n\n{text}")
    if options.record:
        results = HERE / "RESULTS.md"
        start = results.read_text(encoding="utf8") if results.exists() else "# Measurements\n"
        title = f"\n## {machine(versions)}\n\n"
        note = f"The {options.statistic} of {options.rounds} rounds, the libraries in turn.\n\n"
        results.write_text(f"{start}{title}{note}{text}\n", encoding="utf8")


if __name__ == "__main__":
    main()
