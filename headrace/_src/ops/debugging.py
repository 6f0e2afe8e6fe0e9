"""Assertions on values: what is wrong is said with a few of the values that are wrong.

The one idea: an assertion is an op or two and, where these say no, an InvalidArgumentError whose
text TensorFlow's users know line by line. There are four texts: for a comparison (`_compare`), for
a sign (`_sign`), for whatever `Assert` is told to show, and for numbers that are none (op
CheckNumerics). Assertions on what is known without values (ranks, shapes, dtypes) are in
ops/known_asserts.py.

Read next: ops/known_asserts.py.
"""

from collections.abc import Callable, Sequence
from typing import Any

import ml_dtypes
import numpy as np

from headrace._src.core import errors
from headrace._src.core.shape_rules import same
from headrace._src.core.tensor import Tensor, array_of
from headrace._src.engine.convert import convert
from headrace._src.engine.op import op
from headrace._src.ops.compare import (
    equal,
    greater,
    greater_equal,
    less,
    less_equal,
    not_equal,
)
from headrace._src.ops.math import abs, add, multiply, subtract
from headrace._src.ops.reduce import reduce_all


def Assert(
    condition: Any, data: Any, summarize: int | None = None, name: str | None = None
) -> None:
    """A check that `condition`, a scalar, is true; else an error that shows `data`.

    data: a list of tensors or what becomes one. summarize: how many elements of each are shown, 3
    by default, a negative number for all. name: of the operation in a graph.

    >>> tf.debugging.Assert(tf.constant(1) < 2, ["one is less than two"])

    Raises tf.errors.InvalidArgumentError where the condition is false. Op: Assert.
    """
    del name
    if not isinstance(data, Sequence):
        raise TypeError("values must be a sequence.")
    if condition:
        return
    count = 3 if summarize is None else summarize
    shown = "\n".join(_summary(convert(value), count) for value in data)
    raise errors.InvalidArgumentError(
        None, None, f"Expected '{condition!s}' to be true. Summarized data: {shown}"
    )


def _summary(tensor: Tensor, count: int) -> str:
    """The first `count` elements, with commas."""
    array = array_of(tensor)
    if not array.ndim:
        return str(array[()])
    flat = array.reshape(-1)
    if count < 0:
        count = flat.size
    more = ["..."] if flat.size > count else []
    return ", ".join([str(value) for value in flat[:count]] + more)


# ---- comparisons ---------------------------------------------------------------------------------


def _compare(
    op: Callable, symbol: str, x: Any, y: Any, message: Any, summarize: int | None
) -> None:
    """Raises unless `x op y` holds everywhere, showing where it does not."""
    x, y = convert(x), convert(y)
    holds = op(x, y)
    if bool(reduce_all(holds)):
        return
    count = 3 if summarize is None else summarize
    one, other = array_of(x), array_of(y)
    if count < 0:
        count = max(one.size, other.size)
    lines = [] if message is None else [str(message)]
    lines.append(f"Condition x {symbol} y did not hold.")
    if count and one.ndim and one.shape == other.shape:
        wrong = np.argwhere(~array_of(holds))[:count]
        at = tuple(wrong.T)
        lines += [
            f"Indices of first {len(wrong)} different values:\n{wrong}",
            f"Corresponding x values:\n{one[at]}",
            f"Corresponding y values:\n{other[at]}",
        ]
    if count:
        lines += [
            f"First {min(count, array.size)} elements of {letter}:\n{array.reshape(-1)[:count]}"
            for letter, array in (("x", one), ("y", other))
        ]
    raise errors.InvalidArgumentError(None, None, "\n".join(lines))


def assert_equal(
    x: Any,
    y: Any,
    message: str | None = None,
    summarize: int | None = None,
    name: str | None = None,
) -> None:
    """A check that `x == y` everywhere, with broadcasting.

    message: put in front of the error's text. summarize: how many elements the error shows, 3 by
    default, a negative number for all. name: of the operation in a graph.

    >>> tf.debugging.assert_equal(tf.constant([1, 1]), 1)

    Raises tf.errors.InvalidArgumentError where it does not hold, or the shapes or dtypes clash.
    """
    del name
    if x is not y:
        _compare(equal, "==", x, y, message, summarize)


def assert_none_equal(
    x: Any,
    y: Any,
    summarize: int | None = None,
    message: str | None = None,
    name: str | None = None,
) -> None:
    """A check that `x != y` everywhere, with broadcasting; arguments as of `assert_equal`.

    >>> tf.debugging.assert_none_equal(tf.constant([1, 2]), 3)

    Raises tf.errors.InvalidArgumentError where it does not hold, or the shapes or dtypes clash.
    """
    del name
    _compare(not_equal, "!=", x, y, message, summarize)


def assert_less(
    x: Any,
    y: Any,
    message: str | None = None,
    summarize: int | None = None,
    name: str | None = None,
) -> None:
    """A check that `x < y` everywhere, with broadcasting; arguments as of `assert_equal`.

    >>> tf.debugging.assert_less(tf.constant([1, 2]), 3)

    Raises tf.errors.InvalidArgumentError where it does not hold, or the shapes or dtypes clash.
    """
    del name
    _compare(less, "<", x, y, message, summarize)


def assert_less_equal(
    x: Any,
    y: Any,
    message: str | None = None,
    summarize: int | None = None,
    name: str | None = None,
) -> None:
    """A check that `x <= y` everywhere, with broadcasting; arguments as of `assert_equal`.

    >>> tf.debugging.assert_less_equal(tf.constant([1, 2]), 2)

    Raises tf.errors.InvalidArgumentError where it does not hold, or the shapes or dtypes clash.
    """
    del name
    _compare(less_equal, "<=", x, y, message, summarize)


def assert_greater(
    x: Any,
    y: Any,
    message: str | None = None,
    summarize: int | None = None,
    name: str | None = None,
) -> None:
    """A check that `x > y` everywhere, with broadcasting; arguments as of `assert_equal`.

    >>> tf.debugging.assert_greater(tf.constant([1, 2]), 0)

    Raises tf.errors.InvalidArgumentError where it does not hold, or the shapes or dtypes clash.
    """
    del name
    _compare(greater, ">", x, y, message, summarize)


def assert_greater_equal(
    x: Any,
    y: Any,
    message: str | None = None,
    summarize: int | None = None,
    name: str | None = None,
) -> None:
    """A check that `x >= y` everywhere, with broadcasting; arguments as of `assert_equal`.

    >>> tf.debugging.assert_greater_equal(tf.constant([1, 2]), 1)

    Raises tf.errors.InvalidArgumentError where it does not hold, or the shapes or dtypes clash.
    """
    del name
    _compare(greater_equal, ">=", x, y, message, summarize)


def assert_near(
    x: Any,
    y: Any,
    rtol: Any = None,
    atol: Any = None,
    message: str | None = None,
    summarize: int | None = None,
    name: str | None = None,
) -> None:
    """A check that `|x - y| <= atol + rtol * |y|` everywhere, for floats and complex numbers.

    rtol, atol: ten times the distance of 1 to the next number of the dtype, by default. Other
    arguments as of `assert_equal`.

    >>> tf.debugging.assert_near(tf.constant([1., 2.]), [1., 2.0000002])

    Raises tf.errors.InvalidArgumentError where it does not hold, ValueError where the dtypes clash
    or have no fractions.
    """
    del name
    x = convert(x)
    try:
        y = convert(y, x.dtype)
    except ValueError as error:
        raise ValueError(f"y: {error}") from None
    if not (x.dtype.is_floating or x.dtype.is_complex):
        raise ValueError(f"data type {x.dtype.array_dtype.type} not inexact")
    real = x.dtype.real_dtype
    tolerance = 10 * float(ml_dtypes.finfo(real.array_dtype).eps)
    tolerances = []
    for which, given in (("rtol", rtol), ("atol", atol)):
        try:
            tolerances.append(convert(tolerance if given is None else given, real))
        except ValueError as error:
            raise ValueError(f"{which}: {error}") from None
    relative, absolute = tolerances
    allowed = add(absolute, multiply(relative, abs(y)))
    holds = reduce_all(less_equal(abs(subtract(x, y)), allowed))
    data = [
        "" if message is None else f"{message}.  ",
        f"x and y not equal to tolerance rtol = {relative!s}, atol = {absolute!s}",
        f"x (shape={x.shape} dtype={x.dtype.name}) = ",
        x,
        f"y (shape={y.shape} dtype={y.dtype.name}) = ",
        y,
    ]
    Assert(holds, data, summarize)


# ---- signs ---------------------------------------------------------------------------------------


def _sign(
    op: Callable, symbol: str, x: Any, message: str | None, summarize: int | None, gap: str = "\n"
) -> None:
    """Raises unless `x op 0` holds everywhere, showing the first elements of `x`."""
    x = convert(x)
    if bool(reduce_all(op(x, convert(0, x.dtype)))):
        return
    array = array_of(x)
    shown: Any = str(array[()])
    if array.ndim:
        count = 3 if summarize is None else summarize
        if count < 0:
            count = array.size
        shown = [str(value) for value in array.reshape(-1)[:count]]
        shown += ["..."] if array.size > count else []
    raise errors.InvalidArgumentError(
        None,
        None,
        f"{'' if message is None else f'{message}.  '}\n"
        f"Condition x {symbol} 0 did not hold element-wise:{gap}"
        f"x (shape={x.shape} dtype={x.dtype.name}) = \n{shown}",
    )


def assert_positive(
    x: Any, message: str | None = None, summarize: int | None = None, name: str | None = None
) -> None:
    """A check that `x > 0` everywhere; arguments as of `assert_equal`.

    >>> tf.debugging.assert_positive([1., 2.])

    Raises tf.errors.InvalidArgumentError where it does not hold.
    """
    del name
    _sign(greater, ">", x, message, summarize)


def assert_negative(
    x: Any, message: str | None = None, summarize: int | None = None, name: str | None = None
) -> None:
    """A check that `x < 0` everywhere; arguments as of `assert_equal`.

    >>> tf.debugging.assert_negative([-1., -2.])

    Raises tf.errors.InvalidArgumentError where it does not hold.
    """
    del name
    _sign(less, "<", x, message, summarize)


def assert_non_negative(
    x: Any, message: str | None = None, summarize: int | None = None, name: str | None = None
) -> None:
    """A check that `x >= 0` everywhere; arguments as of `assert_equal`.

    >>> tf.debugging.assert_non_negative([0., 2.])

    Raises tf.errors.InvalidArgumentError where it does not hold.
    """
    del name
    _sign(greater_equal, ">=", x, message, summarize)


def assert_non_positive(
    x: Any, message: str | None = None, summarize: int | None = None, name: str | None = None
) -> None:
    """A check that `x <= 0` everywhere; arguments as of `assert_equal`.

    >>> tf.debugging.assert_non_positive([0., -2.])

    Raises tf.errors.InvalidArgumentError where it does not hold.
    """
    del name
    _sign(less_equal, "<=", x, message, summarize, gap="")


# ---- numbers that are none -----------------------------------------------------------------------


def check_numerics(tensor: Any, message: str, name: str | None = None) -> Tensor:
    """`tensor` itself, of floats all of which are finite.

    message: put in front of the error's text.

    >>> tf.debugging.check_numerics([1., 2.], "weights").numpy()
    array([1., 2.], dtype=float32)

    Raises tf.errors.InvalidArgumentError where there are NaNs or infinities. Op: CheckNumerics.
    """
    if isinstance(message, bytes):
        message = message.decode()
    if not isinstance(message, str):
        raise TypeError(f"Expected string for argument 'message' not {message}.")
    return check_numerics_op(tensor, message, name)


@op("CheckNumerics", shape=same, cost="host")
def check_numerics_op(tensor: Tensor, message: str = "", name: str | None = None) -> Tensor:
    """`tensor` itself, of floats all of which are finite."""
    has_nan, has_inf = bool(np.isnan(tensor).any()), bool(np.isinf(tensor).any())
    if has_nan or has_inf:
        what = "Inf and NaN" if has_nan and has_inf else "NaN" if has_nan else "Inf"
        raise ValueError(f"{message} : Tensor had {what} values")
    return tensor


@check_numerics_op.gradient
def _(dz, message):
    where = (
        f"Not a number (NaN) or infinity (Inf) values detected in gradient. {message.encode()!r}"
    )
    return check_numerics_op(dz, where)


def assert_all_finite(x: Any, message: str, name: str | None = None) -> Tensor:
    """`x` itself, of floats all of which are finite; the same as `check_numerics`.

    >>> tf.debugging.assert_all_finite([1., 2.], "weights").numpy()
    array([1., 2.], dtype=float32)

    Raises tf.errors.InvalidArgumentError where there are NaNs or infinities. Op: CheckNumerics.
    """
    return check_numerics(x, message, name)
