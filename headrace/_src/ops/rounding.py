"""Rounding: to the nearest integer, down, up, and to the next float.

None has a gradient that is worth the name: these are steps.

Read next: ops/math.py.
"""

from typing import Any

import numpy as np

from headrace._src.core.namespace import xp
from headrace._src.core.shape_rules import broadcast, same
from headrace._src.core.tensor import Tensor
from headrace._src.engine.convert import convert
from headrace._src.engine.op import no_gradient, op
from headrace._src.ops.math import multiply_no_nan_op


def round(x: Any, name: str | None = None) -> Tensor:
    """The nearest integer, elementwise; halves go to the even neighbour. Integers stay as they are.

    >>> tf.round([0.5, 1.5, 2.4])
    <tf.Tensor: shape=(3,), dtype=float32, numpy=array([0., 2., 2.], dtype=float32)>

    Op: Round.
    """
    x = convert(x)
    return x if x.dtype.is_integer else round_op(x, name)


@op("Round", shape=same, cost="light")
def round_op(x: Tensor, name: str | None = None) -> Tensor:
    """The nearest integer, halves to even."""
    return x if x.dtype.kind == "i" else xp(x).rint(x)


@op("Rint", shape=same, host=np.rint, cost="light")
def rint(x: Tensor, name: str | None = None) -> Tensor:
    """The nearest integer, elementwise, as a float; halves go to the even neighbour.

    >>> tf.math.rint([0.5, 1.5, 2.4])
    <tf.Tensor: shape=(3,), dtype=float32, numpy=array([0., 2., 2.], dtype=float32)>

    Op: Rint.
    """
    return xp(x).rint(x)


@op("Floor", shape=same, host=np.floor, cost="light")
def floor(x: Tensor, name: str | None = None) -> Tensor:
    """The greatest integer that is not above `x`, elementwise, as a float.

    >>> tf.floor([1.7, -1.2])
    <tf.Tensor: shape=(2,), dtype=float32, numpy=array([ 1., -2.], dtype=float32)>

    Op: Floor.
    """
    return xp(x).floor(x)


@op("Ceil", shape=same, host=np.ceil, cost="light")
def ceil(x: Tensor, name: str | None = None) -> Tensor:
    """The least integer that is not below `x`, elementwise, as a float.

    >>> tf.math.ceil([1.2, -1.7])
    <tf.Tensor: shape=(2,), dtype=float32, numpy=array([ 2., -1.], dtype=float32)>

    Op: Ceil.
    """
    return xp(x).ceil(x)


for _step in (round_op, rint, floor, ceil):
    no_gradient(_step, why="a step function: flat wherever it has a slope at all")


@op("NextAfter", shape=broadcast, host=np.nextafter, cost="light")
def nextafter(x1: Tensor, x2: Tensor, name: str | None = None) -> Tensor:
    """The next float after `x1` towards `x2`, elementwise with broadcasting.

    x1, x2: float32 or float64.

    >>> tf.math.nextafter(1., 2.)
    <tf.Tensor: shape=(), dtype=float32, numpy=1.0000001192092896>

    Op: NextAfter.
    """
    return xp(x1).nextafter(x1, x2)


@nextafter.gradient
def _(dz):
    return dz, lambda: multiply_no_nan_op(dz, convert(0, dz.dtype))
