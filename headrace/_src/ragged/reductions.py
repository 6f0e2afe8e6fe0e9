"""Reductions of ragged tensors, over any of their dimensions, and by segments.

The one idea: a reduction along a ragged dimension is a reduction by segments, in which each value
is told the place that it goes to: its row, for the dimension inside the rows; its offset in the
row, for the one across them. Where the values are rows themselves, they are reduced value by value,
and a segment becomes as long as the longest row in it. So one function (`_by_segments`) does all,
whatever is folded.

Several axes are reduced one after the other, the innermost first. A mean is a sum by a count, and a
variance the mean of the squares less the square of the mean; both are floats for integers.

Read next: ops/segment.py.
"""

from collections.abc import Callable
from typing import Any, NamedTuple

from headrace._src.core.dtypes import bool as bool_
from headrace._src.core.dtypes import int32, int64
from headrace._src.core.tensor import EagerTensor, Tensor
from headrace._src.engine.convert import convert
from headrace._src.engine.node import known_value
from headrace._src.ops import logsumexp, reduce, segment, statistics
from headrace._src.ops.array import expand_dims, shape_op
from headrace._src.ops.cast import cast
from headrace._src.ops.compare import is_finite
from headrace._src.ops.constant import fill, ones_like, zeros_like
from headrace._src.ops.debugging import assert_equal
from headrace._src.ops.dispatch import serve
from headrace._src.ops.gather import gather_op
from headrace._src.ops.identity import stop_gradient
from headrace._src.ops.math import maximum, square, truediv
from headrace._src.ops.powers import exp, log, sqrt
from headrace._src.ops.reduce import reduce_max as largest
from headrace._src.ops.select import where
from headrace._src.ragged.elementwise import with_flat_values
from headrace._src.ragged.ragged_tensor import RaggedTensor, checked_axis
from headrace._src.ragged.row_partition import RowPartition

# ---- by segments ---------------------------------------------------------------------------------


def _by_segments(fold: Callable, data: Any, ids: Any, count: Any) -> Any:
    """The rows of `data` with one id folded into one, for each id below `count`.

    fold: one of `tf.math.unsorted_segment_...`. data: a tensor or ragged. ids: integers [rows].
    """
    if not isinstance(data, RaggedTensor):
        return fold(data, ids, count)
    rows = data._row_partition
    lengths = segment.unsorted_segment_max(rows.row_lengths(), ids, count)
    lengths = maximum(lengths, zeros_like(lengths))  # of segments without a row
    made = RowPartition.from_row_lengths(lengths, validate=False)
    starts = gather_op(made.row_starts(), ids, 0)
    places = gather_op(starts, rows.value_rowids(), 0) + rows.offsets_in_rows()
    values = _by_segments(fold, data.values, places, made.row_splits()[-1])
    return RaggedTensor(values, made, internal=True)


def _segments(fold: Callable, data: Any, segment_ids: Any, num_segments: Any) -> Any:
    """What `tf.math.unsorted_segment_...` answers of ragged data."""
    if not isinstance(segment_ids, RaggedTensor):
        segment_ids = convert(segment_ids, None, int32)
    if segment_ids.dtype not in (int32, int64):
        raise ValueError("segment_ids must have dtype int32 or int64.")
    while isinstance(segment_ids, RaggedTensor):
        told = "segment_ids.shape must be a prefix of data.shape"
        if not isinstance(data, RaggedTensor):
            raise ValueError(f"{told}, but segment_ids is ragged and data is not.")
        if data.row_splits is not segment_ids.row_splits:
            assert_equal(segment_ids.row_splits, data.row_splits, told)
        data, segment_ids = data.values, segment_ids.values
    return _by_segments(fold, data, segment_ids, num_segments)


def _serve_segments(function: Any) -> None:
    @serve(RaggedTensor, function)
    def handler(data: Any, segment_ids: Any, num_segments: Any, name: str | None = None) -> Any:
        return _segments(function, data, segment_ids, num_segments)


for _function in (
    segment.unsorted_segment_max,
    segment.unsorted_segment_mean,
    segment.unsorted_segment_min,
    segment.unsorted_segment_prod,
    segment.unsorted_segment_sqrt_n,
    segment.unsorted_segment_sum,
):
    _serve_segments(_function)

# ---- along axes ----------------------------------------------------------------------------------


class Fold(NamedTuple):
    """A way to make one element of many: of a dense tensor's, and of those of each segment."""

    dense: Callable
    by_segments: Callable


SUM = Fold(reduce.reduce_sum, segment.unsorted_segment_sum)
PROD = Fold(reduce.reduce_prod, segment.unsorted_segment_prod)
MAX = Fold(reduce.reduce_max, segment.unsorted_segment_max)
MIN = Fold(reduce.reduce_min, segment.unsorted_segment_min)


def reduced(fold: Fold, x: Any, axis: Any = None, keepdims: bool = False) -> Any:
    """The elements of `x`, ragged, folded over some axes; over all of them for None.

    Raises ValueError for an axis out of range, TypeError for one that is no integer.
    """
    axes = _axes(x, axis)
    if axes is None:
        found, rank = fold.dense(x.flat_values), x.shape.rank
        axes = list(range(rank)) if keepdims else []
    else:
        found = x
        for place in reversed(axes):
            found = _along(fold, found, place)
    if keepdims:
        for place in axes:
            found = expand_dims(found, place)
    return found


def _axes(x: RaggedTensor, axis: Any) -> list[int] | None:
    """The axes in ascending order; None if they are all there are."""
    if axis is None:
        return None
    if isinstance(axis, Tensor):
        known = known_value(axis)
        if known is None:
            raise ValueError("axis must be known at graph construction time.")
        # In eager mode TensorFlow takes no scalar here.
        axis = known[()] if known.ndim == 0 and type(axis) is EagerTensor else known.tolist()
    axes = list(axis) if isinstance(axis, (list, tuple)) else [axis]
    rank = x.shape.rank
    places = sorted(checked_axis(place, rank, "rank(input_tensor)") for place in axes)
    return None if rank is not None and places == list(range(rank)) else places


def _along(fold: Fold, x: Any, axis: int) -> Any:
    """Folds along one axis."""
    if not isinstance(x, RaggedTensor):
        return fold.dense(x, axis)
    rows = x._row_partition
    if axis > 1:
        return x.with_values(_along(fold, x.values, axis - 1))
    if axis == 1:
        return _by_segments(fold.by_segments, x.values, rows.value_rowids(), _count(rows))
    lengths = rows.row_lengths()
    longest = maximum(largest(lengths), convert(0, lengths.dtype))
    return _by_segments(fold.by_segments, x.values, rows.offsets_in_rows(), longest)


def _count(rows: RowPartition) -> Any:
    """How many rows there are: an int where that is known."""
    known = rows.static_nrows
    return rows.nrows() if known is None else known


def mean(x: Any, axis: Any = None, keepdims: bool = False) -> Any:
    """The mean of `x`, ragged, over some axes; NaN of no elements, a float of integers."""
    total = reduced(SUM, x, axis, keepdims)
    return truediv(total, _counts(x, axis, keepdims))


def _counts(x: RaggedTensor, axis: Any, keepdims: bool) -> Any:
    """How many elements are folded into each one, in the dtype of `x`; broadcasts to the sums."""
    axes, depth, flat = _axes(x, axis), x.ragged_rank, x.flat_values
    if axes is None or flat.shape.rank is None or max(axes, default=0) > depth:
        return reduced(SUM, with_flat_values(x, ones_like(flat)), axis, keepdims)
    # Elements of one place in dense dimensions are as many as rows of them.
    if axes == [depth] and not keepdims:
        found = cast(x.row_lengths(axis=depth), x.dtype)
    else:
        ones = fill(shape_op(flat)[:1], convert(1, x.dtype))
        found = reduced(SUM, with_flat_values(x, ones), axes, keepdims)
    for _ in range(flat.shape.rank - 1):
        found = expand_dims(found, -1)
    return found


def variance(x: Any, axis: Any = None, keepdims: bool = False) -> Any:
    """The variance of `x`, ragged, over some axes; ValueError for complex numbers."""
    if x.dtype.is_complex:
        raise ValueError("reduce_variance is not supported for RaggedTensors with complex dtypes.")
    return mean(square(x), axis, keepdims) - square(mean(x, axis, keepdims))


# ---- functions -----------------------------------------------------------------------------------


def _serve_reduction(function: Any, fold: Callable) -> None:
    @serve(RaggedTensor, function)
    def handler(
        input_tensor: Any, axis: Any = None, keepdims: Any = False, name: str | None = None
    ) -> Any:
        if not isinstance(input_tensor, RaggedTensor):
            return NotImplemented
        return fold(input_tensor, axis, bool(keepdims))


def _of(fold: Fold) -> Callable:
    return lambda x, axis, keepdims: reduced(fold, x, axis, keepdims)


def _logical(fold: Fold) -> Callable:
    """All as the product of integers, any as their sum."""

    def folded(x: RaggedTensor, axis: Any, keepdims: bool) -> Any:
        return cast(reduced(fold, cast(x, int32), axis, keepdims), bool_)

    return folded


def _log_of_sum(x: RaggedTensor, axis: Any, keepdims: bool) -> Any:
    """The logarithm of the sum of exponentials, from which the largest number is taken out."""
    top = reduced(MAX, x, axis, keepdims=True)
    top = stop_gradient(where(is_finite(top), top, zeros_like(top)))
    total = log(reduced(SUM, exp(x - top), axis, keepdims))
    if keepdims:
        return total + top
    return total + stop_gradient(reduced(MAX, x, axis))


_serve_reduction(reduce.reduce_sum, _of(SUM))
_serve_reduction(reduce.reduce_prod, _of(PROD))
_serve_reduction(reduce.reduce_max, _of(MAX))
_serve_reduction(reduce.reduce_min, _of(MIN))
_serve_reduction(reduce.reduce_mean, mean)
_serve_reduction(reduce.reduce_all, _logical(PROD))
_serve_reduction(reduce.reduce_any, _logical(SUM))
_serve_reduction(statistics.reduce_variance, variance)
_serve_reduction(statistics.reduce_std, lambda *given: sqrt(variance(*given)))
_serve_reduction(logsumexp.reduce_logsumexp, _log_of_sum)
