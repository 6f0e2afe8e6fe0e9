"""Sums, means, extremes and the like along axes, with NumPy's `axis`, `keepdims` and `dtype`.

The one idea: `axis=None` means all, `keepdims=None` is false, and integers are summed as int64 (or
uint64), averaged as float64.

Read next: ops/reduce.py, which computes; manipulation.py.
"""

from collections.abc import Callable
from typing import Any

from headrace._src.core import dtypes
from headrace._src.core.dtypes import DType
from headrace._src.numpy_api.logic import isnan
from headrace._src.numpy_api.promotion import (
    dtype_of,
    flat,
    floats,
    tensor,
    tensors,
)
from headrace._src.ops import compare, complex, math, powers, reduce, scan, select
from headrace._src.ops import sort as sorting
from headrace._src.ops.array import broadcast_to, dims, length, size_op
from headrace._src.ops.cast import cast
from headrace._src.ops.constant import ones_like, zeros_like
from headrace._src.ops.linalg import tensordot


def all(a: Any, axis: Any = None, keepdims: Any = None) -> Any:
    """Whether all elements along `axis` are true (not 0).

    >>> tf.experimental.numpy.all([[1, 0], [2, 3]], axis=1).numpy()
    array([False,  True])

    Source: numpy.all.
    """
    return reduce.reduce_all(_truth(a), _axes(axis), bool(keepdims))


def any(a: Any, axis: Any = None, keepdims: Any = None) -> Any:
    """Whether any element along `axis` is true (not 0).

    >>> tf.experimental.numpy.any([[0, 0], [2, 3]], axis=1).numpy()
    array([False,  True])

    Source: numpy.any.
    """
    return reduce.reduce_any(_truth(a), _axes(axis), bool(keepdims))


def _truth(a: Any) -> Any:
    return cast(tensor(a), dtypes.bool)


def _axes(axis: Any) -> Any:
    return list(axis) if isinstance(axis, tuple) else axis


def sum(a: Any, axis: Any = None, dtype: Any = None, keepdims: Any = None) -> Any:
    """The sum along `axis`; of bools and integers an int64 or uint64, unless `dtype` is given.

    >>> tf.experimental.numpy.sum([[1, 2], [3, 4]], axis=0).numpy()
    array([4, 6])

    Source: numpy.sum.
    """
    return _accumulated(reduce.reduce_sum, a, axis, dtype, keepdims)


def prod(a: Any, axis: Any = None, dtype: Any = None, keepdims: Any = None) -> Any:
    """The product along `axis`; of bools and integers an int64 or uint64, unless `dtype` is given.

    >>> tf.experimental.numpy.prod([[1, 2], [3, 4]], axis=1).numpy()
    array([ 2, 12])

    Source: numpy.prod.
    """
    return _accumulated(reduce.reduce_prod, a, axis, dtype, keepdims)


def _accumulated(op: Callable, a: Any, axis: Any, dtype: Any, keepdims: Any) -> Any:
    a = tensor(a)
    own = a.dtype if dtype is None else dtype_of(dtype)
    if dtype is None:
        own = _sum_type(own)
    return op(cast(a, own), _axes(axis), bool(keepdims))


def _sum_type(own: DType) -> DType:
    """What integers are summed in."""
    if own.is_unsigned:
        return dtypes.uint64
    return dtypes.int64 if own.is_integer or own is dtypes.bool else own


def mean(a: Any, axis: Any = None, dtype: Any = None, out: Any = None, keepdims: Any = None) -> Any:
    """The mean along `axis`; of bools and integers a float64, unless `dtype` is given.

    >>> tf.experimental.numpy.mean([[1, 2], [3, 4]], axis=0).numpy()
    array([2., 3.])

    Raises ValueError for `out`. Source: numpy.mean.
    """
    _refuse(out)
    a = tensor(a)
    return reduce.reduce_mean(cast(a, _mean_type(a.dtype, dtype)), _axes(axis), bool(keepdims))


def _mean_type(own: DType, dtype: Any) -> DType:
    if dtype is not None:
        return dtype_of(dtype)
    return dtypes.float64 if own.is_integer or own is dtypes.bool else own


def _refuse(out: Any) -> None:
    if out is not None:
        raise ValueError("Setting out is not supported.")


def var(
    a: Any,
    axis: Any = None,
    dtype: Any = None,
    out: Any = None,
    ddof: int = 0,
    keepdims: Any = None,
) -> Any:
    """The variance along `axis`: the mean square of the distances from the mean.

    ddof: what is taken off the number of elements before dividing by it. Of complex numbers the
    distances are absolute values, and the result is real.

    >>> tf.experimental.numpy.var([1, 2, 3, 4])
    <tf.Tensor: shape=(), dtype=float64, numpy=1.25>

    Raises ValueError for `out`, and for a `ddof` not in [0, number of elements). Source: numpy.var.
    """
    _refuse(out)
    a = tensor(a)
    wide = _mean_type(a.dtype, None if dtype is None else dtype)
    if not (wide.is_floating or wide.is_complex):
        raise TypeError(f"Input must be either real or complex. Received integer type {wide}.")
    a = cast(a, wide)
    apart = a - reduce.reduce_mean(a, _axes(axis), True)
    if wide.is_complex:
        squares = complex.real(apart * complex.conj(apart))
    else:
        squares = math.square(apart)
    result = reduce.reduce_mean(squares, _axes(axis), bool(keepdims))
    if ddof:
        count = cast(_count(a, axis), result.dtype)
        result = result * count / (count - cast(ddof, result.dtype))
    return result


def _count(a: Any, axis: Any) -> Any:
    """How many elements come together along `axis`."""
    if axis is None:
        return size_op(a, dtypes.int64)
    count = 1
    for each in axis if isinstance(axis, (tuple, list)) else (axis,):
        count = count * length(a, each)
    return count


def std(a: Any, axis: Any = None, keepdims: Any = None) -> Any:
    """The standard deviation along `axis`: the root of the variance.

    >>> tf.experimental.numpy.std([1., 3.])
    <tf.Tensor: shape=(), dtype=float64, numpy=1.0>

    Source: numpy.std.
    """
    return powers.sqrt(var(a, axis, keepdims=keepdims))


# ---- extremes ------------------------------------------------------------------------------------


def max(a: Any, axis: Any = None, keepdims: Any = None) -> Any:
    """The largest element along `axis`; of bools, whether any is true.

    >>> tf.experimental.numpy.max([[1, 4], [3, 2]], axis=0).numpy()
    array([3, 4])

    Source: numpy.max.
    """
    return _extreme(reduce.reduce_max, reduce.reduce_any, a, axis, keepdims)


def min(a: Any, axis: Any = None, keepdims: Any = None) -> Any:
    """The smallest element along `axis`; of bools, whether all are true.

    >>> tf.experimental.numpy.min([[1, 4], [3, 2]], axis=0).numpy()
    array([1, 2])

    Source: numpy.min.
    """
    return _extreme(reduce.reduce_min, reduce.reduce_all, a, axis, keepdims)


def _extreme(op: Callable, of_bools: Callable, a: Any, axis: Any, keepdims: Any) -> Any:
    a = tensor(a)
    if a.dtype is dtypes.bool:
        op = of_bools
    return op(a, _axes(axis), bool(keepdims))


def amax(a: Any, axis: Any = None, out: Any = None, keepdims: Any = None) -> Any:
    """The largest element along `axis`: `max` by another name.

    Raises ValueError for `out`. Source: numpy.amax.
    """
    _refuse(out)
    return max(a, axis, keepdims)


def amin(a: Any, axis: Any = None, out: Any = None, keepdims: Any = None) -> Any:
    """The smallest element along `axis`: `min` by another name.

    Raises ValueError for `out`. Source: numpy.amin.
    """
    _refuse(out)
    return min(a, axis, keepdims)


def ptp(a: Any, axis: Any = None, keepdims: Any = None) -> Any:
    """The range along `axis`: the largest element less the smallest.

    >>> tf.experimental.numpy.ptp([3, 9, 4])
    <tf.Tensor: shape=(), dtype=int64, numpy=6>

    Source: numpy.ptp.
    """
    a = tensor(a)
    axis, keep = _axes(axis), bool(keepdims)
    return math.subtract(reduce.reduce_max(a, axis, keep), reduce.reduce_min(a, axis, keep))


def argmax(a: Any, axis: Any = None) -> Any:
    """The position of the largest element along `axis`, in the flattened array by default.

    >>> tf.experimental.numpy.argmax([[1, 4], [3, 2]])
    <tf.Tensor: shape=(), dtype=int64, numpy=1>

    Source: numpy.argmax.
    """
    return _position(reduce.argmax, a, axis)


def argmin(a: Any, axis: Any = None) -> Any:
    """The position of the smallest element along `axis`, in the flattened array by default.

    >>> tf.experimental.numpy.argmin([[1, 4], [3, 2]], axis=1).numpy()
    array([0, 1])

    Source: numpy.argmin.
    """
    return _position(reduce.argmin, a, axis)


def _position(op: Callable, a: Any, axis: Any) -> Any:
    a = tensor(a)
    if axis is None or a.shape.rank == 0:
        a, axis = flat(a), 0
    return op(a, axis)


def count_nonzero(a: Any, axis: Any = None) -> Any:
    """How many elements along `axis` are true (not 0).

    >>> tf.experimental.numpy.count_nonzero([[0, 1], [2, 3]], axis=0).numpy()
    array([1, 2])

    Source: numpy.count_nonzero.
    """
    return reduce.reduce_sum(cast(_truth(a), dtypes.int64), _axes(axis))


# ---- running sums, sorting -----------------------------------------------------------------------


def cumsum(a: Any, axis: Any = None, dtype: Any = None) -> Any:
    """The running sum along `axis`, of the flattened array by default.

    >>> tf.experimental.numpy.cumsum([[1, 2], [3, 4]]).numpy()
    array([ 1,  3,  6, 10])

    Source: numpy.cumsum.
    """
    return _running(scan.cumsum, a, axis, dtype)


def cumprod(a: Any, axis: Any = None, dtype: Any = None) -> Any:
    """The running product along `axis`, of the flattened array by default.

    >>> tf.experimental.numpy.cumprod([[1, 2], [3, 4]], axis=1).numpy()
    array([[ 1,  2],
           [ 3, 12]])

    Source: numpy.cumprod.
    """
    return _running(scan.cumprod, a, axis, dtype)


def _running(op: Callable, a: Any, axis: Any, dtype: Any) -> Any:
    a = tensor(a)
    if dtype is not None:
        a = cast(a, dtype_of(dtype))
    elif a.dtype.is_integer or a.dtype is dtypes.bool:
        # NumPy's rule for an int: uint64, which has no room for its sign, becomes a float.
        a = cast(a, dtypes.float64 if a.dtype is dtypes.uint64 else dtypes.int64)
    return op(flat(a), 0) if axis is None else op(a, axis)


def sort(a: Any, axis: int = -1, kind: str = "quicksort", order: Any = None) -> Any:
    """`a` with its elements along `axis` in ascending order; of the flattened array for None.

    kind: "quicksort".

    >>> tf.experimental.numpy.sort([3, 1, 2]).numpy()
    array([1, 2, 3])

    Raises ValueError for another `kind`, and for an `order`. Source: numpy.sort.
    """
    _check_sort(kind, order, ("quicksort",))
    a = tensor(a)
    return sorting.sort(flat(a), 0) if axis is None else sorting.sort(a, axis)


def argsort(a: Any, axis: int = -1, kind: str = "quicksort", order: Any = None) -> Any:
    """The positions that put the elements along `axis` into ascending order; flattened for None.

    kind: "quicksort" or "stable".

    >>> tf.experimental.numpy.argsort([3, 1, 2]).numpy()
    array([1, 2, 0])

    Raises ValueError for another `kind`, and for an `order`. Source: numpy.argsort.
    """
    _check_sort(kind, order, ("quicksort", "stable"))
    a = tensor(a)
    if axis is None or a.shape.rank == 0:
        a, axis = flat(a), 0
    result = sorting.argsort(a, axis, stable=kind == "stable")
    return cast(result, dtypes.int64)


def _check_sort(kind: str, order: Any, kinds: tuple) -> None:
    if kind not in kinds:
        raise ValueError(f"Argument `kind` must be one of {kinds}. Received: kind={kind}")
    if order is not None:
        raise ValueError("The `order` argument to sort is not supported. Pass order=None")


def diff(a: Any, n: int = 1, axis: int = -1) -> Any:
    """The differences of neighbours along `axis`, taken `n` times; of bools, whether they differ.

    >>> tf.experimental.numpy.diff([1, 4, 9, 16], n=2).numpy()
    array([2, 2])

    Raises ValueError for a negative `n` and an axis that is none. Source: numpy.diff.
    """
    a = tensor(a)
    rank = a.shape.rank
    if n < 0:
        raise ValueError(f"Argument `order` must be a non-negative integer. Received: axis={n}")
    if rank is not None and not -rank <= axis < rank:
        raise ValueError(
            f"Argument `axis` must be in [{-rank}, {rank}) for an array of rank {rank}. "
            f"Received: axis={axis}"
        )
    before: Any = [slice(None)] * rank
    after: Any = [slice(None)] * rank
    before[axis], after[axis] = slice(None, -1), slice(1, None)
    for _ in range(n):
        one, other = a[tuple(after)], a[tuple(before)]
        a = compare.not_equal(one, other) if a.dtype is dtypes.bool else one - other
    return a


# ---- means that leave something out, or weigh ----------------------------------------------------


def nansum(a: Any, axis: Any = None, dtype: Any = None, keepdims: bool = False) -> Any:
    """The sum along `axis`, in which NaN counts as 0.

    >>> tf.experimental.numpy.nansum([1., np.nan, 2.])
    <tf.Tensor: shape=(), dtype=float64, numpy=3.0>

    Source: numpy.nansum.
    """
    return sum(_replaced(a, zeros_like), axis, dtype, keepdims)


def nanprod(a: Any, axis: Any = None, dtype: Any = None, keepdims: bool = False) -> Any:
    """The product along `axis`, in which NaN counts as 1.

    >>> tf.experimental.numpy.nanprod([3., np.nan, 2.])
    <tf.Tensor: shape=(), dtype=float64, numpy=6.0>

    Source: numpy.nanprod.
    """
    return prod(_replaced(a, ones_like), axis, dtype, keepdims)


def _replaced(a: Any, by: Callable) -> Any:
    a = tensor(a)
    return select.where(isnan(a), by(a), a) if a.dtype.is_floating else a


def nanmean(a: Any, axis: Any = None, dtype: Any = None, keepdims: Any = None) -> Any:
    """The mean along `axis` of what is not NaN.

    >>> tf.experimental.numpy.nanmean([1., np.nan, 2.])
    <tf.Tensor: shape=(), dtype=float64, numpy=1.5>

    Source: numpy.nanmean.
    """
    a = tensor(a)
    if not a.dtype.is_floating:
        return mean(a, axis, dtype, keepdims=keepdims)
    axis, keep = _axes(axis), bool(keepdims)
    own = a.dtype if dtype is None else dtype_of(dtype)
    count = reduce.reduce_sum(cast(compare.logical_not(compare.is_nan(a)), own), axis, keep)
    return nansum(a, axis, own, keep) / count


def average(a: Any, axis: Any = None, weights: Any = None, returned: bool = False) -> Any:
    """The mean along `axis`, in which each element counts as `weights` say.

    weights: of a shape that broadcasts to that of `a`, or a vector along `axis`. returned: whether
    to answer the pair of the mean and the sum of the weights.

    >>> tf.experimental.numpy.average([1., 2.], weights=[3, 1])
    <tf.Tensor: shape=(), dtype=float64, numpy=1.25>

    Raises ValueError for more than one axis. Source: numpy.average.
    """
    if axis is not None and not isinstance(axis, int):
        raise ValueError(f"Argument `axis` must be an integer or `None`. Received axis={axis}")
    if weights is None:
        a = floats(a)
        result = reduce.reduce_mean(a, axis)
        total = broadcast_to(cast(_count(a, axis), result.dtype), dims(result))
        return (result, total) if returned else result
    a, weights = (floats(x) for x in tensors(a, weights))
    if axis is not None and weights.shape.rank == 1 and a.shape.rank != 1:
        total = broadcast_to(reduce.reduce_sum(weights), dims(reduce.reduce_sum(a, axis)))
        result = math.divide(tensordot(a, weights, [[axis], [0]]), total)
    else:
        total = reduce.reduce_sum(weights, axis)
        result = math.divide(reduce.reduce_sum(a * weights, axis), total)
    return (result, total) if returned else result
