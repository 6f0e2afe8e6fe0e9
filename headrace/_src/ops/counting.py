"""Counting values: bincount, histograms, the confusion matrix.

The one idea: all of them give each value a bin and count the bins. `bincount` takes the value
itself, a histogram the piece of a range it lies in, the confusion matrix the pair of a label and a
prediction.

Read next: ops/segment.py, ops/scatter.py.
"""

from typing import Any

import numpy as np

from headrace._src.core.context import thread
from headrace._src.core.dtypes import DType, as_dtype, int32, int64
from headrace._src.core.errors import InvalidArgumentError
from headrace._src.core.namespace import xp
from headrace._src.core.shape_rules import ShapeError, bracketed
from headrace._src.core.shapes import TensorShape, unknown
from headrace._src.core.tensor import EagerTensor, Tensor, array_of
from headrace._src.engine.convert import convert
from headrace._src.engine.graph import plain
from headrace._src.engine.node import known_value
from headrace._src.engine.op import Static, no_gradient, op
from headrace._src.ops.array import dims, reshape, squeeze
from headrace._src.ops.cast import cast
from headrace._src.ops.debugging import assert_less, assert_non_negative
from headrace._src.ops.joining import stack
from headrace._src.ops.math import maximum, minimum, multiply, subtract, truediv
from headrace._src.ops.reduce import reduce_max
from headrace._src.ops.rounding import floor
from headrace._src.ops.scatter import scatter_nd

# ---- bincount ------------------------------------------------------------------------------------


def bincount(
    arr: Any,
    weights: Any = None,
    minlength: Any = None,
    maxlength: Any = None,
    dtype: Any = int32,
    name: str | None = None,
    axis: int | None = None,
    binary_output: bool = False,
) -> Tensor:
    """How often each number from 0 to the largest occurs.

    arr: integers from 0. weights: what each counts, of the same shape; 1 by default. minlength,
    maxlength: how many bins there are at least and at most; larger numbers are left out. dtype:
    that of the result, where there are no weights. axis: None or 0 to count everything, -1 to count
    each row of a matrix by itself. binary_output: whether to say 1 for every number that occurs at
    all.

    >>> tf.math.bincount([1, 2, 2, 5]).numpy()
    array([0, 1, 2, 0, 0, 1], dtype=int32)

    Raises ValueError for another axis, tf.errors.InvalidArgumentError for a negative number. Op:
    DenseBincount.
    """
    if axis not in (None, 0, -1):
        raise ValueError(
            f"Unsupported value for argument axis={axis}. Only 0 and -1 are currently supported."
        )
    arr = convert(arr)
    if not arr.dtype.is_integer:
        arr = cast(arr, int32)
    if axis != -1:
        arr = reshape(arr, (-1,))
    if weights is None:
        dtype = as_dtype(dtype)
        weights = plain(EagerTensor(np.zeros((0,), dtype.array_dtype), dtype))
    else:
        weights = convert(weights)
        if axis != -1:
            weights = reshape(weights, (-1,))
    size = bins_of(arr, minlength, maxlength)
    return dense_bincount(arr, size, weights, bool(binary_output), name)


def bins_of(arr: Tensor, minlength: Any, maxlength: Any) -> Any:
    """How many bins there are: a Python integer where the values are known, else of their dtype."""
    values = known_value(arr)
    bounds = [None if n is None else known_value(convert(n)) for n in (minlength, maxlength)]
    is_known = [
        b is not None for b, n in zip(bounds, (minlength, maxlength), strict=True) if n is not None
    ]
    if values is not None and all(is_known):
        size = int(values.max()) + 1 if values.size else 0
        size = size if minlength is None else max(size, int(minlength))
        return size if maxlength is None else min(size, int(maxlength))
    size = maximum(reduce_max(arr) + 1, 0)
    if minlength is not None:
        size = maximum(size, cast(minlength, arr.dtype))
    return size if maxlength is None else minimum(size, cast(maxlength, arr.dtype))


def _bins(
    x: TensorShape, size: Any, weights: TensorShape, binary_output: bool = False
) -> TensorShape:
    if x.rank is not None and x.rank > 2:
        raise ShapeError(f"Shape must be at most rank 2 but is rank {x.rank}")
    if size is not None and size < 0:
        raise ShapeError(f"size ({size}) must be non-negative")
    if weights.num_elements() and not weights.is_compatible_with(x):
        raise ShapeError(
            "`weights` must be the same shape as `arr` or a length-0 `Tensor`, in which case it "
            f"acts as all weights equal to 1. Received {bracketed(weights)}"
        )
    return unknown if x.rank is None else TensorShape([*x[:-1], size])


@op("DenseBincount", shape=_bins, cost="host")
def dense_bincount(
    input: Tensor,
    size: Static,
    weights: Tensor,
    binary_output: bool = False,
    name: str | None = None,
) -> Tensor:
    """The counts (sums of weights) of the numbers below `size`, for each row."""
    np_, dtype = xp(input), weights.dtype
    rows = input.reshape(1, -1) if input.ndim < 2 else input
    counted = weights.reshape(rows.shape) if weights.size else np_.ones(rows.shape, dtype)
    out = np_.zeros((rows.shape[0], size), dtype)
    row = np_.broadcast_to(np_.arange(rows.shape[0])[:, None], rows.shape)
    at = out.at[row, np_.where(rows < 0, size, rows)]
    if binary_output:
        out = at.set(np_.ones((), dtype), mode="drop")
    else:
        out = at.add(counted, mode="drop")
    return out.reshape(*input.shape[:-1], size)


@dense_bincount.check
def _(input, size, weights, binary_output):
    return (input >= 0).all()


@dense_bincount.kernel("host")
def _(input, size, weights, binary_output):
    _bins(TensorShape(input.shape), size, TensorShape(weights.shape))
    # A negative number seen as an unsigned one is larger than all sizes: one look for both.
    is_inside = bool((input.view(f"u{input.itemsize}") < size).all())
    if not is_inside and (input < 0).any():
        raise ValueError("Input arr must be non-negative!")
    rows = input.reshape(1, -1) if input.ndim < 2 else input
    counted = weights.reshape(rows.shape) if weights.size else None
    out = np.zeros((len(rows), size), weights.dtype)
    for i, row in enumerate(rows):
        inside = slice(None) if is_inside else row < size
        if binary_output:
            out[i, row[inside]] = 1
        elif counted is None:
            out[i] = np.bincount(row[inside], minlength=size)
        else:
            np.add.at(out[i], row[inside], counted[i][inside])
    return out.reshape(*input.shape[:-1], size)


no_gradient(
    dense_bincount,
    why="TensorFlow has none: counts do not vary with what is counted.",
    is_error=True,
)


# ---- histograms ----------------------------------------------------------------------------------


def histogram_fixed_width(
    values: Any, value_range: Any, nbins: Any = 100, dtype: Any = int32, name: str | None = None
) -> Tensor:
    """How many values lie in each of `nbins` equal pieces of a range.

    values: numbers of any shape; those outside of the range count in the first or the last bin.
    value_range: two numbers of the same dtype, ascending. dtype: `tf.int32` or `tf.int64`.

    >>> tf.histogram_fixed_width([-1., 0., 1.5, 2., 5., 15.], [0., 5.], nbins=5).numpy()
    array([2, 1, 1, 0, 2], dtype=int32)

    Raises tf.errors.InvalidArgumentError for NaN, an empty range or no bins. Op:
    HistogramFixedWidth.
    """
    return histogram_op(values, value_range, nbins, dtype, name)


def _histogram_shape(values: Any, value_range: Any, nbins: Any, dtype: Any = None) -> TensorShape:
    if nbins is not None and nbins <= 0:
        raise ShapeError(f"nbins should be a positive number, but got '{nbins}'")
    if not TensorShape([2]).is_compatible_with(value_range):
        raise ShapeError("value_range should be a vector of 2 elements.")
    return TensorShape([nbins])


@op("HistogramFixedWidth", shape=_histogram_shape, cost="host")
def histogram_op(
    values: Tensor,
    value_range: Tensor,
    nbins: Static,
    dtype: DType = int32,
    name: str | None = None,
) -> Tensor:
    """The counts of the pieces."""
    np_ = xp(values)
    low, high = value_range[0].astype(np.float64), value_range[1].astype(np.float64)
    place = np_.floor((values.reshape(-1).astype(np.float64) - low) / (high - low) * nbins)
    bins = np_.clip(place, 0, nbins - 1).astype(np.int64)
    return np_.bincount(bins, length=nbins).astype(dtype.array_dtype)


@histogram_op.check
def _(values, value_range, nbins, dtype):
    return (value_range[0] < value_range[1]) & ~xp(values).isnan(values).any()


@histogram_op.kernel("host")
def _(values, value_range, nbins, dtype):
    _histogram_shape(TensorShape(values.shape), TensorShape(value_range.shape), nbins)
    low, high = value_range.tolist()
    if not low < high:
        raise ValueError(
            "value_range should satisfy value_range[0] < value_range[1], but got "
            f"'[{low:g}, {high:g}]'"
        )
    if np.isnan(values).any():
        raise ValueError("Histogram values must not contain NaN")
    place = np.floor((values.reshape(-1).astype(np.float64) - low) / ((high - low) / nbins))
    bins = np.clip(place, 0, nbins - 1).astype(np.int64)
    return np.bincount(bins, minlength=nbins).astype(dtype.array_dtype)


no_gradient(histogram_op, why="Counts are integers.")


def histogram_fixed_width_bins(
    values: Any, value_range: Any, nbins: Any = 100, dtype: Any = int32, name: str | None = None
) -> Tensor:
    """The bin, int32, that each value falls in: one of `nbins` equal pieces of a range.

    values: floats of any shape; those outside of the range fall in the first or the last bin.
    value_range: two numbers of the same dtype. dtype: checked, and otherwise without effect, as in
    TensorFlow.

    >>> tf.histogram_fixed_width_bins([-1., 0., 1.5, 2., 5., 15.], [0., 5.], nbins=5).numpy()
    array([0, 0, 1, 2, 4, 4], dtype=int32)

    Raises tf.errors.InvalidArgumentError for no bins.
    """
    values = convert(values)
    shape = dims(values)
    as_dtype(dtype)
    if not isinstance(value_range, Tensor):
        value_range = convert(value_range, values.dtype)
    nbins = convert(nbins, None, int32)
    known = known_value(nbins)
    if known is not None and known <= 0:
        raise InvalidArgumentError(
            None,
            None,
            "Expected 'tf.Tensor(False, shape=(), dtype=bool)' to be true. Summarized data: "
            f"b'nbins {nbins!s} must > 0'",
        )
    flat = reshape(values, (-1,))
    low = value_range[0]
    scaled = truediv(subtract(flat, low), subtract(value_range[1], low))
    place = floor(multiply(cast(nbins, values.dtype), scaled))
    last = cast(subtract(nbins, convert(1, nbins.dtype)), values.dtype)
    bins = cast(minimum(maximum(place, convert(0, values.dtype)), last), int32)
    return reshape(bins, shape, name)


# ---- the confusion matrix ------------------------------------------------------------------------


def confusion_matrix(
    labels: Any,
    predictions: Any,
    num_classes: Any = None,
    weights: Any = None,
    dtype: Any = int32,
    name: str | None = None,
) -> Tensor:
    """How often class j was predicted where class i was right, at [i, j].

    labels, predictions: [n], classes from 0. num_classes: how many there are; the largest that
    occurs plus one by default. weights: [n], what each pair counts; 1 by default. dtype: that of
    the result.

    >>> tf.math.confusion_matrix([0, 1, 1], [0, 1, 0]).numpy()
    array([[1, 0],
           [1, 1]], dtype=int32)

    Raises tf.errors.InvalidArgumentError for a class that is negative or too large.
    """
    labels, predictions = _alike(convert(labels), convert(predictions))
    labels, predictions = cast(labels, int64), cast(predictions, int64)
    _check_sign(labels, "labels")
    _check_sign(predictions, "predictions")
    if num_classes is None:
        classes = maximum(reduce_max(predictions), reduce_max(labels)) + 1
    else:
        classes = cast(num_classes, int64)
        _check_bound(labels, classes, "labels")
        _check_bound(predictions, classes, "predictions")
    dtype = as_dtype(dtype)
    if weights is None:
        counted = cast(labels * 0 + 1, dtype)
    else:
        counted = cast(convert(weights), dtype)
        predictions.shape.assert_is_compatible_with(counted.shape)
    places = stack([labels, predictions], axis=1)
    return scatter_nd(places, counted, stack([classes, classes]), name)


def _alike(labels: Tensor, predictions: Tensor) -> tuple[Tensor, Tensor]:
    """Both as vectors, where one has an axis of size 1 more than the other."""
    of_labels, of_predictions = labels.shape.rank, predictions.shape.rank
    if of_labels is not None and of_predictions is not None:
        if of_predictions - of_labels == 1 and predictions.shape[-1] == 1:
            predictions = squeeze(predictions, [-1])
        elif of_labels - of_predictions == 1 and labels.shape[-1] == 1:
            labels = squeeze(labels, [-1])
    return labels, predictions


def _check_sign(x: Tensor, what: str) -> None:
    if thread.context.graph is not None:
        assert_non_negative(x, f"`{what}` contains negative values")
    elif type(x) is EagerTensor and (array_of(x) < 0).any():
        shown = [str(v) for v in array_of(x).reshape(-1)[:3]]
        raise InvalidArgumentError(
            None,
            None,
            f"`{what}` contains negative values.  \nCondition x >= 0 did not hold element-wise:\n"
            f"x (shape={x.shape} dtype={x.dtype.name}) = \n{shown}",
        )


def _check_bound(x: Tensor, bound: Tensor, what: str) -> None:
    if thread.context.graph is not None:
        assert_less(x, bound, f"`{what}` out of bound")
    elif type(x) is type(bound) is EagerTensor and (array_of(x) >= array_of(bound)).any():
        shown = array_of(x).reshape(-1)[:3]
        raise InvalidArgumentError(
            None,
            None,
            f"`{what}` out of bound\nCondition x < y did not hold.\n"
            f"First {len(shown)} elements of x:\n{shown}\n"
            f"First 1 elements of y:\n[{array_of(bound)}]",
        )
