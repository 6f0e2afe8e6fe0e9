"""Branches in graphs: `If` and `Case`, nodes that run one of several graphs.

Each branch is traced into a graph of its own; what it uses from outside is captured, and the node's
inputs are the index and all captures. The branches answer the same structure and dtypes; where
their shapes differ, less is known of the result.

The gradient is another branch: the one whose way back belongs to the way taken. What that needs of
the way there, the forward branches answer as further outputs of the node. An output that belongs to
one branch is *missing* in the others (None): nobody looks at it there. The gradient of an input
that a branch does not use is missing likewise and read as zeros.

Read next: objects/loops.py.
"""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from headrace._src.core import errors, nest
from headrace._src.core.context import thread
from headrace._src.core.dtypes import DType
from headrace._src.core.shapes import TensorShape
from headrace._src.core.spec import TypeSpec
from headrace._src.core.tensor import Readable
from headrace._src.engine.call import grow
from headrace._src.engine.convert import convert
from headrace._src.engine.derive import (
    backward_of,
    copied,
    differentiable,
    is_of,
    packed,
    sources_of,
)
from headrace._src.engine.func_graph import FuncGraph
from headrace._src.engine.gradient import dense, zeros_for
from headrace._src.engine.graph import Operation, SymbolicTensor
from headrace._src.engine.schedule import has_effects
from headrace._src.engine.step import Step, step
from headrace._src.objects.trace import trace


def branch(
    index: Any, functions: Sequence[Callable], name: str, labels: Sequence[str], is_if: bool
) -> Any:
    """What the function that `index` picks answers, as a node of the graph that is being built.

    is_if: whether the index is a truth value, which picks the first function where it is true.
    """
    outer = thread.context.graph
    node_name = outer.unique_name(name)
    graphs = [
        trace(
            function,
            f"{node_name.replace('/', '_')}_{label}",
            lambda _: ((), {}),
            is_top=False,
            scope=f"{node_name}/",
            for_operations=index,
        )
        for function, label in zip(functions, labels, strict=True)
    ]
    check_agree(graphs, is_if)
    node = make(index, graphs, node_name, is_if)
    return nest.pack_sequence_as(
        _merged_structure(graphs),
        _filled(graphs[0].structured_outputs, list(node.outputs)),
        expand_composites=True,
    )


def _filled(structure: Any, outputs: list[Any]) -> list[Any]:
    """The outputs in their places, with the None that the structure has."""
    rest = iter(outputs)
    flat = nest.flatten(structure, expand_composites=True)
    return [None if t is None else next(rest) for t in flat]


def _merged_structure(graphs: list[FuncGraph]) -> Any:
    """The structure of what the branches answer, with what holds in all of them."""

    def merged(one: Any, other: Any) -> Any:
        spec = one if isinstance(one, TypeSpec) else getattr(one, "_type_spec", None)
        return one if spec is None else spec.most_specific_compatible_type(other._type_spec)

    structure = graphs[0].structured_outputs
    for other in graphs[1:]:
        structure = nest.map_structure(merged, structure, other.structured_outputs)
    return structure


def check_agree(graphs: list[FuncGraph], is_if: bool) -> None:
    """Whether the branches answer the same: as many tensors, of the same structure and dtypes."""
    first, *others = graphs
    for i, other in enumerate(others, 1):
        one, two = first.structured_outputs, other.structured_outputs
        # Composite values of different types are the business of what is asked below.
        same_count = _count(one) == _count(two)
        if len(other.outputs) != len(first.outputs) and not same_count:
            raise ValueError(
                f"Lengths of branch outputs of {'cond' if is_if else 'case'} must match.\n"
                f"len(graphs[0].outputs): {len(first.outputs)}\n"
                f"len(graphs[{i}].outputs): {len(other.outputs)}\n"
            )
        try:
            nest.assert_same_structure(one, two, expand_composites=True)
        except (TypeError, ValueError) as error:
            raise _disagreement(one, two, i, is_if, str(error)) from None
        pairs = zip(
            nest.flatten(one, expand_composites=True),
            nest.flatten(two, expand_composites=True),
            strict=True,
        )
        for a, b in pairs:
            if getattr(a, "dtype", None) is not getattr(b, "dtype", None):
                why = f"{a} and {b} have different types"
                raise _disagreement(one, two, i, is_if, why)


def _count(structure: Any) -> int:
    return sum(leaf is not None for leaf in nest.flatten(structure))


def _disagreement(one: Any, two: Any, i: int, is_if: bool, why: str) -> TypeError:
    what, names = "switch_case", ("branches[0]", f"branches[{i}]")
    if is_if:
        what, names = "cond", ("true_fn", "false_fn")
    return TypeError(
        f"{names[0]} and {names[1]} arguments to tf.{what} must have the same number, type, and "
        f"overall structure of return values.\n\n{names[0]} output: {one}\n{names[1]} output: "
        f"{two}\n\nError details:\n{why}"
    )


def make(
    index: Any,
    graphs: list[FuncGraph],
    name: str,
    is_if: bool,
    given: Sequence[SymbolicTensor] = (),
    arguments: Sequence[Sequence[int]] | None = None,
    captured: Sequence[Sequence[Any]] | None = None,
    likes: dict[int, int] | None = None,
    outputs: list[Any] | None = None,
) -> Operation:
    """The node. Its inputs: the index, `given`, and what the graphs capture.

    arguments: for each graph, which of `given` are its arguments. captured: for each graph, what
    its captures are, where that is not what it captured. likes: see `_answers`. outputs: for each
    output, a tensor of some graph that is like it.
    """
    context = thread.context
    outer = context.graph
    taken: list[SymbolicTensor] = [outer.input(convert(index), f"{name}/pred")]
    taken += [outer.input(t, f"{name}/input") for t in given]
    where: dict[int, int] = {}
    places = []
    for i, graph in enumerate(graphs):
        own = [1 + k for k in arguments[i]] if arguments is not None else []
        inputs = {id(t) for t in graph.all_inputs()}
        outside = graph.external_captures if captured is None else captured[i]
        for x, inner in zip(outside, graph.internal_captures, strict=True):
            if id(inner) not in inputs:
                continue
            if isinstance(x, Readable):
                tensor = outer.handle_of(x, lambda: f"{name}/input")
            else:
                tensor = outer.input(x, f"{name}/input")
            if id(tensor) not in where:
                where[id(tensor)] = len(taken)
                taken.append(tensor)
            own.append(where[id(tensor)])
        places.append(tuple(own))
    attributes: dict[str, Any] = {"places": tuple(places), "likes": likes or {}}
    if is_if:
        attributes |= {"then_branch": graphs[0], "else_branch": graphs[1]}
    else:
        attributes["branches"] = tuple(graphs)
    patterns = outputs if outputs is not None else _merged(graphs)
    is_stateful = any(map(has_effects, graphs))
    kind = _KINDS[is_if, is_stateful]
    attributes["Tout"] = [dtype for dtype, _, _ in patterns]
    node = outer.add(kind, taken, attributes, [(d, s) for d, s, _ in patterns], name)
    for tensor, (_, _, element) in zip(node.outputs, patterns, strict=True):
        tensor.element = element
    for recorder in context.recorders:
        recorder.step(node)
    return node


def _merged(graphs: list[FuncGraph]) -> list[tuple[DType, TensorShape, Any]]:
    """What is known of each output: dtype, shape, elements."""
    found = []
    for column in zip(*(graph.outputs for graph in graphs), strict=True):
        there = [t for t in column if t is not None]
        shape = there[0].shape
        for t in there[1:]:
            shape = shape.most_specific_compatible_shape(t.shape)
        found.append((there[0].dtype, shape, there[0].element))
    return found


def graphs_of(node: Operation) -> list[FuncGraph]:
    """The branches of a node."""
    if "branches" in node.attributes:
        return list(node.attributes["branches"])
    return [node.attributes["then_branch"], node.attributes["else_branch"]]


def _replace_graphs(node: Operation, graphs: list[FuncGraph]) -> None:
    if "branches" in node.attributes:
        node.attributes["branches"] = tuple(graphs)
    else:
        node.attributes["then_branch"], node.attributes["else_branch"] = graphs


# ---- running -------------------------------------------------------------------------------------


def _run_if(machine: Any, node: Operation, pred: Any, *values: Any) -> tuple:
    """Runs the first branch where the predicate is true, else the second."""
    dtype = node.inputs[0].dtype
    if not dtype.is_bool:
        machine.refuse(
            f"Input 'pred' passed {dtype.name} expected bool while building NodeDef "
            f"'{node.name}/switch_pred' using Op<name=Switch; signature=data:T, pred:bool -> "
            "output_false:T, output_true:T; attr=T:type>"
        )
    if pred.size != 1:
        raise errors.InvalidArgumentError(
            None,
            None,
            "The second input must be a scalar, but it has shape "
            f"[{','.join(map(str, pred.shape))}]",
        )
    return _answers(machine, node, 1 - (pred != 0).astype(np.int32), (pred, *values))


def _run_case(machine: Any, node: Operation, index: Any, *values: Any) -> tuple:
    """Runs the branch of that number, the last for a number that is none."""
    if np.ndim(index):
        raise ValueError(f"'branch_index' must be a scalar, but its shape is {index.shape}.")
    return _answers(machine, node, index, (index, *values))


def _answers(machine: Any, node: Operation, index: Any, values: tuple) -> tuple:
    """The outputs; where one is missing and `likes` names an input for it, zeros like that."""
    if index is None:
        return (None,) * len(node.outputs)
    given = [[values[k] for k in places] for places in node.attributes["places"]]
    graphs = graphs_of(node)
    found = machine.branch(node, index, graphs, given)
    for place, k in node.attributes["likes"].items():
        if found[place] is None:
            found[place] = machine.zeros_of(values[k])
    return tuple(found)


_KINDS: dict[tuple[bool, bool], Step] = {
    (True, False): step("StatelessIf")(_run_if),
    (True, True): step("If")(_run_if),
    (False, False): step("StatelessCase")(_run_case),
    (False, True): step("Case")(_run_case),
}


def _layout(node: Operation) -> list[tuple[FuncGraph, Sequence[int]]]:
    return list(zip(graphs_of(node), node.attributes["places"], strict=True))


# ---- the gradient --------------------------------------------------------------------------------


def _gradient(node: Operation, *dzs: Any, wanted: Sequence[bool] | None = None) -> list[Any]:
    """The gradients of the node's inputs: a branch of backward graphs."""
    forwards = graphs_of(node) if node.notes.get("is_own") else [copied(g) for g in graphs_of(node)]
    node.notes["is_own"] = True
    count = len(node.outputs)
    backwards = []
    for forward, places in zip(forwards, node.attributes["places"], strict=True):
        place_of = dict(zip(map(id, forward.all_inputs()), places, strict=True))
        mask = tuple(
            id(t) in place_of and differentiable(t) and (wanted is None or wanted[place_of[id(t)]])
            for t in sources_of(forward)
        )
        backwards.append(backward_of(forward, mask))
    _answer_more(forwards, [backward for backward, _, _ in backwards], count)
    _replace_graphs(node, forwards)
    grow(
        node,
        [
            next(t for t in column if t is not None)
            for column in zip(*(f.outputs for f in forwards), strict=True)
        ],
    )
    starts: list[Any] = []
    start_of: dict[int, int] = {}
    for _, seeds, _ in backwards:
        for i in seeds:
            if i not in start_of:
                start_of[i] = len(starts)
                dz = dzs[i] if i < len(dzs) else None
                starts.append(zeros_for(node.outputs[i]) if dz is None else dense(dz))
    captured = []
    answers_of = []
    for (backward, _, answers), forward, places in zip(
        backwards, forwards, node.attributes["places"], strict=True
    ):
        known = {id(t): node.inputs[k] for t, k in zip(forward.all_inputs(), places, strict=True)}
        known |= {
            id(t): out
            for t, out in zip(forward.outputs, node.outputs, strict=True)
            if t is not None
        }
        captured.append([known.get(id(outer), outer) for outer in backward.external_captures])
        place_of = dict(zip(map(id, forward.all_inputs()), places, strict=True))
        answers_of.append(
            {
                place_of[id(t)]: answer
                for t, answer in zip(sources_of(forward), answers, strict=True)
                if answer is not None
            }
        )
    wanted_places = sorted({k for answers in answers_of for k in answers})
    graphs = [backward for backward, _, _ in backwards]
    for graph, of_place in zip(graphs, answers_of, strict=True):
        with graph.as_default():
            flat = list(graph.outputs)
            graph.outputs = [
                _dense_output(graph, packed(of_place.get(k), flat)) for k in wanted_places
            ]
    likes = {i: 1 + len(starts) + i for i in range(len(wanted_places))}
    outer = thread.context.graph
    name = outer.unique_name(f"gradients/{node.name.rpartition('/')[2]}_grad")
    inputs = [node.inputs[k] for k in wanted_places]
    made = make(
        node.inputs[0],
        graphs,
        name,
        "branches" not in node.attributes,
        [*starts, *map(_value_like, inputs)],
        [[start_of[i] for i in seeds] for _, seeds, _ in backwards],
        captured,
        likes,
        [_pattern(t) for t in inputs],
    )
    found: list[Any] = [None] * len(node.inputs)
    for k, dx in zip(wanted_places, made.outputs, strict=True):
        found[k] = dx
    return found


def _answer_more(forwards: list[FuncGraph], backwards: list[FuncGraph], count: int) -> None:
    """The forward branches answer what the backward ones need, each in places of its own."""
    extra = []
    for forward, backward in zip(forwards, backwards, strict=True):
        have = {id(t) for t in (*sources_of(forward), *forward.outputs) if t is not None}
        extra.append(
            [t for t in backward.external_captures if is_of(t, forward) and id(t) not in have]
        )
    total = sum(map(len, extra))
    before = 0
    for forward, own in zip(forwards, extra, strict=True):
        forward.outputs = forward.outputs[:count]
        forward.outputs += [None] * before + own + [None] * (total - before - len(own))
        before += len(own)


def _dense_output(graph: FuncGraph, dx: Any) -> Any:
    return None if dx is None else graph.input(dense(dx), "gradient")


def _value_like(tensor: SymbolicTensor) -> Any:
    """What has the shape of an input: itself, or where it is a handle, the variable's value."""
    if isinstance(tensor.element, Readable):
        return zeros_for(tensor.element)
    return tensor


def _pattern(tensor: SymbolicTensor) -> tuple[DType, TensorShape, Any]:
    if isinstance(tensor.element, Readable):
        return tensor.element.dtype, tensor.element.shape, None
    return tensor.dtype, tensor.shape, tensor.element


for _kind in _KINDS.values():
    _kind.takes_missing = True
    _kind.gradient(_gradient)
    _kind.layout = _layout
