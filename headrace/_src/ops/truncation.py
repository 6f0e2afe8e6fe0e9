"""Division as the C language does it: quotients of integers cut towards zero.

The one idea: a quotient is that of the magnitudes with the sign of the exact one, so the remainder
has the sign of the dividend; `tf.math.floordiv` and `floormod` (ops/math.py) round down instead.

Read next: ops/math.py.
"""

from typing import Any

import numpy as np

from headrace._src.core.errors import InternalError
from headrace._src.core.namespace import xp
from headrace._src.core.shape_rules import broadcast
from headrace._src.core.tensor import Tensor
from headrace._src.engine.op import no_gradient, op
from headrace._src.ops.math import real_div


def _refuse_zero(x: Any, y: Any) -> None:
    """Raises what TensorFlow does where an integer is divided by zero."""
    if xp(x) is np and x.dtype.kind in "iu" and x.size and not y.all():
        raise InternalError(
            None,
            None,
            "Unexpected error in binary operator (only integer div and mod should have errors)",
        )


def _divides(x: Any, y: Any) -> Any:
    if x.dtype.kind not in "iu" or not x.size:
        return np.True_
    return (y != 0).all()


@op("TruncateDiv", shape=broadcast)
def truncatediv(x: Tensor, y: Tensor, name: str | None = None) -> Tensor:
    """The quotient `x / y` cut towards zero, elementwise with broadcasting.

    x, y: real numbers of one dtype.

    >>> tf.truncatediv([7, -7], 2)
    <tf.Tensor: shape=(2,), dtype=int32, numpy=array([ 3, -3], dtype=int32)>

    Raises tf.errors.InternalError where an integer is divided by zero. Op: TruncateDiv.
    """
    _refuse_zero(x, y)
    numbers = xp(x)
    if x.dtype.kind == "u":
        return numbers.floor_divide(x, y)
    if x.dtype.kind != "i":
        return numbers.trunc(numbers.divide(x, y))
    down = numbers.floor_divide(x, y)
    is_cut = (down < 0) & (down * y != x)
    return down + is_cut.astype(x.dtype)


truncatediv.check(_divides)


@truncatediv.kernel("host")
def _(x, y):
    # Narrow integers as doubles: their quotient is never rounded over an integer, and NumPy is
    # faster so.
    if x.dtype.kind != "i" or x.dtype.itemsize > 4:
        return truncatediv.op.body(x, y)
    _refuse_zero(x, y)
    return np.true_divide(x, y, dtype=np.float64).astype(np.int64).astype(x.dtype)


no_gradient(truncatediv, why="a step function: flat wherever it has a slope at all")


@op("TruncateMod", shape=broadcast)
def truncatemod(x: Tensor, y: Tensor, name: str | None = None) -> Tensor:
    """The remainder `x - truncatediv(x, y) * y`, elementwise; it has the sign of `x`.

    x, y: integers or floats of one dtype.

    >>> tf.truncatemod([7, -7], 2)
    <tf.Tensor: shape=(2,), dtype=int32, numpy=array([ 1, -1], dtype=int32)>

    Raises tf.errors.InternalError where an integer is divided by zero. Op: TruncateMod.
    """
    _refuse_zero(x, y)
    return xp(x).fmod(x, y)


truncatemod.check(_divides)
no_gradient(truncatemod, why="TensorFlow's registry of gradients has none.", is_error=True)


def realdiv(x: Any, y: Any, name: str | None = None) -> Tensor:
    """The quotient `x / y` of floats or complex numbers, elementwise with broadcasting.

    >>> tf.realdiv(1., 4.).numpy()
    np.float32(0.25)

    Raises tf.errors.NotFoundError for integers, which have no kernel on a CPU. Op: RealDiv.
    """
    return real_div(x, y, name)
