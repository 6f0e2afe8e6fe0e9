"""Python's built-in functions, for tensors: what `ag__.converted(len)` answers in place of `len`.

Each looks at its arguments: with a tensor among them that has no value yet it makes ops, with
anything else it is Python's own. Built-ins that are not here (`max`, `sum`, `any`, `bool`, ...) ask
tensors for a truth or for their rows, and tensors say that they have none yet.

Read next: function/autograph/operators/calls.py.
"""

from collections.abc import Callable
from typing import Any

from headrace._src.core.dtypes import float32, int32, string
from headrace._src.function.autograph.operators import staging
from headrace._src.objects.mapping import map_fn
from headrace._src.objects.tensor_array import TensorArray
from headrace._src.ops import math, ranges, sort
from headrace._src.ops.array import shape
from headrace._src.ops.cast import cast
from headrace._src.ops.gather import gather
from headrace._src.ops.printing import print as print_op

# By what they stand in for. Those in the second table need `Feature.BUILTIN_FUNCTIONS`.
stand_ins: dict[Any, Callable] = {}
optional_stand_ins: dict[Any, Callable] = {}


def stands_for(original: Any, table: dict[Any, Callable] = stand_ins) -> Callable:
    """Declares a function to be used in the place of a built-in one."""

    def register(function: Callable) -> Callable:
        table[original] = function
        return function

    return register


@stands_for(abs)
def abs_(x: Any) -> Any:
    """`abs`."""
    return math.abs(x) if staging.is_symbolic(x) else abs(x)


@stands_for(float)
def float_(x: Any = 0) -> Any:
    """`float`: of a tensor, a cast to float32."""
    return _number(x, float32) if staging.is_symbolic(x) else float(x)


@stands_for(int)
def int_(x: Any = 0, *base: Any, **named: Any) -> Any:
    """`int`: of a tensor, a cast to int32; NotImplementedError with another base than 10."""
    if not staging.is_symbolic(x):
        return int(x, *base, **named)
    for other in (*base, *named.values()):
        if other not in (10, ""):
            raise NotImplementedError(f"base {other} not supported for int")
    return _number(x, int32)


def _number(x: Any, dtype: Any) -> Any:
    if x.dtype is string:
        raise NotImplementedError(
            f"headrace cannot read numbers out of strings in a graph yet: {dtype.name} of {x}"
        )
    return cast(x, dtype)


@stands_for(len)
def len_(x: Any) -> Any:
    """`len`: of a tensor, ragged or not, its rows, as an integer where their number is known."""
    if staging.is_tracing():
        if isinstance(x, TensorArray):
            return x.size()
        if hasattr(type(x), "nested_row_splits"):  # a ragged tensor, which has no `len` of its own
            rows = x.shape[0] if x.shape.rank else None
            return cast(x.nrows(), int32) if rows is None else rows
    if not staging.is_symbolic(x):
        return len(x)
    if x.shape.rank == 0:
        raise ValueError(f"len requires a non-scalar tensor, got one of shape {shape(x)}")
    if x.shape.rank is not None and x.shape[0] is not None:
        return x.shape[0]
    return shape(x)[0]


@stands_for(range)
def range_(*bounds: Any) -> Any:
    """`range`: with a tensor among its bounds, `tf.range`."""
    if any(staging.is_symbolic(bound) for bound in bounds):
        return ranges.range(*bounds)
    return range(*bounds)


@stands_for(sorted)
def sorted_(iterable: Any, *, key: Any = None, reverse: Any = False) -> Any:
    """`sorted`: of a tensor, `tf.sort`."""
    if not staging.is_symbolic(iterable):
        return sorted(iterable, key=key, reverse=reverse)
    direction = "DESCENDING" if reverse else "ASCENDING"
    if key is None:
        return sort.sort(iterable, direction=direction)
    order = sort.argsort(map_fn(key, iterable), direction=direction, stable=True)
    return gather(iterable, order)


@stands_for(print, optional_stand_ins)
def print_(*values: Any, **named: Any) -> None:
    """`print`: with a tensor among its arguments, `tf.print`."""
    if not any(staging.is_symbolic(value) for value in values):
        print(*values, **named)
        return
    unknown = set(named) - {"sep", "end", "file", "flush"}
    if unknown or named.get("flush"):
        raise ValueError(f"invalid keyword arguments when printing tensors: {sorted(named)}")
    options = {key: named[key] for key in ("sep", "end") if named.get(key) is not None}
    if named.get("file") is not None:
        options["output_stream"] = named["file"]
    print_op(*values, **options)
