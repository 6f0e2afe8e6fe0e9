"""Counts, variances and fractions: what reductions say of a tensor.

Each is a composition of a reduction and elementwise ops, and so is its gradient. The variance is
that of a whole population (divided by n, not n - 1), from the squared distances to the mean.

Read next: ops/reduce.py, ops/logsumexp.py.
"""

from typing import Any

from headrace._src.core.dtypes import as_dtype, float32, int64, string
from headrace._src.core.tensor import EagerTensor, Tensor
from headrace._src.engine.convert import convert
from headrace._src.ops import complex as complex_numbers
from headrace._src.ops.array import size
from headrace._src.ops.cast import cast
from headrace._src.ops.compare import not_equal
from headrace._src.ops.math import multiply, square, subtract
from headrace._src.ops.powers import sqrt
from headrace._src.ops.reduce import reduce_mean, reduce_sum


def reduce_variance(
    input_tensor: Any, axis: Any = None, keepdims: bool = False, name: str | None = None
) -> Tensor:
    """The variance of the elements over some axes, or over all.

    input_tensor: float or complex. The other arguments as in `tf.reduce_sum`. The variance of
    complex numbers is real; that of nothing is NaN.

    >>> tf.math.reduce_variance([[1., 3.], [2., 2.]], axis=1).numpy()
    array([1., 0.], dtype=float32)

    Raises TypeError for integers.
    """
    if type(input_tensor) is not EagerTensor:
        input_tensor = convert(input_tensor)
    mean = reduce_mean(input_tensor, axis, True)
    if mean.dtype.is_integer:
        raise TypeError(
            f"Input must be either real or complex. Received integer type {mean.dtype!s}."
        )
    distance = subtract(input_tensor, mean)
    if distance.dtype.is_complex:
        squares = complex_numbers.real(multiply(distance, complex_numbers.conj(distance)))
    else:
        squares = square(distance)
    return reduce_mean(squares, axis, keepdims, name)


def reduce_std(
    input_tensor: Any, axis: Any = None, keepdims: bool = False, name: str | None = None
) -> Tensor:
    """The standard deviation of the elements over some axes, or over all.

    Arguments as in `tf.math.reduce_variance`, whose square root it is. Where it is 0 its gradient
    is NaN.

    >>> tf.math.reduce_std([[1., 3.], [2., 2.]], axis=1).numpy()
    array([1., 0.], dtype=float32)

    Raises TypeError for integers.
    """
    return sqrt(reduce_variance(input_tensor, axis, keepdims), name)


def count_nonzero(
    input: Any,
    axis: Any = None,
    keepdims: bool | None = None,
    dtype: Any = int64,
    name: str | None = None,
) -> Tensor:
    """How many elements are not zero (not false, not the empty string), over some axes or over all.

    input: a tensor of any dtype. axis, keepdims: as in `tf.reduce_sum`. dtype: that of the result.

    >>> tf.math.count_nonzero([[0, 1, 2], [0, 0, 3]], axis=1).numpy()
    array([2, 1])
    """
    if type(input) is not EagerTensor:
        input = convert(input)
    zero = convert(
        "" if input.dtype is string else False if input.dtype.is_bool else 0, input.dtype
    )
    counted = reduce_sum(cast(not_equal(input, zero), int64), axis, bool(keepdims))
    return cast(counted, as_dtype(dtype), name)


def zero_fraction(value: Any, name: str | None = None) -> Tensor:
    """The share of elements that are zero, as a float32 scalar; NaN for an empty tensor.

    >>> tf.math.zero_fraction([0, 1, 0, 2]).numpy()
    np.float32(0.5)
    """
    value = convert(value)
    total = size(value, int64)
    zeros = subtract(total, count_nonzero(value))
    return cast(zeros, float32) / cast(total, float32)
