"""Bessel functions.

I and K are the modified ones, J and Y the plain ones; an `e` at the end says that the exponential
growth or decay is divided out. XLA has I only (xla/special.py): the others run on the host.

Read next: ops/special.py.
"""

from collections.abc import Callable

import numpy as np

from headrace._src.core.namespace import xp
from headrace._src.core.shape_rules import same
from headrace._src.core.tensor import Tensor
from headrace._src.engine.convert import convert
from headrace._src.engine.op import op
from headrace._src.ops.math import negative, sign
from headrace._src.ops.powers import reciprocal
from headrace._src.ops.precision import in_float32, in_float64
from headrace._src.ops.select import select
from headrace._src.ops.special import sp


@op("BesselI0", shape=same)
@in_float32
def bessel_i0(x: Tensor, name: str | None = None) -> Tensor:
    """The modified Bessel function of the first kind of order 0, elementwise.

    >>> tf.math.bessel_i0([0.5, 2.])
    <tf.Tensor: shape=(2,), dtype=float32, numpy=array([1.0634834, 2.2795854], dtype=float32)>

    Op: BesselI0.
    """
    return sp(x).i0(x)


@bessel_i0.gradient
def _(dy, x):
    return dy * bessel_i1(x)


@op("BesselI0e", shape=same)
@in_float32
def bessel_i0e(x: Tensor, name: str | None = None) -> Tensor:
    """`bessel_i0(x) * exp(-abs(x))`, elementwise.

    >>> tf.math.bessel_i0e([0.5, 2.])
    <tf.Tensor: shape=(2,), dtype=float32, numpy=array([0.64503527, 0.30850834], dtype=float32)>

    Op: BesselI0e.
    """
    return sp(x).i0e(x)


bessel_i0e.kernel("xla")(in_float64(bessel_i0e.op.body))


@bessel_i0e.gradient
def _(dy, x, out):
    return dy * (bessel_i1e(x) - sign(x) * out)


@op("BesselI1", shape=same)
@in_float32
def bessel_i1(x: Tensor, name: str | None = None) -> Tensor:
    """The modified Bessel function of the first kind of order 1, elementwise.

    >>> tf.math.bessel_i1([0.5, 2.])
    <tf.Tensor: shape=(2,), dtype=float32, numpy=array([0.2578943, 1.5906368], dtype=float32)>

    Op: BesselI1.
    """
    return sp(x).i1(x)


@bessel_i1.gradient
def _(dy, x, out):
    # TensorFlow's answer at 0; the slope there is 0.5.
    return dy * _but_at_zero(x, 1.0, lambda safe: bessel_i0(safe) - out / safe)


@op("BesselI1e", shape=same)
@in_float32
def bessel_i1e(x: Tensor, name: str | None = None) -> Tensor:
    """`bessel_i1(x) * exp(-abs(x))`, elementwise.

    >>> tf.math.bessel_i1e([0.5, 2.])
    <tf.Tensor: shape=(2,), dtype=float32, numpy=array([0.1564208 , 0.21526928], dtype=float32)>

    Op: BesselI1e.
    """
    return sp(x).i1e(x)


bessel_i1e.kernel("xla")(in_float64(bessel_i1e.op.body))


@bessel_i1e.gradient
def _(dy, x, out):
    def slope(safe):
        return bessel_i0e(safe) - out * (sign(safe) + reciprocal(safe))

    return dy * _but_at_zero(x, 0.5, slope)


@op("BesselJ0", shape=same, cost="host")
@in_float32
def bessel_j0(x: Tensor, name: str | None = None) -> Tensor:
    """The Bessel function of the first kind of order 0, elementwise.

    >>> tf.math.special.bessel_j0([0.5, 2.])
    <tf.Tensor: shape=(2,), dtype=float32, numpy=array([0.9384698 , 0.22389078], dtype=float32)>

    Op: BesselJ0.
    """
    return sp(x).j0(x)


@bessel_j0.gradient
def _(dy, x):
    return negative(dy * bessel_j1(x))


@op("BesselJ1", shape=same, cost="host")
@in_float32
def bessel_j1(x: Tensor, name: str | None = None) -> Tensor:
    """The Bessel function of the first kind of order 1, elementwise.

    >>> tf.math.special.bessel_j1([0.5, 2.])
    <tf.Tensor: shape=(2,), dtype=float32, numpy=array([0.24226846, 0.5767248 ], dtype=float32)>

    Op: BesselJ1.
    """
    return sp(x).j1(x)


@bessel_j1.gradient
def _(dy, x, out):
    return dy * _but_at_zero(x, 0.5, lambda safe: bessel_j0(safe) - out / safe)


@op("BesselY0", shape=same, cost="host")
@in_float32
def bessel_y0(x: Tensor, name: str | None = None) -> Tensor:
    """The Bessel function of the second kind of order 0, elementwise; -inf for `x < 0`.

    >>> tf.math.special.bessel_y0([0.5, 2.])
    <tf.Tensor: shape=(2,), dtype=float32, numpy=array([-0.44451874,  0.5103757 ], dtype=float32)>

    Op: BesselY0.
    """
    return xp(x).where(x < 0, -np.inf, sp(x).y0(x))


@bessel_y0.gradient
def _(dy, x):
    return negative(dy * bessel_y1(x))


@op("BesselY1", shape=same, cost="host")
@in_float32
def bessel_y1(x: Tensor, name: str | None = None) -> Tensor:
    """The Bessel function of the second kind of order 1, elementwise; -inf for `x < 0`.

    >>> tf.math.special.bessel_y1([0.5, 2.])
    <tf.Tensor: shape=(2,), dtype=float32, numpy=array([-1.4714724 , -0.10703243], dtype=float32)>

    Op: BesselY1.
    """
    return xp(x).where(x < 0, -np.inf, sp(x).y1(x))


@bessel_y1.gradient
def _(dy, x, out):
    return dy * (bessel_y0(x) - out / x)


@op("BesselK0", shape=same, cost="host")
@in_float32
def bessel_k0(x: Tensor, name: str | None = None) -> Tensor:
    """The modified Bessel function of the second kind of order 0, elementwise.

    Infinite for `x <= 0`.

    >>> tf.math.special.bessel_k0([0.5, 2.])
    <tf.Tensor: shape=(2,), dtype=float32, numpy=array([0.92441905, 0.11389387], dtype=float32)>

    Op: BesselK0.
    """
    return xp(x).where(x < 0, np.inf, sp(x).k0(x))


@bessel_k0.gradient
def _(dy, x):
    return negative(dy * bessel_k1(x))


@op("BesselK0e", shape=same, cost="host")
@in_float32
def bessel_k0e(x: Tensor, name: str | None = None) -> Tensor:
    """`bessel_k0(x) * exp(x)`, elementwise.

    >>> tf.math.special.bessel_k0e([0.5, 2.])
    <tf.Tensor: shape=(2,), dtype=float32, numpy=array([1.5241094 , 0.84156823], dtype=float32)>

    Op: BesselK0e.
    """
    return xp(x).where(x < 0, np.inf, sp(x).k0e(x))


@bessel_k0e.gradient
def _(dy, x, out):
    return dy * (out - bessel_k1e(x))


@op("BesselK1", shape=same, cost="host")
@in_float32
def bessel_k1(x: Tensor, name: str | None = None) -> Tensor:
    """The modified Bessel function of the second kind of order 1, elementwise.

    Infinite for `x <= 0`.

    >>> tf.math.special.bessel_k1([0.5, 2.])
    <tf.Tensor: shape=(2,), dtype=float32, numpy=array([1.6564411 , 0.13986588], dtype=float32)>

    Op: BesselK1.
    """
    return xp(x).where(x < 0, np.inf, sp(x).k1(x))


@bessel_k1.gradient
def _(dy, x, out):
    return negative(dy * (bessel_k0(x) + out / x))


@op("BesselK1e", shape=same, cost="host")
@in_float32
def bessel_k1e(x: Tensor, name: str | None = None) -> Tensor:
    """`bessel_k1(x) * exp(x)`, elementwise.

    >>> tf.math.special.bessel_k1e([0.5, 2.])
    <tf.Tensor: shape=(2,), dtype=float32, numpy=array([2.7310097, 1.0334768], dtype=float32)>

    Op: BesselK1e.
    """
    return xp(x).where(x < 0, np.inf, sp(x).k1e(x))


@bessel_k1e.gradient
def _(dy, x, out):
    return dy * (out * (1 - reciprocal(x)) - bessel_k0e(x))


def _but_at_zero(x: Tensor, value: float, slope: Callable[[Tensor], Tensor]) -> Tensor:
    """`slope(x)`, but `value` where `x` is 0 and the formula would divide by it."""
    is_zero = x == 0
    safe = select(is_zero, convert(1, x.dtype), x)
    return select(is_zero, convert(value, x.dtype), slope(safe))
