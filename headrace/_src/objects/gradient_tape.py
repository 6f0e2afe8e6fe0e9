"""GradientTape: what users see of recording and playing back.

The tape itself is engine/tape.py, the walk engine/gradient.py. Here are the `with` block, the
structure of targets and sources, and the Jacobians, which are one backward walk per element of the
target: the walk computes a vector times the Jacobian, so a unit vector picks a row.

Read next: objects/custom_gradient.py.
"""

import enum
import logging
from collections.abc import Callable
from typing import Any

import numpy as np

from headrace._src.core import nest
from headrace._src.core.context import thread
from headrace._src.core.indexed_slices import IndexedSlices
from headrace._src.core.shapes import TensorShape
from headrace._src.core.spec import TensorSpec
from headrace._src.core.tensor import EagerTensor, Readable, Tensor
from headrace._src.engine.convert import convert
from headrace._src.engine.gradient import accumulated, ones, ones_for, play_back, zeros_for
from headrace._src.engine.tape import Tape
from headrace._src.objects.composite_gradient import components, gradient_components, replaced
from headrace._src.objects.mapping import map_fn
from headrace._src.ops.array import broadcast_to, rank, reshape, transpose
from headrace._src.ops.array import shape as shape_of
from headrace._src.ops.cast import cast
from headrace._src.ops.compare import equal
from headrace._src.ops.joining import concat, stack
from headrace._src.ops.ranges import range as range_
from headrace._src.ops.reduce import reduce_prod

logger = logging.getLogger("tensorflow")


class UnconnectedGradients(enum.Enum):
    """What `gradient` answers for a source that the target does not depend on: None, or zeros."""

    NONE = "none"
    ZERO = "zero"


_NONE = UnconnectedGradients.NONE


class GradientTape:
    """A record of what is computed inside its `with` block, and derivatives from it.

    persistent: whether `gradient` may be called more than once; the record is then kept until the
        tape itself goes.
    watch_accessed_variables: whether trainable variables are watched as soon as they are read.

    >>> x = tf.constant(3.0)
    >>> with tf.GradientTape() as tape:
    ...     tape.watch(x)
    ...     y = x * x
    >>> tape.gradient(y, x)
    <tf.Tensor: shape=(), dtype=float32, numpy=6.0>
    """

    def __init__(self, persistent: bool = False, watch_accessed_variables: bool = True) -> None:
        self._tape: Tape | None = Tape(watch_accessed_variables)
        self._persistent = persistent
        self._watches = watch_accessed_variables
        self._is_recording = False
        # What an exhausted tape still answers.
        self._variables: tuple = ()

    @classmethod
    def of(cls, tape: Tape) -> "GradientTape":
        """A tape with a record that is there already."""
        made = cls()
        made._tape = tape
        return made

    def __enter__(self) -> "GradientTape":
        self._start()
        return self

    def __exit__(self, *_: Any) -> None:
        if self._is_recording:
            self._stop()

    def _start(self) -> None:
        if self._is_recording:
            raise ValueError(
                "Tape is still recording, This can happen if you try to re-enter an "
                "already-active tape."
            )
        if self._tape is None:
            self._tape = Tape(self._watches)
        thread.context.recorders.append(self._tape)
        self._is_recording = True

    def _stop(self) -> None:
        if not self._is_recording:
            raise ValueError("Tape is not recording.")
        thread.context.recorders.remove(self._tape)
        self._is_recording = False

    def watch(self, tensor: Any) -> None:
        """Records what is computed from `tensor`, a tensor, a variable or a nest of these.

        Raises ValueError for anything else.
        """
        tape = self._recorded()
        if type(tensor) is EagerTensor and tensor._dtype.is_differentiable:
            tape.watch(tensor)
            return
        for item in nest.flatten(tensor, expand_composites=True):
            if not isinstance(item, (Tensor, Readable)):
                raise ValueError(
                    f"Passed in object {item} of type {type(item).__name__!r}"
                    ", not tf.Tensor or tf.Variable or ExtensionType."
                )
            if not item.dtype.is_differentiable:
                logger.warning(
                    "The dtype of the watched tensor must be floating (e.g. tf.float32), got %r",
                    item.dtype,
                )
            if isinstance(item, Tensor):
                tape.watch(item)
            else:
                tape.watch_variable(item)

    def stop_recording(self) -> "Pause":
        """A `with` block in which this tape does not listen.

        Raises RuntimeError where the tape is used up, ValueError where it is not recording.
        """
        self._recorded()
        return Pause(self)

    def reset(self) -> None:
        """Forgets everything recorded so far, and goes on recording."""
        self._stop()
        self._tape = None
        self._start()

    def watched_variables(self) -> tuple:
        """The variables that the tape watches, in the order of their first use."""
        if self._tape is not None:
            self._variables = tuple(self._tape.variables.values())
        return self._variables

    def _recorded(self) -> Tape:
        if self._tape is None:
            raise RuntimeError(
                "A non-persistent GradientTape can only be used to compute one set of gradients "
                "(or jacobians)"
            )
        return self._tape

    def gradient(
        self,
        target: Any,
        sources: Any,
        output_gradients: Any = None,
        unconnected_gradients: Any = UnconnectedGradients.NONE,
    ) -> Any:
        """The gradient of `target`, summed over its elements, with respect to each of `sources`.

        target: a tensor or a nest of tensors.
        sources: a tensor, a variable or a nest of these; the result has the same structure.
        output_gradients: what multiplies each element of each target; ones by default.
        unconnected_gradients: `tf.UnconnectedGradients.NONE` or `.ZERO`: the answer for a source
            that the target does not depend on.

        Raises RuntimeError at the second call on a tape that is not persistent.
        """
        tape = self._recorded()
        unconnected = _NONE
        if unconnected_gradients is not _NONE:
            unconnected = UnconnectedGradients(unconnected_gradients)
        if self._is_recording:
            if self._persistent:
                logger.warning(
                    "Calling GradientTape.gradient on a persistent tape inside its context is "
                    "significantly less efficient than calling it outside the context (it causes "
                    "the gradient ops to be recorded on the tape, leading to increased CPU and "
                    "memory usage). Only call GradientTape.gradient inside the context if you "
                    "actually want to trace the gradient in order to compute higher order "
                    "derivatives."
                )
            else:
                self._stop()
        if target is None:
            raise TypeError(
                "Argument `target` should be a list or nested structure of Tensors, Variables or "
                "CompositeTensors to be differentiated, but received None."
            )
        targets = [target] if type(target) is EagerTensor else components(target)
        weights = _weights(output_gradients, len(targets))
        is_single = isinstance(sources, (Tensor, Readable))
        flat_sources = [sources] if is_single else components(sources)
        seeds = _seeds(tape, targets, weights)
        wanted = {s._id for s in flat_sources if s._id in tape.watched}
        found = play_back(tape, seeds, wanted) if wanted and seeds else {}
        if not self._persistent:
            self._variables = tuple(tape.variables.values())
            self._tape = None
        answers = [_answer(source, found.get(source._id), unconnected) for source in flat_sources]
        return answers[0] if is_single else replaced(sources, answers)

    def jacobian(
        self,
        target: Any,
        sources: Any,
        unconnected_gradients: Any = UnconnectedGradients.NONE,
        parallel_iterations: int | None = None,
        experimental_use_pfor: bool = True,
    ) -> Any:
        """The derivative of each element of `target` with respect to each element of `sources`.

        The result for a source has the shape `target.shape + source.shape`.

        parallel_iterations, experimental_use_pfor: how TensorFlow spreads the work; the rows are
            computed one after the other here whatever they say, with the same result: in a
            `tf.function` by one loop, also where the number of elements is not known.

        Raises RuntimeError at the second call on a tape that is not persistent.
        """
        tape = self._recorded()
        self._leave()
        unconnected = UnconnectedGradients(unconnected_gradients)
        target = convert(target)
        flat_sources = components(sources)
        found = _rows(tape, target, _size(target), _unit, flat_sources, unconnected)
        self._finish(tape)
        answers = [
            None if rows is None else _shaped(rows, [(target, 0), (source, 0)])
            for source, rows in zip(flat_sources, found, strict=True)
        ]
        return replaced(sources, answers)

    def batch_jacobian(
        self,
        target: Any,
        source: Any,
        unconnected_gradients: Any = UnconnectedGradients.NONE,
        parallel_iterations: int | None = None,
        experimental_use_pfor: bool = True,
    ) -> Any:
        """The Jacobians of `target[b]` with respect to `source[b]`, stacked over the batch `b`.

        target: [b, y1, ...]; source: [b, x1, ...]; the result: [b, y1, ..., x1, ...]. It is right
        only where `target[b]` depends on nothing of `source` but `source[b]`.

        Raises ValueError where the batches differ in size, or either has no batch axis.
        """
        target = convert(target)
        sizes = [x.shape[0] if x.shape.rank else None for x in (target, source)]
        differ = None not in sizes and sizes[0] != sizes[1]
        if differ or target.shape.rank == 0 or source.shape.rank == 0:
            raise ValueError(
                "Need first dimension of target shape "
                f"({target.shape}) and source shape ({source.shape}) to match."
            )
        tape = self._recorded()
        self._leave()
        unconnected = UnconnectedGradients(unconnected_gradients)
        (rows,) = _rows(tape, target, _size(target, 1), _batch_unit, [source], unconnected)
        self._finish(tape)
        if rows is None:
            return None
        # From [y, b, x1, ...] to [b, y, x1, ...].
        order = range_([rank(rows)])[2:] if rows.shape.rank is None else range(2, rows.shape.rank)
        rows = transpose(rows, concat([[1, 0], order], 0))
        return _shaped(rows, [(target, 0), (source, 1)])

    def _leave(self) -> None:
        """Stops listening before a last use; a persistent tape goes on."""
        if self._is_recording and not self._persistent:
            self._stop()

    def _finish(self, tape: Tape) -> None:
        if not self._persistent:
            self._variables = tuple(tape.variables.values())
            self._tape = None


class Pause:
    """The block of `GradientTape.stop_recording`."""

    def __init__(self, tape: GradientTape) -> None:
        self._tape = tape

    def __enter__(self) -> None:
        self._tape._stop()

    def __exit__(self, *_: Any) -> None:
        self._tape._start()


def _weights(output_gradients: Any, count: int) -> list[Any]:
    """One starting gradient for each target; None stands for ones."""
    if output_gradients is None:
        return [None] * count
    return [
        g if g is None or isinstance(g, IndexedSlices) else convert(g)
        for g in gradient_components(output_gradients)
    ]


def _seeds(tape: Tape, targets: list[Any], weights: list[Any]) -> dict[int, Any]:
    """The gradients that the walk starts with, by the targets' identities."""
    if len(targets) == 1 and weights[0] is None and type(targets[0]) is EagerTensor:
        (target,) = targets  # the commonest case: one loss
        if target._dtype.is_differentiable and target._id:
            return {target._id: ones(target._array.shape, target._dtype)}
    seeds: dict[int, Any] = {}
    for target, weight in zip(targets, weights, strict=True):
        if not target.dtype.is_differentiable:
            logger.debug(
                "The dtype of the target tensor must be floating (e.g. tf.float32) when calling "
                "GradientTape.gradient, got %r",
                target.dtype,
            )
            if target._id not in tape.watched:
                continue
        if weight is None:
            weight = ones_for(target)
        other = seeds.get(target._id)
        if target._id:
            seeds[target._id] = weight if other is None else accumulated(other, weight)
    return seeds


def _answer(source: Any, gradient: Any, unconnected: UnconnectedGradients) -> Any:
    """The public answer for one source."""
    if gradient is None and unconnected is UnconnectedGradients.ZERO:
        return zeros_for(source)
    return gradient


# ---- Jacobians -----------------------------------------------------------------------------------


def _rows(
    tape: Tape, target: Any, count: Any, unit: Callable, sources: list[Any], unconnected: Any
) -> list[Any]:
    """For each source the gradients from `unit(target, 0)` to `unit(target, count - 1)`, stacked;
    None where the target does not depend on it.

    In a graph that is one loop, however many rows there are, and whether or not that is known.
    """
    wanted = {s._id for s in sources if s._id in tape.watched}
    connected = [False] * len(sources)

    def row(i: Any) -> list[Any]:
        found = play_back(tape, {target._id: unit(target, i)}, wanted) if target._id else {}
        answers = []
        for k, source in enumerate(sources):
            dx = _answer(source, found.get(source._id), unconnected)
            connected[k] = dx is not None
            answers.append(dx.dense() if isinstance(dx, IndexedSlices) else dx)
        return answers

    if thread.context.graph is None:
        rows = [row(i) for i in range(count)]
        return [
            stack(column) if None not in column else None
            for column in (zip(*rows, strict=True) if rows else [(None,)] * len(sources))
        ]

    def filled(i: Any) -> list[Any]:
        return [zeros_for(s) if dx is None else dx for s, dx in zip(sources, row(i), strict=True)]

    specs = [TensorSpec(source.shape, source.dtype) for source in sources]
    columns = map_fn(filled, range_(count), fn_output_signature=specs)
    return [
        column if is_there else None for column, is_there in zip(columns, connected, strict=True)
    ]


def _size(tensor: Any, first: int = 0) -> Any:
    """The number of elements, along the axes from `first` on; a tensor where it is not known."""
    shape = tensor.shape
    if shape.rank is not None and shape[first:].is_fully_defined():
        return shape[first:].num_elements()
    return reduce_prod(shape_of(tensor)[first:])


def _unit(target: Any, i: Any) -> Any:
    """The unit vector that picks element `i` of `target`."""
    if type(target) is EagerTensor:
        weight = np.zeros(target._array.shape, target.dtype.array_dtype)
        weight.reshape(-1)[i] = 1
        return EagerTensor(weight, target.dtype)
    flat = cast(equal(range_(_size(target)), i), target.dtype)
    return reshape(flat, shape_of(target))


def _batch_unit(target: Any, i: Any) -> Any:
    """What picks element `i` of every `target[b]`."""
    if type(target) is EagerTensor:
        weight = np.zeros((target.shape[0], _size(target, 1)), target.dtype.array_dtype)
        weight[:, i] = 1
        return EagerTensor(weight.reshape(target._array.shape), target.dtype)
    one = cast(equal(range_(_size(target, 1)), i), target.dtype)
    sizes = shape_of(target)
    return broadcast_to(reshape(one, sizes[1:]), sizes)


def _shaped(rows: Any, parts: list[tuple[Any, int]]) -> Any:
    """`rows` in a shape that is put together from those of tensors, without their first axes."""
    shape = TensorShape([])
    for x, first in parts:
        shape = shape.concatenate(x.shape[first:] if x.shape.rank is not None else None)
    if shape.is_fully_defined():
        return reshape(rows, tuple(shape))
    made: Any = reshape(rows, concat([shape_of(x)[first:] for x, first in parts], 0))
    made.set_shape(shape)
    return made


GradientTape.__module__ = "tensorflow.python.eager.backprop"
UnconnectedGradients.__module__ = "tensorflow.python.ops.unconnected_gradients"
