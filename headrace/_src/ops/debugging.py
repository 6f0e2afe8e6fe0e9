"""Assertions on values: what is wrong is said with a few of the values that are wrong.

The one idea: an assertion is an op or two and, where these say no, an InvalidArgumentError whose
text TensorFlow's users know line by line. There are four texts: for a comparison (`_compare`), for
a sign (`_sign`), for whatever `Assert` is told to show, and for numbers that are none (op
CheckNumerics). In a graph the first three become a step, which fails when the graph runs; what is
known to be wrong fails at once. Assertions on what is known without values (ranks, shapes, dtypes)
are in ops/known_asserts.py.

Read next: ops/known_asserts.py.
"""

import math
from collections.abc import Callable, Sequence
from typing import Any

import ml_dtypes
import numpy as np

from headrace._src.core import errors
from headrace._src.core.context import thread
from headrace._src.core.dtypes import DType, int32, string
from headrace._src.core.dtypes import bool as bool_
from headrace._src.core.namespace import xp
from headrace._src.core.shape_rules import same
from headrace._src.core.tensor import Tensor, array_of
from headrace._src.engine.convert import convert
from headrace._src.engine.graph import SymbolicTensor
from headrace._src.engine.node import known_value
from headrace._src.engine.op import op
from headrace._src.engine.step import no_op, step
from headrace._src.ops.compare import (
    equal,
    greater,
    greater_equal,
    less,
    less_equal,
    not_equal,
)
from headrace._src.ops.math import abs, add, multiply, subtract
from headrace._src.ops.printing import written
from headrace._src.ops.reduce import reduce_all


def Assert(condition: Any, data: Any, summarize: int | None = None, name: str | None = None) -> Any:
    """A check that `condition`, a scalar, is true; else an error that shows `data`.

    data: a list of tensors or what becomes one. summarize: how many elements of each are shown, 3
    by default, a negative number for all. name: of the operation in a graph.

    >>> tf.debugging.Assert(tf.constant(1) < 2, ["one is less than two"])

    Raises tf.errors.InvalidArgumentError where the condition is false. Op: Assert.
    """
    if not isinstance(data, Sequence):
        raise TypeError("values must be a sequence.")
    if thread.context.graph is not None:
        return in_graph_assert(scope_of(name or "Assert"), condition, data, summarize)
    if condition:
        return None
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


# ---- in a graph ----------------------------------------------------------------------------------


@step("Assert", is_stateful=True)
def assert_step(machine: Any, node: Any, condition: Any, *data: Any) -> tuple:
    """An error that shows `data` where `condition` is false."""
    if not machine.is_host:
        machine.require(False if condition.shape else condition)
        return ()
    if condition.shape:
        raise ValueError(f"In[0] should be a scalar: {list(condition.shape)}")
    if not condition:
        count = node.attributes["summarize"]
        shown = [
            f"[{_brief(np.asarray(value), tensor.dtype, count)}]"
            for value, tensor in zip(data, node.inputs[1:], strict=True)
        ]
        raise errors.InvalidArgumentError(None, None, f"assertion failed: {' '.join(shown)}")
    return ()


def _brief(array: np.ndarray, dtype: DType, count: int) -> str:
    """The first `count` elements as a failed assertion of a graph shows them, all if negative."""
    flat = array.reshape(-1)
    left = len(flat) if count < 0 else min(count, len(flat))
    texts = [written(np.asarray(flat[i], array.dtype), dtype, -1) for i in range(left)]
    if dtype is string:
        texts = [text[1:-1] for text in texts]
    rest = "..." if left < len(flat) else ""
    if array.ndim < 2:
        return " ".join(texts) + rest
    return _nested(texts, array.shape[1:]) + rest if array.size else ""


def _nested(texts: list[str], shape: tuple[int, ...]) -> str:
    """The parts of `shape` of which there are elements, each in brackets."""
    size = math.prod(shape)
    parts = [texts[i : i + size] for i in range(0, len(texts), size)]
    if len(shape) > 1:
        return "".join(f"[{_nested(part, shape[1:])}]" for part in parts)
    return "".join(f"[{' '.join(part)}{'...' if len(part) < size else ''}]" for part in parts)


def scope_of(name: str) -> str:
    """What the nodes of an assertion are under, in the graph that is being built."""
    return thread.context.graph.unique_name(name.removesuffix("/"))


def in_graph_assert(scope: str, condition: Any, data: Sequence[Any], summarize: Any) -> Any:
    """The operation that checks `condition` when the graph runs."""
    graph = thread.context.graph
    tensors = [convert(value) for value in data]
    # TensorFlow wraps a check that shows anything else in a branch, and names it so.
    is_bare = all(t.dtype is string or t.dtype is int32 for t in tensors)
    name = f"{scope}/Assert" if is_bare else f"{scope}/AssertGuard/Assert"
    inputs = [graph.input(convert(condition, bool_), f"{name}/condition")]
    inputs += [graph.input(t, f"{name}/data_{i}") for i, t in enumerate(tensors)]
    attributes = {
        "T": tuple(t.dtype for t in tensors),
        "summarize": 3 if summarize is None else summarize,
    }
    return graph.add(assert_step, inputs, attributes, [], name, (None, len(tensors)))


def nothing_to_check(name: str) -> Any:
    """In a graph, the operation that stands for an assertion known to hold; else None."""
    graph = thread.context.graph
    return None if graph is None else graph.add(no_op, [], {}, [], name)


def _checked(
    scope: str, op: Any, leaf: str, x: Any, y: Any, data: list[Any], summarize: int | None
) -> Any:
    """The operation that checks `x op y` everywhere; where both are known, it happens now."""
    holds = reduce_all(op(x, y, f"{scope}/{leaf}/"), name=f"{scope}/All/")
    known = known_value(holds)
    if known is None or traced_value(x) is None or traced_value(y) is None:
        return in_graph_assert(f"{scope}/Assert", holds, data, summarize)
    if known:
        return nothing_to_check(f"{scope}/NoOp")
    text = "\n".join(str(v) if isinstance(v, str) else str(known_value(v)) for v in data)
    raise errors.InvalidArgumentError(None, None, text)


# Nodes whose values TensorFlow knows while it traces, if it knows those of their inputs.
_FOLDED = frozenset(
    "BroadcastTo Cast Concat ConcatV2 Const Equal Fill NotEqual Pack Range Rank Shape Size Split"
    " StopGradient Unpack".split()
)


def traced_value(x: Any) -> Any:
    """What TensorFlow, too, knows of a value while it traces, an array, or None: of other values it
    says what is wrong with them when the graph runs, or, compiled, not at all.
    """
    is_known = type(x) is not SymbolicTensor or x.op.type in _FOLDED
    return known_value(x) if is_known else None


# ---- comparisons ---------------------------------------------------------------------------------


def _compare(
    op: Callable, symbol: str, x: Any, y: Any, message: Any, summarize: int | None, name: str
) -> Any:
    """Raises unless `x op y` holds everywhere, showing where it does not."""
    x, y = convert(x), convert(y)
    if thread.context.graph is not None:
        return _compare_in_graph(op, symbol, x, y, message, summarize, name)
    holds = op(x, y)
    if bool(reduce_all(holds)):
        return None
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


_LEAVES = {
    "==": "Equal",
    "!=": "NotEqual",
    "<": "Less",
    "<=": "LessEqual",
    ">": "Greater",
    ">=": "GreaterEqual",
}


def _compare_in_graph(
    op: Callable, symbol: str, x: Any, y: Any, message: Any, summarize: Any, name: str
) -> Any:
    graph, scope = thread.context.graph, scope_of(name)
    x, y = graph.input(x, f"{scope}/x"), graph.input(y, f"{scope}/y")
    words = [] if message is None else [str(message)]
    words += [f"Condition x {symbol} y did not hold element-wise:"]
    data = [*words, f"x ({x.name}) = ", x, f"y ({y.name}) = ", y]
    return _checked(scope, op, _LEAVES[symbol], x, y, data, summarize)


def assert_equal(
    x: Any,
    y: Any,
    message: str | None = None,
    summarize: int | None = None,
    name: str | None = None,
) -> Any:
    """A check that `x == y` everywhere, with broadcasting.

    message: put in front of the error's text. summarize: how many elements the error shows, 3 by
    default, a negative number for all. name: of the operation in a graph.

    >>> tf.debugging.assert_equal(tf.constant([1, 1]), 1)

    Raises tf.errors.InvalidArgumentError where it does not hold, or the shapes or dtypes clash.
    """
    if thread.context.graph is not None:
        # As in TensorFlow, whose scope for it is opened twice.
        scope = scope_of(name or "assert_equal")
        if x is y:
            return nothing_to_check(f"{scope}/NoOp")
    if x is not y:
        return _compare(equal, "==", x, y, message, summarize, name or "assert_equal")
    return None


def assert_none_equal(
    x: Any,
    y: Any,
    summarize: int | None = None,
    message: str | None = None,
    name: str | None = None,
) -> Any:
    """A check that `x != y` everywhere, with broadcasting; arguments as of `assert_equal`.

    >>> tf.debugging.assert_none_equal(tf.constant([1, 2]), 3)

    Raises tf.errors.InvalidArgumentError where it does not hold, or the shapes or dtypes clash.
    """
    return _compare(not_equal, "!=", x, y, message, summarize, name or "assert_none_equal")


def assert_less(
    x: Any,
    y: Any,
    message: str | None = None,
    summarize: int | None = None,
    name: str | None = None,
) -> Any:
    """A check that `x < y` everywhere, with broadcasting; arguments as of `assert_equal`.

    >>> tf.debugging.assert_less(tf.constant([1, 2]), 3)

    Raises tf.errors.InvalidArgumentError where it does not hold, or the shapes or dtypes clash.
    """
    return _compare(less, "<", x, y, message, summarize, name or "assert_less")


def assert_less_equal(
    x: Any,
    y: Any,
    message: str | None = None,
    summarize: int | None = None,
    name: str | None = None,
) -> Any:
    """A check that `x <= y` everywhere, with broadcasting; arguments as of `assert_equal`.

    >>> tf.debugging.assert_less_equal(tf.constant([1, 2]), 2)

    Raises tf.errors.InvalidArgumentError where it does not hold, or the shapes or dtypes clash.
    """
    return _compare(less_equal, "<=", x, y, message, summarize, name or "assert_less_equal")


def assert_greater(
    x: Any,
    y: Any,
    message: str | None = None,
    summarize: int | None = None,
    name: str | None = None,
) -> Any:
    """A check that `x > y` everywhere, with broadcasting; arguments as of `assert_equal`.

    >>> tf.debugging.assert_greater(tf.constant([1, 2]), 0)

    Raises tf.errors.InvalidArgumentError where it does not hold, or the shapes or dtypes clash.
    """
    return _compare(greater, ">", x, y, message, summarize, name or "assert_greater")


def assert_greater_equal(
    x: Any,
    y: Any,
    message: str | None = None,
    summarize: int | None = None,
    name: str | None = None,
) -> Any:
    """A check that `x >= y` everywhere, with broadcasting; arguments as of `assert_equal`.

    >>> tf.debugging.assert_greater_equal(tf.constant([1, 2]), 1)

    Raises tf.errors.InvalidArgumentError where it does not hold, or the shapes or dtypes clash.
    """
    return _compare(greater_equal, ">=", x, y, message, summarize, name or "assert_greater_equal")


def assert_near(
    x: Any,
    y: Any,
    rtol: Any = None,
    atol: Any = None,
    message: str | None = None,
    summarize: int | None = None,
    name: str | None = None,
) -> Any:
    """A check that `|x - y| <= atol + rtol * |y|` everywhere, for floats and complex numbers.

    rtol, atol: ten times the distance of 1 to the next number of the dtype, by default. Other
    arguments as of `assert_equal`.

    >>> tf.debugging.assert_near(tf.constant([1., 2.]), [1., 2.0000002])

    Raises tf.errors.InvalidArgumentError where it does not hold, ValueError where the dtypes clash
    or have no fractions.
    """
    graph = thread.context.graph
    scope = None if graph is None else scope_of(name or "assert_near")
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
    if graph is not None:
        x, y = graph.input(x, f"{scope}/x"), graph.input(y, f"{scope}/y")
        pairs = zip(tolerances, ("rtol", "atol"), strict=True)
        tolerances = [graph.input(t, f"{scope}/{word}") for t, word in pairs]
    relative, absolute = tolerances
    allowed = add(absolute, multiply(relative, abs(y)))
    holds = reduce_all(less_equal(abs(subtract(x, y)), allowed))
    data = [
        "" if message is None else f"{message}.  ",
        f"x and y not equal to tolerance rtol = {relative!s}, atol = {absolute!s}",
        f"x ({_described(x)}) = ",
        x,
        f"y ({_described(y)}) = ",
        y,
    ]
    if scope is not None:
        return in_graph_assert(f"{scope}/Assert", holds, data, summarize)
    return Assert(holds, data, summarize)


def _described(x: Tensor) -> str:
    return x.name if type(x) is SymbolicTensor else f"shape={x.shape} dtype={x.dtype.name}"


# ---- signs ---------------------------------------------------------------------------------------


def _sign(
    op: Callable,
    symbol: str,
    x: Any,
    message: str | None,
    summarize: int | None,
    name: str,
    gap: str = "\n",
) -> Any:
    """Raises unless `x op 0` holds everywhere, showing the first elements of `x`."""
    x = convert(x)
    if thread.context.graph is not None:
        return _sign_in_graph(symbol, x, message, summarize, name, gap)
    if bool(reduce_all(op(x, convert(0, x.dtype)))):
        return None
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


def _sign_in_graph(
    symbol: str, x: Any, message: str | None, summarize: Any, name: str, gap: str
) -> Any:
    scope = scope_of(name)
    x = thread.context.graph.input(x, f"{scope}/x")
    zero = convert(0, x.dtype)
    op = less_equal if "=" in symbol else less
    one, other = (x, zero) if "<" in symbol else (zero, x)
    front = "" if message is None else f"{message}.  "
    words = f"Condition x {symbol} 0 did not hold element-wise:"
    data = [words, f"x ({x.name}) = "] if gap else [f"{words}x ({x.name}) = "]
    under, leaf = ("assert_less", "Less") if op is less else ("assert_less_equal", "LessEqual")
    data = [front, *data, x]
    return _checked(f"{scope}/{under}", op, leaf, one, other, data, summarize)


def assert_positive(
    x: Any, message: str | None = None, summarize: int | None = None, name: str | None = None
) -> Any:
    """A check that `x > 0` everywhere; arguments as of `assert_equal`.

    >>> tf.debugging.assert_positive([1., 2.])

    Raises tf.errors.InvalidArgumentError where it does not hold.
    """
    return _sign(greater, ">", x, message, summarize, name or "assert_positive")


def assert_negative(
    x: Any, message: str | None = None, summarize: int | None = None, name: str | None = None
) -> Any:
    """A check that `x < 0` everywhere; arguments as of `assert_equal`.

    >>> tf.debugging.assert_negative([-1., -2.])

    Raises tf.errors.InvalidArgumentError where it does not hold.
    """
    return _sign(less, "<", x, message, summarize, name or "assert_negative")


def assert_non_negative(
    x: Any, message: str | None = None, summarize: int | None = None, name: str | None = None
) -> Any:
    """A check that `x >= 0` everywhere; arguments as of `assert_equal`.

    >>> tf.debugging.assert_non_negative([0., 2.])

    Raises tf.errors.InvalidArgumentError where it does not hold.
    """
    return _sign(greater_equal, ">=", x, message, summarize, name or "assert_non_negative")


def assert_non_positive(
    x: Any, message: str | None = None, summarize: int | None = None, name: str | None = None
) -> Any:
    """A check that `x <= 0` everywhere; arguments as of `assert_equal`.

    >>> tf.debugging.assert_non_positive([0., -2.])

    Raises tf.errors.InvalidArgumentError where it does not hold.
    """
    return _sign(less_equal, "<=", x, message, summarize, name or "assert_non_positive", gap="")


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
    return tensor


@check_numerics_op.check
def _(tensor, message):
    return xp(tensor).isfinite(tensor).all()


@check_numerics_op.kernel("host")
def _(tensor, message):
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
    if thread.context.graph is not None:
        name = f"{scope_of(name or 'VerifyFinite')}/CheckNumerics/"
    return check_numerics(x, message, name)
