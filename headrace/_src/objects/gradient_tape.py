"""GradientTape: what users see of recording and playing back.

The tape itself is engine/tape.py, the walk engine/gradient.py. Here are the `with` block, the
structure of targets and sources, and the Jacobians, which are one backward walk per element of the
target: the walk computes a vector times the Jacobian, so a unit vector picks a row.

Read next: objects/custom_gradient.py.
"""

import enum
import logging
from typing import Any

import numpy as np

from headrace._src.core import nest
from headrace._src.core.context import thread
from headrace._src.core.indexed_slices import IndexedSlices
from headrace._src.core.tensor import EagerTensor, Readable, Tensor
from headrace._src.engine.convert import convert
from headrace._src.engine.gradient import accumulated, ones, play_back, zeros
from headrace._src.engine.tape import Tape
from headrace._src.ops.array import reshape
from headrace._src.ops.joining import stack

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
        targets = [target] if type(target) is EagerTensor else _flat(target)
        weights = _weights(output_gradients, len(targets))
        is_single = isinstance(sources, (Tensor, Readable))
        flat_sources = [sources] if is_single else _flat(sources)
        seeds = _seeds(tape, targets, weights)
        wanted = {s._id for s in flat_sources if s._id in tape.watched}
        found = play_back(tape, seeds, wanted) if wanted and seeds else {}
        if not self._persistent:
            self._variables = tuple(tape.variables.values())
            self._tape = None
        answers = [_answer(source, found.get(source._id), unconnected) for source in flat_sources]
        return answers[0] if is_single else nest.pack_sequence_as(sources, answers)

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
            computed one after the other here whatever they say, with the same result.

        Raises RuntimeError at the second call on a tape that is not persistent.
        """
        tape = self._recorded()
        self._leave()
        unconnected = UnconnectedGradients(unconnected_gradients)
        target = convert(target)
        shape = tuple(target.shape)
        flat_sources = _flat(sources)
        size = int(np.prod(shape))
        rows = [
            self._row(tape, target, _unit(target, i), flat_sources, unconnected)
            for i in range(size)
        ]
        self._finish(tape)
        answers = [
            _stacked([row[i] for row in rows], shape + tuple(source.shape))
            for i, source in enumerate(flat_sources)
        ]
        return nest.pack_sequence_as(sources, answers)

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
        if not target.shape.ndims or not source.shape.ndims or target.shape[0] != source.shape[0]:
            raise ValueError(
                "Need first dimension of target shape "
                f"({target.shape}) and source shape ({source.shape}) to match."
            )
        tape = self._recorded()
        self._leave()
        unconnected = UnconnectedGradients(unconnected_gradients)
        batch, inner = target.shape[0], tuple(target.shape)[1:]
        size = int(np.prod(inner))
        rows = []
        for i in range(size):
            weight = np.zeros((batch, size), target.dtype.array_dtype)
            weight[:, i] = 1
            seed = EagerTensor(weight.reshape(tuple(target.shape)), target.dtype)
            rows.append(self._row(tape, target, seed, [source], unconnected)[0])
        self._finish(tape)
        if not rows or any(row is None for row in rows):
            return None
        return reshape(stack(rows, axis=1), (batch, *inner, *tuple(source.shape)[1:]))

    def _leave(self) -> None:
        """Stops listening before a last use; a persistent tape goes on."""
        if self._is_recording and not self._persistent:
            self._stop()

    def _finish(self, tape: Tape) -> None:
        if not self._persistent:
            self._variables = tuple(tape.variables.values())
            self._tape = None

    @staticmethod
    def _row(
        tape: Tape, target: Any, seed: Tensor, sources: list[Any], unconnected: Any
    ) -> list[Any]:
        """The gradients of one element (or one per batch) of the target, densely."""
        wanted = {s._id for s in sources if s._id in tape.watched}
        found = play_back(tape, {target._id: seed}, wanted) if target._id else {}
        rows = [_answer(source, found.get(source._id), unconnected) for source in sources]
        return [row.dense() if isinstance(row, IndexedSlices) else row for row in rows]


class Pause:
    """The block of `GradientTape.stop_recording`."""

    def __init__(self, tape: GradientTape) -> None:
        self._tape = tape

    def __enter__(self) -> None:
        self._tape._stop()

    def __exit__(self, *_: Any) -> None:
        self._tape._start()


def _flat(structure: Any) -> list[Any]:
    return nest.flatten(structure, expand_composites=True)


def _weights(output_gradients: Any, count: int) -> list[Any]:
    """One starting gradient for each target; None stands for ones."""
    if output_gradients is None:
        return [None] * count
    return [
        g if g is None or isinstance(g, IndexedSlices) else convert(g)
        for g in nest.flatten(output_gradients)
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
            logger.warning(
                "The dtype of the target tensor must be floating (e.g. tf.float32) when calling "
                "GradientTape.gradient, got %r",
                target.dtype,
            )
            continue
        if weight is None:
            weight = ones(_shape(target), target.dtype)
        other = seeds.get(target._id)
        if target._id:
            seeds[target._id] = weight if other is None else accumulated(other, weight)
    return seeds


def _shape(target: Any) -> tuple[int, ...]:
    return target._array.shape if type(target) is EagerTensor else tuple(target.shape)


def _answer(source: Any, gradient: Any, unconnected: UnconnectedGradients) -> Any:
    """The public answer for one source."""
    if gradient is None and unconnected is UnconnectedGradients.ZERO:
        return zeros(tuple(source.shape), source.dtype)
    return gradient


def _unit(target: EagerTensor, i: int) -> EagerTensor:
    """The unit vector that picks element `i` of `target`."""
    weight = np.zeros(_shape(target), target.dtype.array_dtype)
    weight.reshape(-1)[i] = 1
    return EagerTensor(weight, target.dtype)


def _stacked(rows: list[Any], shape: tuple[int, ...]) -> Any:
    if not rows or any(row is None for row in rows):
        return None
    return reshape(stack(rows), shape)


GradientTape.__module__ = "tensorflow.python.eager.backprop"
UnconnectedGradients.__module__ = "tensorflow.python.ops.unconnected_gradients"
