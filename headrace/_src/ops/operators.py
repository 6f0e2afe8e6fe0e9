"""The operators of tensors: a table from Python's names to ops, and what the operands may be.

`x + y` asks `x` first, so `x` is ours and `y` may be anything. A Python number takes the dtype of
`x` if it can, and is remembered as a tensor: programs use few numbers, and looking one up costs a
fifth of converting it. What cannot be converted is left to the op, whose complaint names it. With
the operands swapped (`1 - x`) the left one must take the dtype of the right one.

Where an operator is more than its op: `==` answers None and clashing shapes with False, `&`, `|`,
`^` and `~` are logic for bools and bitwise for integers, and the product with a bool is a bool.

`give_operators` puts the table into a class: Tensor here, Variable and its relatives where they are
defined.

Read next: engine/op.py.
"""

from collections.abc import Callable
from typing import Any

import numpy as np

from headrace._src.core import dtypes
from headrace._src.core.dtypes import DType
from headrace._src.core.errors import InvalidArgumentError
from headrace._src.core.tensor import EagerTensor
from headrace._src.core.tensor import Tensor as Tensor
from headrace._src.engine.convert import convert
from headrace._src.engine.numbers import number
from headrace._src.engine.op import door
from headrace._src.ops.bitwise import bitwise_and, bitwise_or, bitwise_xor, invert
from headrace._src.ops.cast import cast
from headrace._src.ops.compare import (
    equal_op,
    greater,
    greater_equal,
    less,
    less_equal,
    logical_and,
    logical_not,
    logical_or,
    logical_xor,
    not_equal_op,
)
from headrace._src.ops.math import (
    abs,
    add,
    add_op,
    floordiv,
    floormod,
    multiply,
    negative,
    subtract,
    truediv,
)
from headrace._src.ops.matmul import mat_mul, matmul
from headrace._src.ops.powers import pow
from headrace._src.ops.slicing import getitem

# ---- the other operand ---------------------------------------------------------------------------

# What an op converts itself; other types may have a better idea of the operator (see `operand`).
_PLAIN = {bool, complex, str, bytes, list, tuple, range, type(None)}


def operand(y: Any, dtype: DType, reflected: str = "") -> Any:
    """The operand beside a tensor of `dtype`: a tensor if `y` becomes one easily, else `y` itself.

    NotImplemented, by which Python turns to `y`, for an object that is no tensor but has the
    operator's `reflected` method: sparse and ragged tensors, and what users make.
    """
    kind = type(y)
    if kind is float or kind is int:
        try:
            return number(y, dtype)
        except (TypeError, ValueError):
            return y
    if kind in _PLAIN or isinstance(y, Tensor):
        return y
    if isinstance(y, (np.ndarray, np.generic)):
        return _as(y, dtype) if y.dtype.kind not in "SUO" else y
    try:
        return convert(y, None, dtype)
    except (TypeError, ValueError):
        return NotImplemented if hasattr(kind, reflected) else y


def _as(y: Any, dtype: DType) -> Any:
    """`y` as a tensor of `dtype`, or `y` itself where it cannot be one."""
    try:
        return convert(y, dtype)
    except (TypeError, ValueError):
        return y


def _pair(op: Callable, name: str, quick: Callable | None = None) -> dict[str, Callable]:
    """The methods for `x . y`: one for when `x` is asked, one for when `y` is.

    quick: the op block that serves two tensors as they are, where `op` may be more than that.
    """
    reflected = f"__r{name}__"

    def forward(x, y, *_):
        if type(y) is not EagerTensor:
            y = operand(y, x.dtype, reflected)
            if y is NotImplemented:
                return y
        return op(x, y)

    def backward(y, x):
        x = operand(x, y.dtype)
        if type(x) is not EagerTensor or x._dtype is not y.dtype:
            x = convert(x, y.dtype)
        return op(x, y)

    return {f"__{name}__": door(quick)(forward) if quick else forward, reflected: backward}


def _comparison(op: Callable) -> Callable:
    def operator(x, y, *_):
        if type(y) is not EagerTensor:
            y = operand(y, x.dtype)
        return op(x, y)

    return door(op)(operator) if hasattr(op, "op") else operator


# ---- operators that are more than an op ----------------------------------------------------------


def multiplied(x: Tensor, y: Any) -> Tensor:
    """`x * y`; where either is bool, whether the product of both as integers is other than 0."""
    try:
        return multiply(x, y)
    except (InvalidArgumentError, TypeError):
        if x.dtype is not dtypes.bool and getattr(y, "dtype", None) is not dtypes.bool:
            raise
    product = multiply(cast(x, dtypes.int32), cast(y, dtypes.int32))
    return cast(product, dtypes.bool)


def _logical_or_bitwise(logical: Callable, bitwise: Callable) -> Callable:
    """Logic for bools, bitwise for all others."""

    def op(x, *y):
        return logical(x, *y) if x.dtype is dtypes.bool else bitwise(x, *y)

    return op


def equals(x: Tensor, y: Any) -> Tensor:
    """`x == y`, elementwise; False where the shapes clash."""
    return equal_op(x, y, False)


def differs(x: Tensor, y: Any) -> Tensor:
    """`x != y`, elementwise; True where the shapes clash."""
    return not_equal_op(x, y, False)


def _or_for_none(operator: Callable, answer: bool) -> Callable:
    """An equality for which no tensor is None; in a graph it answers that with a tensor."""

    def equality(x, y):
        if y is None:
            return answer if type(x) is EagerTensor else convert(answer)
        return operator(x, y)

    return equality


def rounded(x: Tensor, ndigits: int | None = None) -> Tensor:
    """`round(x)`, which tensors leave to their NumPy mode: without it, an AttributeError."""
    return x.astype(x.dtype)  # type: ignore[attr-defined]


# ---- the table -----------------------------------------------------------------------------------

_OPERATORS: dict[str, Callable] = {
    **_pair(add, "add", add_op),
    **_pair(subtract, "sub", subtract),
    **_pair(multiplied, "mul", multiply),
    **_pair(truediv, "truediv"),
    **_pair(truediv, "div"),
    **_pair(floordiv, "floordiv"),
    **_pair(floormod, "mod"),
    **_pair(pow, "pow"),
    **_pair(matmul, "matmul", mat_mul),
    **_pair(_logical_or_bitwise(logical_and, bitwise_and), "and"),
    **_pair(_logical_or_bitwise(logical_or, bitwise_or), "or"),
    **_pair(_logical_or_bitwise(logical_xor, bitwise_xor), "xor"),
    "__invert__": _logical_or_bitwise(logical_not, invert),
    "__neg__": negative,
    "__abs__": abs,
    "__lt__": _comparison(less),
    "__le__": _comparison(less_equal),
    "__gt__": _comparison(greater),
    "__ge__": _comparison(greater_equal),
    "__eq__": _comparison(equals),
    "__ne__": _comparison(differs),
    "__getitem__": getitem,
}


def give_operators(cls: type) -> None:
    """Gives a class whose objects become tensors (a variable, say) the operators of tensors."""

    def of_value(operator: Callable) -> Callable:
        def of_object(x, *y):
            return operator(convert(x), *y)

        return of_object

    for name, operator in _OPERATORS.items():
        setattr(cls, name, of_value(operator))


for _name, _operator in _OPERATORS.items():
    setattr(Tensor, _name, _operator)
Tensor.__eq__ = _or_for_none(_OPERATORS["__eq__"], False)  # type: ignore[method-assign]
Tensor.__ne__ = _or_for_none(_OPERATORS["__ne__"], True)  # type: ignore[method-assign]
Tensor.__round__ = rounded  # type: ignore[attr-defined]
Tensor.OVERLOADABLE_OPERATORS = set(_OPERATORS)  # type: ignore[attr-defined]
