"""Special functions: the families of the error and gamma functions, and integrals.

On the host they are SciPy's, which is imported when the first of them is needed (0.2 s); under XLA
those of xla/special.py. `sp(x)` chooses, as `xp(x)` does for all others.

Read next: ops/bessel.py.
"""

import math
from functools import cache
from types import ModuleType
from typing import Any

import numpy as np

from headrace._src.core import namespace
from headrace._src.core.namespace import xp
from headrace._src.core.shape_rules import ShapeError, bracketed, broadcast, same
from headrace._src.core.shapes import TensorShape, scalar
from headrace._src.core.tensor import Tensor
from headrace._src.engine.convert import convert
from headrace._src.engine.op import no_gradient, op
from headrace._src.ops.math import negative, square, subtract
from headrace._src.ops.powers import exp, log, log1p
from headrace._src.ops.precision import in_float32, in_float64
from headrace._src.ops.reduce import reduce_sum
from headrace._src.ops.select import select
from headrace._src.ops.trigonometry import cos, sin


def sp(x: Any) -> Any:
    """The namespace of special functions that works on `x`, as `xp` for the others."""
    return _scipy() if isinstance(x, (np.ndarray, np.generic)) else namespace.special_under_xla


@cache
def _scipy() -> ModuleType:
    # Here rather than above: most programs need none of these, and the import takes 0.2 s.
    import scipy.special

    return scipy.special


# ---- the error function --------------------------------------------------------------------------


@op("Erf", shape=same)
@in_float32
def erf(x: Tensor, name: str | None = None) -> Tensor:
    """The error function, elementwise: `2 / sqrt(pi)` times the integral of `exp(-t * t)` to `x`.

    >>> tf.math.erf([0., 1.])
    <tf.Tensor: shape=(2,), dtype=float32, numpy=array([0.       , 0.8427008], dtype=float32)>

    Op: Erf.
    """
    return sp(x).erf(x)


@erf.gradient
def _(dy, x):
    return dy * (_SLOPE_OF_ERF * exp(negative(square(x))))


@op("Erfc", shape=same)
@in_float32
def erfc(x: Tensor, name: str | None = None) -> Tensor:
    """`1 - erf(x)`, elementwise, accurate far out too.

    >>> tf.math.erfc([0., 10.])
    <tf.Tensor: shape=(2,), dtype=float32, numpy=array([1.e+00, 1.e-45], dtype=float32)>

    Op: Erfc.
    """
    return sp(x).erfc(x)


@erfc.gradient
def _(dy, x):
    return dy * (-_SLOPE_OF_ERF * exp(negative(square(x))))


_SLOPE_OF_ERF = 2 / math.sqrt(math.pi)


@op("Erfinv", shape=same)
@in_float32
def erfinv(x: Tensor, name: str | None = None) -> Tensor:
    """The number whose error function is `x`, elementwise; infinite at -1 and 1.

    >>> tf.math.erfinv([0., 0.5])
    <tf.Tensor: shape=(2,), dtype=float32, numpy=array([0.        , 0.47693628], dtype=float32)>

    Op: Erfinv.
    """
    return sp(x).erfinv(x)


erfinv.kernel("xla")(in_float64(erfinv.op.body))


@erfinv.gradient
def _(dy, out):
    return dy * (exp(square(out)) / _SLOPE_OF_ERF)


@op("Ndtri", shape=same)
@in_float32
def ndtri(x: Tensor, name: str | None = None) -> Tensor:
    """The quantile of the standard normal distribution at `x`, elementwise.

    >>> tf.math.ndtri([0.5, 0.975])
    <tf.Tensor: shape=(2,), dtype=float32, numpy=array([0.       , 1.9599644], dtype=float32)>

    Op: Ndtri.
    """
    return sp(x).ndtri(x)


@ndtri.gradient
def _(dy, out):
    return dy * (math.sqrt(2 * math.pi) * exp(square(out) * 0.5))


def erfcinv(x: Any, name: str | None = None) -> Tensor:
    """The number whose `erfc` is `x`, elementwise; infinite at 0 and 2.

    >>> tf.math.erfcinv([1., 0.5])
    <tf.Tensor: shape=(2,), dtype=float32, numpy=array([-0.        ,  0.47693625], dtype=float32)>

    Op: Ndtri.
    """
    return negative(ndtri(convert(x) * 0.5)) * math.sqrt(0.5)


# ---- the gamma function --------------------------------------------------------------------------


@op("Lgamma", shape=same)
@in_float32
def lgamma(x: Tensor, name: str | None = None) -> Tensor:
    """The logarithm of the size of the gamma function, elementwise.

    >>> tf.math.lgamma([1., 5.])
    <tf.Tensor: shape=(2,), dtype=float32, numpy=array([0.       , 3.1780539], dtype=float32)>

    Op: Lgamma.
    """
    return sp(x).gammaln(x)


# Over float32 XLA's is wrong where the result is near 0: around 1 and 2.
lgamma.kernel("xla")(in_float64(lgamma.op.body))


@lgamma.gradient
def _(dy, x):
    return dy * digamma(x)


@op("Digamma", shape=same)
@in_float32
def digamma(x: Tensor, name: str | None = None) -> Tensor:
    """The derivative of `lgamma`, elementwise.

    >>> tf.math.digamma([1., 5.])
    <tf.Tensor: shape=(2,), dtype=float32, numpy=array([-0.5772157,  1.5061177], dtype=float32)>

    Op: Digamma.
    """
    return xp(x).where(x == 0, np.nan, sp(x).digamma(x))


digamma.kernel("xla")(in_float64(digamma.op.body))  # likewise


@digamma.gradient
def _(dy, x):
    return dy * polygamma(convert(1, x.dtype), x)


@op("Polygamma", shape=broadcast)
@in_float32
def polygamma(a: Tensor, x: Tensor, name: str | None = None) -> Tensor:
    """Derivative number `a` of `digamma` at `x`, elementwise with broadcasting.

    a: whole numbers from 0, as floats; differentiable with respect to `x` only.

    >>> tf.math.polygamma(1., [1., 5.])
    <tf.Tensor: shape=(2,), dtype=float32, numpy=array([1.644934  , 0.22132295], dtype=float32)>

    Op: Polygamma.
    """
    return sp(x).polygamma(a, x)


@polygamma.gradient
def _(dz, a, x):
    return None, dz * polygamma(a + 1, x)


@op("Zeta", shape=broadcast)
@in_float32
def zeta(x: Tensor, q: Tensor, name: str | None = None) -> Tensor:
    """The Hurwitz zeta function, elementwise with broadcasting: the sum of `(n + q) ** -x` over n.

    Differentiable with respect to `q` only.

    >>> tf.math.zeta(2., [1., 5.])
    <tf.Tensor: shape=(2,), dtype=float32, numpy=array([1.644934  , 0.22132295], dtype=float32)>

    Op: Zeta.
    """
    return sp(x).zeta(x, q)


@zeta.gradient
def _(dz, x, q):
    return None, dz * negative(x) * zeta(x + 1, q)


@op("Igamma", shape=broadcast)
@in_float32
def igamma(a: Tensor, x: Tensor, name: str | None = None) -> Tensor:
    """The lower regularized incomplete gamma function P(a, x), elementwise with broadcasting.

    >>> tf.math.igamma([1., 2.], 2.)
    <tf.Tensor: shape=(2,), dtype=float32, numpy=array([0.86466473, 0.59399414], dtype=float32)>

    Op: Igamma.
    """
    p = xp(x).where(a > 0, sp(x).gammainc(a, x), np.nan)
    return xp(x).where(x == 0, 0, p)


@igamma.gradient
def _(dz, a, x):
    return lambda: dz * igamma_grad_a(a, x), lambda: dz * _density(a, x)


@op("Igammac", shape=broadcast)
@in_float32
def igammac(a: Tensor, x: Tensor, name: str | None = None) -> Tensor:
    """The upper regularized incomplete gamma function `1 - igamma(a, x)`, elementwise.

    >>> tf.math.igammac([1., 2.], 2.)
    <tf.Tensor: shape=(2,), dtype=float32, numpy=array([0.13533528, 0.40600586], dtype=float32)>

    Op: Igammac.
    """
    return xp(x).where(a > 0, sp(x).gammaincc(a, x), np.nan)


@igammac.gradient
def _(dz, a, x):
    def of_a():
        return negative(dz * igamma_grad_a(a, x))

    return of_a, lambda: negative(dz * _density(a, x))


def _density(a: Tensor, x: Tensor) -> Tensor:
    """The gamma distribution's density, which is the slope of `igamma` in `x`."""
    return exp((a - 1) * log(x) - x - lgamma(a))


# SciPy has no such function, so it is compiled even for a few elements.
@op("IgammaGradA", shape=broadcast, cost="xla")
def igamma_grad_a(a: Tensor, x: Tensor, name: str | None = None) -> Tensor:
    """The slope of `igamma` in `a`."""
    a, x = xp(x).broadcast_arrays(a, x)
    return sp(x).igamma_grad_a(a, x)


no_gradient(igamma_grad_a, why="nobody has found a formula worth computing", is_error=True)


def _one_shape(a: TensorShape, b: TensorShape, x: TensorShape) -> TensorShape:
    """The one shape of `a`, `b` and `x`, of which scalars go with any."""
    known, named = scalar, ""
    for name, shape in (("a", a), ("b", b), ("x", x)):
        if shape.rank == 0:
            continue
        if named and not shape.is_compatible_with(known):
            text = f"{bracketed(known)} vs. {bracketed(shape)}"
            raise ShapeError(f"Shapes of {named} and {name} are inconsistent: {text}")
        known = known.merge_with(shape) if named else shape
        named = named or name
    return known


@op("Betainc", shape=_one_shape)
@in_float32
def betainc(a: Tensor, b: Tensor, x: Tensor, name: str | None = None) -> Tensor:
    """The regularized incomplete beta function, elementwise.

    a, b, x: of one shape, or scalars; differentiable with respect to `x` only.

    >>> tf.math.betainc(2., 3., [0.2, 0.5])
    <tf.Tensor: shape=(2,), dtype=float32, numpy=array([0.1808, 0.6875], dtype=float32)>

    Op: Betainc.
    """
    return sp(x).betainc(a, b, x)


@betainc.kernel("host")
def _(a, b, x):
    if len({v.shape for v in (a, b, x) if v.ndim}) > 1:
        raise ValueError("Shapes of a, b and x are inconsistent.")
    return np.where((a > 0) & (b > 0), _scipy().betainc(a, b, x), np.nan)


@betainc.gradient
def _(dz, a, b, x):
    log_beta = lgamma(a) + lgamma(b) - lgamma(a + b)
    return None, None, dz * exp((b - 1) * log1p(negative(x)) + (a - 1) * log(x) - log_beta)


def lbeta(x: Any, name: str | None = None) -> Tensor:
    """The logarithm of the beta function of the numbers along the last axis.

    That is the sum of their `lgamma` less the `lgamma` of their sum.

    >>> tf.math.lbeta([[1., 2.], [3., 4.]])
    <tf.Tensor: shape=(2,), dtype=float32, numpy=array([-0.6931472, -4.0943446], dtype=float32)>

    Ops: Lgamma, Sum.
    """
    x = convert(x)
    return subtract(reduce_sum(lgamma(x), [-1]), lgamma(reduce_sum(x, [-1])), name)


# ---- integrals -----------------------------------------------------------------------------------


@op("Dawsn", shape=same)
@in_float32
def dawsn(x: Tensor, name: str | None = None) -> Tensor:
    """Dawson's integral `exp(-x * x)` times that of `exp(t * t)` from 0 to `x`, elementwise.

    >>> tf.math.special.dawsn([0., 1.])
    <tf.Tensor: shape=(2,), dtype=float32, numpy=array([0.       , 0.5380795], dtype=float32)>

    Op: Dawsn.
    """
    return sp(x).dawsn(x)


@dawsn.gradient
def _(dy, x, out):
    return dy * (1 - 2 * x * out)


@op("Expint", shape=same)
@in_float32
def expint(x: Tensor, name: str | None = None) -> Tensor:
    """The exponential integral Ei(x): that of `exp(t) / t` up to `x`, elementwise; NaN for `x < 0`.

    >>> tf.math.special.expint([0.5, 1.])
    <tf.Tensor: shape=(2,), dtype=float32, numpy=array([0.4542199, 1.8951178], dtype=float32)>

    Op: Expint.
    """
    return xp(x).where(x < 0, np.nan, sp(x).expi(x))


@expint.gradient
def _(dy, x):
    return dy * exp(x) / x


@op("FresnelCos", shape=same)
@in_float32
def fresnel_cos(x: Tensor, name: str | None = None) -> Tensor:
    """The integral of `cos(pi / 2 * t * t)` from 0 to `x`, elementwise.

    >>> tf.math.special.fresnel_cos([0., 1.])
    <tf.Tensor: shape=(2,), dtype=float32, numpy=array([0.       , 0.7798934], dtype=float32)>

    Op: FresnelCos.
    """
    return sp(x).fresnel(x)[1]


@fresnel_cos.gradient
def _(dy, x):
    return dy * cos(square(x) * (math.pi / 2))


@op("FresnelSin", shape=same)
@in_float32
def fresnel_sin(x: Tensor, name: str | None = None) -> Tensor:
    """The integral of `sin(pi / 2 * t * t)` from 0 to `x`, elementwise.

    >>> tf.math.special.fresnel_sin([0., 1.])
    <tf.Tensor: shape=(2,), dtype=float32, numpy=array([0.        , 0.43825915], dtype=float32)>

    Op: FresnelSin.
    """
    return sp(x).fresnel(x)[0]


@fresnel_sin.gradient
def _(dy, x):
    return dy * sin(square(x) * (math.pi / 2))


@op("Spence", shape=same)
@in_float32
def spence(x: Tensor, name: str | None = None) -> Tensor:
    """Spence's integral, that of `log(t) / (1 - t)` from 1 to `x`, elementwise.

    >>> tf.math.special.spence([1., 2.])
    <tf.Tensor: shape=(2,), dtype=float32, numpy=array([ 0.      , -0.822467], dtype=float32)>

    Op: Spence.
    """
    return sp(x).spence(x)


@spence.gradient
def _(dy, x):
    is_one = x == 1
    safe = select(is_one, convert(2, x.dtype), x)
    return dy * select(is_one, convert(-1, x.dtype), log(safe) / (1 - safe))
