"""Writes headrace/_src/engine/scopes.tsv: which functions have a word to say in their nodes' names.

    python tools/scopes.py

The one idea: what can be read off the record (tests/function/names.tsv) is not typed. Where all
nodes of a function's calls are under one word, that is its scope; where its one node is called
otherwise than the op's label (headrace/_src/engine/labels.py), that is its name. Where the calls of
a function disagree, it is told and left out, unless `SETTLED` decides.

Read next: headrace/_src/engine/naming.py.
"""

import re
import sys
from collections import Counter, defaultdict
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

import headrace  # noqa: E402
from headrace._src.engine.labels import labels  # noqa: E402

RECORD = ROOT / "tests" / "function" / "names.tsv"
OUT = ROOT / "headrace" / "_src" / "engine" / "scopes.tsv"

# What the record leaves open: another call would show it.
SETTLED = {
    "gather_nd": None,
    "image.central_crop": ("central_crop/", ""),
    "nn.avg_pool": None,
    "nn.dropout": ("dropout/", ""),
    "nn.moments": ("moments/", ""),
    "nn.sufficient_statistics": ("sufficient_statistics/", ""),
    "identity": None,
    "math.polyval": ("polyval/", ""),
    "nn.pool": ("", "AvgPool=avg_pool MaxPool=max_pool"),
    "ones": ("ones", ""),
    "random.uniform": ("random_uniform/", "RandomUniformInt="),
    "repeat": ("Repeat/", ""),
    "strided_slice": ("StridedSlice", ""),
    "zeros": ("zeros", ""),
    # made of other ops here: the last one that a plain call makes bears the name
    "clip_by_norm": ("clip_by_norm/", "Identity= RealDiv="),
    "math.zero_fraction": ("zero_fraction/", "RealDiv=fraction"),
    "random.normal": ("random_normal/", "RandomStandardNormal="),
    "random.stateless_normal": ("stateless_random_normal/", "StatelessRandomNormalV2="),
    "random.stateless_truncated_normal": (
        "stateless_truncated_normal/",
        "StatelessTruncatedNormalV2=",
    ),
    "random.stateless_uniform": (
        "stateless_random_uniform/",
        "StatelessRandomUniformV2= StatelessRandomUniformFullIntV2= StatelessRandomUniformIntV2=",
    ),
    "random.truncated_normal": ("truncated_normal/", "TruncatedNormal="),
    # branches, loops and assignments name themselves
    "Variable.assign": None,
    "Variable.assign_add": None,
    "Variable.assign_sub": None,
    "cond": None,
    "switch_case": None,
}


def rows() -> dict[str, list[tuple[list[str], list[tuple[str, str]]]]]:
    """The record: for each public name the output nodes and all nodes of its calls."""
    found = defaultdict(list)
    for line in RECORD.read_text().splitlines()[1:]:
        name, _, outputs, nodes = line.split("\t")
        pairs = [word.partition("=") for word in nodes.split()]
        found[name].append((outputs.split(), [(n, kind or n) for n, _, kind in pairs]))
    return found


def entry(outputs: list[str], nodes: list[tuple[str, str]]) -> tuple[str, str] | None:
    """Scope and results of one call; ("", "") where nothing is to be said, None where unclear."""
    kinds = dict(nodes)
    work = [(name, kind) for name, kind in nodes if kind != "Const" or name in outputs]
    if not work:
        return "", ""
    if len(work) == 1 and "/" not in work[0][0]:
        name, kind = work[0]
        return ("", "") if name == labels.get(kind, kind) else (name, "")
    scope = work[-1][0].split("/")[0]
    if not all(name == scope or name.startswith(f"{scope}/") for name, _ in work):
        return None
    results = set()
    for name in outputs:
        leaf = re.sub(r"_\d+$", "", name.removeprefix(scope).removeprefix("/"))
        kind = kinds.get(name)
        if kind and leaf != labels.get(kind, kind) and "/" not in leaf:
            results.add(f"{kind}={leaf}")
    return f"{scope}/", " ".join(sorted(results))


def function(public: str) -> str | None:
    """Where a public function's code is: the module below headrace._src, and its name."""
    value: Any = headrace
    for leaf in public.split("."):
        value = getattr(value, leaf, None)
    value = getattr(value, "__wrapped__", value)
    code, names = getattr(value, "__code__", None), getattr(value, "__globals__", {})
    if code is None:
        return None
    return f"{names['__name__'].removeprefix('headrace._src.')}.{code.co_name}"


def kind_of(scope: str) -> str:
    if not scope:
        return "called as the op is"
    return "a scope" if scope.endswith("/") else "a name"


def main() -> None:
    """Writes the file."""
    counts: Counter[str] = Counter()
    table = {}
    for public, calls in rows().items():
        if public in SETTLED:
            found = {SETTLED[public] or ("", "")}
        else:
            found = {entry(*call) for call in calls}
            scopes = {each[0] for each in found if each}
            if len(scopes) == 1 and None not in found:
                words = sorted({word for _, results in found for word in results.split()})
                found = {(scopes.pop(), " ".join(words))}
        if len(found) > 1 or None in found:
            counts["nodes under no common word"] += 1
            print(f"left out: {public}: {sorted(map(str, found))}")
            continue
        scope, results = found.pop()
        counts[kind_of(scope)] += 1
        place = function(public)
        if not (scope or results) or not place or public.startswith("operator."):
            continue
        if table.setdefault(place, (scope, results)) != (scope, results):
            print(f"two words for {place}: {table[place]} and {scope, results}")
    lines = [f"{place}\t{scope}\t{results}" for place, (scope, results) in sorted(table.items())]
    OUT.write_text("\n".join(["function\tscope\tresults", *lines]) + "\n")
    print(dict(counts), f"{len(lines)} lines: {OUT}")


if __name__ == "__main__":
    main()
