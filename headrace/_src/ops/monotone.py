"""Whether values are in order: `tf.math.is_non_decreasing`, `is_strictly_increasing`.

The one idea: all of a tensor's elements, row by row, are one sequence, and it is in order if each
element is to the one before it as it should be.

Read next: ops/compare.py.
"""

from typing import Any

from headrace._src.core.tensor import Tensor
from headrace._src.engine.convert import convert
from headrace._src.ops.array import reshape
from headrace._src.ops.compare import greater, greater_equal
from headrace._src.ops.reduce import reduce_all


def is_non_decreasing(x: Any, name: str | None = None) -> Tensor:
    """Whether no element of `x` is less than the one before it, row by row; a boolean scalar.

    x: real numbers of any shape. Fewer than two are in order.

    >>> bool(tf.math.is_non_decreasing([1., 1., 3.])), bool(tf.math.is_non_decreasing([2, 1]))
    (True, False)

    Raises TypeError for what are no numbers. Op: GreaterEqual.
    """
    sequence = _sequence(x)
    return reduce_all(greater_equal(sequence[1:], sequence[:-1]), name=name)


def is_strictly_increasing(x: Any, name: str | None = None) -> Tensor:
    """Whether each element of `x` is more than the one before it, row by row; a boolean scalar.

    x: real numbers of any shape. Fewer than two are in order.

    >>> bool(tf.math.is_strictly_increasing([1., 2.])), bool(tf.math.is_strictly_increasing([1, 1]))
    (True, False)

    Raises TypeError for what are no numbers. Op: Greater.
    """
    sequence = _sequence(x)
    return reduce_all(greater(sequence[1:], sequence[:-1]), name=name)


def _sequence(x: Any) -> Tensor:
    x = convert(x)
    if not (x.dtype.is_floating or x.dtype.is_integer or x.dtype.is_complex):
        raise TypeError(f"Expected x to be numeric, instead found: {x}")
    return reshape(x, [-1])
