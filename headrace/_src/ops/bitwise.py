"""Bits of integers: and, or, exclusive or, complement, shifts.

Read next: ops/operators.py.
"""

import numpy as np

from headrace._src.core.namespace import xp
from headrace._src.core.shape_rules import broadcast, same
from headrace._src.core.tensor import Tensor
from headrace._src.engine.op import no_gradient, op


@op("BitwiseAnd", shape=broadcast, host=np.bitwise_and, cost="light")
def bitwise_and(x: Tensor, y: Tensor, name: str | None = None) -> Tensor:
    """The bits that both `x` and `y` have, elementwise with broadcasting, for integers.

    >>> tf.bitwise.bitwise_and([12, 7], 10)
    <tf.Tensor: shape=(2,), dtype=int32, numpy=array([8, 2], dtype=int32)>

    Op: BitwiseAnd.
    """
    return xp(x).bitwise_and(x, y)


@op("BitwiseOr", shape=broadcast, host=np.bitwise_or, cost="light")
def bitwise_or(x: Tensor, y: Tensor, name: str | None = None) -> Tensor:
    """The bits that `x` or `y` has, elementwise with broadcasting, for integers.

    >>> tf.bitwise.bitwise_or([12, 7], 10)
    <tf.Tensor: shape=(2,), dtype=int32, numpy=array([14, 15], dtype=int32)>

    Op: BitwiseOr.
    """
    return xp(x).bitwise_or(x, y)


@op("BitwiseXor", shape=broadcast, host=np.bitwise_xor, cost="light")
def bitwise_xor(x: Tensor, y: Tensor, name: str | None = None) -> Tensor:
    """The bits that just one of `x` and `y` has, elementwise with broadcasting, for integers.

    >>> tf.bitwise.bitwise_xor([12, 7], 10)
    <tf.Tensor: shape=(2,), dtype=int32, numpy=array([ 6, 13], dtype=int32)>

    Op: BitwiseXor.
    """
    return xp(x).bitwise_xor(x, y)


@op("Invert", shape=same, host=np.invert, cost="light")
def invert(x: Tensor, name: str | None = None) -> Tensor:
    """`x` with every bit flipped, elementwise, for integers.

    >>> tf.bitwise.invert([0, 5])
    <tf.Tensor: shape=(2,), dtype=int32, numpy=array([-1, -6], dtype=int32)>

    Op: Invert.
    """
    return xp(x).invert(x)


@op("LeftShift", shape=broadcast, cost="passes")
def left_shift(x: Tensor, y: Tensor, name: str | None = None) -> Tensor:
    """The bits of `x` moved `y` places up, elementwise with broadcasting, for integers.

    A shift by less than nothing is none; one past the last bit stops there.

    >>> tf.bitwise.left_shift([1, 3], 2)
    <tf.Tensor: shape=(2,), dtype=int32, numpy=array([ 4, 12], dtype=int32)>

    Op: LeftShift.
    """
    return xp(x).left_shift(x, _within(x, y))


@op("RightShift", shape=broadcast, cost="passes")
def right_shift(x: Tensor, y: Tensor, name: str | None = None) -> Tensor:
    """The bits of `x` moved `y` places down, elementwise with broadcasting, for integers.

    Signed integers keep their sign. A shift by less than nothing is none; one past the last bit
    stops there.

    >>> tf.bitwise.right_shift([8, -8], 2)
    <tf.Tensor: shape=(2,), dtype=int32, numpy=array([ 2, -2], dtype=int32)>

    Op: RightShift.
    """
    return xp(x).right_shift(x, _within(x, y))


def _within(x, y):
    """`y` as a number of places that `x` has, as the kernel limits it: C leaves all others open."""
    return xp(y).clip(y, 0, 8 * x.dtype.itemsize - 1)


@op("PopulationCount", shape=same, cost="light")
def population_count(x: Tensor, name: str | None = None) -> Tensor:
    """The number of bits that are set, elementwise, for integers; uint8.

    >>> tf.raw_ops.PopulationCount(x=[7, 8])
    <tf.Tensor: shape=(2,), dtype=uint8, numpy=array([3, 1], dtype=uint8)>

    Op: PopulationCount.
    """
    unsigned = x.view(f"u{x.dtype.itemsize}") if x.dtype.kind == "i" else x
    return xp(x).bitwise_count(unsigned).astype(np.uint8)


for _bits in (
    bitwise_and, bitwise_or, bitwise_xor, invert, left_shift, right_shift, population_count,
):  # fmt: skip
    no_gradient(_bits, why="it maps integers to integers")
