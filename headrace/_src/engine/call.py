"""Calling a graph: at once, or as a node of the graph that is being built.

A call is one entry on a tape. If a tape wants gradients, not the graph itself is run but its
forward twin (engine/derive.py), which answers besides the outputs what the way back needs; the
entry's rule then calls the backward graph. That call is a call like this one, so a tape that
listens to it can differentiate again: for n tapes the twin of the twin's twin is run.

A node (`PartitionedCall`) grows instead: its function is replaced by the twin when the first
gradient is asked for.

Read next: engine/execute.py, engine/derive.py.
"""

from collections.abc import Sequence
from typing import Any

from headrace._src.core.context import thread
from headrace._src.core.indexed_slices import IndexedSlices
from headrace._src.core.tensor import EagerTensor, Readable
from headrace._src.engine.derive import (
    Derivative,
    derivative,
    differentiable,
    is_of,
    packed,
    sources_of,
)
from headrace._src.engine.execute import execute
from headrace._src.engine.func_graph import FuncGraph
from headrace._src.engine.gradient import dense, zeros_for
from headrace._src.engine.graph import Operation, SymbolicTensor
from headrace._src.engine.schedule import has_effects
from headrace._src.engine.step import step
from headrace._src.engine.tape import Tape


def call(graph: FuncGraph, inputs: Sequence[Any], captured: Sequence[Any] | None = None) -> list:
    """The outputs of `graph`, flat.

    inputs: a tensor or variable for each argument. captured: for each capture; by default what was
    captured.
    """
    context = thread.context
    if captured is None:
        captured = graph.external_captures
    if context.graph is not None:
        return list(call_node(graph, inputs, captured).outputs)
    if not context.recorders:
        return execute(graph, inputs, captured)
    given = [*inputs, *captured]
    deriving = [r for r in context.recorders if r.derives]
    if deriving and (wanted := _wanted(graph, given, deriving)):
        values = _recorded(graph, inputs, captured, wanted, deriving)
    else:
        values = execute(graph, inputs, captured)
    for recorder in context.recorders:
        if not recorder.derives:
            recorder.call(_nothing, given, values, False)
    return values


def _nothing(*_: Any) -> None:
    """The rule of a call for who wants no gradient of it."""


# ---- at once, under a tape -----------------------------------------------------------------------


def _wanted(graph: FuncGraph, given: list[Any], recorders: list[Any]) -> tuple[bool, ...] | None:
    """For which inputs and captures somebody may want a gradient; None if for none."""
    wanted = []
    for x, inner in zip(given, sources_of(graph), strict=True):
        wanted.append(differentiable(inner) and any(_cares(r, x) for r in recorders))
    return tuple(wanted) if any(wanted) else None


def _cares(recorder: Any, x: Any) -> bool:
    if not isinstance(recorder, Tape):
        return True
    if x._id in recorder.watched:
        return True
    is_variable = isinstance(x, Readable)
    return is_variable and recorder.watches_variables and getattr(x, "trainable", False)


def _recorded(
    graph: FuncGraph,
    inputs: Sequence[Any],
    captured: Sequence[Any],
    wanted: tuple[bool, ...],
    recorders: Sequence[Any],
) -> list:
    chain: list[Derivative] = []
    counts = [len(graph.outputs)]
    forward = graph
    for _ in recorders:
        chain.append(derivative(forward, wanted))
        forward = chain[-1].forward
        counts.append(len(forward.outputs))
    values = execute(forward, inputs, captured)
    given = [*inputs, *captured]

    def rule(*dzs: Any) -> list[Any]:
        level, values_of = _level(counts, dzs), values
        if level == len(chain):
            # A derivative of higher order than there were tapes, as a persistent one may ask for.
            values_of = _deeper(graph, chain, counts, inputs, captured, wanted)
        return _back(chain[level], dzs, given, values_of)

    for recorder in recorders:
        # A forward accumulator pushes tangents to all outputs at once; the last ones are there for
        # the deepest way back alone, which nobody pushes through.
        seen = values if isinstance(recorder, Tape) else values[: counts[-2]]
        recorder.call(rule, given, seen, False)
    return values[: len(graph.outputs)]


def _level(counts: list[int], dzs: Sequence[Any]) -> int:
    """Which derivative takes gradients of all these outputs."""
    last = max((i for i, dz in enumerate(dzs) if dz is not None), default=-1)
    return next((i for i, count in enumerate(counts) if last < count), len(counts) - 1)


def _deeper(
    graph: FuncGraph,
    chain: list[Derivative],
    counts: list[int],
    inputs: Sequence[Any],
    captured: Sequence[Any],
    wanted: tuple[bool, ...],
) -> list:
    if has_effects(graph):
        raise RuntimeError(
            f"A derivative of order {len(chain) + 1} through {graph.name!r}, called under "
            f"{len(chain)} tape(s), needs the function to run again, and it has effects. Open one "
            "tf.GradientTape for each order around the call."
        )
    chain.append(derivative(chain[-1].forward, wanted))
    counts.append(len(chain[-1].forward.outputs))
    return execute(chain[-1].forward, inputs, captured)


def _back(d: Derivative, dzs: Sequence[Any], given: list[Any], values: list[Any]) -> list[Any]:
    """Calls the backward graph; the gradients of `given`."""
    place = {id(t): value for t, value in zip(sources_of(d.forward), given, strict=True)}
    place.update(
        # The values may be those of a twin's twin, which answers more.
        (id(t), value)
        for t, value in zip(d.forward.outputs, values, strict=False)
    )
    starts = [_start(values[i], dzs[i]) for i in d.seeds]
    found = call(d.backward, starts, _captured(d, place))
    return [_there(packed(answer, found)) for answer in d.answers]


def _is_missing(value: Any) -> bool:
    """Whether a tensor is an output of a branch not taken."""
    return type(value) is EagerTensor and value._array is None


def _there(dx: Any) -> Any:
    """A gradient, or None for that of something missing."""
    value = dx.values if isinstance(dx, IndexedSlices) else dx
    return None if _is_missing(value) else dx


def _start(value: Any, dz: Any) -> Any:
    """The gradient of an output; where the output has no value nobody will look at it."""
    if dz is not None:
        return dense(dz)
    return value if _is_missing(value) else zeros_for(value)


def _captured(d: Derivative, place: dict[int, Any]) -> list[Any]:
    """What a backward graph captures: most from the forward one, where `place` has the values."""
    found = []
    for outer in d.backward.external_captures:
        known = place.get(id(outer))
        if known is None:  # an eager tensor that is a constant of the forward graph, or from beyond
            eager = d.forward.outside(outer) if is_of(outer, d.forward) else outer
            known = outer if eager is None else eager
        found.append(known)
    return found


# ---- as a node -----------------------------------------------------------------------------------


def call_node(graph: FuncGraph, inputs: Sequence[Any], captured: Sequence[Any]) -> Operation:
    """The node that calls `graph`."""
    context = thread.context
    outer = context.graph
    kind = stateful_call if has_effects(graph) else plain_call
    name = outer.unique_name(kind.name)
    taken = [_inside(outer, x, f"{name}/args_{i}") for i, x in enumerate(inputs)]
    for x, inner in zip(captured, graph.internal_captures, strict=True):
        if any(inner is t for t in graph.all_inputs()):
            taken.append(_inside(outer, x, f"{name}/captured"))
    node = outer.add(
        kind,
        taken,
        {"f": graph, "Tin": [t.dtype for t in taken], "Tout": [t.dtype for t in graph.outputs]},
        [(t.dtype, t.shape) for t in graph.outputs],
        name,
    )
    for tensor, inner in zip(node.outputs, graph.outputs, strict=True):
        tensor.element = inner.element
    for recorder in context.recorders:
        recorder.step(node)
    return node


def _inside(outer: Any, x: Any, name: str) -> SymbolicTensor:
    """A tensor or variable as a tensor of the graph that is being built."""
    if isinstance(x, Readable):
        return outer.handle_of(x, lambda: name)
    return outer.input(x, name)


def _run(machine: Any, node: Operation, *values: Any) -> tuple:
    """Runs the function."""
    return tuple(machine.run_inside(node, node.attributes["f"], list(values)))


plain_call = step("PartitionedCall")(_run)
stateful_call = step("StatefulPartitionedCall")(_run)


def call_gradient(node: Operation, *dzs: Any, wanted: Sequence[bool] | None = None) -> list[Any]:
    """The gradients of a call's inputs; the node's function becomes its forward twin."""
    chain = node.notes.setdefault("derivatives", [])
    last = max(i for i, dz in enumerate(dzs) if dz is not None)
    asked = tuple(wanted) if wanted is not None else (True,) * len(node.inputs)
    found = next((d for count, mask, d in chain if last < count and mask == asked), None)
    if found is None:
        graph = node.attributes["f"]
        is_asked = dict(zip(map(id, graph.all_inputs()), asked, strict=True))
        sources = sources_of(graph)
        found = derivative(
            graph, tuple(is_asked.get(id(t), False) and differentiable(t) for t in sources)
        )
        chain.append((len(node.outputs), asked, found))
        node.attributes["f"] = found.forward
        grow(node, found.forward.outputs)
    place = dict(zip(map(id, found.forward.all_inputs()), node.inputs, strict=True))
    place.update(zip(map(id, found.forward.outputs), node.outputs, strict=False))
    starts = [
        zeros_for(node.outputs[i]) if i >= len(dzs) or dzs[i] is None else dense(dzs[i])
        for i in found.seeds
    ]
    captured = _captured(found, place)
    outputs = call(found.backward, starts, captured)
    answers = dict(zip(map(id, sources_of(found.forward)), found.answers, strict=True))
    return [packed(answers[id(t)], outputs) for t in found.forward.all_inputs()]


plain_call.gradient(call_gradient)
stateful_call.gradient(call_gradient)
for _kind in (plain_call, stateful_call):
    _kind.takes_missing = True
    _kind.layout = lambda node: [(node.attributes["f"], range(len(node.inputs)))]


def grow(node: Operation, outputs: Sequence[SymbolicTensor]) -> None:
    """Gives a node as many outputs as its graph has now; tapes that know the node hear of it."""
    for i in range(len(node.outputs), len(outputs)):
        tensor = SymbolicTensor(node, i, outputs[i].dtype, outputs[i].shape)
        tensor.element = outputs[i].element
        node.outputs.append(tensor)
    for recorder in thread.context.recorders:
        recorder.grown(node)
