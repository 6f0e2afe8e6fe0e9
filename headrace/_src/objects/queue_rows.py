"""TensorQueue: what the resource of a `tf.queue` is, a queue of rows of arrays.

The one idea: a row has one array for each component, and this file is what stands between arrays
and rows: it checks dtypes and shapes, takes batches apart and puts them together, padded where the
sizes of elements differ. Arrays of rank 0 are kept as scalars, which NumPy packs twice as fast. How
threads wait is objects/blocking_queue.py; what tensors, eager mode and graphs are,
objects/queue_steps.py.

Read next: objects/queue_steps.py.
"""

from collections.abc import Iterator, Sequence
from itertools import count
from typing import Any

import numpy as np

from headrace._src.core import errors
from headrace._src.core.dtypes import DType, string
from headrace._src.core.shape_rules import bracketed
from headrace._src.core.shapes import TensorShape
from headrace._src.objects.blocking_queue import BlockingQueue, Row
from headrace._src.ops import philox

_serial = count()


class TensorQueue:
    """Rows of arrays for many threads.

    kind: the name of the class, for errors. dtypes, shapes: of the components; shapes is empty
    where nothing is known of them, and where a size is None, batches are padded.
    capacity, order, reserve: see BlockingQueue.
    """

    def __init__(
        self, kind: str, dtypes: list[DType], shapes: list[TensorShape], capacity: int, order: Any,
        reserve: int = 0,
    ) -> None:  # fmt: skip
        self.kind = kind
        self.dtypes = dtypes
        self.shapes = shapes
        self.sizes = [shape._dims if shape.is_fully_defined() else None for shape in shapes]
        self.name = str(next(_serial))
        self.rows = BlockingQueue(f"{kind} '{self.name}'", capacity, order, reserve)

    # ---- in

    def enqueue(self, arrays: Sequence[Any]) -> None:
        """A row more."""
        for i, sizes in enumerate(self.sizes):
            if arrays[i].shape != sizes and not self._fits(i, arrays[i].shape):
                raise _mismatch(i, self.shapes[i], arrays[i])
        self.rows.enqueue(
            tuple([a[()] if type(a) is np.ndarray and not a.ndim else a for a in arrays])
        )

    def enqueue_many(self, arrays: Sequence[Any]) -> None:
        """A row for each element of the first dimension, which all arrays share."""
        length = arrays[0].shape[0] if arrays[0].ndim else 1
        for i, shape in enumerate(self.shapes):
            wanted = TensorShape([length]).concatenate(shape)
            if not wanted.is_compatible_with(arrays[i].shape):
                raise _mismatch(i, wanted, arrays[i])
        for i, array in enumerate(arrays):
            if not array.ndim or array.shape[0] != length:
                found = array.shape[0] if array.ndim else 1
                raise _invalid(
                    "All input tensors must have the same size in the 0th dimension. Component "
                    f"{i} has {found}, and should have {length}"
                )
        self.rows.enqueue_many(list(zip(*map(_elements, arrays), strict=True)))

    def check_dtypes(self, dtypes: list[DType]) -> None:
        """Raises InvalidArgumentError unless these are the components' dtypes."""
        if dtypes != self.dtypes:
            have, wanted = (
                ", ".join(["resource", *(d.kernel_name for d in given)])
                for given in (dtypes, self.dtypes)
            )
            raise _invalid(f"Signature mismatch, have: {have}-> expected: {wanted}->")

    def _fits(self, i: int, shape: tuple[int, ...]) -> bool:
        return self.sizes[i] is None and self.shapes[i].is_compatible_with(shape)

    # ---- out

    def dequeue(self) -> list[Any]:
        """The components of the next row, as arrays."""
        return [
            _array(value, dtype)
            for value, dtype in zip(self.rows.dequeue(), self.dtypes, strict=True)
        ]

    def dequeue_many(self, n: int, is_lenient: bool) -> list[Any]:
        """The components of the next `n` rows, each stacked in a new first dimension.

        is_lenient: fewer rows will do where the queue is closed.
        """
        if n < 0:
            op = "DequeueUpToOp" if is_lenient else "DequeueManyOp"
            raise _invalid(f"{op} requested {n} < 0 elements")
        if not self.shapes:
            raise _invalid(
                f"{self.kind}'s DequeueMany and DequeueUpTo require the components to have "
                "specified shapes."
            )
        return self._stacked(self.rows.dequeue_many(n, is_lenient))

    def _stacked(self, rows: list[Row]) -> list[Any]:
        columns: Any = zip(*rows, strict=True) if rows else ((),) * len(self.dtypes)
        return [
            _stack(column, dtype, shape)
            for column, dtype, shape in zip(columns, self.dtypes, self.shapes, strict=True)
        ]


def _elements(array: Any) -> Any:
    """The elements of the first dimension: scalars or views."""
    return list(np.asarray(array))


def _array(value: Any, dtype: DType) -> Any:
    """A component of a row as an array again."""
    if hasattr(value, "ndim") and (value.ndim or type(value) is np.ndarray):
        return value
    return np.array(value, dtype.array_dtype)


def _stack(column: Sequence[Any], dtype: DType, shape: TensorShape) -> np.ndarray:
    """The components of some rows as one array, padded with zeros up to the largest."""
    if not shape.rank:
        return np.fromiter(column, dtype.array_dtype, len(column))
    sizes: list[int] = [
        max((value.shape[axis] for value in column), default=0) if size is None else size
        for axis, size in enumerate(shape.as_list())
    ]
    if column and shape.is_fully_defined():
        return np.concatenate(column).reshape((len(column), *sizes))
    stacked = np.empty((len(column), *sizes), dtype.array_dtype)
    stacked.fill(b"" if dtype is string else 0)
    for place, value in zip(stacked, column, strict=True):
        place[tuple(map(slice, value.shape))] = value
    return stacked


def random_words(seed: int, seed2: int) -> Iterator[int]:
    """The random numbers of 32 bits that a kernel with these seeds draws, without end."""
    draws: Any = philox  # which has no types: it runs under XLA, too
    key, counter = draws.op_key_counter(np, seed, seed2)
    while True:
        yield from draws.philox(np, key, counter, 16).reshape(-1).tolist()
        counter = draws.advance(np, counter, 16)


def _mismatch(i: int, wanted: TensorShape, array: Any) -> errors.InvalidArgumentError:
    return _invalid(
        f"Shape mismatch in tuple component {i}. Expected {bracketed(wanted)}, "
        f"got {bracketed(TensorShape(array.shape))}"
    )


def _invalid(text: str) -> errors.InvalidArgumentError:
    return errors.InvalidArgumentError(None, None, text)
