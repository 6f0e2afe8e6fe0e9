"""The name of a new node: after the public function that the user called, as in TensorFlow.

`tf.add(x, y)` makes a node "Add", `x + y` one called "add", and `tf.nn.moments` several, all under
"moments/". Functions could say so themselves, at the price of a few lines and an eager frame each;
but while a graph is built the call is there to be seen: the frames between the user's code and here
are headrace's own, and engine/scopes.tsv tells which functions have a word to say. Its columns:

    function    the module below headrace._src and the function
    scope       "moments/": what the function's nodes are under; "Add": what its node is called
    results     which op's nodes are not called as that says: "MaxPool=max_pool"; a bare "Maximum="
                bears the name of the scope itself

The one idea: the scope of a call is opened by the first node that is made in it. A graph remembers
the frames of its last node, so that the next one knows which of these calls still go on. Eager ops
never come here.

Read next: engine/node.py.
"""

import sys
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

from headrace._src.core.context import thread

# What an operator of Python's calls its node, where the function of the same op calls it otherwise.
_OPERATORS = {"BatchMatMulV2": "matmul", "LogicalAnd": "and", "LogicalOr": "or", "MatMul": "matmul"}
_OPERATORS["Pow"] = "pow"

_OWN = "headrace._src."
_FLOORS = ("headrace._src.ops.", "headrace._src.objects.")


class Entry(NamedTuple):
    """What a function calls its nodes; see the columns above."""

    scope: str
    results: dict[str, str]


class Call(NamedTuple):
    """A call that goes on while nodes are made: its frame, its prefix, the name the user gave."""

    frame: Any
    prefix: str
    name: str | None


@cache
def table() -> dict[tuple[str, str], Entry]:
    """engine/scopes.tsv by module and function."""
    found = {}
    for line in Path(__file__).with_name("scopes.tsv").read_text().splitlines()[1:]:
        function, scope, results = line.split("\t")
        module, _, name = function.rpartition(".")
        pairs = (word.partition("=") for word in results.split())
        found[_OWN + module, name] = Entry(scope, {kind: leaf for kind, _, leaf in pairs})
    return found


def node_name(graph: Any, op: Any, name: str | None) -> str:
    """A name that no node of the graph has yet.

    name: what the caller asks for; one that ends in "/" is taken as it is, without the slash.
    """
    if name and name.endswith("/"):
        return _taken_as_it_is(graph, name[:-1])
    entry, is_operator = _calls(graph)
    calls = graph.calls
    if not calls:
        label = name or op.label
        if not name and is_operator:
            label = _OPERATORS.get(op.name, label)
        elif not name and entry is not None:
            label = entry.results.get(op.name) or entry.scope or label
        return graph.unique_name(label)
    inner = calls[-1]
    if name and name != inner.name:
        return graph._unique(inner.prefix + name)
    leaf = op.label
    if entry is not None:
        leaf = entry.results.get(op.name, leaf)
        if not leaf and inner.prefix[:-1] not in graph._by_name:
            return inner.prefix[:-1]
    return graph._unique(inner.prefix + (leaf or op.label))


def _taken_as_it_is(graph: Any, name: str) -> str:
    """`name`, whether or not a scope is called so; numbered only if a node is."""
    if name not in graph._by_name:
        return name
    graph._names.setdefault(name.lower(), 1)
    return graph._unique(name)


def _calls(graph: Any) -> tuple[Entry | None, bool]:
    """Brings `graph.calls` up to date with the calls that go on, outermost first.

    Answers the entry of the innermost call with a scope, or of what the user called if none has
    one; and whether the user wrote an operator.
    """
    known = table()
    frame: Any = sys._getframe(2)
    found: list[tuple[Any, Entry]] = []
    top: Any = None
    while frame is not None:
        module = frame.f_globals.get("__name__", "")
        if not module.startswith(_OWN):
            break
        if module.startswith(_FLOORS):
            top = frame
            entry = known.get((module, frame.f_code.co_name))
            if entry is not None and entry.scope.endswith("/"):
                found.append((frame, entry))
        frame = frame.f_back
    before, calls = graph.calls, []
    for i, (frame, entry) in enumerate(reversed(found)):
        if i < len(before) and before[i].frame is frame:
            calls.append(before[i])
        else:
            before = []
            calls.append(_opened(graph, frame, entry, calls[-1] if calls else None))
    graph.calls = calls
    if found:
        return found[0][1], False
    if top is None:
        return None, False
    module = top.f_globals["__name__"]
    return known.get((module, top.f_code.co_name)), module.endswith(".ops.operators")


def _opened(graph: Any, frame: Any, entry: Entry, around: Call | None) -> Call:
    """The scope of a call in which the first node is being made."""
    name = frame.f_locals.get("name")
    if not isinstance(name, str) or not name:
        name = None
    prefix = around.prefix if around else thread.context.scope
    if around and name == around.name and prefix.split("/")[-2] in (entry.scope[:-1], name):
        return Call(frame, prefix, name)  # a function under the same name as the one it is part of
    if name and name.endswith("/"):
        return Call(frame, name, name)
    return Call(frame, graph._unique(prefix + (name or entry.scope[:-1])) + "/", name)
