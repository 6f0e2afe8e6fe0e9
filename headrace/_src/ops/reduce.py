"""Reductions: sums, means, extremes, products and the logical ones, over some axes or over all.

A public function here settles what the user may leave open (all axes for `axis=None`, a list of
axes, Python values), and calls the op beside it, which takes axes as they are. The gradients share
one picture: what was reduced comes back with size 1 in place of its axes (`kept`) and is repeated
over them (`spread`).

How accurate: integers stay in their dtype and wrap; float16 and bfloat16 are added in float32 and
rounded once; float32 is folded in two steps (ops/folding.py). The mean of integers is cut off
towards zero.

Read next: ops/folding.py, ops/statistics.py.
"""

import math
from typing import Any

import numpy as np

from headrace._src.core.dtypes import DType, int32, int64
from headrace._src.core.dtypes import bool as bool_
from headrace._src.core.namespace import xp
from headrace._src.core.shape_rules import ValueRefused, bracketed, reduced
from headrace._src.core.shapes import TensorShape, unknown
from headrace._src.core.tensor import EagerTensor, Tensor
from headrace._src.engine.convert import convert
from headrace._src.engine.op import Static, no_gradient, op
from headrace._src.ops import complex as complex_numbers
from headrace._src.ops import scan
from headrace._src.ops.array import (
    all_axes,
    broadcast_to_op,
    dims,
    expand_dims,
    invert_permutation,
    positions,
    rank_op,
    reshape_op,
    shape_op,
    size_op,
    transpose_op,
)
from headrace._src.ops.cast import cast
from headrace._src.ops.compare import equal, logical_not
from headrace._src.ops.folding import fold, shortened
from headrace._src.ops.joining import concat_v2
from headrace._src.ops.math import floordiv, floormod, maximum
from headrace._src.ops.select import select, where_op

# ---- what the public functions share -------------------------------------------------------------

_ALL = tuple(tuple(range(rank)) for rank in range(33))


def axes_of(x: Tensor, axis: Any) -> Any:
    """The axes of a reduction as its op wants them: all of them for None, a tuple for a list."""
    if axis is None:
        return all_axes(x) if x.shape.rank is None else _ALL[x.shape.rank]
    if type(axis) is list:
        axis = tuple(axis)
    if type(axis) is tuple and _is_nested(axis):
        return tuple(np.ravel(axis).tolist())
    return axis


def _is_nested(axes: tuple) -> bool:
    """Whether `axes` is a matrix of axes: as good as a list of them."""
    return bool(axes) and isinstance(axes[0], (list, tuple))


def kept(y: Tensor, x: Tensor, axes: Any, keep_dims: bool) -> Tensor:
    """`y`, reduced from `x` over `axes`, with those axes back at size 1."""
    if keep_dims or y.shape.rank == 0:
        return y
    rank = x.shape.rank
    if rank is None or isinstance(axes, Tensor):
        return reshape_op(y, select(_is_gone(x, axes), 1, shape_op(x)))
    gone = {axis % rank for axis in ((axes,) if type(axes) is int else axes)}
    shape = dims(x)
    if type(shape) is tuple:
        return reshape_op(y, tuple([1 if i in gone else n for i, n in enumerate(shape)]))
    for axis in sorted(gone):
        y = expand_dims(y, axis)
    return y


def _is_gone(x: Tensor, axes: Any) -> Tensor:
    """For each axis of `x` whether it is among `axes`, where tracing does not know all of these."""
    rank = rank_op(x)
    axes = reshape_op(convert(axes, None, int32), (1, -1))
    places = cast(expand_dims(positions(rank), 1), axes.dtype)
    return any_op(equal(places, floormod(axes, cast(rank, axes.dtype))), 1)


def spread(y: Tensor, x: Tensor, axes: Any, keep_dims: bool) -> Tensor:
    """`y`, reduced from `x` over `axes`, repeated over them: the shape of `x` again."""
    return broadcast_to_op(kept(y, x, axes, keep_dims), dims(x))


def widened(x: Any) -> Any:
    """The array in the dtype that it is added in: float32 for the 16-bit floats."""
    return x.astype(np.float32) if x.dtype.itemsize == 2 and x.dtype.kind in "fV" else x


def _count(x: Any, axes: Any) -> int:
    """How many elements are reduced into one."""
    count = 1
    for axis in (axes,) if type(axes) is int else axes:
        count *= x.shape[axis]
    return count


# ---- sum and mean --------------------------------------------------------------------------------


def reduce_sum(
    input_tensor: Any, axis: Any = None, keepdims: bool = False, name: str | None = None
) -> Tensor:
    """The sum of the elements over some axes, or over all.

    input_tensor: a tensor of numbers. axis: an integer, or a list or tensor of them, each in
    [-rank, rank); None for all, [] for none. keepdims: whether the reduced axes stay with size 1.
    The dtype is the input's: integers wrap.

    >>> x = tf.constant([[1, 2, 3], [4, 5, 6]])
    >>> tf.reduce_sum(x).numpy(), tf.reduce_sum(x, 0).numpy(), tf.reduce_sum(x, 1).numpy()
    (np.int32(21), array([5, 7, 9], dtype=int32), array([ 6, 15], dtype=int32))

    Raises tf.errors.InvalidArgumentError for an axis out of range, one named twice, or a tensor of
    booleans or strings. Op: Sum.
    """
    if type(input_tensor) is not EagerTensor:
        input_tensor = convert(input_tensor)
    if axis is not None or type(input_tensor) is not EagerTensor:
        return sum(input_tensor, axes_of(input_tensor, axis), keepdims or False, name)
    return sum(input_tensor, _ALL[input_tensor._array.ndim], keepdims or False, name)


@op("Sum", shape=reduced, cost="light")
def sum(
    input: Tensor, reduction_indices: Static, keep_dims: bool = False, name: str | None = None
) -> Tensor:
    """The sum over `reduction_indices`."""
    wide = widened(input)
    total = xp(input).sum(wide, axis=reduction_indices, keepdims=keep_dims, dtype=wide.dtype)
    return total.astype(input.dtype)


@sum.kernel("host")
def _(x, axes, keep_dims):
    if x.size <= 1024 and x.itemsize != 2 and type(axes) is tuple:
        return np.add.reduce(x, axes, x.dtype, None, keep_dims)
    wide = widened(x)
    total = fold(np.add, wide, axes, keep_dims)
    return total if wide is x else total.astype(x.dtype)


@sum.gradient
def _(dz, input, reduction_indices, keep_dims):
    return spread(dz, input, reduction_indices, keep_dims)


def reduce_mean(
    input_tensor: Any, axis: Any = None, keepdims: bool = False, name: str | None = None
) -> Tensor:
    """The mean of the elements over some axes, or over all.

    Arguments as in `tf.reduce_sum`. The dtype is the input's: the mean of integers is cut off
    towards zero. The mean of nothing is NaN, or 0 for integers.

    >>> tf.reduce_mean([[1., 2.], [3., 4.]], axis=0)
    <tf.Tensor: shape=(2,), dtype=float32, numpy=array([2., 3.], dtype=float32)>
    >>> tf.reduce_mean([1, 2]).numpy()
    np.int32(1)

    Op: Mean.
    """
    if type(input_tensor) is not EagerTensor:
        input_tensor = convert(input_tensor)
    return mean(input_tensor, axes_of(input_tensor, axis), keepdims or False, name)


@op("Mean", shape=reduced, cost="light")
def mean(
    input: Tensor, reduction_indices: Static, keep_dims: bool = False, name: str | None = None
) -> Tensor:
    """The mean over `reduction_indices`."""
    wide = _summable(input)
    total = xp(input).sum(wide, axis=reduction_indices, keepdims=keep_dims, dtype=wide.dtype)
    return _divided(total, _count(input, reduction_indices), input.dtype)


@mean.kernel("host")
def _(x, axes, keep_dims):
    if 0 < x.size <= 1024 and x.dtype.char in "fd" and type(axes) is tuple:
        total = np.add.reduce(x, axes, x.dtype, None, keep_dims)
        return total / (x.size // total.size)
    wide = _summable(x)
    total = fold(np.add, wide, axes, keep_dims)
    count = _count(x, axes)
    return total / count if wide is x and count else _divided(total, count, x.dtype)


def _summable(x: Any) -> Any:
    """The array in a dtype that holds the sum: 64 bits for integers."""
    if x.dtype.kind in "iu":
        return x.astype(np.int64 if x.dtype.kind == "i" else np.uint64)
    return widened(x)


def _divided(total: Any, count: int, dtype: Any) -> Any:
    """`total / count` in `dtype`: towards zero for integers, whose mean of nothing is 0."""
    if total.dtype.kind == "c" and not count:
        return total
    if total.dtype.kind in "fcV":
        # The sum is rounded to 16 bits first, as TensorFlow does: beyond 65504 it is infinite.
        return (total.astype(dtype).astype(total.dtype) / np.float32(count)).astype(dtype)
    if not count:
        return total.astype(dtype)
    quotient = total // count
    inexact = (total < 0) & (quotient * count != total)
    return (quotient + inexact.astype(quotient.dtype)).astype(dtype)


@mean.gradient
def _(dz, input, reduction_indices, keep_dims):
    shape = dims(input)
    count: Any = 1
    if type(shape) is tuple and not isinstance(reduction_indices, Tensor):
        for axis in (reduction_indices,) if type(reduction_indices) is int else reduction_indices:
            count *= shape[axis]
        return spread(dz / (count or 1), input, reduction_indices, keep_dims)
    count = cast(floordiv(size_op(input), maximum(size_op(dz), 1)), dz.dtype)
    return spread(dz / count, input, reduction_indices, keep_dims)


# ---- extremes ------------------------------------------------------------------------------------


def reduce_max(
    input_tensor: Any, axis: Any = None, keepdims: bool = False, name: str | None = None
) -> Tensor:
    """The largest element over some axes, or over all.

    Arguments as in `tf.reduce_sum`; real numbers only. NaN wins over all numbers; the largest of
    nothing is minus infinity, or the dtype's lowest integer. In the gradient equal elements share.

    >>> tf.reduce_max([[1., 5.], [3., 4.]], axis=1)
    <tf.Tensor: shape=(2,), dtype=float32, numpy=array([5., 4.], dtype=float32)>

    Op: Max.
    """
    if type(input_tensor) is not EagerTensor:
        input_tensor = convert(input_tensor)
    return max(input_tensor, axes_of(input_tensor, axis), keepdims or False, name)


@op("Max", shape=reduced, cost="light")
def max(
    input: Tensor, reduction_indices: Static, keep_dims: bool = False, name: str | None = None
) -> Tensor:
    """The largest element over `reduction_indices`."""
    lowest = _extreme(input.dtype, "min")
    return xp(input).max(input, axis=reduction_indices, keepdims=keep_dims, initial=lowest)


@max.kernel("host")
def _(x, axes, keep_dims):
    if 0 < x.size <= 1024 and type(axes) is tuple:
        return np.maximum.reduce(x, axes, None, None, keep_dims)
    if x.size:
        return fold(np.maximum, x, axes, keep_dims)
    return np.maximum.reduce(x, axes, None, None, keep_dims, _extreme(x.dtype, "min"))


def reduce_min(
    input_tensor: Any, axis: Any = None, keepdims: bool = False, name: str | None = None
) -> Tensor:
    """The smallest element over some axes, or over all.

    Arguments as in `tf.reduce_sum`; real numbers only. NaN wins over all numbers; the smallest of
    nothing is infinity, or the dtype's highest integer. In the gradient equal elements share.

    >>> tf.reduce_min([[1., 5.], [3., 4.]], axis=1)
    <tf.Tensor: shape=(2,), dtype=float32, numpy=array([1., 3.], dtype=float32)>

    Op: Min.
    """
    if type(input_tensor) is not EagerTensor:
        input_tensor = convert(input_tensor)
    return min(input_tensor, axes_of(input_tensor, axis), keepdims or False, name)


@op("Min", shape=reduced, cost="light")
def min(
    input: Tensor, reduction_indices: Static, keep_dims: bool = False, name: str | None = None
) -> Tensor:
    """The smallest element over `reduction_indices`."""
    highest = _extreme(input.dtype, "max")
    return xp(input).min(input, axis=reduction_indices, keepdims=keep_dims, initial=highest)


@min.kernel("host")
def _(x, axes, keep_dims):
    if 0 < x.size <= 1024 and type(axes) is tuple:
        return np.minimum.reduce(x, axes, None, None, keep_dims)
    if x.size:
        return fold(np.minimum, x, axes, keep_dims)
    return np.minimum.reduce(x, axes, None, None, keep_dims, _extreme(x.dtype, "max"))


def _extreme(dtype: Any, which: str) -> Any:
    """The dtype's lowest ("min") or highest ("max") value, infinities included."""
    if dtype.kind in "iu":
        return dtype.type(getattr(np.iinfo(dtype), which))
    return dtype.type(-np.inf if which == "min" else np.inf)


def _shared(dz, input, reduction_indices, keep_dims, out):
    """The gradient of an extreme: in equal parts to all elements that are it."""
    out = kept(out, input, reduction_indices, keep_dims)
    chosen = cast(input == out, dz.dtype)
    count = sum(chosen, reduction_indices, True)
    return chosen / count * kept(dz, input, reduction_indices, keep_dims)


max.gradient(_shared)
min.gradient(_shared)


# ---- product -------------------------------------------------------------------------------------


def reduce_prod(
    input_tensor: Any, axis: Any = None, keepdims: bool = False, name: str | None = None
) -> Tensor:
    """The product of the elements over some axes, or over all.

    Arguments as in `tf.reduce_sum`. The product of nothing is 1; integers wrap.

    >>> tf.reduce_prod([[1., 2.], [3., 4.]], axis=1)
    <tf.Tensor: shape=(2,), dtype=float32, numpy=array([ 2., 12.], dtype=float32)>

    Op: Prod.
    """
    if type(input_tensor) is not EagerTensor:
        input_tensor = convert(input_tensor)
    return prod(input_tensor, axes_of(input_tensor, axis), keepdims or False, name)


@op("Prod", shape=reduced, cost="light")
def prod(
    input: Tensor, reduction_indices: Static, keep_dims: bool = False, name: str | None = None
) -> Tensor:
    """The product over `reduction_indices`."""
    wide = widened(input)
    product = xp(input).prod(wide, axis=reduction_indices, keepdims=keep_dims, dtype=wide.dtype)
    return product.astype(input.dtype)


@prod.kernel("host")
def _(x, axes, keep_dims):
    wide = widened(x)
    factors = shortened(np.multiply, wide, axes)
    product = fold(np.multiply, factors, axes, keep_dims)
    return product if product.dtype == x.dtype else product.astype(x.dtype)


@prod.gradient
def _(dz, input, reduction_indices, keep_dims):
    # For each element the product of all others, without dividing: that holds where some are zero.
    rank = input.shape.rank
    count: Any
    if rank is None or isinstance(reduction_indices, Tensor):
        is_gone = _is_gone(input, reduction_indices)
        gone, rest = (reshape_op(where_op(x), (-1,)) for x in (is_gone, logical_not(is_gone)))
        order, count = cast(concat_v2([gone, rest], 0), int32), size_op(gone)
        back = invert_permutation(order)
    else:
        axes = (reduction_indices,) if type(reduction_indices) is int else reduction_indices
        first = sorted({axis % rank for axis in axes})
        order, count = (*first, *(i for i in range(rank) if i not in first)), len(first)
        back = tuple(order.index(i) for i in range(rank))
    if not isinstance(count, Tensor) and not count:
        return dz
    rows = transpose_op(input, order)
    moved = dims(rows)
    if type(moved) is tuple and type(count) is int:
        matrix: Any = math.prod(moved[:count]), math.prod(moved[count:])
    else:
        moved = shape_op(rows)
        matrix = prod(moved[:count], 0), prod(moved[count:], 0)
    rows = reshape_op(rows, matrix)
    others = scan.cumprod(rows, 0, exclusive=True) * scan.cumprod(
        rows, 0, exclusive=True, reverse=True
    )
    others = transpose_op(reshape_op(others, moved), back)
    if others.dtype.is_complex:
        others = complex_numbers.conj(others)
    return kept(dz, input, reduction_indices, keep_dims) * others


# ---- any and all ---------------------------------------------------------------------------------


def reduce_any(
    input_tensor: Any, axis: Any = None, keepdims: bool = False, name: str | None = None
) -> Tensor:
    """Whether any element is true, over some axes or over all.

    input_tensor: a tensor of booleans. The other arguments as in `tf.reduce_sum`.

    >>> tf.reduce_any([[True, False], [False, False]], axis=1)
    <tf.Tensor: shape=(2,), dtype=bool, numpy=array([ True, False])>

    Op: Any.
    """
    if type(input_tensor) is not EagerTensor:
        input_tensor = convert(input_tensor, None if _is_typed(input_tensor) else bool_)
    return any_op(input_tensor, axes_of(input_tensor, axis), keepdims or False, name)


@op("Any", shape=reduced, cost="light")
def any_op(
    input: Tensor, reduction_indices: Static, keep_dims: bool = False, name: str | None = None
) -> Tensor:
    """Whether any element is true over `reduction_indices`."""
    return xp(input).any(input, axis=reduction_indices, keepdims=keep_dims)


@any_op.kernel("host")
def _(x, axes, keep_dims):
    return fold(np.logical_or, x, axes, keep_dims)


no_gradient(any_op, why="Booleans have no derivative.")


def reduce_all(
    input_tensor: Any, axis: Any = None, keepdims: bool = False, name: str | None = None
) -> Tensor:
    """Whether all elements are true, over some axes or over all.

    input_tensor: a tensor of booleans. The other arguments as in `tf.reduce_sum`.

    >>> tf.reduce_all([[True, True], [True, False]], axis=1)
    <tf.Tensor: shape=(2,), dtype=bool, numpy=array([ True, False])>

    Op: All.
    """
    if type(input_tensor) is not EagerTensor:
        input_tensor = convert(input_tensor, None if _is_typed(input_tensor) else bool_)
    return all_op(input_tensor, axes_of(input_tensor, axis), keepdims or False, name)


@op("All", shape=reduced, cost="light")
def all_op(
    input: Tensor, reduction_indices: Static, keep_dims: bool = False, name: str | None = None
) -> Tensor:
    """Whether all elements are true over `reduction_indices`."""
    return xp(input).all(input, axis=reduction_indices, keepdims=keep_dims)


@all_op.kernel("host")
def _(x, axes, keep_dims):
    return fold(np.logical_and, x, axes, keep_dims)


no_gradient(all_op, why="Booleans have no derivative.")


def _is_typed(value: Any) -> bool:
    return hasattr(type(value), "dtype")


# ---- positions -----------------------------------------------------------------------------------


def argmax(
    input: Any, axis: Any = None, output_type: Any = int64, name: str | None = None
) -> Tensor:
    """The position of the largest element along one axis; of equal ones the first.

    input: real numbers or booleans; NaN counts as the smallest. axis: an integer in [-rank, rank);
    None is 0. output_type: `tf.int64`, `tf.int32`, `tf.int16` or `tf.uint16`.

    >>> tf.argmax([[1, 9, 2], [7, 3, 5]], axis=1)
    <tf.Tensor: shape=(2,), dtype=int64, numpy=array([1, 0])>

    Raises tf.errors.InvalidArgumentError for an axis that is out of range or empty. Op: ArgMax.
    """
    if type(input) is not EagerTensor:
        input = convert(input)
    return arg_max(input, _axis(axis), output_type, name)


def argmin(
    input: Any, axis: Any = None, output_type: Any = int64, name: str | None = None
) -> Tensor:
    """The position of the smallest element along one axis; of equal ones the first.

    input: real numbers or booleans; NaN counts as the largest. axis: an integer in [-rank, rank);
    None is 0. output_type: `tf.int64` or `tf.int32`.

    >>> tf.argmin([[1, 9, 2], [7, 3, 5]], axis=1)
    <tf.Tensor: shape=(2,), dtype=int64, numpy=array([0, 1])>

    Raises tf.errors.InvalidArgumentError for an axis that is out of range or empty. Op: ArgMin.
    """
    if type(input) is not EagerTensor:
        input = convert(input)
    return arg_min(input, _axis(axis), output_type, name)


def _axis(axis: Any) -> Any:
    if axis is None:
        return 0
    if type(axis) is int or isinstance(axis, Tensor):
        return axis
    if isinstance(axis, (np.ndarray, np.integer)):
        if axis.dtype == np.int32:
            return int(axis)
        raise TypeError(f"axis tensor dtypes {axis.dtype} is not supported")
    raise TypeError("axis must be int or Tensor with integer datatype")


def _without_axis(x: TensorShape, dimension: Any, output_type: DType) -> TensorShape:
    if x.rank is None or dimension is None:
        return unknown
    rank = x.rank
    if not -rank <= dimension < rank:
        raise ValueRefused(
            f"Expected dimension in the range [{-rank}, {rank}), but got {dimension}",
            f"Dimension ({dimension}) must be in the range [{-rank}, {rank}), where {rank} is the "
            "number of dimensions in the input.",
        )
    sizes = list(x)
    if sizes.pop(dimension) == 0:
        raise ValueRefused(f"Reduction axis {dimension} is empty in shape {bracketed(x)}")
    return TensorShape(sizes)


@op("ArgMax", shape=_without_axis, cost="light")
def arg_max(
    input: Tensor, dimension: Static, output_type: DType = int64, name: str | None = None
) -> Tensor:
    """The position of the largest element along `dimension`."""
    input = _without_nan(input, -np.inf)
    return xp(input).argmax(input, axis=dimension).astype(output_type.array_dtype)


@op("ArgMin", shape=_without_axis, cost="light")
def arg_min(
    input: Tensor, dimension: Static, output_type: DType = int64, name: str | None = None
) -> Tensor:
    """The position of the smallest element along `dimension`."""
    input = _without_nan(input, np.inf)
    return xp(input).argmin(input, axis=dimension).astype(output_type.array_dtype)


@arg_max.kernel("host")
def _(x, axis, output_type):
    if not x.ndim:
        _without_axis(TensorShape(()), axis, output_type)
    found = x.argmax(axis)
    if _chooses_nan(x, found, axis):
        found = _without_nan(x, -np.inf).argmax(axis)
    return found if output_type is int64 else found.astype(output_type.array_dtype)


@arg_min.kernel("host")
def _(x, axis, output_type):
    if not x.ndim:
        _without_axis(TensorShape(()), axis, output_type)
    found = x.argmin(axis)
    if _chooses_nan(x, found, axis):
        found = _without_nan(x, np.inf).argmin(axis)
    return found if output_type is int64 else found.astype(output_type.array_dtype)


def _chooses_nan(x: np.ndarray, found: Any, axis: int) -> bool:
    """Whether NumPy chose NaN somewhere, which it does wherever there is one."""
    if x.dtype.kind in "iub":
        return False
    if x.itemsize > 2 and x.size < 2**14:
        # The product with itself is NaN only if an element is: 0.3 µs, where isnan and any take 2.
        square = x.ravel().dot(x.ravel())
        return square != square
    chosen = np.take_along_axis(x, np.expand_dims(found, axis), axis) if x.itemsize > 2 else x
    return bool(np.isnan(chosen).any())


def _without_nan(x: Any, instead: float) -> Any:
    if x.dtype.kind in "iub":
        return x
    return xp(x).where(xp(x).isnan(x), x.dtype.type(instead), x)


no_gradient(arg_max, why="A position has no derivative.")
no_gradient(arg_min, why="A position has no derivative.")
