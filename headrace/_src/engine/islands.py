"""Where a graph is cut: into islands, which become one compiled program each, and host steps.

A node goes to the first island that has all it needs, so that there are few; but what has a state
keeps the order of the program. A variable is read where its value is wanted first. Which nodes are
host steps is plain where XLA has no such values (strings), or has been found out
(`FuncGraph.notes["host"]`). Nodes over shapes that change from call to call (`notes["changing"]`,
engine/changing_shapes.py) get islands of their own, so that the others, such as the layers above an
average over words, are compiled once.

Read next: engine/execute.py, engine/schedule.py.
"""

from typing import Any

from headrace._src.core import context as contexts
from headrace._src.core.dtypes import string, variant
from headrace._src.engine.func_graph import FuncGraph
from headrace._src.engine.graph import Operation, SymbolicTensor
from headrace._src.engine.node import known_value
from headrace._src.engine.schedule import Schedule, node_key, subgraphs
from headrace._src.engine.step import Step, const, placeholder

HOST, STEADY, CHANGING = "host", "steady", "changing"

# A variable of so many elements is a large table.
LARGE = 2**18


def islands(graph: FuncGraph, plan: Schedule, must_compile: bool) -> list[tuple[str, list[Any]]]:
    """The islands of a graph, with their kind, and host steps, alone in lists, as they run."""
    if not (must_compile or contexts.accelerated):
        _keep_tables_on_host(graph, plan)
    return _Cut(graph).cut(plan)


def _keep_tables_on_host(graph: FuncGraph, plan: Schedule) -> None:
    """Makes host steps of what changes rows of a large table, reads it and takes rows of it.

    A program cannot change a table where it lies if it may have to be run again, as those are that
    check positions: it would copy all of it for a few rows.
    """
    changed = {
        inputs[0]
        for node, inputs, _ in plan.nodes
        if node.op.name.startswith("ResourceScatter") and _elements(node.inputs[0]) >= LARGE
    }
    read: set[int] = set()
    host = graph.notes.setdefault("host", {})
    for node, inputs, outputs in plan.nodes if changed else ():
        if node.op.name == "ReadVariableOp" and inputs[0] in changed:
            read.update(outputs)
        elif not (
            (node.op.name.startswith("ResourceScatter") and inputs[0] in changed)
            or (node.op.name == "GatherV2" and inputs[0] in read)
        ):
            continue
        host.setdefault(node_key(node), "rows of a large table are changed where it lies")


def _elements(handle: SymbolicTensor) -> int:
    """How many elements the variable has that a handle stands for; 0 where that is not known."""
    shape = getattr(getattr(handle, "element", None), "shape", None)
    return shape.num_elements() or 0 if shape is not None else 0


class _Cut:
    """A cut that is being made.

    found: islands and host steps so far. made: by place, where it is made. read: reads of variables
    that wait for who wants them, by place. written, touched: where the last node is that may have
    changed a state, or only seen it.
    """

    def __init__(self, graph: FuncGraph) -> None:
        self.host = graph.notes.get("host", {})
        self.changing = graph.notes.get("changing", frozenset())
        self.found: list[tuple[str, list[Any]]] = []
        self.made: dict[int, int] = {}
        self.read: dict[int, Any] = {}
        self.written = self.touched = 0

    def cut(self, plan: Schedule) -> list[tuple[str, list[Any]]]:
        for entry in plan.nodes:
            node, inputs, outputs = entry
            key = node_key(node)
            if key in self.host or is_host(node):
                self._read_all()
                self.found.append((HOST, [entry]))
                at = self.written = self.touched = len(self.found) - 1
            elif node.op.name == "ReadVariableOp":
                self.read[outputs[0]] = entry
                continue
            else:
                has_state = _has_state(node)
                if has_state:
                    self._read_all()
                at = self._put(entry, CHANGING if key in self.changing else STEADY, has_state)
            for place in outputs:
                self.made[place] = at
        self._read_all()
        return self.found

    def _put(self, entry: Any, kind: str, has_state: bool) -> int:
        """Puts a node, and the reads that it waits for, into the first island that it may be in."""
        _, inputs, _ = entry
        reads = [place for place in dict.fromkeys(inputs) if place in self.read]
        at = max((self.made.get(place, 0) for place in inputs), default=0)
        if reads:
            at = max(at, self.written)
        if has_state:
            at = max(at, self.touched)
        while at < len(self.found) and self.found[at][0] != kind:
            at += 1
        if at == len(self.found):
            self.found.append((kind, []))
        for place in reads:
            self.found[at][1].append(self.read.pop(place))
            self.made[place] = at
            self.touched = max(self.touched, at)
        self.found[at][1].append(entry)
        if has_state:
            self.written = self.touched = at
        return at

    def _read_all(self) -> None:
        """Reads what is waiting, for somebody may write now."""
        while self.read:
            place, entry = self.read.popitem()
            at = self.written
            while at < len(self.found) and self.found[at][0] != STEADY:
                at += 1
            if at == len(self.found):
                self.found.append((STEADY, []))
            self.found[at][1].append(entry)
            self.made[place] = at
            self.touched = max(self.touched, at)


def is_host(node: Operation) -> bool:
    """Whether it is plain that XLA cannot have the node, for itself or for a graph within."""
    if isinstance(node.op, Step) and node.op.is_host:
        return True
    if node.op is const or node.op is placeholder:
        return False
    if any(map(_is_of_strings, node.outputs)):
        return True
    # A constant, such as the words of an assertion, is no input of a program.
    if any(_is_of_strings(t) and not _is_constant(t) for t in node.inputs):
        return True
    return any(_has_host_steps(graph) for graph in subgraphs(node))


def _has_host_steps(graph: FuncGraph) -> bool:
    key = len(graph.nodes)
    known = graph.notes.get("host_steps")
    if known is None or known[0] != key:
        known = graph.notes["host_steps"] = key, any(is_host(node) for node in graph.nodes)
    return known[1]


def _is_constant(tensor: SymbolicTensor) -> bool:
    return tensor.op.op in (const, placeholder) and known_value(tensor) is not None


def _is_of_strings(tensor: SymbolicTensor) -> bool:
    """Whether a tensor, or what a list of tensors holds, is of strings: they live on the host."""
    if tensor.dtype is not variant or tensor.element is None:
        return tensor.dtype is string
    element = tensor.element
    while getattr(element, "inner", None) is not None:
        element = element.inner
    return element.dtype is string


def _has_state(node: Operation) -> bool:
    if isinstance(node.op, Step):
        return node.op.is_stateful or bool(subgraphs(node))
    return node.op.definition.is_stateful
