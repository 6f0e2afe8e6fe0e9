"""The ops that the engine's backward walk needs, put into its slots: adding, undoing a broadcast.

A broadcast is undone by summing over the axes along which an input was repeated. Where the shapes
say which these are, that is one sum; in a graph they may not, and then the axes are computed when
the program runs, by the op that TensorFlow has for it.

Read next: engine/gradient.py.
"""

from typing import Any

from headrace._src.core.tensor import EagerTensor, Tensor
from headrace._src.engine import gradient
from headrace._src.ops.array import (
    broadcast_gradient_args,
    rank_op,
    reshape,
    reshape_op,
    shape_op,
)
from headrace._src.ops.constant import ones_like_op, zeros_like_op
from headrace._src.ops.math import add_op as add
from headrace._src.ops.ranges import range_op
from headrace._src.ops.reduce import sum


def reduce_to(dx: Tensor, axes: tuple[int, ...], shape: tuple[int, ...]) -> Tensor:
    """`dx` summed over `axes`, in the given shape."""
    summed = sum(dx, axes, True)
    if type(summed) is EagerTensor and summed._array.shape == shape:
        return summed
    return reshape(summed, shape)


def reduce_axes(dx: Tensor, leading_axes: Any, unit_axes: tuple[int, ...]) -> Tensor:
    """`dx` summed over `leading_axes`, which go, then over `unit_axes`, which stay with size 1.

    unit_axes: counted without the leading ones.
    """
    if type(leading_axes) is not tuple or leading_axes:
        dx = sum(dx, leading_axes, False)
    return sum(dx, unit_axes, True) if unit_axes else dx


def reduce_like(dx: Tensor, like: Any) -> Tensor:
    """`dx` summed to the shape of `like`, where only the running program can tell over which axes.

    like: a tensor; or, where it is the rank of `dx` that is not known, a shape.
    """
    if type(like) is tuple:
        leading = range_op(0, rank_op(dx) - len(like), 1)
        return reduce_axes(dx, leading, tuple([i for i, n in enumerate(like) if n == 1]))
    target = shape_op(like)
    axes = broadcast_gradient_args(target, shape_op(dx)).r0
    return reshape_op(sum(dx, axes, False), target)


gradient.add = add
gradient.reduce_to = reduce_to
gradient.reduce_axes = reduce_axes
gradient.reduce_like = reduce_like
gradient.zeros_like = zeros_like_op
gradient.ones_like = ones_like_op
