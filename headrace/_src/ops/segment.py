"""Segments: rows of a tensor reduced by the number of the group that each belongs to.

Two families. With sorted numbers (`segment_sum`) the result has as many rows as the last number
says, so its shape depends on values, and the host computes it. With unsorted ones
(`unsorted_segment_sum`) the caller says how many rows there are, rows with a negative number are
left out, and XLA can compute it too.

The one idea: once rows are in the order of their numbers, each group lies in one piece, and
`ufunc.reduceat` folds all pieces in one call.

Read next: ops/counting.py, ops/scatter.py.
"""

from math import prod
from typing import Any

import numpy as np

from headrace._src.core.dtypes import DType, float64, int32, of_array
from headrace._src.core.namespace import xp
from headrace._src.core.order import order
from headrace._src.core.shape_rules import ShapeError, bracketed
from headrace._src.core.shapes import TensorShape, unknown
from headrace._src.core.tensor import Tensor
from headrace._src.engine.convert import convert
from headrace._src.engine.op import Static, op
from headrace._src.native.rows import add_rows
from headrace._src.ops import complex as complex_numbers
from headrace._src.ops.array import (
    broadcast_to_op,
    dims,
    rank_op,
    reshape_op,
    shape_op,
    sizes,
)
from headrace._src.ops.cast import cast
from headrace._src.ops.gather import gather
from headrace._src.ops.joining import concat_v2
from headrace._src.ops.math import divide_no_nan, maximum
from headrace._src.ops.powers import sqrt
from headrace._src.ops.select import where


def _folded(ufunc: Any, data: np.ndarray, ids: np.ndarray, rows: int, empty: Any) -> np.ndarray:
    """`data` folded by the sorted `ids` into `rows` rows; `empty` where there is nothing to
    fold.
    """
    dtype = data.dtype
    wide = data.astype(np.float32) if dtype.itemsize == 2 and dtype.kind in "fV" else data
    out = np.full((rows, *data.shape[1:]), empty, dtype)
    if ids.size and data.size:
        starts = np.flatnonzero(np.concatenate([[True], ids[1:] != ids[:-1]]))
        out[ids[starts]] = ufunc.reduceat(wide, starts, 0, wide.dtype).astype(dtype)
    return out


def _counts(like: Tensor, ids: Tensor, count: Any) -> Tensor:
    """How many rows each group has (`count` says how to add them up), shaped to divide `like`."""
    found = count(_ones(ids, like.dtype))
    rank = like.shape.rank
    return _widened(found, rank_op(like) - 1 if rank is None else rank - 1)


def _ones(ids: Tensor, dtype: DType) -> Tensor:
    """A 1 for each id."""
    shape = dims(ids)
    if type(shape) is tuple:
        return convert(np.ones(shape, dtype.array_dtype))
    return broadcast_to_op(convert(1, dtype), shape)


def _widened(x: Tensor, extra: Any) -> Tensor:
    """`x` with `extra` axes of size 1 behind its own."""
    if isinstance(extra, Tensor):
        ones = broadcast_to_op(convert(1, int32), reshape_op(extra, (1,)))
        return reshape_op(x, concat_v2([shape_op(x), ones], 0))
    return reshape_op(x, (*sizes(x), *(1,) * extra)) if extra else x


def _beyond(data: Tensor, ids: Tensor) -> Any:
    """How many axes `data` has that `ids` does not: an int where that is known."""
    if data.shape.rank is None or ids.shape.rank is None:
        return rank_op(data) - rank_op(ids)
    return data.shape.rank - ids.shape.rank


# ---- sorted ids ----------------------------------------------------------------------------------


def _sorted_shape(data: TensorShape, ids: TensorShape) -> TensorShape:
    if data.rank == 0:
        raise ShapeError("input must be at least rank 1")
    if ids.rank not in (None, 1):
        raise ShapeError("segment_ids should be a vector.")
    if data.rank is None:
        return unknown
    if ids.rank and None not in (data[0], ids[0]) and data[0] != ids[0]:
        raise ShapeError("segment_ids should be the same size as dimension 0 of input.")
    return TensorShape([None, *data[1:]])


def _checked(data: np.ndarray, ids: np.ndarray) -> int:
    """How many rows the result has; raises where the ids are not sorted numbers of rows."""
    _sorted_shape(TensorShape(data.shape), TensorShape(ids.shape))
    if not ids.size:
        return 0
    rows = int(ids[-1]) + 1
    if ids[0] < 0:
        raise ValueError(
            f"Segment id {ids[0]} out of range [0, {rows}), possibly because 'segment_ids' input "
            "is not sorted."
        )
    if (ids[1:] < ids[:-1]).any():
        raise ValueError("segment ids are not increasing")
    return rows


@op("SegmentSum", shape=_sorted_shape, cost="host")
def segment_sum(data: Tensor, segment_ids: Tensor, name: str | None = None) -> Tensor:
    """The sums of the rows of `data` that belong together.

    data: [n, ...], numbers. segment_ids: [n], ascending integers from 0: the row of the result that
    a row of `data` is added to. The result has as many rows as the last id says; those without any
    are 0.

    >>> tf.math.segment_sum([1, 2, 3], [0, 0, 2]).numpy()
    array([3, 0, 3], dtype=int32)

    Raises tf.errors.InvalidArgumentError where the ids are not sorted. Op: SegmentSum.
    """
    return _folded(np.add, data, segment_ids, _checked(data, segment_ids), 0)


@segment_sum.gradient
def _(dz, segment_ids):
    return gather(dz, segment_ids), None


@op("SegmentMean", shape=_sorted_shape, cost="host")
def segment_mean(data: Tensor, segment_ids: Tensor, name: str | None = None) -> Tensor:
    """The means of the rows of `data` that belong together.

    Arguments as in `tf.math.segment_sum`.

    >>> tf.math.segment_mean([1., 2., 3.], [0, 0, 2]).numpy()
    array([1.5, 0. , 3. ], dtype=float32)

    Integer means are cut off towards zero. Op: SegmentMean.
    """
    rows = _checked(data, segment_ids)
    total = _folded(np.add, data, segment_ids, rows, 0)
    counts = np.maximum(np.bincount(segment_ids, minlength=rows), 1)
    counts = counts.reshape(-1, *(1,) * (data.ndim - 1))
    if data.dtype.kind in "iu":
        quotient = np.abs(total) // counts
        return np.where(total < 0, -quotient, quotient).astype(data.dtype)
    return (total / counts.astype(np.float32)).astype(data.dtype)


@segment_mean.gradient
def _(dz, segment_ids):
    counts = _counts(dz, segment_ids, lambda ones: segment_sum(ones, segment_ids))
    return gather(divide_no_nan(dz, counts), segment_ids), None


@op("SegmentMax", shape=_sorted_shape, cost="host")
def segment_max(data: Tensor, segment_ids: Tensor, name: str | None = None) -> Tensor:
    """The largest of the rows of `data` that belong together.

    Arguments as in `tf.math.segment_sum`.

    >>> tf.math.segment_max([1, 2, 3], [0, 0, 2]).numpy()
    array([2, 0, 3], dtype=int32)

    Op: SegmentMax.
    """
    return _folded(np.maximum, data, segment_ids, _checked(data, segment_ids), 0)


@op("SegmentMin", shape=_sorted_shape, cost="host")
def segment_min(data: Tensor, segment_ids: Tensor, name: str | None = None) -> Tensor:
    """The smallest of the rows of `data` that belong together.

    Arguments as in `tf.math.segment_sum`.

    >>> tf.math.segment_min([1, 2, 3], [0, 0, 2]).numpy()
    array([1, 0, 3], dtype=int32)

    Op: SegmentMin.
    """
    return _folded(np.minimum, data, segment_ids, _checked(data, segment_ids), 0)


def _to_extremes(dz, data, segment_ids, out):
    """The gradient of an extreme, in equal parts to the elements that are it."""
    chosen = cast(data == gather(out, segment_ids), dz.dtype)
    shares = divide_no_nan(dz, segment_sum(chosen, segment_ids))
    return chosen * gather(shares, segment_ids), None


segment_max.gradient(_to_extremes)
segment_min.gradient(_to_extremes)


@op("SegmentProd", shape=_sorted_shape, cost="host")
def segment_prod(data: Tensor, segment_ids: Tensor, name: str | None = None) -> Tensor:
    """The products of the rows of `data` that belong together.

    Arguments as in `tf.math.segment_sum`.

    >>> tf.math.segment_prod([2, 3, 4], [0, 0, 2]).numpy()
    array([6, 1, 4], dtype=int32)

    Op: SegmentProd.
    """
    return _folded(np.multiply, data, segment_ids, _checked(data, segment_ids), 1)


@segment_prod.gradient
def _(dz, data, segment_ids):
    def total(fold, values):
        return gather(fold(values, segment_ids), segment_ids)

    return _product_back(gather(dz, segment_ids), data, total, segment_sum, segment_prod), None


def _product_back(dz: Tensor, data: Tensor, total: Any, add: Any, multiply: Any) -> Tensor:
    """The gradient of a product by groups: for each element the product of the others.

    That is the group's product divided by the element; where one element is 0, for it the product
    of the others; where two are, 0 for all.
    """
    is_zero = data == convert(0, data.dtype)
    zeros = total(add, cast(is_zero, data.dtype))
    rest = total(multiply, where(is_zero, convert(1, data.dtype), data))
    alone = where(zeros == convert(1, data.dtype), rest, rest * 0)
    others = where(zeros == convert(0, data.dtype), rest, rest * 0) / where(
        is_zero, convert(1, data.dtype), data
    )
    found = where(is_zero, alone, others)
    return dz * (complex_numbers.conj(found) if found.dtype.is_complex else found)


# ---- unsorted ids --------------------------------------------------------------------------------


def _unsorted_shape(data: TensorShape, ids: TensorShape, num_segments: Any) -> TensorShape:
    if isinstance(num_segments, tuple):
        raise ShapeError(
            f"num_segments should be a scalar, not shape [{len(num_segments)}]",
            "Shape must be rank 0 but is rank 1",
        )
    if num_segments is not None and num_segments < 0:
        raise ShapeError(f"Input num_segments == {num_segments} must not be negative.")
    if data.rank is None or ids.rank is None:
        return unknown
    if ids.rank > data.rank or not data[: ids.rank].is_compatible_with(ids):
        raise ShapeError(
            f"data.shape = {bracketed(data)} does not start with "
            f"segment_ids.shape = {bracketed(ids)}"
        )
    return TensorShape([num_segments, *data[ids.rank :]])


def _ordered(
    ufunc: Any, data: np.ndarray, ids: np.ndarray, num_segments: int, empty: Any
) -> np.ndarray:
    """`data` folded by unsorted ids; rows with a negative one are left out."""
    _unsorted_shape(TensorShape(data.shape), TensorShape(ids.shape), num_segments)
    beyond = np.flatnonzero(ids >= num_segments)
    if beyond.size:
        at = np.unravel_index(beyond[0], ids.shape) if ids.ndim else ()
        place = ",".join(str(i) for i in at)
        raise ValueError(
            f"segment_ids[{place}] = {ids.flat[beyond[0]]} is out of range [0, {num_segments})"
        )
    rest = data.shape[ids.ndim :]
    ids, data = ids.reshape(-1), data.reshape(ids.size, *rest)
    if (ids < 0).any():
        data, ids = data[ids >= 0], ids[ids >= 0]
    if ufunc is np.add and data.size >= 2**12 and data.dtype in (np.float32, np.float64):
        return _added(data, ids, num_segments)
    if (ids[1:] < ids[:-1]).any():
        places = order(ids)
        data, ids = data.take(places, 0), ids.take(places)
    return _folded(ufunc, data, ids, num_segments, empty)


def _added(data: np.ndarray, ids: np.ndarray, rows: int) -> np.ndarray:
    """The sums of many floats without sorting: of numbers by counting with weights, of rows one
    after the other.
    """
    if data.ndim == 1:
        return np.bincount(ids, data, rows).astype(data.dtype)
    out = np.zeros((rows, *data.shape[1:]), data.dtype)
    at, data = ids.astype(np.int64), np.ascontiguousarray(data)
    add_rows(at.size, prod(data.shape[1:]), data.itemsize, 1, at, data, out)
    return out


def _scattered(data: Any, ids: Any, num_segments: int, empty: Any, how: str) -> Any:
    """The same under XLA: its scatter drops what lies beyond the end, where negative ids are
    sent.
    """
    np_ = xp(data)
    rest = data.shape[ids.ndim :]
    ids, rows = ids.reshape(-1), data.reshape(ids.size, *rest)
    ids = np_.where(ids < 0, num_segments, ids)
    out = np_.full((num_segments, *rest), empty, data.dtype)
    return getattr(out.at[ids], how)(rows, mode="drop")


def _within(data: Any, segment_ids: Any, num_segments: int) -> Any:
    """Whether no id is too large."""
    return (segment_ids < num_segments).all()


def _finite(dtype: Any, which: str) -> Any:
    """The dtype's lowest ("min") or highest ("max") finite number."""
    return dtype.type(getattr(of_array(dtype), which))


def _gathered(x: Tensor, ids: Tensor, data: Tensor) -> Tensor:
    """For each row of `data` the row of `x` that its id names; 0 where that is negative."""
    rows = gather(x, maximum(ids, convert(0, ids.dtype)))
    inside = _widened(ids >= convert(0, ids.dtype), _beyond(data, ids))
    return where(inside, rows, convert(0, x.dtype))


@op("UnsortedSegmentSum", shape=_unsorted_shape, cost="host")
def unsorted_segment_sum(
    data: Tensor, segment_ids: Tensor, num_segments: Static, name: str | None = None
) -> Tensor:
    """The sums of the rows of `data` that belong together, in any order.

    data: [n..., ...], numbers. segment_ids: [n...], integers below `num_segments`: the row of the
    result that a row of `data` is added to; a negative one leaves it out. num_segments: how many
    rows the result has; those without any are 0.

    >>> tf.math.unsorted_segment_sum([1, 2, 3], [2, 0, 2], num_segments=3).numpy()
    array([2, 0, 4], dtype=int32)

    Raises tf.errors.InvalidArgumentError for an id that is too large. Op: UnsortedSegmentSum.
    """
    return _scattered(data, segment_ids, num_segments, 0, "add")


unsorted_segment_sum.check(_within)


@unsorted_segment_sum.kernel("host")
def _(data, segment_ids, num_segments):
    return _ordered(np.add, data, segment_ids, num_segments, 0)


@unsorted_segment_sum.gradient
def _(dz, data, segment_ids):
    return _gathered(dz, segment_ids, data), None


@op("UnsortedSegmentMax", shape=_unsorted_shape, cost="host")
def unsorted_segment_max(
    data: Tensor, segment_ids: Tensor, num_segments: Static, name: str | None = None
) -> Tensor:
    """The largest of the rows of `data` that belong together; the dtype's lowest number for none.

    Arguments as in `tf.math.unsorted_segment_sum`.

    >>> tf.math.unsorted_segment_max([1., 2., 3.], [1, 0, 1], num_segments=2).numpy()
    array([2., 3.], dtype=float32)

    Op: UnsortedSegmentMax.
    """
    return _scattered(data, segment_ids, num_segments, _finite(data.dtype, "min"), "max")


unsorted_segment_max.check(_within)


@unsorted_segment_max.kernel("host")
def _(data, segment_ids, num_segments):
    lowest = _finite(data.dtype, "min")
    found = _ordered(np.maximum, data, segment_ids, num_segments, lowest)
    return np.maximum(found, lowest)  # from where the search begins, as under XLA


@op("UnsortedSegmentMin", shape=_unsorted_shape, cost="host")
def unsorted_segment_min(
    data: Tensor, segment_ids: Tensor, num_segments: Static, name: str | None = None
) -> Tensor:
    """The smallest of the rows of `data` that belong together; the dtype's highest number for none.

    Arguments as in `tf.math.unsorted_segment_sum`.

    >>> tf.math.unsorted_segment_min([1., 2., 3.], [1, 0, 1], num_segments=2).numpy()
    array([2., 1.], dtype=float32)

    Op: UnsortedSegmentMin.
    """
    return _scattered(data, segment_ids, num_segments, _finite(data.dtype, "max"), "min")


unsorted_segment_min.check(_within)


@unsorted_segment_min.kernel("host")
def _(data, segment_ids, num_segments):
    highest = _finite(data.dtype, "max")
    found = _ordered(np.minimum, data, segment_ids, num_segments, highest)
    return np.minimum(found, highest)  # from where the search begins, as under XLA


def _to_unsorted_extremes(dz, data, segment_ids, num_segments, out):
    chosen = cast(data == _gathered(out, segment_ids, data), dz.dtype)
    shares = divide_no_nan(dz, unsorted_segment_sum(chosen, segment_ids, num_segments))
    return chosen * _gathered(shares, segment_ids, data), None


unsorted_segment_max.gradient(_to_unsorted_extremes)
unsorted_segment_min.gradient(_to_unsorted_extremes)


@op("UnsortedSegmentProd", shape=_unsorted_shape, cost="host")
def unsorted_segment_prod(
    data: Tensor, segment_ids: Tensor, num_segments: Static, name: str | None = None
) -> Tensor:
    """The products of the rows of `data` that belong together; 1 for none.

    Arguments as in `tf.math.unsorted_segment_sum`.

    >>> tf.math.unsorted_segment_prod([2., 3., 4.], [1, 0, 1], num_segments=2).numpy()
    array([3., 8.], dtype=float32)

    Op: UnsortedSegmentProd.
    """
    return _scattered(data, segment_ids, num_segments, 1, "multiply")


unsorted_segment_prod.check(_within)


@unsorted_segment_prod.kernel("host")
def _(data, segment_ids, num_segments):
    return _ordered(np.multiply, data, segment_ids, num_segments, 1)


@unsorted_segment_prod.gradient
def _(dz, data, segment_ids, num_segments):
    def total(fold, values):
        return _gathered(fold(values, segment_ids, num_segments), segment_ids, data)

    back = _gathered(dz, segment_ids, data)
    return _product_back(back, data, total, unsorted_segment_sum, unsorted_segment_prod), None


def unsorted_segment_mean(
    data: Any, segment_ids: Any, num_segments: Any, name: str | None = None
) -> Tensor:
    """The means of the rows of `data` that belong together; 0 for none.

    Arguments as in `tf.math.unsorted_segment_sum`; the means of integers are float64.

    >>> tf.math.unsorted_segment_mean([1., 2., 3.], [1, 0, 1], num_segments=3).numpy()
    array([2., 2., 0.], dtype=float32)
    """
    data, ids = convert(data), convert(segment_ids)
    total = unsorted_segment_sum(data, ids, num_segments)
    rows = _rows(data, ids, num_segments)
    if data.dtype.is_integer:
        total, rows = cast(total, float64), cast(rows, float64)
    return total / rows


def unsorted_segment_sqrt_n(
    data: Any, segment_ids: Any, num_segments: Any, name: str | None = None
) -> Tensor:
    """The sums of the rows of `data` that belong together, each divided by the root of their
    number.

    Arguments as in `tf.math.unsorted_segment_sum`; float or complex.

    >>> tf.math.unsorted_segment_sqrt_n([1., 2., 3., 4.], [0, 0, 0, 0], num_segments=1).numpy()
    array([5.], dtype=float32)
    """
    data, ids = convert(data), convert(segment_ids)
    total = unsorted_segment_sum(data, ids, num_segments)
    return total / sqrt(_rows(data, ids, num_segments))


def _rows(data: Tensor, ids: Tensor, num_segments: Any) -> Tensor:
    """How many rows each group has, at least 1, shaped to divide the sums."""
    counts = unsorted_segment_sum(_ones(ids, data.dtype), ids, num_segments)
    counts = _widened(counts, _beyond(data, ids))
    if data.dtype.is_complex:  # which maximum does not take
        return where(counts == convert(0, counts.dtype), convert(1, counts.dtype), counts)
    return maximum(counts, convert(1, counts.dtype))
