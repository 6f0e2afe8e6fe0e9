"""Hints: what is known of an operator, and what follows from it for operators made of it.

A hint is True, False, or None where nobody said. The functions here answer what all structures
share; what a structure knows of itself stands in its class.

Read next: algebra.py.
"""

from collections.abc import Sequence
from typing import Any

from headrace._src.core.tensor import Tensor
from headrace._src.engine.convert import convert
from headrace._src.objects.module import Module
from headrace._src.objects.variable import Variable

NAMES = ("is_non_singular", "is_self_adjoint", "is_positive_definite", "is_square")


def all_true(operators: Sequence[Any], name: str) -> bool | None:
    """True if the hint is true of all operators, else None."""
    return True if all(getattr(operator, name) for operator in operators) else None


def non_singular(left: Any, right: Any) -> bool | None:
    """Whether the product of two square operators has an inverse."""
    both = left.is_non_singular, right.is_non_singular
    return False if False in both else all_true((left, right), "is_non_singular")


def shared(left: Any, right: Any) -> dict[str, Any]:
    """The hints of a product of two diagonal operators, or of others that commute."""
    both = left.is_self_adjoint, right.is_self_adjoint
    self_adjoint = True if all(both) else (False if True in both and False in both else None)
    return {
        "is_non_singular": non_singular(left, right),
        "is_self_adjoint": self_adjoint,
        "is_positive_definite": self_adjoint and all_true((left, right), "is_positive_definite"),
        "is_square": True,
    }


def kept(operator: Any) -> dict[str, Any]:
    """The hints of an operator, which its adjoint and its inverse share."""
    return {name: getattr(operator, name) for name in NAMES}


def inherited(operator: Any, hints: dict[str, Any], relation: str) -> dict[str, Any]:
    """Hints given for the adjoint or the inverse of `operator`, filled up with its own.

    Raises ValueError where they contradict each other.
    """
    out = {}
    for name, hint in hints.items():
        own = getattr(operator, name)
        if own is not None and hint is not None and bool(own) != bool(hint):
            said = name.removeprefix("is_").replace("_", "-", 1)
            said = "positive-definite" if said == "positive-definite" else said
            raise ValueError(f"An operator is {said} if and only if its {relation} is {said}.")
        out[name] = own if hint is None else hint
    return out


def parameter(value: Any) -> Any:
    """An argument as an operator keeps it: variables, and modules that act as tensors, as they
    are, so that it follows their changes; anything else as a tensor.
    """
    if isinstance(value, (Tensor, Variable)):
        return value
    if isinstance(value, Module) and hasattr(value, "dtype") and hasattr(value, "shape"):
        return value
    return convert(value)


def arguments(local: dict[str, Any]) -> dict[str, Any]:
    """The arguments of a constructor, from its `locals()`."""
    return {name: value for name, value in local.items() if name not in ("self", "__class__")}


def checked_operators(operators: Any) -> list[Any]:
    """A list of operators of one dtype, at least one, as a list of its own.

    Raises ValueError for none, TypeError where dtypes differ or it is no list.
    """
    if not isinstance(operators, (list, tuple)):
        raise TypeError(f'Expected argument "values" to be iterable.  Found: {type(operators)}')
    found = list(operators)
    if not found:
        raise ValueError(f"Expected a non-empty list of operators. Found: {operators}")
    for operator in found:
        if not isinstance(operator, Module):
            raise AttributeError(
                f"{type(operator).__name__!r} object has no attribute 'is_non_singular': what is "
                "composed must be a tf.linalg.LinearOperator."
            )
    if any(operator.dtype != found[0].dtype for operator in found):
        named = "   ".join(str((type(each).__name__, each.dtype)) for each in found)
        raise TypeError(f"Expected all operators to have the same dtype.  Found {named}")
    return found


def check_sizes(argument: str, left: Any, right: Any) -> None:
    """ValueError where `left` is known to have more or fewer columns than `right` has rows."""
    columns, rows = left.domain_dimension.value, right.range_dimension.value
    if columns is not None and rows is not None and columns != rows:
        raise ValueError(
            f"Operators are incompatible. Expected `{argument}` to have dimension {columns} but "
            f"got {rows}."
        )
