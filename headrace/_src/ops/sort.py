"""Sorting, and what needs part of it: the largest k, ranks among them, places in a sorted sequence.

The one idea is TensorFlow's: sorting is `top_k` of everything, and ascending order is descending
order of the negated values. So one kernel decides all ties (the lower position first) and one
gradient serves all: what was taken from a place goes back there.

NumPy sorts on the host at every size: XLA's sort on a CPU is slower (engine/placement.py).

Read next: ops/reduce.py (argmax).
"""

import math
from typing import Any

import numpy as np

from headrace._src.core.context import thread
from headrace._src.core.dtypes import DType, float32, int32, int64
from headrace._src.core.errors import InvalidArgumentError
from headrace._src.core.namespace import xp
from headrace._src.core.order import order
from headrace._src.core.shape_rules import ShapeError, bracketed
from headrace._src.core.shapes import TensorShape, unknown
from headrace._src.core.tensor import EagerTensor, Tensor
from headrace._src.engine.convert import convert
from headrace._src.engine.op import Static, no_gradient, op
from headrace._src.engine.pieces import on_all_cores
from headrace._src.ops.array import (
    dims,
    expand_dims,
    length,
    positions,
    rank_op,
    reshape,
    transpose_op,
)
from headrace._src.ops.cast import cast
from headrace._src.ops.compare import equal
from headrace._src.ops.math import negative, subtract
from headrace._src.ops.reduce import reduce_prod, sum
from headrace._src.ops.segment import unsorted_segment_sum
from headrace._src.ops.select import select

# ---- sort and argsort ----------------------------------------------------------------------------


def sort(
    values: Any, axis: int = -1, direction: str = "ASCENDING", name: str | None = None
) -> Tensor:
    """`values` sorted along an axis.

    values: real numbers. axis: an integer in [-rank, rank). direction: "ASCENDING" or "DESCENDING".
    NaN comes last.

    >>> tf.sort([3, 1, 2]).numpy(), tf.sort([3, 1, 2], direction="DESCENDING").numpy()
    (array([1, 2, 3], dtype=int32), array([3, 2, 1], dtype=int32))

    Raises ValueError for another direction, tf.errors.InvalidArgumentError for an axis out of
    range.
    """
    values = _sortable(values, direction, axis)
    if _is_plain(values) and not np.isnan(np.min(values._array, initial=0)):
        # Nobody records: the values alone, which NumPy sorts ten times as fast as it finds
        # positions.
        array = np.sort(np.asarray(values._array), axis)
        if direction == "DESCENDING":
            array = np.flip(array, axis)
        return EagerTensor(array, values.dtype)
    return _sorted(values, axis, direction, 0)


def argsort(
    values: Any,
    axis: int = -1,
    direction: str = "ASCENDING",
    stable: bool = False,
    name: str | None = None,
) -> Tensor:
    """The positions, int32, that sort `values` along an axis; of equal ones the lower first.

    Arguments as in `tf.sort`; stable: whether equal elements must keep their order. They always do,
    but for unsigned integers in ascending order, which are sorted as TensorFlow sorts them.

    >>> tf.argsort([3, 1, 2]).numpy()
    array([1, 2, 0], dtype=int32)
    """
    values = _sortable(values, direction, axis)
    if _is_plain(values) and not values.dtype.is_unsigned:
        # The positions alone: top_k would look up the values too.
        rows = np.moveaxis(np.asarray(values._array), axis, -1)
        if direction == "DESCENDING":
            rows = -rows if values.dtype.is_floating else ~rows
        found = np.moveaxis(order(rows).astype(np.int32), -1, axis)
        return EagerTensor(np.ascontiguousarray(found), int32)
    return _sorted(values, axis, direction, 1)


def _sortable(values: Any, direction: str, axis: Any) -> Tensor:
    """`values` as a tensor, if direction and axis are in order."""
    if direction not in ("ASCENDING", "DESCENDING"):
        raise ValueError(
            "Argument `direction` should be one of ASCENDING, DESCENDING. "
            f"Received: direction={direction}"
        )
    convert(axis)
    if type(values) is not EagerTensor:
        values = convert(values)
    rank = values.shape.rank
    if rank is not None and not -rank <= axis < rank:
        place = axis if axis >= 0 else axis + rank
        if thread.context.graph is not None:
            raise ValueError(f"slice index {place} of dimension 0 out of bounds.")
        raise InvalidArgumentError(
            None,
            None,
            "{{function_node __wrapped__StridedSlice_device_/job:localhost/replica:0/task:0/device:"
            f"CPU:0}}}} slice index {place} of dimension 0 out of bounds. [Op:StridedSlice] "
            "name: strided_slice/",
        )
    return values


def _is_plain(values: Tensor) -> bool:
    """Whether these are NumPy's own real numbers, eager, and nobody is recording."""
    return (
        type(values) is EagerTensor
        and thread.context.graph is None
        and not thread.context.recorders
        and values.dtype.array_dtype.kind in "iuf"
    )


def _sorted(values: Tensor, axis: int, direction: str, which: int) -> Tensor:
    """All of `values` along an axis by `top_k`: the values (0) or their positions (1)."""
    rank = values.shape.rank
    order: Any = None
    back: Any = None
    if rank is None and axis != -1:
        # The axis and the last one change places.
        last = rank_op(values) - 1
        places, axis = positions(last + 1), convert(axis) if axis >= 0 else last + axis + 1
        order = back = select(equal(places, axis), last, select(equal(places, last), axis, places))
    elif rank is not None and axis % rank != rank - 1:
        axis %= rank
        order = (*range(axis), *range(axis + 1, rank), axis)
        back = (*range(axis), rank - 1, *range(axis, rank - 1))
    rows = values if order is None else transpose_op(values, order)
    turn = direction == "ASCENDING"
    if turn:
        rows = _turned(rows)
    found = top_k_v2(rows, length(rows, -1))[which]
    if turn and which == 0:
        found = _turned(found)
    return found if back is None else transpose_op(found, back)


def _turned(x: Tensor) -> Tensor:
    """`x` mapped so that its order is reversed; the same again maps it back."""
    dtype = x.dtype
    if dtype.is_unsigned:
        return subtract(convert(np.array(dtype.max, dtype.array_dtype)), x)
    if dtype.is_integer:  # -1 - x: the lowest integer has no negative
        return subtract(convert(-1, dtype), x)
    return negative(x)


# ---- top_k ---------------------------------------------------------------------------------------


def top_k(
    input: Any, k: Any = 1, sorted: bool = True, index_type: Any = int32, name: str | None = None
) -> Any:
    """The `k` largest elements along the last axis, and their positions.

    input: [..., n], real numbers. k: an integer in [0, n]. sorted: whether the largest comes first;
    else they come in the order of their positions. index_type: the dtype of the positions. Returns
    a named tuple (values, indices), both [..., k]; of equal elements the lower position comes
    first.

    >>> values, indices = tf.math.top_k([1, 9, 3, 7], k=2)
    >>> values.numpy(), indices.numpy()
    (array([9, 7], dtype=int32), array([1, 3], dtype=int32))

    Raises tf.errors.InvalidArgumentError where there are fewer than `k`. Op: TopKV2.
    """
    ordered = sorted is None or bool(sorted)
    return top_k_v2(input, k, ordered, index_type, name)


def _top(x: TensorShape, k: Any, *_: Any) -> list[TensorShape]:
    if isinstance(k, tuple):
        raise ShapeError(f"k must be scalar, got shape [{len(k)}]")
    if k is not None and k < 0:
        raise ShapeError(f"Need k >= 0, got {k}")
    if x.rank is None:
        return [unknown, unknown]
    if x.rank < 1:
        raise ShapeError(
            f"input must be >= 1-D, got shape {bracketed(x)}",
            f"Shape must be at least rank 1 but is rank {x.rank}",
        )
    if None not in (k, x[-1]) and x[-1] < k:
        text = f"input must have at least k columns. Had {x[-1]}, needed {k}"
        raise ShapeError(text, text.replace("columns. Had", "columns; had").replace(", n", ", n"))
    return [TensorShape([*x[:-1], k])] * 2


@op("TopKV2", shape=_top, cost="sort")
def top_k_v2(
    input: Tensor,
    k: Static,
    sorted: bool = True,
    index_type: DType = int32,
    name: str | None = None,
) -> Any:
    """The `k` largest elements and their positions."""
    positions = _descending(input, k)
    if not sorted:
        positions = xp(input).sort(positions, axis=-1)
    values = xp(input).take_along_axis(input, positions, -1)
    return values, positions.astype(index_type.array_dtype)


def _descending(x: Any, k: int) -> Any:
    """The positions that sort the last axis in descending order; of equal ones the lower first.

    NaN is the largest, unless all are wanted: then it comes last, as TensorFlow has both.
    """
    np_, n = xp(x), x.shape[-1]
    # A stable sort of the mirrored rows, read backwards.
    mirrored = np_.flip(x, -1)
    ascending = order(mirrored) if np_ is np else np_.argsort(mirrored, axis=-1, stable=True)
    positions = n - 1 - np_.flip(ascending, -1)
    if k < n or x.dtype.kind in "iu":
        return positions[..., :k]
    lost = np_.isnan(x).sum(-1)[..., None]
    return np_.take_along_axis(positions, (np_.arange(n) + lost) % max(n, 1), -1)


@top_k_v2.kernel("host")
def _(input, k, sorted, index_type):
    _top(TensorShape(input.shape), k)
    rows = input.reshape(-1, input.shape[-1])
    n = rows.shape[1]
    positions = _largest(rows, k) if 0 < 8 * k < n else None
    if positions is None:
        positions = _descending(rows, k)
    if not sorted:
        positions = np.sort(positions, 1)
    values = np.take_along_axis(rows, positions, 1)
    shape = (*input.shape[:-1], k)
    return values.reshape(shape), positions.astype(index_type.array_dtype).reshape(shape)


def _largest(rows: np.ndarray, k: int) -> np.ndarray | None:
    """The positions of the `k` largest by selection, where no tie makes that ambiguous."""
    n = rows.shape[1]
    least = np.partition(rows, n - k, axis=1)[:, n - k, None]
    chosen = rows >= least
    if (chosen.sum(1) != k).any():
        return None
    positions = np.nonzero(chosen)[1].reshape(len(rows), k)
    values = np.take_along_axis(rows, positions, 1)
    order = k - 1 - np.flip(values[:, ::-1].argsort(axis=1, stable=True), 1)
    return np.take_along_axis(positions, order, 1)


@top_k_v2.gradient
def _(dvalues, dindices, input, indices):
    shape, n, k = dims(input), length(input, -1), length(indices, -1)
    if type(shape) is tuple and type(k) is int:
        rows: Any = math.prod(shape[:-1])
        at = convert(np.arange(rows, dtype=np.int64)[:, None] * n)
    else:
        rows = reduce_prod(convert(shape)[:-1])
        at = cast(expand_dims(positions(rows) * n, 1), int64)
    places = reshape(cast(indices, int64), (rows, k)) + at
    back = unsorted_segment_sum(reshape(dvalues, (-1,)), reshape(places, (-1,)), rows * n)
    return reshape(back, shape)


def _in_top(predictions: TensorShape, targets: TensorShape, k: TensorShape) -> TensorShape:
    if predictions.rank not in (None, 2):
        raise ShapeError(
            "predictions must be 2-dimensional",
            f"Shape must be rank 2 but is rank {predictions.rank}",
        )
    if targets.rank not in (None, 1):
        raise ShapeError(
            "targets must be 1-dimensional", f"Shape must be rank 1 but is rank {targets.rank}"
        )
    return targets


@op("InTopKV2", shape=_in_top, cost="host")
def in_top_k_v2(predictions: Tensor, targets: Tensor, k: Tensor, name: str | None = None) -> Tensor:
    """Whether each target is among the `k` largest predictions of its row."""
    if predictions.ndim != 2:
        raise ValueError("predictions must be 2-dimensional")
    if targets.ndim != 1:
        raise ValueError("targets must be 1-dimensional")
    if len(predictions) != len(targets):
        raise ValueError(
            f"First dimension of predictions {len(predictions)} must match length of targets "
            f"{len(targets)}"
        )
    np_ = xp(predictions)
    classes = predictions.shape[1]
    inside = (targets >= 0) & (targets < classes)
    at = np_.where(inside, targets, 0)[:, None]
    own = np_.take_along_axis(predictions, at, 1)
    larger = (predictions > own).sum(1)
    # A row with an infinity or NaN has no order to speak of.
    return inside & np_.isfinite(predictions).all(1) & (larger < k)


no_gradient(in_top_k_v2, why="Booleans have no derivative.")


def in_top_k(targets: Any, predictions: Any, k: Any, name: str | None = None) -> Tensor:
    """Whether each target is among the `k` classes with the largest predictions.

    targets: [batch], integer classes. predictions: [batch, classes], float32. k: an integer. The
    result is a bool [batch]: ties count for the target, a class out of range or a prediction that
    is not finite against it.

    >>> tf.math.in_top_k([1, 0], [[0.1, 0.9], [0.2, 0.8]], k=1).numpy()
    array([ True, False])

    Op: InTopKV2.
    """
    if type(predictions) is not EagerTensor:
        predictions = convert(predictions, None, float32)
    return in_top_k_v2(predictions, targets, k, name)


def _nth(x: TensorShape, n: Any, reverse: bool = False) -> TensorShape:
    if x.rank == 0:
        raise ShapeError("Input must be >= 1-D, got shape []")
    if x.rank is None:
        return unknown
    if None not in (n, x[-1]) and not 0 <= n < x[-1]:
        raise ShapeError(f"Input must have at least n+1 columns, got {x[-1]} and n = {n}")
    return x[:-1]


@op("NthElement", shape=_nth, cost="host")
def nth_element(input: Tensor, n: Static, reverse: bool = False, name: str | None = None) -> Tensor:
    """The element that would be at position `n` along the last axis if that were sorted.

    reverse: whether in descending order. Op: NthElement.
    """
    _nth(TensorShape(input.shape), n)
    place = input.shape[-1] - 1 - n if reverse else n
    return xp(input).partition(input, place, axis=-1)[..., place]


@nth_element.gradient
def _(dz, input, out):
    chosen = cast(input == expand_dims(out, -1), dz.dtype)
    count = sum(chosen, -1, True)
    return chosen / count * expand_dims(dz, -1)


# ---- places in a sorted sequence -----------------------------------------------------------------


def searchsorted(
    sorted_sequence: Any,
    values: Any,
    side: str = "left",
    out_type: Any = int32,
    name: str | None = None,
) -> Tensor:
    """Where `values` would have to be put into a sorted sequence to keep it sorted.

    sorted_sequence: [..., n], ascending. values: [..., m], with the same leading axes and dtype.
    side: of equal elements before the first ("left") or after the last ("right"). out_type:
    `tf.int32` or `tf.int64`.

    >>> tf.searchsorted([1, 3, 5], [0, 3, 9]).numpy()
    array([0, 1, 3], dtype=int32)

    Raises ValueError for another side. Ops: LowerBound, UpperBound.
    """
    if side not in ("left", "right"):
        raise ValueError(
            f"Argument `side` must be either 'right' or 'left'. Received: `side` = '{side}'."
        )
    sequence = _sortable(sorted_sequence, "ASCENDING", -1)
    values = _sortable(values, "ASCENDING", -1)
    shape = dims(values)
    rows, wanted = _matrix(sequence), _matrix(values)
    bound = lower_bound if side == "left" else upper_bound
    return reshape(bound(rows, wanted, out_type), shape, name)


def _matrix(x: Tensor) -> Tensor:
    """`x` with all its leading axes as one."""
    known = dims(x)
    rows = math.prod(known[:-1]) if type(known) is tuple else -1
    return reshape(x, (rows, length(x, -1)))


def _same_rows(sequence: TensorShape, values: TensorShape, *_: Any) -> TensorShape:
    if sequence.rank not in (None, 2):
        raise ShapeError("sorted input argument must be a matrix")
    if values.rank not in (None, 2):
        raise ShapeError("values argument must be a matrix")
    if sequence.rank and values.rank and not sequence[:1].is_compatible_with(values[:1]):
        raise ShapeError("Leading dim_size of both tensors must match.")
    return values


@op("LowerBound", shape=_same_rows, cost="host")
def lower_bound(
    sorted_inputs: Tensor, values: Tensor, out_type: DType = int32, name: str | None = None
) -> Tensor:
    """For each value how many elements of its row are smaller."""
    return _halved(sorted_inputs, values, lambda here: here < values, out_type)


@op("UpperBound", shape=_same_rows, cost="host")
def upper_bound(
    sorted_inputs: Tensor, values: Tensor, out_type: DType = int32, name: str | None = None
) -> Tensor:
    """For each value how many elements of its row are not larger."""
    return _halved(sorted_inputs, values, lambda here: ~(here > values), out_type)


def _halved(sequence: Any, values: Any, is_before: Any, out_type: DType) -> Any:
    """By halving, for each value how many elements of its row are before it."""
    np_, n = xp(values), sequence.shape[1]
    low = np_.zeros(values.shape, np.int64)
    high = low + n
    for _ in range(n.bit_length()):
        middle = (low + high) // 2
        here = np_.take_along_axis(sequence, np_.minimum(middle, n - 1), 1)
        goes_on = (low < high) & is_before(here)
        low, high = np_.where(goes_on, middle + 1, low), np_.where(goes_on, high, middle)
    return low.astype(out_type.array_dtype)


def _search(result: np.ndarray, row: np.ndarray, wanted: np.ndarray, side: str) -> None:
    def search(part: slice) -> None:
        result[part] = np.searchsorted(row, wanted[part], side)

    on_all_cores(search, wanted.size)


def _found(sequence: np.ndarray, values: np.ndarray, side: str, out_type: Any) -> np.ndarray:
    _same_rows(TensorShape(sequence.shape), TensorShape(values.shape))
    out = np.empty(values.shape, out_type.array_dtype)
    for result, row, wanted in zip(out, sequence, values, strict=True):
        _search(result, row, wanted, side)
    if side == "left" and values.dtype.kind not in "iub":
        out[np.isnan(values)] = 0  # nothing is smaller than NaN
    return out


@lower_bound.kernel("host")
def _(sorted_inputs, values, out_type):
    return _found(sorted_inputs, values, "left", out_type)


@upper_bound.kernel("host")
def _(sorted_inputs, values, out_type):
    return _found(sorted_inputs, values, "right", out_type)


no_gradient(lower_bound, why="A position has no derivative.")
no_gradient(upper_bound, why="A position has no derivative.")
