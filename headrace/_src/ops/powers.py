"""Powers, roots, exponentials, logarithms, and the curves made of them (sigmoid, softplus).

NumPy's own float32 functions are accurate to a few units in the last place, so on the host most ops
here are a NumPy ufunc as it is. Several gradients are ops of their own (`SqrtGrad`, `SigmoidGrad`):
the registry has them, they compute from the result rather than from the input, and graphs name
them.

Read next: ops/trigonometry.py, ops/special.py.
"""

from typing import Any

import numpy as np

from headrace._src.core.namespace import xp
from headrace._src.core.shape_rules import broadcast, same
from headrace._src.core.tensor import Tensor
from headrace._src.engine.convert import convert
from headrace._src.engine.op import op
from headrace._src.ops.cast import cast
from headrace._src.ops.compare import not_equal
from headrace._src.ops.complex import conj
from headrace._src.ops.math import abs, negative, sign, square
from headrace._src.ops.precision import in_float32
from headrace._src.ops.select import select

# ---- powers and roots ----------------------------------------------------------------------------


@op("Pow", shape=broadcast, cost="light")
def pow(x: Tensor, y: Tensor, name: str | None = None) -> Tensor:
    """`x` to the power `y`, elementwise with broadcasting.

    Of a negative float and a broken exponent it is NaN.

    >>> tf.pow([2., 3.], 2.)
    <tf.Tensor: shape=(2,), dtype=float32, numpy=array([4., 9.], dtype=float32)>

    Raises InvalidArgumentError for integers and a negative exponent. Op: Pow.
    """
    if y.dtype.kind != "i":
        return xp(x).power(x, y)
    # What an integer is over, rounded to zero, where there is nobody to complain to.
    np_ = xp(x)
    unit = np_.where(y & 1, x, 1)
    broken = np_.where(np_.abs(x) == 1, unit, 0)
    return np_.where(y < 0, broken, np_.power(x, np_.maximum(y, 0)))


@pow.kernel("host")
def _(x, y):
    # A square, by far the commonest power, is ten times faster as one.
    if not y.ndim and y == 2:
        return np.square(x)
    try:
        return np.power(x, y)
    except ValueError:
        raise ValueError("Integers to negative integer powers are not allowed") from None


@pow.check
def _(x, y):
    return (y >= 0).all() if y.dtype.kind == "i" else np.True_


@pow.gradient
def _(dz, x, y, out):
    def of_y():
        # log(x) where there is one, else log(1): 0, and no 1 / 0 in the next order either.
        has_log = x != 0 if x.dtype.is_complex else x > 0
        log_x = log(select(has_log, x, convert(1, x.dtype)))
        return dz * conj(out * log_x)

    return lambda: dz * conj(y * pow(x, y - 1)), of_y


@op("Sqrt", shape=same, host=np.sqrt, cost="light")
def sqrt(x: Tensor, name: str | None = None) -> Tensor:
    """The square root, elementwise; NaN for negative floats.

    >>> tf.sqrt([4., 9.])
    <tf.Tensor: shape=(2,), dtype=float32, numpy=array([2., 3.], dtype=float32)>

    Op: Sqrt.
    """
    return xp(x).sqrt(x)


@sqrt.gradient
def _(dy, out):
    return sqrt_grad(out, dy)


@op("SqrtGrad", shape=same)
@in_float32
def sqrt_grad(y: Tensor, dy: Tensor, name: str | None = None) -> Tensor:
    """The gradient of `y = sqrt(x)`: `dy / (2 * conj(y))`."""
    return 0.5 * dy / xp(y).conj(y)


@sqrt_grad.gradient
def _(dz, y, dy, out):
    ratio = dz / y
    return lambda: negative(conj(ratio)) * out, lambda: 0.5 * ratio


@op("Rsqrt", shape=same, cost="passes")
@in_float32
def rsqrt(x: Tensor, name: str | None = None) -> Tensor:
    """`1 / sqrt(x)`, elementwise; infinite at 0, NaN for negative floats.

    >>> tf.math.rsqrt([4., 16.])
    <tf.Tensor: shape=(2,), dtype=float32, numpy=array([0.5 , 0.25], dtype=float32)>

    Op: Rsqrt.
    """
    return 1 / xp(x).sqrt(x)


@rsqrt.gradient
def _(dy, out):
    return rsqrt_grad(out, dy)


@op("RsqrtGrad", shape=same)
@in_float32
def rsqrt_grad(y: Tensor, dy: Tensor, name: str | None = None) -> Tensor:
    """The gradient of `y = 1 / sqrt(x)`: `-dy * conj(y) ** 3 / 2`."""
    y = xp(y).conj(y)
    return -0.5 * dy * (y * y * y)


@rsqrt_grad.gradient
def _(dz, y, dy):
    y = conj(y)
    return lambda: -1.5 * conj(dz) * dy * (y * y), lambda: rsqrt_grad(y, dz)


@op("Reciprocal", shape=same, host=np.reciprocal, cost="light")
def reciprocal(x: Tensor, name: str | None = None) -> Tensor:
    """`1 / x`, elementwise, for floats and complex numbers.

    >>> tf.math.reciprocal([2., -4.])
    <tf.Tensor: shape=(2,), dtype=float32, numpy=array([ 0.5 , -0.25], dtype=float32)>

    Op: Reciprocal.
    """
    return xp(x).reciprocal(x)


@reciprocal.gradient
def _(dy, out):
    return reciprocal_grad(out, dy)


@op("ReciprocalGrad", shape=same)
@in_float32
def reciprocal_grad(y: Tensor, dy: Tensor, name: str | None = None) -> Tensor:
    """The gradient of `y = 1 / x`: `-dy * conj(y) ** 2`."""
    y = xp(y).conj(y)
    return -dy * (y * y)


@reciprocal_grad.gradient
def _(dz, y, dy):
    y = conj(y)
    return lambda: -2 * conj(dz) * dy * y, lambda: reciprocal_grad(y, dz)


# ---- exponentials and logarithms -----------------------------------------------------------------


@op("Exp", shape=same, host=np.exp, cost="light")
def exp(x: Tensor, name: str | None = None) -> Tensor:
    """e to the power `x`, elementwise.

    >>> tf.exp([0., 1.])
    <tf.Tensor: shape=(2,), dtype=float32, numpy=array([1.      , 2.718282], dtype=float32)>

    Op: Exp.
    """
    return xp(x).exp(x)


@exp.gradient
def _(dy, out):
    return dy * conj(out)


@op("Expm1", shape=same, host=np.expm1, cost="light")
def expm1(x: Tensor, name: str | None = None) -> Tensor:
    """`exp(x) - 1`, elementwise, accurate for small `x` too.

    >>> tf.math.expm1([0., 1e-3])
    <tf.Tensor: shape=(2,), dtype=float32, numpy=array([0.       , 0.0010005], dtype=float32)>

    Op: Expm1.
    """
    return xp(x).expm1(x)


@expm1.gradient
def _(dy, x):
    return dy * exp(conj(x))


@op("Log", shape=same, host=np.log, cost="light")
def log(x: Tensor, name: str | None = None) -> Tensor:
    """The natural logarithm, elementwise; -inf at 0, NaN for negative floats.

    >>> tf.math.log([1., 2.])
    <tf.Tensor: shape=(2,), dtype=float32, numpy=array([0.       , 0.6931472], dtype=float32)>

    Op: Log.
    """
    return xp(x).log(x)


@log.gradient
def _(dy, x):
    return dy * reciprocal(conj(x))


@op("Log1p", shape=same, host=np.log1p, cost="light")
def log1p(x: Tensor, name: str | None = None) -> Tensor:
    """`log(1 + x)`, elementwise, accurate for small `x` too.

    >>> tf.math.log1p([0., 1e-6])
    <tf.Tensor: shape=(2,), dtype=float32, numpy=array([0.000000e+00, 9.999995e-07], dtype=float32)>

    Op: Log1p.
    """
    return xp(x).log1p(x)


@log1p.gradient
def _(dy, x):
    return dy * reciprocal(1 + conj(x))


# ---- products that 0 wins ------------------------------------------------------------------------


@op("Xlogy", shape=broadcast)
@in_float32
def xlogy(x: Tensor, y: Tensor, name: str | None = None) -> Tensor:
    """`x * log(y)`, elementwise with broadcasting, but 0 wherever `x` is 0.

    >>> tf.math.xlogy([0., 2.], [0., 3.])
    <tf.Tensor: shape=(2,), dtype=float32, numpy=array([0.       , 2.1972246], dtype=float32)>

    Op: Xlogy.
    """
    return xp(x).where(x == 0, xp(x).zeros_like(x), x * xp(y).log(y))


@xlogy.gradient
def _(dz, x, y):
    return lambda: dz * conj(xlogy(_is_not_zero(x), y)), lambda: dz * conj(xdivy(x, y))


@op("Xlog1py", shape=broadcast)
@in_float32
def xlog1py(x: Tensor, y: Tensor, name: str | None = None) -> Tensor:
    """`x * log(1 + y)`, elementwise with broadcasting, but 0 wherever `x` is 0.

    >>> tf.math.xlog1py([0., 2.], [-1., 3.])
    <tf.Tensor: shape=(2,), dtype=float32, numpy=array([0.       , 2.7725887], dtype=float32)>

    Op: Xlog1py.
    """
    return xp(x).where(x == 0, xp(x).zeros_like(x), x * xp(y).log1p(y))


@xlog1py.gradient
def _(dz, x, y):
    return lambda: dz * conj(xlog1py(_is_not_zero(x), y)), lambda: dz * conj(xdivy(x, 1 + y))


@op("Xdivy", shape=broadcast)
@in_float32
def xdivy(x: Tensor, y: Tensor, name: str | None = None) -> Tensor:
    """`x / y`, elementwise with broadcasting, but 0 wherever `x` is 0.

    >>> tf.math.xdivy([0., 6.], [0., 3.])
    <tf.Tensor: shape=(2,), dtype=float32, numpy=array([0., 2.], dtype=float32)>

    Op: Xdivy.
    """
    return xp(x).where(x == 0, xp(x).zeros_like(x), x / y)


@xdivy.gradient
def _(dz, x, y):
    def of_y():
        return dz * conj(xdivy(negative(x), y * y))

    return lambda: dz * conj(xdivy(_is_not_zero(x), y)), of_y


def _is_not_zero(x: Tensor) -> Tensor:
    """1 where `x` is not 0, else 0: the slope of `x` where it counts."""
    return cast(not_equal(x, cast(0, x.dtype)), x.dtype)


# ---- curves --------------------------------------------------------------------------------------


@op("Sigmoid", shape=same)
@in_float32
def sigmoid(x: Tensor, name: str | None = None) -> Tensor:
    """The logistic curve `1 / (1 + exp(-x))`, elementwise.

    >>> tf.sigmoid([0., 100.])
    <tf.Tensor: shape=(2,), dtype=float32, numpy=array([0.5, 1. ], dtype=float32)>

    Op: Sigmoid.
    """
    return 1 / (1 + xp(x).exp(-x))


@sigmoid.gradient
def _(dy, out):
    return sigmoid_grad(out, dy)


@op("SigmoidGrad", shape=same)
@in_float32
def sigmoid_grad(y: Tensor, dy: Tensor, name: str | None = None) -> Tensor:
    """The gradient of `y = sigmoid(x)`: `dy * conj(y) * (1 - conj(y))`."""
    y = xp(y).conj(y)
    return dy * y * (1 - y)


@sigmoid_grad.gradient
def _(dz, y, dy):
    y = conj(y)
    return lambda: conj(dz) * dy * (1 - 2 * y), lambda: sigmoid_grad(y, dz)


@op("Softplus", shape=same)
@in_float32
def softplus(features: Tensor, name: str | None = None) -> Tensor:
    """`log(1 + exp(x))`, elementwise: the smooth relative of relu.

    >>> tf.math.softplus([0., 100.])
    <tf.Tensor: shape=(2,), dtype=float32, numpy=array([  0.6931472, 100.       ], dtype=float32)>

    Op: Softplus.
    """
    return xp(features).logaddexp(features, xp(features).zeros_like(features))


@softplus.gradient
def _(dy, features):
    return softplus_grad(dy, features)


@op("SoftplusGrad", shape=same)
@in_float32
def softplus_grad(gradients: Tensor, features: Tensor, name: str | None = None) -> Tensor:
    """The gradient of softplus: `gradients * sigmoid(features)`."""
    return gradients / (1 + xp(features).exp(-features))


@softplus_grad.gradient
def _(dz, gradients, features):
    def of_features():
        s = sigmoid(features)
        return dz * gradients * s * (1 - s)

    return lambda: softplus_grad(dz, features), of_features


def log_sigmoid(x: Any, name: str | None = None) -> Tensor:
    """The logarithm of `sigmoid(x)`, elementwise, accurate far below 0 too.

    >>> tf.math.log_sigmoid([0., -100.])
    <tf.Tensor: shape=(2,), dtype=float32, numpy=array([  -0.6931472, -100.       ], dtype=float32)>

    Op: Softplus.
    """
    return negative(softplus(negative(x)), name)


@op("Softsign", shape=same)
@in_float32
def softsign(features: Tensor, name: str | None = None) -> Tensor:
    """`x / (1 + abs(x))`, elementwise.

    >>> tf.math.softsign([1., -3.])
    <tf.Tensor: shape=(2,), dtype=float32, numpy=array([ 0.5 , -0.75], dtype=float32)>

    Op: Softsign.
    """
    return features / (1 + xp(features).abs(features))


@softsign.gradient
def _(dy, features):
    return softsign_grad(dy, features)


@op("SoftsignGrad", shape=same)
@in_float32
def softsign_grad(gradients: Tensor, features: Tensor, name: str | None = None) -> Tensor:
    """The gradient of softsign: `gradients / (1 + abs(features)) ** 2`."""
    return gradients / xp(features).square(1 + xp(features).abs(features))


@softsign_grad.gradient
def _(dz, gradients, features):
    def of_features():
        size = abs(features)
        return (
            -2
            * dz
            * gradients
            * sign(features)
            * reciprocal(1 + size)
            * square(reciprocal(1 + size))
        )

    return lambda: softsign_grad(dz, features), of_features
