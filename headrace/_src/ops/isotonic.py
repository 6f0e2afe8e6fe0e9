"""Isotonic regression: the nearest sequence that only falls.

The one idea: values that rise are pooled into their mean, with what came before for as long as
that is less than the mean; each pool is a segment of the result. So the gradient of a value
is the mean of those of its segment.

Ayer et al., "An empirical distribution function for sampling with incomplete information" (1955).

Read next: ops/sort.py.
"""

from typing import Any

import numpy as np

from headrace._src.core import errors
from headrace._src.core.dtypes import DType, float32, float64, int8, int16
from headrace._src.core.tensor import Tensor
from headrace._src.engine.convert import convert
from headrace._src.engine.op import op
from headrace._src.ops.array import length, rank_op, reshape_op, transpose
from headrace._src.ops.array import shape as shape_of
from headrace._src.ops.cast import cast
from headrace._src.ops.constant import ones_like
from headrace._src.ops.gather import gather
from headrace._src.ops.joining import concat
from headrace._src.ops.math import negative
from headrace._src.ops.ranges import range_op
from headrace._src.ops.segment import unsorted_segment_sum


def isotonic_regression(
    inputs: Any, decreasing: bool = True, axis: int = -1
) -> tuple[Tensor, Tensor]:
    """The sequences nearest to `inputs`, by squares, that never rise along `axis`.

    inputs: real numbers of any shape. decreasing: whether sequences may not rise, or not fall.
    Answers `(output, segments)`: floats (float64 for 32- and 64-bit integers, float32 for narrower
    ones) and for each element the int32 number of its segment of equal values.

    >>> output, segments = tf.nn.isotonic_regression([3., 1., 2.])
    >>> output.numpy(), segments.numpy()
    (array([3. , 1.5, 1.5], dtype=float32), array([0, 1, 1], dtype=int32))

    Raises tf.errors.InvalidArgumentError for an axis out of range. Op: IsotonicRegression.
    """
    x = convert(inputs)
    rank = x.shape.rank
    kind = x.dtype
    if not kind.is_floating:
        kind = float32 if kind in (int8, int16) else float64
    order = None
    if rank is None or axis not in (-1, rank - 1):
        order = _to_the_end(axis, x)
        x = transpose(x, order)
    found = isotonic_regression_op(x if decreasing else negative(x), kind)
    if decreasing and order is None:
        return found
    output, segments = found
    if not decreasing:
        output = negative(output)
    if order is not None:  # two axes change places, so doing it again undoes it
        output, segments = transpose(output, order), transpose(segments, order)
    return output, segments


def _to_the_end(axis: int, x: Tensor) -> Any:
    """The permutation that lets `axis` and the last axis change places."""
    rank = x.shape.rank
    if rank is None:
        if axis >= 0:
            raise NotImplementedError(
                "tf.nn.isotonic_regression along an axis counted from the front needs a known rank."
            )
        ends = range_op(rank_op(x) + axis + 1, rank_op(x) - 1, 1)
        last, own = rank_op(x) - 1, rank_op(x) + axis
        if axis == -1:
            return range_op(0, rank_op(x), 1)
        parts = [range_op(0, own, 1), reshape_op(last, (1,)), ends, reshape_op(own, (1,))]
        return concat(parts, 0)
    if not -rank <= axis < rank:
        raise errors.InvalidArgumentError(
            None,
            None,
            f"`dim` must be in the range [{-rank}, {rank}) where {rank} is the number of "
            f"dimensions in the input. Received: dim={axis}",
        )
    order = list(range(rank))
    order[axis], order[-1] = order[-1], order[axis]
    return order


@op("IsotonicRegression", shape=lambda x, output_dtype: [x, x], cost="host")
def isotonic_regression_op(
    input: Tensor, output_dtype: DType = float32, name: str | None = None
) -> tuple[Tensor, Tensor]:
    """The nearest sequences that never rise, and their segments."""
    kind = np.dtype(output_dtype.array_dtype)
    if not input.ndim:
        return np.asarray(input, kind), np.zeros((), np.int32)
    rows = np.asarray(input).reshape(-1, max(input.shape[-1], 1)) if input.size else []
    output = np.empty(input.shape, kind)
    segments = np.empty(input.shape, np.int32)
    flat = (
        output.reshape(-1, max(input.shape[-1], 1)),
        segments.reshape(-1, max(input.shape[-1], 1)),
    )
    for i, row in enumerate(rows):
        means, counts = _pooled(row.astype(np.float64).tolist())
        flat[0][i] = np.repeat(means, counts)
        flat[1][i] = np.repeat(np.arange(len(counts)), counts)
    return output, segments


def _pooled(values: list[float]) -> tuple[list[float], list[int]]:
    """Means and lengths of the segments, no mean more than the one before it."""
    means: list[float] = []
    counts: list[int] = []
    for value in values:
        count = 1
        while means and means[-1] < value:
            earlier = counts.pop()
            value = (means.pop() * earlier + value * count) / (earlier + count)
            count += earlier
        means.append(value)
        counts.append(count)
    return means, counts


@isotonic_regression_op.gradient
def _(doutput, dsegments, input, segments):
    # The segments of all rows numbered on, so that one sum serves them all.
    width = length(segments, -1) if segments.shape.rank != 0 else 1
    flat = reshape_op(segments, (-1, width))
    count = length(flat, 0)
    ids = flat + width * range_op(0, count, 1)[:, None]
    slopes = reshape_op(doutput, (-1, width))
    total = unsorted_segment_sum(slopes, ids, count * width)
    many = unsorted_segment_sum(ones_like(slopes), ids, count * width)
    mean = gather(total, ids) / gather(many, ids)
    return cast(reshape_op(mean, shape_of(input)), input.dtype)
