"""The editor of the public lists (`headrace/**/__init__.pyi`), and the table of what is absent.

    python tools/face.py expose headrace._src.ops.math atan2            every public name of atan2
    python tools/face.py expose headrace._src.ops.math abs tf.abs tf.math.abs     exactly these
    python tools/face.py expose headrace._src.ops.math reduce_sum=tf.experimental.numpy.sum
    python tools/face.py expose-module headrace._src.ops.math [--namespaces math,linalg,root]
    python tools/face.py twins          second names below tf.compat.v1 for all that is listed
    python tools/face.py coverage       writes docs/coverage.md
    python tools/face.py names          writes the list behind the message "headrace has no ... yet"

The one idea: which names TensorFlow has is a recorded fact (tests/reference/symbols.tsv), so nobody
needs to type them. A function is exposed under every public name of the symbol that bears its name.
Where several symbols bear it (`tf.math.add`, `tf.sparse.add`), the one whose namespace is called
like the module wins, else the tool says so and leaves the choice to you (`--namespaces sparse`).
`expose-module` is more careful still: a symbol that is neither in the root nor in a namespace
called like the module may be a chance likeness, so say where it belongs (`--namespaces nn`).
Constants have no module of their own: name them. Most of `tf.compat.v1` is TensorFlow 2's objects
under second names (tests/reference/compat_v1.tsv): these follow by themselves, and what only
TensorFlow 1 has wants `--namespaces compat.v1`. Lists stay sorted by public name, and a lock lets
several people run this at once.

Read next: headrace/_lazy.py, which reads the lists.
"""

import argparse
import fcntl
import os
import sys
import textwrap
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from functools import cache
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
FACE = ROOT / "headrace"
NAMES = FACE / "_src" / "tensorflow_names.txt"
COVERAGE = ROOT / "docs" / "coverage.md"
REFERENCE = ROOT / "tests" / "reference"
sys.path.insert(0, str(ROOT))

# What the face has and symbols.tsv does not: Headrace's own names, and TensorFlow's dunder names.
OWN = {"__headrace_version__", "install"}
DUNDER = {"__version__", "__git_version__", "__compiler_version__"}
# Where a function belongs only if somebody says so: these repeat the names of other namespaces.
V1 = "compat.v1."
REPEATING = ("experimental.numpy.", "__internal__.", "__operators__.", V1)

PACKAGE = '''"""The public names of `tf.{}`, listed in `__init__.pyi`."""

from headrace._lazy import face as _face

__getattr__, __dir__, __all__ = _face(__name__)
'''


@cache
def symbols() -> dict[str, str]:
    """`{public name: canonical name}` of every TensorFlow symbol, without `tf.`; namespaces too."""
    spaces = namespaces()
    table: dict[str, str] = {}
    for row in (*_rows("symbols.tsv"), *_rows("compat_v1.tsv")):
        name = row["name"][3:]
        if _split(name)[0] in spaces:
            canonical = row["canonical"][3:] or name
            table[name] = table.get(canonical, canonical)
    return table


@cache
def second_names() -> dict[str, list[str]]:
    """`{canonical name: its names below compat.v1}`."""
    table = defaultdict(list)
    for name, canonical in symbols().items():
        if name.startswith(V1):
            table[canonical].append(name)
    return dict(table)


@cache
def namespaces() -> set[str]:
    """The dotted names of TensorFlow's public namespaces; the root is the empty name."""
    rows = (*_rows("symbols.tsv"), *_rows("compat_v1.tsv"))
    modules = {row["name"][3:] for row in rows if row["kind"].startswith("module")}
    return modules | {"", "compat.v1"}


def _rows(table: str) -> Iterator[dict[str, str]]:
    # Not the csv module: the files know no quotes, and signatures contain some.
    header, *lines = (REFERENCE / table).read_text().splitlines()
    for line in lines:
        yield dict(zip(header.split("\t"), line.split("\t"), strict=False))


# ---- which public names a function has ----------------------------------------------------------


def public_names(
    leaf: str, module: str, wanted: set[str] | None = None, careful: bool = False
) -> list[str]:
    """The public names of what `module` calls `leaf`, the canonical one first; or none.

    Raises:
      LookupError: it is not clear which TensorFlow symbol is meant; the message says why.
    """
    groups = defaultdict(list)
    for name, canonical in symbols().items():
        if not name.startswith(V1) or canonical.startswith(V1):
            groups[canonical].append(name)
    candidates = {}
    for canonical, names in groups.items():
        homes = {_split(name)[0] for name in names if _split(name)[1] == leaf}
        if wanted is not None:
            homes &= wanted
        else:
            homes = {home for home in homes if not f"{home}.".startswith(REPEATING)}
        if homes:
            candidates[canonical] = homes
    own = _split(module)[1]
    near = [one for one, homes in candidates.items() if any(_split(h)[1] == own for h in homes)]
    chosen = near if len(near) == 1 else list(candidates)
    if not chosen:
        return []
    if len(chosen) > 1:
        raise LookupError(f"{leaf}: which of " + ", ".join(f"tf.{one}" for one in chosen) + "?")
    if careful and not (near or wanted or "" in candidates[chosen[0]]):
        raise LookupError(f"{leaf}: is it tf.{chosen[0]}?")
    return sorted(groups[chosen[0]], key=lambda name: name != chosen[0])


def defined_in(module: ModuleType) -> list[str]:
    """The public names that a module defines: its `__all__`, or what was made in it."""
    if hasattr(module, "__all__"):
        return list(module.__all__)
    return [
        name
        for name, value in vars(module).items()
        if not name.startswith("_") and _home(value) == module.__name__
    ]


def _home(value: Any) -> str | None:
    if isinstance(value, ModuleType):
        return None
    return getattr(getattr(value, "__wrapped__", value), "__module__", None)


def _split(public: str) -> tuple[str, str]:
    home, _, leaf = public.rpartition(".")
    return home, leaf


# ---- the lists ----------------------------------------------------------------------------------


def insert(lines: Iterable[tuple[str, str]]) -> None:
    """Pairs of a public name and what comes before its "as", written where they belong."""
    known = symbols().keys() | OWN | DUNDER
    stubs: dict[str, dict[str, str]] = {}
    with _alone():
        for public, source in lines:
            if public not in known:
                raise SystemExit(f"tf.{public} is not a public name of TensorFlow 2.21")
            for each in (public, *second_names().get(symbols().get(public, ""), ())):
                home, leaf = _split(each)
                stub = _open(home, stubs)
                line = f"{source} as {leaf}"
                if stub.get(leaf) != line:
                    was = f"  (was: {stub[leaf]})" if leaf in stub else ""
                    print(f"tf.{each}: {line}{was}")
                stub[leaf] = line
        for home, stub in stubs.items():
            text = "".join(f"{stub[leaf]}\n" for leaf in sorted(stub))
            path = _folder(home) / "__init__.pyi"
            path.with_suffix(".new").write_text(text)
            path.with_suffix(".new").replace(path)


def _open(home: str, stubs: dict[str, dict[str, str]]) -> dict[str, str]:
    """The lines of a namespace's list by public name; a new namespace is made and listed too."""
    if home not in stubs:
        folder = _folder(home)
        stub = folder / "__init__.pyi"
        if home and not (folder / "__init__.py").exists():
            folder.mkdir(exist_ok=True, parents=True)
            (folder / "__init__.py").write_text(PACKAGE.format(home))
        lines = stub.read_text().splitlines() if stub.exists() else []
        stubs[home] = {line.rpartition(" ")[2]: line for line in lines}
        if home:
            parent, leaf = _split(home)
            package = ".".join(filter(None, ("headrace", parent)))
            _open(parent, stubs).setdefault(leaf, f"from {package} import {leaf} as {leaf}")
    return stubs[home]


def _folder(home: str) -> Path:
    return FACE.joinpath(*filter(None, home.split(".")))


@contextmanager
def _alone() -> Iterator[None]:
    folder = os.open(FACE, os.O_RDONLY)
    try:
        fcntl.flock(folder, fcntl.LOCK_EX)
        yield
    finally:
        os.close(folder)


# ---- the commands -------------------------------------------------------------------------------


def expose(
    module: str, items: list[str], wanted: set[str] | None = None, careful: bool = False
) -> None:
    """The lines for `items` (`name`, `name tf.x tf.y` or `name=tf.x`) of a module, put in place."""
    plan: dict[str, list[str]] = {}
    exact: set[str] = set()
    name = ""
    for item in items:
        if item.startswith("tf."):  # follows the name it is for
            plan[name].append(item[3:])
            exact.add(name)
        else:
            name, _, public = item.partition("=")
            plan.setdefault(name, [])
            if public:
                plan[name].append(public.removeprefix("tf."))
                exact.add(name)
    home = import_module(module)
    missing = [name for name in plan if not hasattr(home, name)]
    if missing:
        raise SystemExit(f"{module} has no {', '.join(missing)}")
    unclear: list[str] = []
    nameless: list[str] = []
    for name in sorted(plan.keys() - exact):
        try:
            plan[name] = public_names(name, module, wanted, careful)
        except LookupError as error:
            unclear.append(error.args[0])
            continue
        if plan[name]:
            canonical = _split(plan[name][0])[1]
            if canonical != name and canonical in plan:
                plan[
                    name
                ] = []  # `half` beside `float16`: one object, and the other name lists both
        else:
            nameless.append(name)
    insert(
        (public, f"from {module} import {name}")
        for name, publics in plan.items()
        for public in publics
    )
    if unclear:
        print("not exposed (--namespaces, or NAME=tf.x.y, says where):", *unclear, sep="\n  ")
    if nameless:
        print(f"not names of TensorFlow: {', '.join(nameless)}")


def listed() -> dict[str, str]:
    """`{public name: what comes before its "as"}` of all that the lists hold but namespaces."""
    table = {}
    for stub in sorted(FACE.rglob("__init__.pyi")):
        home = ".".join(stub.parent.relative_to(FACE).parts)
        for line in stub.read_text().splitlines():
            source, _, leaf = line.rpartition(" as ")
            table[f"{home}.{leaf}".lstrip(".")] = source
    return table


def twins() -> list[tuple[str, str]]:
    """What `insert` needs for the second names that are missing below compat.v1."""
    present = listed()
    return [
        (name, source)
        for name, source in present.items()
        for second in second_names().get(symbols().get(name, ""), ())
        if second not in present
    ]


def write_names() -> None:
    NAMES.write_text("".join(f"{name}\n" for name in sorted(symbols())))


# What is counted apart in the table: Keras, TensorFlow 1, what is internal, other products.
APART = (
    *("__internal__", "compat.v1", "compat.v2", "dtensor", "experimental.dtensor"),
    *("experimental.tensorrt", "initializers", "keras", "lite", "losses", "metrics"),
    *("mlir", "optimizers", "raw_ops", "tools", "tpu"),
)


def coverage() -> str:
    """The text of docs/coverage.md: what of TensorFlow's public API works, weighted by use."""
    spaces = namespaces()
    names = defaultdict(list)  # the public names of each namespace
    for name in symbols().keys() - spaces:
        if not f"{name}.".startswith(tuple(f"{home}." for home in APART)):
            names[_split(name)[0]].append(name)
    works = {name: resolves(name) for home in names for name in names[home]}

    def home_of(name: str) -> str:
        while name not in spaces:
            name = _split(name)[0]
        return name

    number, working = len(works), sum(works.values())

    uses: Counter[str] = Counter()  # of each name
    total: Counter[str] = Counter()  # of each namespace
    covered: Counter[str] = Counter()
    for row in _rows("usage.tsv"):
        if row["group"] == "core":
            name, count = row["symbol"][3:], int(row["count"])
            home = home_of(name)
            works.setdefault(name, resolves(name))
            uses[name] += count
            total[home] += count
            covered[home] += count * works[name]

    asking: Counter[str] = Counter()  # how many code bases use names of each namespace
    served: Counter[str] = Counter()  # how many find all of these
    shares, complete = [], 0
    for row in _rows("projects.tsv"):
        wanted = [use.split(":") for use in row["uses"].split()]
        found = {name: works[name] for name, _ in wanted}
        shares.append(sum(int(n) * found[name] for name, n in wanted) / _sum(wanted))
        complete += all(found.values())
        homes = {home_of(name) for name, _ in wanted}
        asking.update(homes)
        served.update(homes - {home_of(name) for name, there in found.items() if not there})

    old: Counter[bool] = Counter()  # uses of TensorFlow 1's names
    for row in _rows("usage.tsv"):
        if row["group"] == "compat.v1":
            old[resolves(row["symbol"][3:])] += int(row["count"])

    begun = [home for home in total if covered[home]]
    per_use = _percent(covered.total(), total.total())
    lines = [
        "# What works and what is absent",
        "",
        f"**{per_use} of the uses of TensorFlow 2's core API work**",
        f"({covered.total():,} of {total.total():,}, counted in 193 code bases);",
        f"{_percent(sum(shares), len(shares))} if each code base counts alike; and",
        f"{_percent(covered.total(), sum(total[home] for home in begun))} in the namespaces",
        "where anything works. A file runs only if it finds every name it asks for:",
        f"of {len(shares)} code bases {complete} find all.",
        f"Of {number:,} public names {working:,} work.",
        "",
        "A name works if it resolves, and what resolves is tested; an absent one raises",
        "`AttributeError` and names itself. `make coverage-table` writes this page.",
        "",
        "The last column says how many code bases use names of the namespace, and how many of",
        "them find all of these.",
        "",
        "| namespace | names | work | uses | of them work | code bases that find all |",
        "|---|---:|---:|---:|---:|---:|",
    ]
    for home in sorted(names):
        lines.append(
            f"| `{_tf(home)}` | {len(names[home])} | {sum(works[name] for name in names[home])} "
            f"| {total[home]:,} | {_percent(covered[home], total[home])} "
            f"| {served[home]} of {asking[home]} |"
        )
    lines += [
        "",
        "Counted apart are Keras (`tf.keras` is Keras 3 itself), TensorFlow 1, what is internal",
        "and other products. Of their namespaces exist:",
        ", ".join(f"`{_tf(name)}`" for name in APART if resolves(name)) or "none.",
        "",
        f"Of the uses of TensorFlow 1's names (`tf.compat.v1`) {_percent(old[True], old.total())}",
        f"find theirs ({old[True]:,} of {old.total():,}). Graphs with sessions are absent.",
        "",
        "## Absent",
        "",
        "With the number of uses, the most used first.",
    ]
    for home in sorted(names, key=lambda home: (-total[home], home)):
        absent = [name for name in names[home] if not works[name]]
        absent.sort(key=lambda name: (-uses[name], name))
        if absent:
            counts = (f" {uses[name]:,}" if uses[name] else "" for name in absent)
            words = ", ".join(
                f"`{_split(name)[1]}`{count}" for name, count in zip(absent, counts, strict=True)
            )
            lines += ["", f"### {_tf(home)}", "", *textwrap.wrap(words, 100)]
    return "\n".join(lines) + "\n"


def _sum(uses: list[list[str]]) -> int:
    return sum(int(number) for _, number in uses)


def _percent(part: float, whole: float) -> str:
    return f"{100 * part / whole:.1f} %" if whole else "-"


def _tf(name: str) -> str:
    return f"tf.{name}" if name else "tf"


def resolves(name: str) -> bool:
    """Whether `tf.<name>` is there and is no placeholder for something to come."""
    value: Any = import_module("headrace")
    try:
        for leaf in name.split("."):
            value = getattr(value, leaf)
    except AttributeError:
        return False
    return not getattr(value, "is_absent", False)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    commands = parser.add_subparsers(required=True, dest="command")
    one = commands.add_parser("expose")
    one.add_argument("module")
    one.add_argument("items", nargs="+")
    whole = commands.add_parser("expose-module")
    whole.add_argument("module")
    for command in (one, whole):
        command.add_argument("--namespaces", help="such as math,linalg,root")
    commands.add_parser("coverage")
    commands.add_parser("names")
    commands.add_parser("twins")
    asked = parser.parse_args()
    if asked.command == "coverage":
        COVERAGE.parent.mkdir(exist_ok=True)
        COVERAGE.write_text(coverage())
    elif asked.command == "names":
        write_names()
    elif asked.command == "twins":
        insert(twins())
    else:
        wanted = asked.namespaces and set(asked.namespaces.replace("root", "").split(","))
        items = getattr(asked, "items", None) or defined_in(import_module(asked.module))
        expose(asked.module, items, wanted or None, careful=asked.command == "expose-module")


if __name__ == "__main__":
    main()
