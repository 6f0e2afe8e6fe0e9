"""What of a graph has to run, and in which order; what its running changes.

A function answers its outputs and has its effects; a node that serves neither is left out, as
TensorFlow prunes it. The rest keeps the order in which the program made it.

Read next: engine/machine.py.
"""

from typing import Any

from headrace._src.engine.func_graph import FuncGraph
from headrace._src.engine.graph import Operation, SymbolicTensor
from headrace._src.engine.step import Step, const, placeholder


class Schedule:
    """The nodes of a graph that have to run.

    nodes: for each, itself, the places of its inputs and those of its outputs.
    size: how many places there are. inputs, outputs: the places of the graph's own.
    constants: places that hold a value from the beginning.
    """

    __slots__ = ("constants", "inputs", "nodes", "outputs", "places", "size")

    def __init__(self, graph: FuncGraph) -> None:
        outputs = [t for t in graph.outputs if t is not None]
        needed = _needed(graph, outputs)
        places: dict[int, int] = {}
        self.constants: list[tuple[int, Any]] = []
        self.inputs = [places.setdefault(id(t), len(places)) for t in graph.all_inputs()]
        self.nodes: list[tuple[Operation, tuple[int, ...], tuple[int, ...]]] = []
        for node in graph.nodes:
            if node not in needed or node.op is placeholder:
                continue
            into = tuple(places.setdefault(id(t), len(places)) for t in node.outputs)
            if node.op is const:
                self.constants.append((into[0], node.attributes["value"]))
            else:
                self.nodes.append((node, tuple(places[id(t)] for t in node.inputs), into))
        self.outputs = [None if t is None else places[id(t)] for t in graph.outputs]
        self.places = places
        self.size = len(places)

    def begun(self, values: list[Any], taken: list[int] | None = None) -> list[Any]:
        """The places before the first node runs: constants, and the values of the graph's inputs.

        taken: which places the values are for, where they are not those of the graph's inputs.
        """
        places: list[Any] = [None] * self.size
        for place, value in self.constants:
            places[place] = value
        for place, value in zip(self.inputs if taken is None else taken, values, strict=True):
            places[place] = value
        return places

    def answers(self, places: list[Any]) -> list[Any]:
        """The graph's outputs, once its nodes have run."""
        return [None if place is None else places[place] for place in self.outputs]


def _needed(graph: FuncGraph, outputs: list[SymbolicTensor]) -> set[Operation]:
    """The nodes that the outputs or an effect depend on."""
    waiting = [t.op for t in outputs] + [node for node in graph.nodes if is_stateful(node)]
    needed: set[Operation] = set()
    while waiting:
        node = waiting.pop()
        if node not in needed:
            needed.add(node)
            waiting += [t.op for t in node.inputs]
            waiting += node.control_inputs
    return needed


def schedule(graph: FuncGraph) -> Schedule:
    """The schedule of a finished graph, made once; a graph that has grown since gets a new one."""
    key = len(graph.nodes), len(graph.outputs)
    known = graph.notes.get("schedule")
    if known is None or known[0] != key:
        known = graph.notes["schedule"] = key, Schedule(graph)
    return known[1]


def subgraphs(node: Operation) -> list[FuncGraph]:
    """The graphs that a node runs: branches, bodies, the function it calls."""
    found = []
    for value in node.attributes.values():
        if isinstance(value, FuncGraph):
            found.append(value)
        elif isinstance(value, tuple) and value and isinstance(value[0], FuncGraph):
            found += value
    return found


def is_stateful(node: Operation) -> bool:
    """Whether the node has an effect, or depends on one, so that it must run in its turn."""
    if isinstance(node.op, Step):
        if node.op.is_stateful:
            return True
        return any(has_effects(graph) for graph in subgraphs(node))
    return node.op.definition.is_stateful


def has_effects(graph: FuncGraph) -> bool:
    """Whether running the graph does anything beside answering its outputs."""
    key = len(graph.nodes)
    known = graph.notes.get("has_effects")
    if known is None or known[0] != key:
        known = key, any(is_stateful(node) for node in graph.nodes)
        graph.notes["has_effects"] = known
    return known[1]


def written(graph: Any) -> set[int]:
    """The identities of the handles (resource tensors of `graph`) that its nodes may write to."""
    key = len(graph.nodes)
    known = graph.notes.get("written")
    if known is not None and known[0] == key:
        return known[1]
    found: set[int] = set()
    for node in graph.nodes:
        if getattr(node.op, "writes", False):
            found.add(id(node.inputs[0]))
        for inner, outer in inner_and_outer(node):
            if id(inner) in written(inner.op.graph):
                found.add(id(outer))
    graph.notes["written"] = key, found
    return found


def inner_and_outer(node: Operation) -> list[tuple[SymbolicTensor, SymbolicTensor]]:
    """For a node with sub-graphs: their inputs, beside the node's inputs that they get."""
    pairs = []
    layout = getattr(node.op, "layout", None)
    if layout is not None:
        for graph, places in layout(node):
            pairs += [
                (inner, node.inputs[place])
                for inner, place in zip(graph.all_inputs(), places, strict=True)
            ]
    return pairs


def node_key(node: Operation) -> Any:
    """What tells a node from others whenever it runs, the same for its copies."""
    key = node.notes.get("key")
    if key is None:
        key = node.notes["key"] = (getattr(node.graph, "serial", 0), node.name)
    return key
