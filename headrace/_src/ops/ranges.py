"""Counting: `range`, `linspace`, `one_hot`, `sequence_mask`.

The one idea: all of these compare positions with numbers. Where the bounds are known the positions
are made by NumPy; an op is there for bounds that a traced function finds out later.

Read next: ops/constant.py.
"""

import math
from functools import cache
from typing import Any

import numpy as np

from headrace._src.core import dtypes
from headrace._src.core.context import thread
from headrace._src.core.dtypes import as_dtype, int32
from headrace._src.core.namespace import xp
from headrace._src.core.shape_rules import ShapeError
from headrace._src.core.shapes import TensorShape, unknown, vector
from headrace._src.core.tensor import EagerTensor, Tensor, array_of
from headrace._src.engine.convert import convert
from headrace._src.engine.graph import plain
from headrace._src.engine.node import known_value
from headrace._src.engine.op import Static, no_gradient, op
from headrace._src.ops import array
from headrace._src.ops.array import broadcast_to, dims, expand_dims, expand_dims_op
from headrace._src.ops.cast import cast
from headrace._src.ops.joining import concat
from headrace._src.ops.math import maximum
from headrace._src.ops.reduce import reduce_max
from headrace._src.ops.select import select
from headrace._src.ops.slicing import slice_op

# The dtypes of a range's bounds, the widest last: the range is of the widest that is there.
_WIDTHS = {
    dtype: i
    for i, dtype in enumerate(
        (
            dtypes.int32,
            dtypes.int64,
            dtypes.float16,
            dtypes.bfloat16,
            dtypes.float32,
            dtypes.float64,
        )
    )
}


def range(
    start: Any, limit: Any = None, delta: Any = 1, dtype: Any = None, name: str | None = "range"
) -> Tensor:
    """The numbers start, start + delta, ... before `limit`, as a vector.

    `tf.range(limit)` starts from 0. dtype: by default the widest of the arguments' among int32,
    int64, float32 and float64.

    >>> tf.range(3, 18, 3)
    <tf.Tensor: shape=(5,), dtype=int32, numpy=array([ 3,  6,  9, 12, 15], dtype=int32)>
    >>> tf.range(3.5).numpy()
    array([0., 1., 2., 3.], dtype=float32)

    Raises tf.errors.InvalidArgumentError where `delta` is zero or points away from `limit`; in a
    function that is being traced ValueError, if the bounds are known by then. Op: Range.
    """
    if limit is None:
        start, limit = 0, start
    are_ints = dtype is None and type(start) is type(limit) is type(delta) is int
    is_eager = thread.context.graph is None
    if are_ints and delta > 0 and -(2**31) <= start <= limit < 2**31 and is_eager:
        return EagerTensor(np.arange(start, limit, delta, np.int32), int32)
    if dtype is not None:
        wanted = as_dtype(dtype)
        bounds = [
            _as(convert(v, None if _has_dtype(v) else wanted), wanted)
            for v in (start, limit, delta)
        ]
        return _ranged(bounds, name)
    bounds = [convert(v) for v in (start, limit, delta)]
    if any(v.dtype not in _WIDTHS for v in bounds):
        raise AssertionError(
            "tf.range takes integers and floats, not " + ", ".join(v.dtype.name for v in bounds)
        )
    wanted = max((v.dtype for v in bounds), key=_WIDTHS.__getitem__)
    bounds = [_as(v, wanted) for v in bounds]
    return _ranged(bounds, name)


def _ranged(bounds: list[Tensor], name: str | None) -> Tensor:
    """A range; with its length, where a graph knows the bounds, and refused where they are wrong.
    An op's shape rule does not see values, and these are no `Static`: a compiled program may well
    find them out.
    """
    if thread.context.graph is None:
        return range_op(*bounds, name)
    known = [known_value(v) for v in bounds]
    scalars = [v.item() for v in known if v is not None and not v.ndim]
    if len(scalars) < 3:
        return range_op(*bounds, name)
    start, limit, delta = scalars
    if wrong := _wrong(start, limit, delta):
        raise ValueError(f"{wrong} for the node {name!r} of op 'Range'.")
    x = range_op(*bounds, name)
    x.set_shape([math.ceil((limit - start) / delta)])
    return x


def _wrong(start: Any, limit: Any, delta: Any) -> str | None:
    """What is wrong with the bounds of a range, if something is."""
    if not delta:
        return f"Requires delta != 0: {delta}"
    if (limit < start) if delta > 0 else (start < limit):
        relation, sign = ("<=", ">") if delta > 0 else (">=", "<")
        return f"Requires start {relation} limit when delta {sign} 0: {start}/{limit}"
    return None


def _has_dtype(value: Any) -> bool:
    return hasattr(type(value), "dtype")


def _as(x: Tensor, dtype: Any) -> Tensor:
    return x if x.dtype is dtype else cast(x, dtype)


def _range_shape(start: TensorShape, limit: TensorShape, delta: TensorShape) -> TensorShape:
    for which, x in (("start", start), ("limit", limit), ("delta", delta)):
        if x.rank not in (None, 0):
            raise ShapeError(
                f"{which} must be a scalar, not shape [{','.join(map(str, x))}]",
                f"Shape must be rank 0 but is rank {x.rank}",
            )
    return vector(None)


@op("Range", shape=_range_shape, cost="host")
def range_op(start: Tensor, limit: Tensor, delta: Tensor, name: str | None = None) -> Tensor:
    """The numbers from `start` to before `limit` in steps of `delta`."""
    _range_shape(*(TensorShape(x.shape) for x in (start, limit, delta)))
    if wrong := _wrong(start, limit, delta):
        raise ValueError(wrong)
    dtype = start.dtype
    if dtype.kind == "i":
        return np.arange(start, limit, delta, dtype)
    count = int(np.ceil(np.abs((np.float64(limit) - np.float64(start)) / np.float64(delta))))
    return (start + delta * np.arange(count).astype(dtype)).astype(dtype)


no_gradient(range_op, why="TensorFlow has none: a range is a constant to gradients.")
array.range_op = range_op


def linspace(start: Any, stop: Any, num: Any, name: str | None = None, axis: Any = 0) -> Tensor:
    """`num` numbers from `start` to `stop`, both included, evenly spaced.

    start, stop: tensors of one dtype whose shapes broadcast; integers become float64. num: an
    integer of at least 0. axis: where the new axis is put.

    >>> tf.linspace(10.0, 12.0, 3)
    <tf.Tensor: shape=(3,), dtype=float32, numpy=array([10., 11., 12.], dtype=float32)>

    Raises TypeError where `num` is no integer. Source: numpy.linspace.
    """
    start = convert(start)
    try:
        stop = convert(stop, start.dtype)
    except ValueError as error:
        raise ValueError(f"stop: {error}") from None
    if start.dtype.is_integer:
        start, stop = cast(start, dtypes.float64), cast(stop, dtypes.float64)
    dtype = start.dtype
    num = convert(num)
    if not num.dtype.is_integer:
        raise TypeError(
            "Argument `tensor` (name: num) must be of type integer. Received `tensor` = "
            f"{array_of(num).item() if type(num) is EagerTensor else num} of dtype: {num.dtype}"
        )
    axis = int(axis)
    both = start + stop  # for its shape alone
    start, stop = broadcast_to(start, dims(both)), broadcast_to(stop, dims(both))
    first, last = expand_dims(start, axis), expand_dims(stop, axis)
    if first.shape.rank is None:
        raise NotImplementedError("tf.linspace between tensors of unknown rank.")
    if axis < 0:
        axis += first.shape.rank
    if type(num) is EagerTensor:
        count: Any = int(array_of(num))
        parts, whole = max(count - 1, 1), max(count - 2, 0)
    else:
        count = num
        parts, whole = select(num > 1, num - 1, 1), select(num > 2, num - 2, 0)
    if type(count) is int and count < 2:
        if count < 0:
            return range(1, count)  # says what is wrong as TensorFlow does
        return slice_op(first, (0,) * first.shape.rank, _with(first, axis, count))
    step = (last - first) / cast(parts, dtype)
    inner = range(1, whole + 1)
    column = (*(1,) * axis, -1, *(1,) * (first.shape.rank - axis - 1))
    steps = cast(inner, dtype)
    for place, size in enumerate(column):
        if size == 1:
            steps = expand_dims_op(steps, place)
    joined = concat([first, first + step * steps, last], axis)
    if type(count) is int:
        return joined
    return slice_op(joined, (0,) * first.shape.rank, _with(first, axis, count))


def _with(x: Tensor, axis: int, size: Any) -> Any:
    """The shape of `x` with another size along `axis`; -1 stands for the sizes as they are."""
    sizes: list[Any] = [-1] * x.shape.rank
    sizes[axis] = size
    return tuple(sizes) if type(size) is int else sizes


# ---- positions against numbers -------------------------------------------------------------------


def one_hot(
    indices: Any,
    depth: Any,
    on_value: Any = None,
    off_value: Any = None,
    axis: int | None = None,
    dtype: Any = None,
    name: str | None = None,
) -> Tensor:
    """For each index a vector that is `on_value` at the index and `off_value` elsewhere.

    indices: integers of any shape; one that is out of range gives `off_value` everywhere. depth:
    the length of the vectors. on_value, off_value: 1 and 0 by default. axis: where the new axis is
    put, by default last. dtype: by default that of the values, else float32.

    >>> tf.one_hot([0, 2, -1], 3).numpy()
    array([[1., 0., 0.],
           [0., 0., 1.],
           [0., 0., 0.]], dtype=float32)

    Raises TypeError where the values' dtypes differ, tf.errors.InvalidArgumentError for a negative
    depth. Op: OneHot.
    """
    wanted = None if dtype is None else as_dtype(dtype)
    on = None if on_value is None else convert(on_value, None, wanted)
    off = None if off_value is None else convert(off_value, None, wanted)
    for which, value in (("on_value", on), ("off_value", off)):
        if value is not None and wanted is not None and value.dtype is not wanted:
            raise TypeError(
                f"dtype {value.dtype} of {which} does not match dtype parameter {wanted}"
            )
    if on is not None and off is not None and on.dtype is not off.dtype:
        raise TypeError(
            f"dtype {on.dtype} of on_value does not match dtype {off.dtype} of off_value"
        )
    if wanted is None:
        wanted = dtypes.float32 if on is off is None else (off if on is None else on).dtype
    if on is None:
        on = _number(1, wanted)
    if off is None:
        off = _number(0, wanted)
    if isinstance(depth, float):
        depth = convert(depth, int32)
    return one_hot_op(indices, depth, on, off, -1 if axis is None else axis, name)


@cache
def _number(value: int, dtype: Any) -> Tensor:
    """Zero or one; kept, for converting costs more than the rest."""
    return plain(convert(value, dtype))


def _one_hot_shape(
    indices: TensorShape, depth: Any, on_value: TensorShape, off_value: TensorShape, axis: int
) -> TensorShape:
    if type(depth) is tuple:
        raise ShapeError(f"depth must be a scalar, but got: {list(np.shape(depth))}")
    if depth is not None and depth < 0:
        raise ShapeError(f"depth must be non-negative, got: {depth}")
    for which, value in (("on_value", on_value), ("off_value", off_value)):
        if value.rank not in (None, 0):
            raise ShapeError(f"{which} must be a scalar, but got: [{','.join(map(str, value))}]")
    if indices.rank is None:
        return unknown
    rank = indices.rank + 1
    if not -1 <= axis < rank:
        raise ShapeError(f"Expected axis to be -1 or between [0, {rank}).  But received: {axis}")
    sizes = list(indices)
    sizes.insert(len(sizes) if axis < 0 else axis, depth)
    return TensorShape(sizes)


@op("OneHot", shape=_one_hot_shape, cost="light")
def one_hot_op(
    indices: Tensor,
    depth: Static,
    on_value: Tensor,
    off_value: Tensor,
    axis: int = -1,
    name: str | None = None,
) -> Tensor:
    """`on_value` where the position along the new axis is the index, else `off_value`."""
    if type(depth) is not int or depth < 0 or on_value.ndim or off_value.ndim or axis != -1:
        shapes = [TensorShape(np.shape(x)) for x in (indices, on_value, off_value)]
        _one_hot_shape(shapes[0], depth, shapes[1], shapes[2], axis)
    np_ = xp(indices)
    axis = indices.ndim if axis < 0 else axis
    if np_ is np and axis == indices.ndim and indices.size * depth >= 2**14:
        flat = indices.reshape(-1)
        rows = np.flatnonzero((flat >= 0) & (flat < depth))
        out = np.full((flat.size, depth), off_value, off_value.dtype)
        out[rows, flat[rows]] = on_value
        return out.reshape(*indices.shape, depth)
    # A depth beyond an index's own dtype (300 for uint8) must not wrap around.
    positions = np_.arange(depth, dtype=np.int64)
    positions = positions.reshape((depth, *(1,) * (indices.ndim - axis)))
    hot = np_.expand_dims(indices.astype(np.int64), axis) == positions
    return np_.where(hot, on_value, off_value)


no_gradient(one_hot_op, why="TensorFlow has none: the values are taken for constants.")


def sequence_mask(
    lengths: Any, maxlen: Any = None, dtype: Any = dtypes.bool, name: str | None = None
) -> Tensor:
    """For each length `n` a row whose first `n` elements are True.

    lengths: numbers of any shape. maxlen: the length of a row, by default the largest of `lengths`.
    dtype: what True and False become.

    >>> tf.sequence_mask([1, 3, 2], 4, dtype=tf.int32).numpy()
    array([[1, 0, 0, 0],
           [1, 1, 1, 0],
           [1, 1, 0, 0]], dtype=int32)

    Raises ValueError where `maxlen` is no scalar.
    """
    lengths = convert(lengths)
    if maxlen is None:
        if type(lengths) is EagerTensor:
            array = array_of(lengths)
            top = array.max() if array.size else 0
            maxlen = convert(max(top, 0), lengths.dtype)
        else:
            maxlen = maximum(reduce_max(lengths), convert(0, lengths.dtype))
    else:
        maxlen = convert(maxlen)
    if maxlen.shape.rank not in (None, 0):
        raise ValueError(
            "Argument `maxlen` must be scalar for sequence_mask, received "
            f"`maxlen` = {maxlen} with shape '{maxlen.shape}' instead"
        )
    row = range(convert(0, maxlen.dtype), maxlen, convert(1, maxlen.dtype))
    mask = row < cast(expand_dims(lengths, -1), maxlen.dtype)
    wanted = None if dtype is None else as_dtype(dtype)
    return mask if wanted is None or wanted is dtypes.bool else cast(mask, wanted)
