"""`tf.gradients` and `tf.hessians`: derivatives of a graph, without a tape.

The graph is the record: its nodes, from those of the outermost graph to those of the current one,
are played onto a tape (engine/derive.py), as if it had been there, and the tape is walked back. In
eager mode there is no graph, and both refuse, as TensorFlow's do.

Read next: objects/gradient_tape.py.
"""

from collections.abc import Sequence
from typing import Any

from headrace._src.core.context import thread
from headrace._src.core.indexed_slices import IndexedSlices
from headrace._src.core.tensor import Readable
from headrace._src.engine.convert import convert
from headrace._src.engine.derive import replay
from headrace._src.engine.gradient import Entry, accumulated, ones_for, play_back, zeros_for
from headrace._src.engine.tape import Tape
from headrace._src.objects.composite_gradient import components, replaced
from headrace._src.objects.gradient_tape import GradientTape, UnconnectedGradients


def gradients(
    ys: Any,
    xs: Any,
    grad_ys: Any = None,
    name: str = "gradients",
    gate_gradients: bool = False,
    aggregation_method: Any = None,
    stop_gradients: Any = None,
    unconnected_gradients: Any = UnconnectedGradients.NONE,
) -> list[Any]:
    """The gradients of `ys`, summed, with respect to each of `xs`, inside a `tf.function`.

    ys, xs: a tensor (or variable) or a list of these. grad_ys: for each of `ys` what multiplies
        its elements; None for ones.
    stop_gradients: tensors that count as constants, whatever they were computed from.
    unconnected_gradients: None or zeros for what `ys` do not depend on.
    name: of the scope of the operations. gate_gradients, aggregation_method: how TensorFlow
        schedules and adds; the result is the same.

    >>> @tf.function
    ... def slope(x):
    ...     return tf.gradients(x * x + tf.stop_gradient(x), x)
    >>> slope(tf.constant(3.))
    [<tf.Tensor: shape=(), dtype=float32, numpy=6.0>]

    Raises RuntimeError in eager mode, ValueError where `grad_ys` are not as many as `ys`.
    """
    del gate_gradients, aggregation_method
    graph = thread.context.graph
    if graph is None:
        raise RuntimeError(
            "tf.gradients is not supported when eager execution is enabled. Use tf.GradientTape "
            "instead."
        )
    targets = [_tensor(y) for y in components(_listed(ys))]
    given = _listed(xs)
    sources = components(given)
    unconnected = UnconnectedGradients(unconnected_gradients)
    weights = [None] * len(targets) if grad_ys is None else components(_listed(grad_ys))
    if len(weights) != len(targets):
        raise ValueError(f"Length mismatch. Passed {len(weights)} grad_ys for {len(targets)} ys")
    sources = [x if isinstance(x, Readable) else convert(x) for x in sources]
    stopped = {convert(x)._id for x in _listed(stop_gradients)} if stop_gradients else set()
    with graph.name_scope(name):
        tape = _record(graph, sources, stopped)
        seeds = _seeds(targets, weights)
        wanted = {x._id for x in sources if x._id in tape.watched}
        found = play_back(tape, seeds, wanted) if wanted else {}
        answers = []
        for x in sources:
            dx = found.get(x._id)
            if dx is None and unconnected is UnconnectedGradients.ZERO:
                dx = zeros_for(x)
            answers.append(dx if dx is None or isinstance(dx, IndexedSlices) else convert(dx))
        return replaced(given, answers)


def _listed(value: Any) -> list[Any]:
    return list(value) if isinstance(value, (list, tuple)) else [value]


def _tensor(y: Any) -> Any:
    return y._read() if isinstance(y, Readable) else convert(y)


def _record(graph: Any, sources: list[Any], stopped: set[int]) -> Tape:
    """What the graph, and those around it, would have told a tape that watches the sources."""
    tape = Tape(watches_variables=False)
    for x in sources:
        if isinstance(x, Readable):
            tape.watch_variable(x)
        else:
            tape.watch(x)
    for current in reversed([graph, *graph.around()]):
        replay(current, tape)
    if stopped:
        tape.entries = [e for entry in tape.entries if (e := _stopping(entry, stopped))]
    return tape


def _stopping(entry: Entry, stopped: set[int]) -> Entry | None:
    """An entry through which nothing flows back from a tensor that counts as a constant."""
    rule, saved, inputs, outputs, shapes, likes, grouped = entry
    if isinstance(outputs, int):
        return None if outputs in stopped else entry
    if isinstance(outputs, tuple):
        kept = tuple(0 if serial in stopped else serial for serial in outputs)
        return rule, saved, inputs, kept, shapes, likes, grouped

    node = outputs  # a step, which may get more outputs before it is asked

    def masked(node: Any, *dzs: Any, **wanted: Any) -> Sequence[Any]:
        dzs = tuple(
            None if t._id in stopped else dz for dz, t in zip(dzs, node.outputs, strict=False)
        )
        if all(dz is None for dz in dzs):
            return [None] * len(node.inputs)
        return rule(node, *dzs, **wanted)

    if any(t._id in stopped for t in node.outputs):
        return masked, saved, inputs, outputs, shapes, likes, grouped
    return entry


def _seeds(targets: list[Any], weights: list[Any]) -> dict[int, Any]:
    seeds: dict[int, Any] = {}
    for target, weight in zip(targets, weights, strict=True):
        if not target.dtype.is_differentiable:
            continue
        if weight is None:
            weight = ones_for(target)
        elif not isinstance(weight, IndexedSlices):
            weight = convert(weight, target.dtype)
        other = seeds.get(target._id)
        seeds[target._id] = weight if other is None else accumulated(other, weight)
    return seeds


def hessians(
    ys: Any,
    xs: Any,
    gate_gradients: bool = False,
    aggregation_method: Any = None,
    name: str = "hessians",
) -> list[Any]:
    """The second derivatives of `ys`, summed, with respect to each of `xs`, in a `tf.function`.

    ys, xs: a tensor or a list of these; the result for an x has the shape `x.shape + x.shape`.
    gate_gradients, aggregation_method, name: as in `tf.gradients`.

    >>> @tf.function
    ... def curvature(x):
    ...     return tf.hessians(tf.reduce_sum(x ** 3), x)[0]
    >>> curvature(tf.constant([1., 2.])).numpy().tolist()
    [[6.0, 0.0], [0.0, 12.0]]

    Raises RuntimeError in eager mode.
    """
    sources = _listed(xs)
    found = []
    for x, dx in zip(sources, gradients(ys, sources, name=name), strict=True):
        if dx is None:
            raise ValueError("None values not supported.")
        tape = GradientTape.of(_record(thread.context.graph, [x], set()))
        found.append(tape.jacobian(dx, x))
    return found
