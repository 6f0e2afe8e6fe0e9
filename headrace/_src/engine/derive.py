"""The gradient of a graph, as two graphs: one that goes forward, one that goes back.

The forward graph is a copy that answers more: besides its outputs, whatever the way back needs of
what is computed on the way. The backward graph gets the gradients of the outputs, and that, and
answers the gradients of the inputs. It is made by the ordinary tape: the nodes of the copy are
played onto one, and `play_back` runs inside a new graph, which captures from the copy what the
rules ask for. What it captures is what the copy has to answer.

Since both are graphs like any other, they have gradients too: that is all there is to higher
derivatives.

Read next: engine/gradient.py, engine/call.py.
"""

from dataclasses import dataclass
from typing import Any

from headrace._src.core.indexed_slices import IndexedSlices
from headrace._src.engine.func_graph import FuncGraph
from headrace._src.engine.gradient import accumulated, play_back
from headrace._src.engine.graph import Operation, SymbolicTensor
from headrace._src.engine.node import arguments_of, structured
from headrace._src.engine.schedule import node_key
from headrace._src.engine.step import Step
from headrace._src.engine.tape import Tape


@dataclass
class Derivative:
    """The two graphs.

    forward: its first outputs are those of the original graph.
    backward: its arguments are the gradients of the outputs named in `seeds`; its captures are
        inputs and outputs of `forward`.
    seeds: which of the original graph's outputs have a gradient.
    answers: for each of the inputs (arguments, then captures) where its gradient is among the
        outputs of `backward`: None, a place, or the places of an `IndexedSlices`' parts.
    """

    forward: FuncGraph
    backward: FuncGraph
    seeds: list[int]
    answers: list[Any]


def derivative(graph: FuncGraph, wanted: tuple[bool, ...]) -> Derivative:
    """The gradient of `graph` with respect to the wanted ones of its inputs and captures."""
    known = graph.notes.setdefault("derivatives", {})
    if wanted not in known:
        known[wanted] = _derived(graph, wanted)
    return known[wanted]


def sources_of(graph: FuncGraph) -> list[SymbolicTensor]:
    """What a gradient may be asked for: arguments, then what stands for captures."""
    return graph.inputs + graph.internal_captures


def differentiable(tensor: Any) -> bool:
    """Whether a gradient can flow through a tensor: also through a list of tensors."""
    if tensor.dtype.is_differentiable:
        return True
    element = getattr(tensor, "element", None)
    return element is not None and element.dtype.is_differentiable


def _derived(graph: FuncGraph, wanted: tuple[bool, ...]) -> Derivative:
    forward = copied(graph)
    count = len(forward.outputs)
    backward, seeds, answers = backward_of(forward, wanted)
    have = {id(t) for t in sources_of(forward)}
    have |= {id(t) for t in forward.outputs[:count] if t is not None}
    for outer in backward.external_captures:
        if is_of(outer, forward) and id(outer) not in have:
            forward.outputs.append(outer)
    return Derivative(forward, backward, seeds, answers)


def backward_of(
    forward: FuncGraph, wanted: tuple[bool, ...]
) -> tuple[FuncGraph, list[int], list[Any]]:
    """The backward graph, the outputs of `forward` whose gradients it takes, and its answers.

    It captures from `forward` what the rules ask for; who calls it has to supply that.
    """
    backward = FuncGraph(f"__backward_{forward.name}", forward)
    backward.copies_constants = True
    seeds = [i for i, t in enumerate(forward.outputs) if t is not None and differentiable(t)]
    sources = sources_of(forward)
    with backward.as_default():
        gradients: dict[int, Any] = {}
        for i in seeds:
            target = forward.outputs[i]
            dz = backward.placeholder(target.dtype, target.shape, f"gradients_{i}")
            dz.element = target.element
            other = gradients.get(target._id)
            gradients[target._id] = dz if other is None else accumulated(other, dz)
        tape = Tape(watches_variables=False)
        chosen = [s for s, is_wanted in zip(sources, wanted, strict=True) if is_wanted]
        for source in chosen:
            tape.watch(source)
        replay(forward, tape)
        found = play_back(tape, gradients, {s._id for s in chosen})
        answers = [
            _answered(backward, found.get(source._id) if is_wanted else None)
            for source, is_wanted in zip(sources, wanted, strict=True)
        ]
    return backward, seeds, answers


def is_of(tensor: Any, graph: FuncGraph) -> bool:
    """Whether something captured is a tensor of `graph`: a backward graph may capture from beyond
    the forward one, and variables that only a user's own gradient reads.
    """
    return isinstance(tensor, SymbolicTensor) and tensor.op.graph is graph


def _answered(graph: FuncGraph, dx: Any) -> Any:
    """Adds a gradient to the outputs; its place, or the places of its parts."""
    if dx is None:
        return None
    if isinstance(dx, IndexedSlices):
        return tuple(
            None if part is None else _answered(graph, part)
            for part in (dx.values, dx.indices, dx.dense_shape)
        )
    if hasattr(dx, "parts"):  # that of a list, not made yet
        return (type(dx), *(_answered(graph, part) for part in dx.parts))
    graph.outputs.append(graph.input(dx, "gradient"))
    return len(graph.outputs) - 1


def replay(graph: FuncGraph, tape: Tape) -> None:
    """Plays the nodes of a graph onto a tape, as if they were being made."""
    for node in list(graph.nodes):
        record(node, tape)


def record(node: Operation, tape: Any) -> None:
    """Plays one node onto a tape."""
    if isinstance(node.op, Step):
        tape.step(node)
    elif node.op.rule is not None and node.inputs:
        inputs, attributes = arguments_of(node)
        tape.record(node.op, inputs, attributes, structured(node))


def copied(graph: FuncGraph) -> FuncGraph:
    """The same graph, with nodes and tensors of its own; what it captured stays what it is."""
    copy = FuncGraph(graph.name, graph.outer)
    copy.attributes = dict(graph.attributes)
    copy.variables_by_id = dict(graph.variables_by_id)
    copy._names = dict(graph._names)
    copy.seeds = graph.seeds
    copy.copies_constants = graph.copies_constants
    copy.notes["original"] = graph.notes.get("original", graph)
    tensors: dict[int, SymbolicTensor] = {}
    nodes: dict[int, Operation] = {}
    for node in graph.nodes:
        twin = copy.add(
            node.op,
            [tensors[id(t)] for t in node.inputs],
            dict(node.attributes),
            [(t._dtype, t._shape) for t in node.outputs],
            node.name,
            node.counts,
        )
        twin.control_inputs = [nodes[id(n)] for n in node.control_inputs if id(n) in nodes]
        twin.device, twin.frames = node.device, node.frames
        twin.notes = {k: v for k, v in node.notes.items() if k == "key"}
        twin.notes.setdefault("key", node_key(node))
        nodes[id(node)] = twin
        for old, new in zip(node.outputs, twin.outputs, strict=True):
            new.element = old.element
            tensors[id(old)] = new
    copy.inputs = [tensors[id(t)] for t in graph.inputs]
    copy.outputs = [None if t is None else tensors[id(t)] for t in graph.outputs]
    for key, (outer, inner) in graph._captures.items():
        twin_tensor = tensors[id(inner)]
        twin_tensor._id = inner._id
        copy._captures[key] = (outer, twin_tensor)
        copy._outside[id(twin_tensor)] = graph._outside.get(id(inner), outer)
    return copy


def packed(answer: Any, outputs: list[Any]) -> Any:
    """The gradient that an entry of `Derivative.answers` stands for."""
    if answer is None or isinstance(answer, int):
        return None if answer is None else outputs[answer]
    if isinstance(answer[0], type):
        return answer[0](*(outputs[part] for part in answer[1:]))
    values, indices, dense_shape = (None if a is None else outputs[a] for a in answer)
    return IndexedSlices(values, indices, dense_shape)
