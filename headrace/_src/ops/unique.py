"""What occurs, and where things go: `unique`, `dynamic_partition`, `dynamic_stitch`.

The one idea: the shape of these results depends on values, so they run on the host, always.

Read next: ops/gather.py.
"""

from typing import Any

import numpy as np

from headrace._src.core.dtypes import DType, as_dtype, int32
from headrace._src.core.shape_rules import ShapeError
from headrace._src.core.shapes import TensorShape, unknown, vector
from headrace._src.core.tensor import Tensor
from headrace._src.engine.convert import convert
from headrace._src.engine.op import no_gradient, op
from headrace._src.ops.array import dims, positions, reshape_op, size_op
from headrace._src.ops.gather import gather_op


def unique(x: Any, out_idx: Any = int32, name: str | None = None) -> Any:
    """The distinct elements of a vector as they first occur, and for each element which it is.

    x: [n]. out_idx: the dtype of the indices, `tf.int32` or `tf.int64`. Answers a named tuple (y,
    idx) with `x[i] == y[idx[i]]`.

    >>> y, idx = tf.unique([7, 7, 3, 7])
    >>> y.numpy(), idx.numpy()
    (array([7, 3], dtype=int32), array([0, 0, 1, 0], dtype=int32))

    Raises tf.errors.InvalidArgumentError where `x` is no vector. Op: Unique.
    """
    return unique_op(x, as_dtype(out_idx), name)


def _unique_shape(x: TensorShape, out_idx: DType) -> list[TensorShape]:
    return [_vector(x), x]


def _vector(x: TensorShape) -> TensorShape:
    """The shape of the distinct elements of a vector."""
    if x.rank not in (None, 1):
        raise ShapeError(
            "unique expects a 1D vector.", f"Shape must be rank 1 but is rank {x.rank}"
        )
    return vector(None)


@op("Unique", shape=_unique_shape, cost="host")
def unique_op(x: Tensor, out_idx: DType = int32, name: str | None = None) -> Any:
    """Distinct elements and their indices."""
    y, idx, _ = _found(x)
    return y, idx.astype(out_idx.array_dtype)


def _found(x: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Distinct elements as they first occur, which one each element is, how often each occurs."""
    if x.ndim != 1:
        raise ValueError("unique expects a 1D vector.")
    if x.size >= _TABLE_FROM and x.dtype.kind in "iu":
        low, high = int(x.min()), int(x.max())
        if high - low < 2 * x.size:
            return _found_in_table(x, low, high)
    if x.dtype == object:
        return _found_among_strings(x)
    # NaN differs from itself, as the == of a hash table has it.
    y, first, inverse, counts = np.unique(
        x, return_index=True, return_inverse=True, return_counts=True, equal_nan=False
    )
    order = np.argsort(first, kind="stable")
    place = np.empty_like(order)
    place[order] = np.arange(len(order))
    return x[first[order]], place[inverse.reshape(-1)], counts[order]


_TABLE_FROM = 2**10


def _found_in_table(
    x: np.ndarray, low: int, high: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The same of integers within bounds, with a table over all that may occur."""
    at = x.astype(np.int64) - low
    first = np.full(high - low + 1, x.size)
    first[at[::-1]] = np.arange(x.size - 1, -1, -1)  # the last to be written is the first in `x`
    values = np.flatnonzero(first < x.size)
    values = values[np.argsort(first[values])]
    place = np.empty_like(first)
    place[values] = np.arange(values.size)
    return (values + low).astype(x.dtype), place.take(at), np.bincount(at)[values]


def _found_among_strings(x: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The same of strings, for which Python's dictionary is the hash table."""
    words = x.tolist()
    values = np.array([None, *dict.fromkeys(words)], object)[1:]  # None, or NumPy would cut zeros
    places = dict(zip(values.tolist(), range(values.size), strict=True))
    found = np.fromiter(map(places.__getitem__, words), np.int64, x.size)
    return values, found, np.bincount(found, minlength=values.size)


no_gradient(
    unique_op,
    why="TensorFlow has none: which elements are kept depends on equality.",
    is_error=True,
)


def unique_with_counts(x: Any, out_idx: Any = int32, name: str | None = None) -> Any:
    """As `tf.unique`, with how often each element occurs: a named tuple (y, idx, count).

    >>> y, idx, count = tf.unique_with_counts([7, 7, 3, 7])
    >>> count.numpy()
    array([3, 1], dtype=int32)

    Raises tf.errors.InvalidArgumentError where `x` is no vector. Op: UniqueWithCounts.
    """
    return unique_with_counts_op(x, as_dtype(out_idx), name)


def _counted_shape(x: TensorShape, out_idx: DType) -> list[TensorShape]:
    return [vector(None), x, vector(None)]  # the kernel refuses other ranks


@op("UniqueWithCounts", shape=_counted_shape, cost="host")
def unique_with_counts_op(x: Tensor, out_idx: DType = int32, name: str | None = None) -> Any:
    """Distinct elements, their indices and counts."""
    y, idx, count = _found(x)
    return y, idx.astype(out_idx.array_dtype), count.astype(out_idx.array_dtype)


no_gradient(unique_with_counts_op, why="TensorFlow has none: see Unique.", is_error=True)


# ---- partition and stitch ------------------------------------------------------------------------


def dynamic_partition(
    data: Any, partitions: Any, num_partitions: int, name: str | None = None
) -> list[Tensor]:
    """The slices of `data` sorted into tensors by the number that each has in `partitions`.

    data: its shape begins with that of `partitions`. partitions: int32 in [0, num_partitions).

    >>> [t.numpy().tolist() for t in tf.dynamic_partition([10, 20, 30], [1, 0, 1], 2)]
    [[20], [10, 30]]

    Raises tf.errors.InvalidArgumentError for a number out of range. Op: DynamicPartition.
    """
    return dynamic_partition_op(data, partitions, num_partitions, name)


def _partitioned(data: TensorShape, partitions: TensorShape, num_partitions: int) -> list:
    if num_partitions < 1:
        raise ShapeError("num_partitions must be at least 1")
    if data.rank is None or partitions.rank is None:
        return [unknown] * num_partitions
    if not data[: partitions.rank].is_compatible_with(partitions):
        raise ShapeError(
            "data.shape must start with partitions.shape, got data.shape = "
            f"{_text(data)}, partitions.shape = {_text(partitions)}"
        )
    part = TensorShape([None]).concatenate(data[partitions.rank :])
    return [part] * num_partitions


def _text(shape: TensorShape) -> str:
    return f"[{','.join(map(str, shape))}]"


@op("DynamicPartition", shape=_partitioned, cost="host")
def dynamic_partition_op(
    data: Tensor, partitions: Tensor, num_partitions: int, name: str | None = None
) -> list[Tensor]:
    """The slices of `data` by their number."""
    _partitioned(TensorShape(data.shape), TensorShape(partitions.shape), num_partitions)
    wrong = (partitions < 0) | (partitions >= num_partitions)
    if wrong.any():
        place = np.argwhere(wrong)[0]
        at = f"[{','.join(map(str, place))}]" if partitions.ndim else ""
        raise ValueError(
            f"partitions{at} = {partitions[tuple(place)]} is not in [0, {num_partitions})"
        )
    return [data[partitions == i] for i in range(num_partitions)]


@dynamic_partition_op.gradient
def _(dzs, data, partitions, num_partitions):
    count = partitions.shape.num_elements()
    if count is None:
        order = positions(size_op(partitions))
    else:
        order = convert(np.arange(count, dtype=np.int32))
    places = reshape_op(order, dims(partitions))
    parts = dynamic_partition_op(places, partitions, num_partitions)
    return reshape_op(dynamic_stitch_op(parts, list(dzs)), dims(data)), None


def dynamic_stitch(indices: Any, data: Any, name: str | None = None) -> Tensor:
    """Slices of several tensors put together: `merged[indices[m][i]] = data[m][i]`.

    indices: a list of int32 tensors. data: a list of tensors whose shapes begin with those of
    `indices`. Where an index comes twice the last one stays; what no index names is zero.

    >>> tf.dynamic_stitch([[0, 2], [1]], [[10, 30], [20]]).numpy()
    array([10, 20, 30], dtype=int32)

    Raises tf.errors.InvalidArgumentError for a negative index. Op: DynamicStitch.
    """
    return dynamic_stitch_op(indices, data, name)


def _merged(indices: list, data: list) -> TensorShape:
    for index, value in zip(indices, data, strict=True):
        if None not in (index.rank, value.rank):
            return TensorShape([None]).concatenate(value[index.rank :])
    return unknown


@op("DynamicStitch", shape=_merged, cost="host")
def dynamic_stitch_op(indices: list[Tensor], data: list[Tensor], name: str | None = None) -> Tensor:
    """Slices put together."""
    rest = data[0].shape[indices[0].ndim :]
    for i, (index, value) in enumerate(zip(indices, data, strict=True)):
        if value.shape != index.shape + rest:
            raise ValueError(
                f"data[{i}].shape = {_text(value.shape)} does not start with indices[{i}].shape = "
                f"{_text(index.shape)}"
            )
        if index.size and index.min() < 0:
            raise ValueError(f"indices[{i}] is out of range")
    size = max((int(index.max()) + 1 for index in indices if index.size), default=0)
    out = np.zeros((size, *rest), data[0].dtype)
    if out.dtype == object:
        out[...] = b""
    for index, value in zip(indices, data, strict=True):
        out[index] = value
    return out


@dynamic_stitch_op.gradient
def _(dz, indices):
    return [None] * len(indices), [gather_op(dz, index, 0) for index in indices]
