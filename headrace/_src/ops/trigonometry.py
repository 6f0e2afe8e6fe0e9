"""Circular and hyperbolic functions and their inverses, elementwise, in radians.

Gradients conjugate the derivative, so that complex numbers work as TensorFlow's do
(ops/complex.py).

Read next: ops/powers.py.
"""

import numpy as np

from headrace._src.core.namespace import xp
from headrace._src.core.shape_rules import broadcast, same
from headrace._src.core.tensor import Tensor
from headrace._src.engine.op import op
from headrace._src.ops.complex import conj
from headrace._src.ops.math import negative, square
from headrace._src.ops.powers import reciprocal, rsqrt
from headrace._src.ops.precision import in_float32

# ---- circular ------------------------------------------------------------------------------------


@op("Sin", shape=same, host=np.sin, cost="light")
def sin(x: Tensor, name: str | None = None) -> Tensor:
    """The sine, elementwise, of angles in radians.

    >>> tf.math.sin([0., 1.])
    <tf.Tensor: shape=(2,), dtype=float32, numpy=array([0.      , 0.841471], dtype=float32)>

    Op: Sin.
    """
    return xp(x).sin(x)


@sin.gradient
def _(dy, x):
    return dy * cos(conj(x))


@op("Cos", shape=same, host=np.cos, cost="light")
def cos(x: Tensor, name: str | None = None) -> Tensor:
    """The cosine, elementwise, of angles in radians.

    >>> tf.math.cos([0., 1.])
    <tf.Tensor: shape=(2,), dtype=float32, numpy=array([1.       , 0.5403023], dtype=float32)>

    Op: Cos.
    """
    return xp(x).cos(x)


@cos.gradient
def _(dy, x):
    return negative(dy * sin(conj(x)))


@op("Tan", shape=same, host=np.tan, cost="light")
def tan(x: Tensor, name: str | None = None) -> Tensor:
    """The tangent, elementwise, of angles in radians.

    >>> tf.math.tan([0., 1.])
    <tf.Tensor: shape=(2,), dtype=float32, numpy=array([0.       , 1.5574077], dtype=float32)>

    Op: Tan.
    """
    return xp(x).tan(x)


@tan.gradient
def _(dy, x):
    return dy * square(reciprocal(cos(conj(x))))


@op("Asin", shape=same, host=np.arcsin, cost="light")
def asin(x: Tensor, name: str | None = None) -> Tensor:
    """The angle whose sine is `x`, elementwise, from -pi/2 to pi/2; NaN for floats beyond 1.

    >>> tf.math.asin([0., 1.])
    <tf.Tensor: shape=(2,), dtype=float32, numpy=array([0.       , 1.5707964], dtype=float32)>

    Op: Asin.
    """
    return xp(x).arcsin(x)


@asin.gradient
def _(dy, x):
    return dy * rsqrt(1 - square(conj(x)))


@op("Acos", shape=same, host=np.arccos, cost="light")
def acos(x: Tensor, name: str | None = None) -> Tensor:
    """The angle whose cosine is `x`, elementwise, from 0 to pi; NaN for floats beyond 1.

    >>> tf.math.acos([0., 1.])
    <tf.Tensor: shape=(2,), dtype=float32, numpy=array([1.5707964, 0.       ], dtype=float32)>

    Op: Acos.
    """
    return xp(x).arccos(x)


@acos.gradient
def _(dy, x):
    return negative(dy * rsqrt(1 - square(conj(x))))


@op("Atan", shape=same, host=np.arctan, cost="light")
def atan(x: Tensor, name: str | None = None) -> Tensor:
    """The angle whose tangent is `x`, elementwise, from -pi/2 to pi/2.

    >>> tf.math.atan([0., 1.])
    <tf.Tensor: shape=(2,), dtype=float32, numpy=array([0.       , 0.7853982], dtype=float32)>

    Op: Atan.
    """
    return xp(x).arctan(x)


@atan.gradient
def _(dy, x):
    return dy * reciprocal(1 + square(conj(x)))


@op("Atan2", shape=broadcast, host=np.arctan2, cost="light")
def atan2(y: Tensor, x: Tensor, name: str | None = None) -> Tensor:
    """The angle of the point (`x`, `y`), elementwise with broadcasting, from -pi to pi.

    Its tangent is `y / x`; the signs of both tell the quadrant.

    >>> tf.math.atan2([1., -1.], [0., -1.])
    <tf.Tensor: shape=(2,), dtype=float32, numpy=array([ 1.5707964, -2.3561945], dtype=float32)>

    Op: Atan2.
    """
    return xp(y).arctan2(y, x)


@atan2.gradient
def _(dz, y, x):
    s = dz / (x * x + y * y)
    return lambda: x * s, lambda: negative(y) * s


# ---- hyperbolic ----------------------------------------------------------------------------------


@op("Sinh", shape=same, host=np.sinh, cost="light")
def sinh(x: Tensor, name: str | None = None) -> Tensor:
    """The hyperbolic sine `(exp(x) - exp(-x)) / 2`, elementwise.

    >>> tf.math.sinh([0., 1.])
    <tf.Tensor: shape=(2,), dtype=float32, numpy=array([0.       , 1.1752012], dtype=float32)>

    Op: Sinh.
    """
    return xp(x).sinh(x)


@sinh.kernel("xla")
def _(x):
    # XLA's own is exp(x + log(0.5)), off by 24 units in the last place where x is large.
    numbers = xp(x)
    if x.dtype.kind == "c":
        return numbers.sinh(x)
    size = abs(x)
    root = numbers.exp(0.5 * size)
    less = numbers.expm1(size)
    far = 0.5 * root * root - 0.5 / (root * root)
    return numbers.copysign(numbers.where(size < 1, 0.5 * (less + less / (less + 1)), far), x)


@sinh.gradient
def _(dy, x):
    return dy * cosh(conj(x))


@op("Cosh", shape=same, host=np.cosh, cost="light")
def cosh(x: Tensor, name: str | None = None) -> Tensor:
    """The hyperbolic cosine `(exp(x) + exp(-x)) / 2`, elementwise.

    >>> tf.math.cosh([0., 1.])
    <tf.Tensor: shape=(2,), dtype=float32, numpy=array([1.       , 1.5430807], dtype=float32)>

    Op: Cosh.
    """
    return xp(x).cosh(x)


@cosh.kernel("xla")
def _(x):
    numbers = xp(x)
    if x.dtype.kind == "c":
        return numbers.cosh(x)
    root = numbers.exp(0.5 * abs(x))  # see sinh
    return 0.5 * root * root + 0.5 / (root * root)


@cosh.gradient
def _(dy, x):
    return dy * sinh(conj(x))


@op("Tanh", shape=same, host=np.tanh, cost="light")
def tanh(x: Tensor, name: str | None = None) -> Tensor:
    """The hyperbolic tangent `sinh(x) / cosh(x)`, elementwise.

    >>> tf.math.tanh([0., 1.])
    <tf.Tensor: shape=(2,), dtype=float32, numpy=array([0.       , 0.7615942], dtype=float32)>

    Op: Tanh.
    """
    return xp(x).tanh(x)


@tanh.gradient
def _(dy, out):
    return tanh_grad(out, dy)


@op("TanhGrad", shape=same)
@in_float32
def tanh_grad(y: Tensor, dy: Tensor, name: str | None = None) -> Tensor:
    """The gradient of `y = tanh(x)`: `dy * (1 - conj(y) ** 2)`."""
    y = xp(y).conj(y)
    return dy * (1 - y * y)


@tanh_grad.kernel("host")
@in_float32
def _(y, dy):
    return dy * (1 - y * y) if y.dtype.kind == "f" else dy * (1 - np.square(np.conj(y)))


@tanh_grad.gradient
def _(dz, y, dy):
    y = conj(y)
    return lambda: conj(dz) * -2.0 * dy * y, lambda: tanh_grad(y, dz)


@op("Asinh", shape=same, host=np.arcsinh, cost="light")
def asinh(x: Tensor, name: str | None = None) -> Tensor:
    """The number whose hyperbolic sine is `x`, elementwise.

    >>> tf.math.asinh([0., 1.])
    <tf.Tensor: shape=(2,), dtype=float32, numpy=array([0.       , 0.8813736], dtype=float32)>

    Op: Asinh.
    """
    return xp(x).arcsinh(x)


@asinh.gradient
def _(dy, out):
    return dy * reciprocal(cosh(conj(out)))


@op("Acosh", shape=same, host=np.arccosh, cost="light")
def acosh(x: Tensor, name: str | None = None) -> Tensor:
    """The number whose hyperbolic cosine is `x`, elementwise; NaN for floats below 1.

    >>> tf.math.acosh([1., 2.])
    <tf.Tensor: shape=(2,), dtype=float32, numpy=array([0.      , 1.316958], dtype=float32)>

    Op: Acosh.
    """
    return xp(x).arccosh(x)


@acosh.gradient
def _(dy, out):
    return dy * reciprocal(sinh(conj(out)))


@op("Atanh", shape=same, host=np.arctanh, cost="light")
def atanh(x: Tensor, name: str | None = None) -> Tensor:
    """The number whose hyperbolic tangent is `x`, elementwise; NaN for floats beyond 1.

    >>> tf.math.atanh([0., 0.5])
    <tf.Tensor: shape=(2,), dtype=float32, numpy=array([0.        , 0.54930615], dtype=float32)>

    Op: Atanh.
    """
    return xp(x).arctanh(x)


@atanh.gradient
def _(dy, x):
    return dy * reciprocal(1 - square(conj(x)))
