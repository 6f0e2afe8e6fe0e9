"""Arrays made of values, shapes and ranges: `array`, `zeros`, `arange`, `linspace`, `eye`.

The one idea: a `dtype` argument may be NumPy's, TensorFlow's or Python's, and without one the
values decide as in NumPy. `dtype=float` is float64.

Read next: promotion.py.
"""

from typing import Any

import numpy as np

from headrace._src.core import dtypes
from headrace._src.core.tensor import Tensor
from headrace._src.numpy_api.elementwise import power
from headrace._src.numpy_api.promotion import (
    answer,
    constant,
    dtype_of,
    flat,
    result_type,
    tensor,
)
from headrace._src.ops import constant as constants
from headrace._src.ops import joining, math, powers, ranges
from headrace._src.ops.array import broadcast_to, expand_dims, length, reshape, transpose
from headrace._src.ops.cast import cast
from headrace._src.ops.diagonal import diag as matrix_diag
from headrace._src.ops.diagonal import diag_part
from headrace._src.ops.identity import identity as same_tensor
from headrace._src.ops.select import where, where_op


def array(val: Any, dtype: Any = None, copy: bool = True, ndmin: int = 0) -> Any:
    """The tensor of nested values; of at least `ndmin` dimensions, new ones in front.

    copy: whether to copy a tensor; not to be told apart, for a tensor never changes.

    >>> tf.experimental.numpy.array([1, 2.5], ndmin=2)
    <tf.Tensor: shape=(1, 2), dtype=float64, numpy=array([[1. , 2.5]])>

    Source: numpy.array.
    """
    result = asarray(val, dtype)
    if copy and isinstance(val, Tensor):
        result = same_tensor(result)
    missing = ndmin - (result.shape.rank or 0)
    return reshape(result, (*[1] * missing, *_dims(result))) if missing > 0 else result


def asarray(a: Any, dtype: Any = None) -> Any:
    """`a` as a tensor, itself if it is one of that dtype.

    >>> tf.experimental.numpy.asarray([1, 2], tf.float32)
    <tf.Tensor: shape=(2,), dtype=float32, numpy=array([1., 2.], dtype=float32)>

    Source: numpy.asarray.
    """
    return answer(tensor(a, None if dtype is None else dtype_of(dtype)))


def asanyarray(a: Any, dtype: Any = None) -> Any:
    """`a` as a tensor: `asarray` by another name. Source: numpy.asanyarray."""
    return asarray(a, dtype)


def ascontiguousarray(a: Any, dtype: Any = None) -> Any:
    """`a` as a tensor of at least one axis; all are contiguous. Source: numpy.ascontiguousarray."""
    return array(a, dtype, ndmin=1)


def copy(a: Any) -> Any:
    """`a` as a new tensor. Source: numpy.copy."""
    return array(a, copy=True)


# ---- of a shape ----------------------------------------------------------------------------------


def zeros(shape: Any, dtype: Any = float) -> Any:
    """Zeros of a shape, an int or a sequence.

    >>> tf.experimental.numpy.zeros(2)
    <tf.Tensor: shape=(2,), dtype=float64, numpy=array([0., 0.])>

    Source: numpy.zeros.
    """
    return constants.zeros(_shape(shape), dtype_of(dtype))


def ones(shape: Any, dtype: Any = float) -> Any:
    """Ones of a shape, an int or a sequence.

    >>> tf.experimental.numpy.ones((1, 2), int)
    <tf.Tensor: shape=(1, 2), dtype=int64, numpy=array([[1, 1]])>

    Source: numpy.ones.
    """
    return constants.ones(_shape(shape), dtype_of(dtype))


def empty(shape: Any, dtype: Any = float) -> Any:
    """Zeros of a shape: a tensor has no values yet to be written. Source: numpy.empty."""
    return zeros(shape, dtype)


def full(shape: Any, fill_value: Any, dtype: Any = None) -> Any:
    """`fill_value`, broadcast to a shape.

    >>> tf.experimental.numpy.full((2, 2), [1, 2]).numpy()
    array([[1, 2],
           [1, 2]])

    Source: numpy.full.
    """
    value = asarray(fill_value, dtype)
    return broadcast_to(value, _shape(shape))


def _shape(shape: Any) -> Any:
    return [shape] if isinstance(shape, (int, np.integer)) else shape


def zeros_like(a: Any, dtype: Any = None) -> Any:
    """Zeros of the shape and dtype of `a`.

    >>> tf.experimental.numpy.zeros_like([1, 2])
    <tf.Tensor: shape=(2,), dtype=int64, numpy=array([0, 0])>

    Source: numpy.zeros_like.
    """
    a = tensor(a)
    return constants.zeros_like(a, a.dtype if dtype is None else dtype_of(dtype))


def ones_like(a: Any, dtype: Any = None) -> Any:
    """Ones of the shape and dtype of `a`. Source: numpy.ones_like."""
    a = tensor(a)
    return constants.ones_like(a, a.dtype if dtype is None else dtype_of(dtype))


def empty_like(a: Any, dtype: Any = None) -> Any:
    """Zeros of the shape and dtype of `a`: see `empty`. Source: numpy.empty_like."""
    return zeros_like(a, dtype)


def full_like(
    a: Any,
    fill_value: Any,
    dtype: Any = None,
    order: str = "K",
    subok: bool = True,
    shape: Any = None,
) -> Any:
    """`fill_value`, broadcast to the shape of `a` and cast to its dtype.

    >>> tf.experimental.numpy.full_like([1, 2], 2.5)
    <tf.Tensor: shape=(2,), dtype=int64, numpy=array([2, 2])>

    Raises ValueError for an `order` other than "K", a false `subok` or a `shape`. Source:
    numpy.full_like.
    """
    if order != "K":
        raise ValueError("Non-standard orders are not supported.")
    if not subok:
        raise ValueError("subok being False is not supported.")
    if shape:
        raise ValueError("Overriding the shape is not supported.")
    a = tensor(a)
    value = tensor(fill_value, a.dtype if dtype is None else dtype_of(dtype))
    return broadcast_to(value, _dims(a))


def _dims(x: Any) -> Any:
    return tuple(length(x, axis) for axis in range(x.shape.rank))


# ---- matrices ------------------------------------------------------------------------------------


def eye(N: Any, M: Any = None, k: int = 0, dtype: Any = float) -> Any:
    """An [N, M] matrix with ones on the diagonal `k`, counted upwards from the main one.

    >>> tf.experimental.numpy.eye(2, 3, 1).numpy()
    array([[0., 1., 0.],
           [0., 0., 1.]])

    Source: numpy.eye.
    """
    columns = N if M is None else M
    rows, across = np.arange(N)[:, None], np.arange(columns)
    own = dtype_of(dtype)
    return constant(across - rows == k, own)


def identity(n: Any, dtype: Any = float) -> Any:
    """The [n, n] identity matrix. Source: numpy.identity."""
    return eye(n, dtype=dtype)


def tri(N: Any, M: Any = None, k: int = 0, dtype: Any = None) -> Any:
    """An [N, M] matrix of ones on and below the diagonal `k`, and zeros above.

    >>> tf.experimental.numpy.tri(2, 3, dtype=int).numpy()
    array([[1, 0, 0],
           [1, 1, 0]])

    Source: numpy.tri.
    """
    own = dtypes.float64 if dtype is None else dtype_of(dtype)
    return constant(_lower(N, N if M is None else M, k), own)


def _lower(rows: int, columns: int, k: int) -> np.ndarray:
    """Whether each place of a matrix is on or below the diagonal `k`."""
    return np.arange(columns) - np.arange(rows)[:, None] <= k


def tril(m: Any, k: int = 0) -> Any:
    """`m`, a matrix or a stack of them, with zeros above the diagonal `k`.

    >>> tf.experimental.numpy.tril([[1, 2], [3, 4]]).numpy()
    array([[1, 0],
           [3, 4]])

    Raises ValueError for a rank below 2. Source: numpy.tril.
    """
    return _triangle(m, k, "tril")


def triu(m: Any, k: int = 0) -> Any:
    """`m`, a matrix or a stack of them, with zeros below the diagonal `k`.

    >>> tf.experimental.numpy.triu([[1, 2], [3, 4]]).numpy()
    array([[1, 2],
           [0, 4]])

    Raises ValueError for a rank below 2. Source: numpy.triu.
    """
    return _triangle(m, k, "triu")


def _triangle(m: Any, k: int, which: str) -> Any:
    m = tensor(m)
    rank = m.shape.rank
    if rank is not None and rank < 2:
        raise ValueError(f"Argument to {which} must have rank at least 2")
    rows = expand_dims(ranges.range(length(m, -2)), 1)
    offset: Any = math.subtract(ranges.range(length(m, -1)), rows)
    keeps = offset <= k if which == "tril" else offset >= k
    return where(keeps, m, constants.zeros_like(m))


def diag(v: Any, k: int = 0) -> Any:
    """A matrix with the vector `v` on its diagonal `k`, or the diagonal `k` of a matrix `v`.

    >>> tf.experimental.numpy.diag([1, 2], 1).numpy()
    array([[0, 1, 0],
           [0, 0, 2],
           [0, 0, 0]])
    >>> tf.experimental.numpy.diag([[1, 2], [3, 4]]).numpy()
    array([1, 4])

    Raises ValueError for a rank other than 1 or 2. Source: numpy.diag.
    """
    v = tensor(v)
    rank = v.shape.rank
    if rank is None or not 1 <= rank <= 2:
        raise ValueError(f"Shape {v.shape} must have rank 1 or 2")
    if rank == 1:
        return matrix_diag(v, k=k)
    rows, columns = v.shape
    if rows is not None and columns is not None and not -rows < k < columns:
        return constants.zeros([0], v.dtype)
    return diag_part(v, k=k)


def diagflat(v: Any, k: int = 0) -> Any:
    """A matrix with the elements of `v`, of any rank, on its diagonal `k`.

    >>> tf.experimental.numpy.diagflat([[1, 2]]).numpy()
    array([[1, 0],
           [0, 2]])

    Source: numpy.diagflat.
    """
    return diag(flat(tensor(v)), k)


def diag_indices(n: Any, ndim: int = 2) -> Any:
    """The positions of the main diagonal of an array of `ndim` axes of size `n`: `ndim` vectors.

    >>> [i.numpy().tolist() for i in tf.experimental.numpy.diag_indices(3)]
    [[0, 1, 2], [0, 1, 2]]

    Raises ValueError for negative numbers. Source: numpy.diag_indices.
    """
    if n < 0:
        raise ValueError(f"n argument to diag_indices must be nonnegative. Received: n={n}")
    if ndim < 0:
        raise ValueError(
            f"ndim argument to diag_indices must be nonnegative. Received: ndim={ndim}"
        )
    return (ranges.range(n),) * ndim


def vander(x: Any, N: Any = None, increasing: bool = False) -> Any:
    """The powers of the vector `x`, from the highest, `N - 1`, down to 0, or upwards.

    >>> tf.experimental.numpy.vander([1, 2, 3], 2).numpy()
    array([[1, 1],
           [2, 1],
           [3, 1]])

    Raises ValueError where `x` is no vector. Source: numpy.vander.
    """
    x = tensor(x)
    if x.shape.rank not in (None, 1):
        raise ValueError("x must be a one-dimensional array")
    if N is None:
        N = length(x, 0)
    if isinstance(N, int) and N < 0:
        raise ValueError("N must be nonnegative")
    exponents = ranges.range(N)
    if not increasing:
        exponents = N - 1 - exponents
    columns = expand_dims(x, 1)
    if x.dtype.is_unsigned:  # op Pow knows signed integers only
        return cast(powers.pow(cast(columns, dtypes.int64), cast(exponents, dtypes.int64)), x.dtype)
    return powers.pow(columns, cast(exponents, x.dtype))


# ---- ranges --------------------------------------------------------------------------------------


def arange(start: Any, stop: Any = None, step: Any = 1, dtype: Any = None) -> Any:
    """The numbers from `start` to before `stop` in steps; of one argument, from 0 to before it.

    >>> tf.experimental.numpy.arange(1., 2., 0.25).numpy()
    array([1.  , 1.25, 1.5 , 1.75])

    Raises ValueError for a step of 0. Source: numpy.arange.
    """
    if isinstance(step, (int, float)) and not step:
        raise ValueError("step must be non-zero.")
    if dtype is not None:
        own = dtype_of(dtype)
    elif stop is None:
        own = result_type(start, step)
    else:
        own = result_type(start, stop, step)
    if stop is None:
        start, stop = 0, start
    if _is_number(start) and _is_number(stop) and _is_number(step) and (stop - start) * step <= 0:
        return constants.zeros([0], own)
    return cast(ranges.range(*(cast(tensor(x), own) for x in (start, stop, step))), own)


def _is_number(x: Any) -> bool:
    return isinstance(x, (int, float))


def linspace(
    start: Any,
    stop: Any,
    num: int = 50,
    endpoint: bool = True,
    retstep: bool = False,
    dtype: Any = float,
    axis: int = 0,
) -> Any:
    """`num` numbers from `start` to `stop`, evenly spaced, in a new axis `axis`.

    endpoint: whether `stop` is the last one, not the one after. retstep: whether to answer the pair
    of the numbers and their distance. dtype: not used, as in TensorFlow: integers become floats.

    >>> tf.experimental.numpy.linspace(0, 1, 4, endpoint=False).numpy()
    array([0.  , 0.25, 0.5 , 0.75])

    Raises ValueError for a negative `num`. Source: numpy.linspace.
    """
    del dtype
    if num < 0:
        raise ValueError(
            "Argument `num` (number of samples) must be a non-negative integer. "
            f"Received: num={num}"
        )
    start, stop = _as_floats(start, stop)
    parts = num - 1 if endpoint else num
    step = (stop - start) / parts if parts > 0 else start * float("nan")
    if num == 0:
        result = constants.zeros((0, *start.shape), start.dtype)
    elif num == 1:
        result = expand_dims(start, 0)
    else:
        steps = reshape(cast(ranges.range(num), start.dtype), (num, *[1] * (start.shape.rank or 0)))
        result = start + steps * step
        if endpoint:  # exactly the last one, whatever was rounded
            result = joining.concat([result[:-1], expand_dims(stop, 0)], 0)
    result = _first_axis_to(result, axis)
    return (result, step) if retstep else result


def _as_floats(start: Any, stop: Any) -> list[Any]:
    """Both of one dtype of floats and one shape."""
    dtype = result_type(start, stop, 1.0)
    start, stop = (tensor(x, dtype) for x in (start, stop))
    return [start + constants.zeros_like(stop), stop + constants.zeros_like(start)]


def _first_axis_to(x: Any, axis: int) -> Any:
    if axis == 0:
        return x
    rank = x.shape.rank
    order = list(range(1, rank))
    order.insert(axis % rank, 0)
    return transpose(x, order)


def logspace(
    start: Any,
    stop: Any,
    num: int = 50,
    endpoint: bool = True,
    base: Any = 10.0,
    dtype: Any = None,
    axis: int = 0,
) -> Any:
    """The powers of `base` with evenly spaced exponents from `start` to `stop`.

    dtype: not used, as in TensorFlow. The others: see `linspace`.

    >>> tf.experimental.numpy.logspace(0, 2, 3).numpy()
    array([  1.,  10., 100.])

    Source: numpy.logspace.
    """
    del dtype
    exponents = linspace(start, stop, num, endpoint, axis=axis)
    return power(cast(tensor(base), exponents.dtype), exponents)


def geomspace(
    start: Any, stop: Any, num: int = 50, endpoint: bool = True, dtype: Any = None, axis: int = 0
) -> Any:
    """`num` numbers from `start` to `stop`, each the same multiple of the one before.

    >>> tf.experimental.numpy.geomspace(1, 100, 3).numpy().round(6)
    array([  1.,  10., 100.])

    Raises ValueError for a negative `num`. Source: numpy.geomspace.
    """
    own = None if dtype is None else dtypes.as_dtype(dtype)
    if num < 0:
        raise ValueError(f"Number of samples {num} must be non-negative.")
    start, stop = _as_floats(start, stop)
    sign = math.sign(start)
    low, high = powers.log(start * sign), powers.log(stop * sign)
    exponents = linspace(low, high, num, endpoint)
    result = powers.exp(exponents) * sign
    if num > 0:  # exactly the first and the last one
        ends = [expand_dims(start, 0), result[1:]]
        if num > 1 and endpoint:
            ends = [ends[0], result[1:-1], expand_dims(stop, 0)]
        result = joining.concat(ends, 0)
    result = _first_axis_to(result, axis)
    return result if own is None else cast(result, own)


def meshgrid(*xi: Any, **kwargs: Any) -> Any:
    """The coordinates of the points of a grid, of the vectors `xi`: one array for each.

    indexing: "xy" (the default: the first two axes are swapped) or "ij".

    >>> x, y = tf.experimental.numpy.meshgrid([1, 2], [3., 4.])
    >>> y.numpy()
    array([[3., 3.],
           [4., 4.]])

    Raises ValueError for `sparse=True` and `copy=False`. Source: numpy.meshgrid.
    """
    if kwargs.get("sparse", False):
        raise ValueError(
            "Function `meshgrid` does not support returning sparse arrays yet. Received: "
            f"sparse={kwargs['sparse']}"
        )
    if not kwargs.get("copy", True):
        raise ValueError(
            f"Function `meshgrid` only supports copy=True. Received: copy={kwargs['copy']}"
        )
    indexing = kwargs.get("indexing", "xy")
    if indexing not in ("xy", "ij"):
        raise ValueError(f"Argument `indexing` must be 'xy' or 'ij'. Received: {indexing!r}")
    vectors = [flat(tensor(x)) for x in xi]
    shape = [length(x, 0) for x in vectors]
    swaps = indexing == "xy" and len(vectors) > 1
    if swaps:
        shape[:2] = shape[1::-1]
    result = []
    for i, x in enumerate(vectors):
        own = [1] * len(vectors)
        own[1 - i if swaps and i < 2 else i] = -1
        result.append(broadcast_to(reshape(x, own), shape))
    return result


def ix_(*args: Any) -> Any:
    """Vectors of positions or of bools, each in an axis of its own, so that they index a grid.

    >>> [x.numpy().tolist() for x in tf.experimental.numpy.ix_([0, 1], [True, False, True])]
    [[[0], [1]], [[0, 2]]]

    Raises ValueError where one is no vector. Source: numpy.ix_.
    """
    result = []
    for i, x in enumerate(args):
        x = tensor(x)
        if x.shape.rank != 1:
            raise ValueError(f"Arguments must be 1-d, got arg {i} of rank {x.shape.rank}")
        if x.dtype is dtypes.bool:
            x = flat(where_op(x))
        own = [1] * len(args)
        own[i] = -1
        result.append(reshape(x, own))
    return result
