"""Values kept within bounds: by element, by norm, and by what a dtype can hold.

Clipping by norm scales: all elements by one factor, so that a gradient keeps its direction.

Read next: ops/math.py, ops/reduce.py.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np

from headrace._src.core.dtypes import DType, as_dtype
from headrace._src.core.indexed_slices import IndexedSlices
from headrace._src.core.namespace import xp
from headrace._src.core.shape_rules import ShapeError, bracketed
from headrace._src.core.shapes import TensorShape
from headrace._src.core.tensor import EagerTensor, Tensor
from headrace._src.engine import gradient
from headrace._src.engine.convert import convert, in_graph
from headrace._src.engine.graph import plain
from headrace._src.engine.op import op
from headrace._src.ops.cast import cast
from headrace._src.ops.complex import complex, imag, real
from headrace._src.ops.joining import stack
from headrace._src.ops.losses import l2_loss
from headrace._src.ops.math import divide, maximum, minimum, multiply
from headrace._src.ops.operators import operand
from headrace._src.ops.powers import sqrt
from headrace._src.ops.reduce import reduce_sum
from headrace._src.ops.select import select

# ---- by element ----------------------------------------------------------------------------------


def clip_by_value(t: Any, clip_value_min: Any, clip_value_max: Any, name: str | None = None) -> Any:
    """`t` with what is below `clip_value_min` raised to it, and above `clip_value_max` lowered.

    t: real numbers, or `tf.IndexedSlices`.
    clip_value_min, clip_value_max: scalars, or tensors that broadcast to the shape of `t`. Where
        they cross, the lower bound wins.

    >>> tf.clip_by_value([-1., 0.5, 2.], 0., 1.)
    <tf.Tensor: shape=(3,), dtype=float32, numpy=array([0. , 0.5, 1. ], dtype=float32)>

    Raises ValueError for bounds of more dimensions than `t`. Ops: Minimum, Maximum.
    """
    if isinstance(t, IndexedSlices):
        clipped = clip_by_value(t.values, clip_value_min, clip_value_max, name)
        return IndexedSlices(clipped, t.indices, t.dense_shape)
    t = convert(t)
    below = minimum(t, operand(clip_value_max, t.dtype))
    _keep(t, below)
    clipped = maximum(below, operand(clip_value_min, t.dtype), name)
    _keep(t, clipped)
    return clipped


def _keep(t: Tensor, result: Tensor) -> None:
    """Raises ValueError where a bound made `t` larger."""
    if type(t) is type(result) is EagerTensor and t._array.shape == result._array.shape:
        return
    if not t.shape.is_compatible_with(result.shape):
        raise ValueError(f"Shapes {t.shape} and {result.shape} are incompatible")


def _bounded(t: TensorShape, low: TensorShape, high: TensorShape) -> TensorShape:
    for bound in (low, high):
        if bound.rank != 0 and not bound.is_compatible_with(t):
            raise ShapeError(
                "clip_value_min and clip_value_max must be either of the same shape as input, or a "
                f"scalar. input shape: {bracketed(t)}clip_value_min shape: {bracketed(low)}"
                f"clip_value_max shape: {bracketed(high)}"
            )
    return t


@op("ClipByValue", shape=_bounded, cost="passes")
def clip_by_value_op(
    t: Tensor, clip_value_min: Tensor, clip_value_max: Tensor, name: str | None = None
) -> Tensor:
    """`t` between bounds that are scalars or of its shape."""
    return xp(t).maximum(xp(t).minimum(t, clip_value_max), clip_value_min)


@clip_by_value_op.gradient
def _(dz, t, clip_value_min, clip_value_max):
    zero = convert(0, dz.dtype)

    def to_bound(mask: Tensor, bound: Tensor) -> Tensor:
        part = select(mask, dz, zero)
        if bound.shape.rank is None:
            return gradient.unbroadcast(part, bound)
        return reduce_sum(part) if bound.shape.rank == 0 else part

    low, high = t < clip_value_min, t > clip_value_max
    return (
        lambda: select(low, zero, select(high, zero, dz)),
        lambda: to_bound(low, clip_value_min),
        lambda: to_bound(high, clip_value_max),
    )


def saturate_cast(value: Any, dtype: Any, name: str | None = None) -> Tensor:
    """`value` cast to `dtype`, with what `dtype` cannot hold brought to its bounds first.

    value: numbers; complex ones lose their imaginary part unless `dtype` is complex.

    >>> tf.saturate_cast([300., -5.], tf.uint8)
    <tf.Tensor: shape=(2,), dtype=uint8, numpy=array([255,   0], dtype=uint8)>

    Raises TypeError for dtypes without bounds. Ops: ClipByValue, Cast.
    """
    value = convert(value)
    dtype = as_dtype(dtype).base_dtype
    if value.dtype.is_complex:
        if dtype.is_complex:
            if dtype.size >= value.dtype.size:
                return cast(value, dtype, name)
            part = dtype.real_dtype
            return complex(saturate_cast(real(value), part), saturate_cast(imag(value), part), name)
        value = real(value)
    low, high = _bounds(value.dtype, dtype.real_dtype)
    return cast(clip_by_value_op(value, low, high), dtype, name)


def _bounds(own: DType, target: DType) -> tuple[Tensor, Tensor]:
    """The least and the greatest value of dtype `own` that `target` can hold too."""
    bounds = []
    for nearer, ends in ((max, (own.min, target.min)), (min, (own.max, target.max))):
        bound = nearer(end if type(end) is int else float(end) for end in ends)
        if own.is_floating:
            rounded = own.array_dtype.type(bound)
            # Rounding may have left the range of integers: 2147483647 becomes 2147483648.
            if nearer(bound, float(rounded)) == bound != float(rounded):
                rounded = np.nextafter(rounded, own.array_dtype.type(0))
            bound = rounded
        bounds.append(plain(EagerTensor(np.asarray(bound, own.array_dtype), own)))
    return bounds[0], bounds[1]


# ---- by norm -------------------------------------------------------------------------------------


def clip_by_norm(t: Any, clip_norm: Any, axes: Any = None, name: str | None = None) -> Any:
    """`t` scaled down, where its Euclidean norm is above `clip_norm`, to have that norm.

    t: floats, or `tf.IndexedSlices`.
    clip_norm: a scalar, or a tensor that broadcasts to the norms.
    axes: those along which norms are taken, each slice by itself; by default all.

    >>> tf.clip_by_norm([3., 4.], 1.)
    <tf.Tensor: shape=(2,), dtype=float32, numpy=array([0.6, 0.8], dtype=float32)>

    Raises ValueError for a `clip_norm` of more dimensions than `t`.
    """
    values = convert(t.values if isinstance(t, IndexedSlices) else t)
    squares = reduce_sum(multiply(values, values), axes, keepdims=True)
    # The root of a 1 in the place of 0 keeps the gradient of zeros finite.
    is_positive = squares > convert(0, squares.dtype)
    safe = select(is_positive, squares, convert(1, squares.dtype))
    norm = select(is_positive, sqrt(safe), squares)
    # No norm is below 0: a negative bound clips like 0.
    clip_norm = maximum(clip_norm, convert(0, norm.dtype))
    scaled = multiply(values, clip_norm)
    _keep(values, scaled)
    clipped = divide(scaled, maximum(norm, clip_norm), name)
    if isinstance(t, IndexedSlices):
        return IndexedSlices(clipped, t.indices, t.dense_shape)
    return clipped


def global_norm(t_list: Any, name: str | None = None) -> Tensor:
    """The Euclidean norm of all elements of several tensors together.

    t_list: a sequence of tensors of floats or `tf.IndexedSlices`; None counts for nothing.

    >>> tf.linalg.global_norm([[3.], [0., 4.]])
    <tf.Tensor: shape=(), dtype=float32, numpy=5.0>

    Raises TypeError where `t_list` is no sequence.
    """
    tensors = [t for t in _sequence(t_list) if t is not None]
    halves = [l2_loss(t.values if isinstance(t, IndexedSlices) else t) for t in tensors]
    if not halves:
        return in_graph(convert(0.0), name or "global_norm")
    total = reduce_sum(stack(halves, name="stack"))
    return sqrt(multiply(total, convert(2, total.dtype)), name)


def _sequence(t_list: Any) -> list[Any]:
    if not isinstance(t_list, Sequence) or isinstance(t_list, str):
        raise TypeError(f"`t_list` should be a sequence of tensors. Received {type(t_list)}.")
    return list(t_list)


def clip_by_global_norm(
    t_list: Any, clip_norm: Any, use_norm: Any = None, name: str | None = None
) -> tuple[list[Any], Tensor]:
    """Several tensors scaled down by one factor, where their norm together is above `clip_norm`.

    t_list: a sequence of tensors of floats or `tf.IndexedSlices`; None stays None.
    clip_norm: a scalar. Nothing is scaled where it is negative.
    use_norm: the norm of all, if it is known (`tf.linalg.global_norm`).

    The result is the list of clipped tensors, and the norm. An infinite norm makes all of it NaN.

    >>> clipped, norm = tf.clip_by_global_norm([[3.], [4.]], 1.)
    >>> clipped[1], norm.numpy()
    (<tf.Tensor: shape=(1,), dtype=float32, numpy=array([0.8], dtype=float32)>, np.float32(5.0))

    Raises TypeError where `t_list` is no sequence.
    """
    tensors = _sequence(t_list)
    norm = global_norm(tensors) if use_norm is None else use_norm
    one = convert(1.0, norm.dtype)
    # `norm - norm` is 0 for all norms but infinity and NaN.
    factor = clip_norm * minimum(1.0 / norm, one / clip_norm) + (norm - norm)
    clipped: list[Any] = []
    for t in tensors:
        if isinstance(t, IndexedSlices):
            clipped.append(IndexedSlices(t.values * factor, t.indices, t.dense_shape))
        else:
            clipped.append(None if t is None else multiply(convert(t), factor, name))
    return clipped, norm
