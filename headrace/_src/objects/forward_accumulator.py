"""ForwardAccumulator: Jacobian-vector products, computed as the program runs.

Ops have rules for the backward direction only, and none is needed for the other: the backward rule
is linear in the gradient it gets, so differentiating it with respect to that gradient gives its
transpose, which is the forward direction. For an op `y = f(x)` with the rule `vjp(u) = u J`, the
derivative of `<vjp(u), t>` with respect to `u` is `J t`. (Townsend, "A new trick for calculating
Jacobian vector products", 2017.)

Read next: engine/gradient.py.
"""

import functools
from collections.abc import Callable, Sequence
from typing import Any

from headrace._src.core import nest
from headrace._src.core.context import thread
from headrace._src.core.indexed_slices import IndexedSlices
from headrace._src.core.tensor import EagerTensor, Tensor, next_id
from headrace._src.engine.convert import convert, in_graph
from headrace._src.engine.gradient import ones_for, play_back, zeros_for
from headrace._src.engine.tape import Tape
from headrace._src.objects.gradient_tape import UnconnectedGradients


class ForwardAccumulator:
    """Directional derivatives of what is computed inside its `with` block.

    primals: a tensor, a variable or a nest of these: the point at which to differentiate.
    tangents: the direction, with the structure, shapes and dtypes of `primals`.

    >>> x = tf.constant([2., 3.])
    >>> with tf.autodiff.ForwardAccumulator(primals=x, tangents=tf.constant([1., 0.])) as acc:
    ...     y = tf.reduce_sum(x * x)
    >>> acc.jvp(y)
    <tf.Tensor: shape=(), dtype=float32, numpy=4.0>

    Raises ValueError where primals and tangents do not agree.
    """

    derives = True
    stays = False

    def __init__(self, primals: Any, tangents: Any) -> None:
        nest.assert_same_structure(primals, tangents)
        self._tangents: dict[int, Any] = {}
        self._is_recording = False
        for primal, tangent in zip(nest.flatten(primals), nest.flatten(tangents), strict=True):
            if tangent is None:
                continue
            tangent = convert(tangent, primal.dtype)
            if not primal.shape.is_compatible_with(tangent.shape):
                raise ValueError(
                    f"ForwardAccumulator: a tangent has the shape of its primal, {primal.shape}; "
                    f"got {tangent.shape}."
                )
            self._watch(primal, tangent)

    def _watch(self, primal: Any, tangent: Any) -> None:
        if not primal._id:
            primal._id = next_id()
        serial = primal._id
        other = self._tangents.get(serial)
        self._tangents[serial] = tangent if other is None else other + tangent

    def __enter__(self) -> "ForwardAccumulator":
        if self._is_recording:
            raise ValueError("Accumulator is already recording.")
        thread.context.recorders.append(self)
        self._is_recording = True
        return self

    def __exit__(self, *_: Any) -> None:
        thread.context.recorders.remove(self)
        self._is_recording = False

    def jvp(self, primals: Any, unconnected_gradients: Any = UnconnectedGradients.NONE) -> Any:
        """The derivative of `primals`, computed in the block, in the direction of the tangents.

        primals: a tensor, a variable or a nest of these; the result has the same structure.
        unconnected_gradients: None or zeros for what does not depend on the primals.
        """
        unconnected = UnconnectedGradients(unconnected_gradients)

        def tangent(primal: Any) -> Any:
            found = self._tangents.get(primal._id)
            if found is None and unconnected is UnconnectedGradients.ZERO:
                return zeros_for(primal)
            return found

        return nest.map_structure(tangent, primals)

    # ---- as a recorder

    def record(self, op: Any, inputs: tuple, attributes: tuple, outputs: Any) -> None:
        """An op ran: pushes its inputs' tangents forward."""
        tape = Tape()
        tape.watched.update(self._tangents)
        tape.record(op, inputs, attributes, outputs)
        if tape.entries:
            flat: Any = [outputs] if isinstance(outputs, Tensor) else outputs
            self._push(tape, flat)

    def call(
        self,
        rule: Callable,
        inputs: Sequence[Any],
        outputs: Sequence[Any],
        fills: bool = True,
    ) -> None:
        """A function with its own gradient ran: pushes its inputs' tangents forward."""
        tape = Tape()
        tape.watched.update(self._tangents)
        tape.call(rule, inputs, outputs, fills)
        if tape.entries:
            self._push(tape, outputs)

    def step(self, node: Any) -> None:
        """A step became a node: pushes its inputs' tangents forward."""
        if node.op.rule is not None:
            rule = functools.partial(node.op.rule, node)
            self.call(rule, node.inputs, node.outputs, False)

    def grown(self, node: Any) -> None:
        """A node has got more outputs: they are for gradients alone."""

    def read(self, variable: Any, tensor: EagerTensor) -> None:
        """A variable was read: its value has the variable's tangent."""
        found = self._tangents.get(variable._id)
        if found is not None:
            if not tensor._id:
                tensor._id = next_id()
            self._tangents[tensor._id] = found

    def _push(self, made: Tape, outputs: Sequence[EagerTensor]) -> None:
        """The tangents of `outputs`, by differentiating the one rule on the tape `made`."""
        (entry,) = made.entries
        _, _, inputs, serials, _, likes, _ = entry
        serials = (serials,) if likes is None else serials
        known = {i: self._tangents[i] for i in inputs if i in self._tangents}
        seeds = [in_graph(ones_for(output), "ones") for output in outputs]
        tape = Tape(watches_variables=False)
        for seed in seeds:
            tape.watch(seed)
        context = thread.context
        # The accumulator does not listen to its own work; others do.
        before = context.recorders
        others = [recorder for recorder in before if recorder is not self]
        starts: dict[int, Any] = {}
        try:
            context.recorders = [*others, tape]
            found = play_back(made, dict(zip(serials, seeds, strict=True)), set(known))
            found = {
                serial: dx.dense() if isinstance(dx, IndexedSlices) else dx
                for serial, dx in found.items()
            }
            context.recorders = others
            for serial, gradient in found.items():
                if gradient._id in tape.watched:
                    other = starts.get(gradient._id)
                    tangent = known[serial]
                    starts[gradient._id] = tangent if other is None else other + tangent
            tangents = play_back(tape, starts, {seed._id for seed in seeds})
        finally:
            context.recorders = before
        for serial, seed in zip(serials, seeds, strict=True):
            if seed._id in tangents:
                self._tangents[serial] = tangents[seed._id]


ForwardAccumulator.__module__ = "tensorflow.python.eager.forwardprop"
