"""Activations: the curves between the layers of a network, and softmax.

The one idea: the gradient of a rectifier is an op of its own (`ReluGrad`), as in TensorFlow's
registry. It takes one pass over memory instead of three, says what holds at the kink (relu and
relu6 are flat there, elu and selu go on as on the right), and has itself a gradient, so that any
order of derivative comes out.

Sixteen-bit floats are computed in float32 and rounded once (ops/precision.py). Sigmoid, softplus
and softsign are in ops/powers.py, tanh in ops/trigonometry.py.

Read next: ops/losses.py, where softmax meets labels.
"""

import math
from typing import Any

import numpy as np

from headrace._src.core import errors
from headrace._src.core.dtypes import float32
from headrace._src.core.namespace import xp
from headrace._src.core.shape_rules import ShapeError, bracketed, same
from headrace._src.core.shapes import TensorShape
from headrace._src.core.tensor import EagerTensor, Tensor
from headrace._src.engine import gradient
from headrace._src.engine.convert import convert
from headrace._src.engine.node import known_value
from headrace._src.engine.op import op
from headrace._src.engine.pieces import PIECES_FROM, elementwise
from headrace._src.ops.array import all_axes, invert_permutation, transpose_op
from headrace._src.ops.cast import cast
from headrace._src.ops.constant import zeros_like
from headrace._src.ops.joining import concat
from headrace._src.ops.math import multiply, negative
from headrace._src.ops.powers import exp, pow, sigmoid
from headrace._src.ops.precision import in_float32
from headrace._src.ops.reduce import sum
from headrace._src.ops.select import select
from headrace._src.ops.special import erfc
from headrace._src.ops.trigonometry import tanh

# ---- rectifiers
# ----------------------------------------------------------------------------------


def _alike(name: str, gradients: Any, features: Any) -> None:
    """Refuses two shapes that a product would broadcast."""
    if gradients.shape != features.shape:
        first, second = (bracketed(TensorShape(x.shape)) for x in (gradients, features))
        raise ValueError(
            f"Inputs to operation {name} of type {name} must have the same size and shape.  "
            f"Input 0: {first} != input 1: {second}"
        )


@op("Relu", shape=same, cost="light")
def relu(features: Tensor, name: str | None = None) -> Tensor:
    """`x` where it is positive, else 0, elementwise.

    features: real numbers of any dtype and shape. NaN stays NaN; the gradient at 0 is 0.

    >>> tf.nn.relu([-2., 0., 3.]).numpy()
    array([0., 0., 3.], dtype=float32)

    Op: Relu.
    """
    return xp(features).maximum(features, features.dtype.type(0))


# A zero of the dtype ready-made spares half the time of a small relu.
_ZERO: dict[Any, np.ndarray] = {}


@relu.kernel("host")
def _(x):
    zero = _ZERO.get(x.dtype)
    if zero is None:
        zero = _ZERO.setdefault(x.dtype, np.zeros((), x.dtype))
    return np.maximum(x, zero) if x.size < PIECES_FROM else elementwise(np.maximum, [x, zero])


@relu.gradient
def _(dy, out):
    return relu_grad(dy, out)


@op("ReluGrad", shape=same, cost="passes")
def relu_grad(gradients: Tensor, features: Tensor, name: str | None = None) -> Tensor:
    """`gradients` where `features` (or relu of them) are positive, else 0."""
    _alike("ReluGrad", gradients, features)
    return gradients * (features > 0).astype(gradients.dtype)


@relu_grad.gradient
def _(dz, features):
    return relu_grad(dz, features), lambda: zeros_like(features)


@op("Relu6", shape=same, cost="passes")
def relu6(features: Tensor, name: str | None = None) -> Tensor:
    """`x` kept between 0 and 6, elementwise.

    features: real numbers of any dtype and shape. The gradient at 0 and at 6 is 0.

    >>> tf.nn.relu6([-2., 3., 9.]).numpy()
    array([0., 3., 6.], dtype=float32)

    Op: Relu6.
    """
    kind = features.dtype.type
    return xp(features).minimum(xp(features).maximum(features, kind(0)), kind(6))


@relu6.gradient
def _(dy, out):
    return relu6_grad(dy, out)


@op("Relu6Grad", shape=same, cost="passes")
def relu6_grad(gradients: Tensor, features: Tensor, name: str | None = None) -> Tensor:
    """`gradients` where `features` (or relu6 of them) are between 0 and 6, else 0."""
    _alike("Relu6Grad", gradients, features)
    return gradients * ((features > 0) & (features < 6)).astype(gradients.dtype)


@relu6_grad.gradient
def _(dz, features):
    return relu6_grad(dz, features), lambda: zeros_like(features)


def leaky_relu(features: Any, alpha: Any = 0.2, name: str | None = None) -> Tensor:
    """`x` where it is positive, else `alpha * x`, elementwise.

    features: floats; integers become float32. alpha: a Python number.

    >>> tf.nn.leaky_relu([-2., 3.]).numpy()
    array([-0.4,  3. ], dtype=float32)

    Raises TypeError where `alpha` is no number. Op: LeakyRelu.
    """
    if type(features) is not EagerTensor:
        features = convert(features)
    if features.dtype.is_integer:
        features = cast(features, float32)
    if alpha is None:
        alpha = 0.2
    elif type(alpha) is not float:
        if not isinstance(alpha, (int, float, np.number)):
            raise TypeError(f"Expected float for argument 'alpha' not {alpha!r}.")
        alpha = float(alpha)
    return leaky_relu_op(features, alpha, name)


@op("LeakyRelu", shape=same)
@in_float32
def leaky_relu_op(features: Tensor, alpha: float = 0.2, name: str | None = None) -> Tensor:
    """`features` where positive, else `alpha * features`."""
    slope = _float32(alpha)
    if 0 < slope <= 1:  # nearly always; np.where takes ten times as long
        return xp(features).maximum(features, features * slope)
    return xp(features).where(features > 0, features, features * slope)


def _float32(alpha: float) -> float:
    """`alpha` with the digits it has as the registry's float, even where the tensor has more."""
    return float(np.float32(alpha))


@leaky_relu_op.gradient
def _(dy, features, alpha):
    return leaky_relu_grad(dy, features, alpha)


@op("LeakyReluGrad", shape=same)
@in_float32
def leaky_relu_grad(
    gradients: Tensor, features: Tensor, alpha: float = 0.2, name: str | None = None
) -> Tensor:
    """`gradients` where `features` are positive, else `alpha * gradients`."""
    _alike("LeakyReluGrad", gradients, features)
    return xp(features).where(features > 0, gradients, gradients * _float32(alpha))


@leaky_relu_grad.gradient
def _(dz, features, alpha):
    return leaky_relu_grad(dz, features, alpha), lambda: zeros_like(features)


def _exp(x: Any) -> Any:
    """exp with the digits of TensorFlow's.

    NumPy's over float32 is off in the last digit for two arguments of five (at -1, for one). Over
    float64 and rounded it is right, and takes 1 µs longer over a small array.
    """
    if xp(x) is np:
        return np.exp(x, dtype=np.float64).astype(x.dtype, copy=False)
    return xp(x).exp(x)


def _expm1(x: Any) -> Any:
    """exp(x) - 1 without cancellation, right in the last digit as `_exp`."""
    if xp(x) is np:
        return np.expm1(x, dtype=np.float64).astype(x.dtype, copy=False)
    return xp(x).expm1(x)


@op("Elu", shape=same)
@in_float32
def elu(features: Tensor, name: str | None = None) -> Tensor:
    """`x` where it is positive, else `exp(x) - 1`, elementwise.

    features: floats of any shape. The gradient at 0 is 1.

    >>> tf.nn.elu([-1., 2.]).numpy().round(4)
    array([-0.6321,  2.    ], dtype=float32)

    Op: Elu. Source: Clevert et al. 2015, "Fast and accurate deep network learning by exponential
    linear units".
    """
    return xp(features).where(features < 0, _expm1(features), features)


@elu.gradient
def _(dy, out):
    return elu_grad(dy, out)


@op("EluGrad", shape=same, cost="passes")
@in_float32
def elu_grad(gradients: Tensor, outputs: Tensor, name: str | None = None) -> Tensor:
    """`gradients * (outputs + 1)` where the outputs of elu are negative, else `gradients`."""
    _alike("EluGrad", gradients, outputs)
    return xp(outputs).where(outputs < 0, gradients * (outputs + 1), gradients)


@elu_grad.gradient
def _(dz, gradients, outputs):
    return lambda: elu_grad(dz, outputs), lambda: _where_negative(outputs, dz * gradients)


def _where_negative(outputs: Tensor, dx: Tensor) -> Tensor:
    return select(outputs < 0, dx, gradient.zeros((), dx.dtype))


# The fixed point of the mean 0 and the variance 1 under selu.
_SELU_SCALE = 1.0507009873554804934193349852946
_SELU_DEPTH = 1.7580993408473768599402175208123  # scale * alpha


@op("Selu", shape=same)
@in_float32
def selu(features: Tensor, name: str | None = None) -> Tensor:
    """`scale * x` where `x` is positive, else `scale * alpha * (exp(x) - 1)`, elementwise.

    features: floats of any shape. scale and alpha are such that mean 0 and variance 1 are kept
    from layer to layer.

    >>> tf.nn.selu([-1., 2.]).numpy().round(4)
    array([-1.1113,  2.1014], dtype=float32)

    Op: Selu. Source: Klambauer et al. 2017, "Self-normalizing neural networks".
    """
    below = _SELU_DEPTH * _expm1(features)
    return xp(features).where(features < 0, below, _SELU_SCALE * features)


@selu.gradient
def _(dy, out):
    return selu_grad(dy, out)


@op("SeluGrad", shape=same, cost="passes")
@in_float32
def selu_grad(gradients: Tensor, outputs: Tensor, name: str | None = None) -> Tensor:
    """The gradient of selu from its outputs."""
    _alike("SeluGrad", gradients, outputs)
    below = gradients * (outputs + _SELU_DEPTH)
    return xp(outputs).where(outputs < 0, below, gradients * _SELU_SCALE)


@selu_grad.gradient
def _(dz, gradients, outputs):
    return lambda: selu_grad(dz, outputs), lambda: _where_negative(outputs, dz * gradients)


def crelu(features: Any, axis: Any = -1, name: str | None = None) -> Tensor:
    """relu of `x` beside relu of `-x` along `axis`, which becomes twice as long.

    features: real numbers of rank >= 1.

    >>> tf.nn.crelu([1., -2.]).numpy()
    array([1., 0., 0., 2.], dtype=float32)

    Source: Shang et al. 2016, "Understanding and improving convolutional neural networks via
    concatenated rectified linear units".
    """
    features = convert(features)
    return relu(concat([features, negative(features)], axis), name)


# ---- smooth curves
# -------------------------------------------------------------------------------


def silu(features: Any, beta: Any = 1.0) -> Tensor:
    """`x * sigmoid(beta * x)`, elementwise; also called swish.

    features: floats of any shape. beta: a number or a tensor that broadcasts.

    >>> tf.nn.silu([-1., 2.]).numpy().round(4)
    array([-0.2689,  1.7616], dtype=float32)

    Source: Ramachandran et al. 2017, "Searching for activation functions".
    """
    if type(features) is not EagerTensor:
        features = convert(features)
    if type(beta) is float and beta == 1.0 and features.dtype.is_floating:
        return multiply(features, sigmoid(features))
    beta = cast(convert(beta), features.dtype)
    return multiply(features, sigmoid(multiply(beta, features)))


def gelu(features: Any, approximate: bool = False, name: str | None = None) -> Tensor:
    """`x` times the probability that a standard normal variable is below it, elementwise.

    features: floats of any shape. approximate: whether to use the formula with tanh.

    >>> tf.nn.gelu([-1., 2.]).numpy().round(4)
    array([-0.1587,  1.9545], dtype=float32)

    Raises ValueError for what are no floats. Source: Hendrycks and Gimpel 2016, "Gaussian error
    linear units".
    """
    features = convert(features)
    if not features.dtype.is_floating:
        raise ValueError(
            "`features.dtype` must be a floating point tensor."
            f"Received:features.dtype={features.dtype}"
        )
    if approximate:
        inner = features + 0.044715 * pow(features, convert(3, features.dtype))
        return multiply(0.5 * features, 1.0 + tanh(math.sqrt(2 / math.pi) * inner), name)
    # Not 1 + erf(x), of which nothing is left below -5. The division, not a product with the
    # reciprocal: that is another rounding.
    return multiply(0.5 * features, erfc(-features / math.sqrt(2)), name)


# ---- softmax
# -------------------------------------------------------------------------------------


def softmax(logits: Any, axis: Any = None, name: str | None = None) -> Tensor:
    """`exp(x) / sum(exp(x))` along an axis: positive numbers that add up to 1.

    logits: floats of rank >= 1. axis: an integer in [-rank, rank), the last by default.

    >>> tf.nn.softmax([1., 2., 3.]).numpy().round(4)
    array([0.09  , 0.2447, 0.6652], dtype=float32)

    Raises tf.errors.InvalidArgumentError for a scalar or an axis out of range. Op: Softmax.
    """
    if axis is None or (type(axis) is int and axis == -1):
        return softmax_op(logits, name)
    return _along(softmax_op, logits, axis, name)


def log_softmax(logits: Any, axis: Any = None, name: str | None = None) -> Tensor:
    """`x - log(sum(exp(x)))` along an axis: the logarithm of softmax, without overflow.

    logits: floats of rank >= 1. axis: an integer in [-rank, rank), the last by default.

    >>> tf.nn.log_softmax([1000., 0.]).numpy()
    array([    0., -1000.], dtype=float32)

    Raises tf.errors.InvalidArgumentError for a scalar or an axis out of range. Op: LogSoftmax.
    """
    if axis is None or (type(axis) is int and axis == -1):
        return log_softmax_op(logits, name)
    return _along(log_softmax_op, logits, axis, name)


def _along(function: Any, logits: Any, axis: Any, name: str | None) -> Tensor:
    """An op over the last axis, made to work along `axis`."""
    logits = convert(logits)
    rank = logits.shape.rank
    known = known_value(axis)
    if known is not None:
        axis = known.item()
    if rank is None:
        axes = all_axes(logits)
        order = concat([axes[:axis], axes[axis + 1 :], axes[axis : axis + 1]], 0)
        moved = function(transpose_op(logits, order))
        return transpose_op(moved, invert_permutation(order), name)
    if axis != -1 and not -rank <= axis < rank:
        raise errors.InvalidArgumentError(
            None,
            None,
            f"`dim` must be in the range [{-rank}, {rank}) where {rank} is the number of "
            f"dimensions in the input. Received: dim={axis}",
        )
    if axis != int(axis):
        raise errors.InvalidArgumentError(None, None, f"`dim` must be an integer, not {axis}")
    axis = int(axis)
    if axis in (-1, rank - 1):
        return function(logits, name)
    axis %= rank
    swap = (*range(axis), rank - 1, *range(axis + 1, rank - 1), axis)
    return transpose_op(function(transpose_op(logits, swap)), swap, name)


def _at_least_a_vector(logits: TensorShape) -> TensorShape:
    if logits.rank == 0:
        raise ShapeError("logits must have >= 1 dimension, got []")
    return logits


@op("Softmax", shape=_at_least_a_vector)
@in_float32
def softmax_op(logits: Tensor, name: str | None = None) -> Tensor:
    """Softmax along the last axis."""
    powers = xp(logits).exp(logits - _peaks(logits))
    return powers / powers.sum(axis=(-1,), keepdims=True)


def _peaks(logits: Any) -> Any:
    """The largest element along the last axis; less that, no element lets exp overflow."""
    return (
        logits.max(axis=(-1,), keepdims=True) if logits.shape[-1:] != (0,) else logits.dtype.type(0)
    )


@softmax_op.kernel("host")
@in_float32
def _(x):
    # The ufuncs' own methods: twice as quick over small arrays as the array's.
    if not x.size:
        return x
    powers = _exp(x - np.maximum.reduce(x, (-1,), None, None, True))
    powers /= np.add.reduce(powers, (-1,), None, None, True)
    return powers


@softmax_op.gradient
def _(dz, out):
    return (dz - sum(dz * out, (-1,), True)) * out


@op("LogSoftmax", shape=_at_least_a_vector)
@in_float32
def log_softmax_op(logits: Tensor, name: str | None = None) -> Tensor:
    """Log-softmax along the last axis."""
    shifted = logits - _peaks(logits)
    return shifted - xp(logits).log(
        xp(logits).sum(xp(logits).exp(shifted), axis=(-1,), keepdims=True)
    )


@log_softmax_op.gradient
def _(dz, out):
    return dz - sum(dz, (-1,), True) * exp(out)
