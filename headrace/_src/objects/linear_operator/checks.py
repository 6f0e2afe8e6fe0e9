"""Checks that several structures make of the few numbers they consist of.

Read next: operator.py (`assert_non_singular` and its like).
"""

from typing import Any

from headrace._src.core.tensor import Tensor
from headrace._src.ops.complex import imag
from headrace._src.ops.constant import zeros
from headrace._src.ops.debugging import assert_equal, assert_less
from headrace._src.ops.math import abs
from headrace._src.ops.order import group


def assert_no_zeros(x: Tensor, message: str) -> Any:
    """A check that no element is zero."""
    size = abs(x)
    return assert_less(zeros([], size.dtype), size, message=message)


def assert_real(x: Tensor, message: str) -> Any:
    """A check that no element has an imaginary part."""
    part = imag(x)
    return assert_equal(zeros([], part.dtype), part, message=message)


def together(checks: list[Any]) -> Any:
    """Several checks as one: None where all have been made."""
    return group(*checks) if any(check is not None for check in checks) else None
