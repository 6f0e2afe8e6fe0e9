"""Questions about elements: comparisons, tests for NaN and infinity, logic and bits.

The one idea: these answer bools; to compare, both sides take their common dtype first.

Read next: elementwise.py, for how a line becomes a function.
"""

from typing import Any

import numpy as np

from headrace._src.core import dtypes
from headrace._src.numpy_api.elementwise import Function, binary, named, unary
from headrace._src.numpy_api.promotion import answer, tensor, tensors
from headrace._src.ops import bitwise, compare, math
from headrace._src.ops.cast import cast
from headrace._src.ops.reduce import reduce_all

# ---- comparisons and tests -----------------------------------------------------------------------

equal = binary("equal", compare.equal, "Whether the two are equal.")
not_equal = binary("not_equal", compare.not_equal, "Whether the two differ.")


def _ordered(name: str, op: Function, words: str) -> Function:
    return binary(name, op, words, of_bools=dtypes.int8)


less = _ordered("less", compare.less, "Whether `x1 < x2`.")
less_equal = _ordered("less_equal", compare.less_equal, "Whether `x1 <= x2`.")
greater = _ordered("greater", compare.greater, "Whether `x1 > x2`.")
greater_equal = _ordered("greater_equal", compare.greater_equal, "Whether `x1 >= x2`.")

isfinite = unary(
    "isfinite", compare.is_finite, "Whether the number is neither infinite nor NaN.", True
)
isnan = unary("isnan", compare.is_nan, "Whether the number is NaN.", True)


def isinf(x: Any) -> Any:
    """Whether the number is infinite; integers never are.

    >>> tf.experimental.numpy.isinf([1., -np.inf]).numpy()
    array([False,  True])

    Source: numpy.isinf.
    """
    x = tensor(x)
    return compare.is_inf(x) if x.dtype.is_floating else False


def isneginf(x: Any) -> Any:
    """Whether the number is minus infinity.

    >>> tf.experimental.numpy.isneginf([np.inf, -np.inf]).numpy()
    array([False,  True])

    Source: numpy.isneginf.
    """
    x = tensor(x)
    return x == -np.inf if x.dtype.is_floating else False


def isposinf(x: Any) -> Any:
    """Whether the number is plus infinity.

    >>> tf.experimental.numpy.isposinf([np.inf, -np.inf]).numpy()
    array([ True, False])

    Source: numpy.isposinf.
    """
    x = tensor(x)
    return x == np.inf if x.dtype.is_floating else False


def isclose(a: Any, b: Any, rtol: Any = 1e-05, atol: Any = 1e-08, equal_nan: bool = False) -> Any:
    """Whether `|a - b| <= atol + rtol |b|`; integers must be equal.

    equal_nan: whether NaN is close to NaN. By the formula, as in TensorFlow and other than in
    NumPy, an infinity is not close to itself.

    >>> tf.experimental.numpy.isclose([1., 1.1], [1.0000001, 1.]).numpy()
    array([ True, False])

    Source: numpy.isclose.
    """
    a, b = tensors(a, b)
    if not (a.dtype.is_floating or a.dtype.is_complex):
        return compare.equal(a, b)
    kind = a.dtype.real_dtype
    bound = cast(rtol, kind) * math.abs(b) + cast(atol, kind)
    result = math.abs(a - b) <= bound
    if equal_nan and a.dtype.is_floating:
        result = result | (compare.is_nan(a) & compare.is_nan(b))
    return result


def allclose(a: Any, b: Any, rtol: Any = 1e-05, atol: Any = 1e-08, equal_nan: bool = False) -> Any:
    """Whether all elements are close (`isclose`): a scalar.

    >>> tf.experimental.numpy.allclose([1., 2.], [1., 2.1])
    <tf.Tensor: shape=(), dtype=bool, numpy=False>

    Source: numpy.allclose.
    """
    return reduce_all(isclose(a, b, rtol, atol, equal_nan))


def array_equal(a1: Any, a2: Any) -> Any:
    """Whether two arrays have the same shape and equal elements: a scalar.

    >>> tf.experimental.numpy.array_equal([1, 2], [1., 2.])
    <tf.Tensor: shape=(), dtype=bool, numpy=True>

    Source: numpy.array_equal.
    """
    a1, a2 = tensors(a1, a2)
    if not a1.shape.is_compatible_with(a2.shape):
        return answer(tensor(False))
    # Of shapes that prove to differ the comparison answers one False.
    return reduce_all(compare.equal_op(a1, a2, False))


# ---- logic and bits ------------------------------------------------------------------------------


def _logic(name: str, op: Function, words: str) -> Function:
    """The NumPy function `name` of the truth of two tensors."""

    def function(x1: Any, x2: Any) -> Any:
        return op(_truth(x1), _truth(x2))

    return named(function, name, f"{words}\n\nSource: numpy.{name}.")


def _truth(x: Any) -> Any:
    return cast(tensor(x), dtypes.bool)


logical_and = _logic("logical_and", compare.logical_and, "Whether both are true (not 0).")
logical_or = _logic("logical_or", compare.logical_or, "Whether either is true (not 0).")
logical_xor = _logic("logical_xor", compare.not_equal, "Whether just one is true (not 0).")
logical_not = unary("logical_not", lambda x: compare.logical_not(_truth(x)), "Whether it is 0.")

bitwise_and = binary(
    "bitwise_and", bitwise.bitwise_and, "The bits that both have.", compare.logical_and
)
bitwise_or = binary(
    "bitwise_or", bitwise.bitwise_or, "The bits that either has.", compare.logical_or
)
bitwise_xor = binary(
    "bitwise_xor", bitwise.bitwise_xor, "The bits that just one has.", compare.logical_xor
)


def bitwise_not(x: Any) -> Any:
    """The bits that a number has not; of bools, whether it is false.

    >>> tf.experimental.numpy.bitwise_not([0, 5]).numpy()
    array([-1, -6])

    Source: numpy.bitwise_not.
    """
    x = tensor(x)
    return compare.logical_not(x) if x.dtype is dtypes.bool else bitwise.invert(x)
