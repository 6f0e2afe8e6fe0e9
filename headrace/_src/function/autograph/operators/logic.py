"""`ag__.and_`, `ag__.or_`, `ag__.not_`: Python's, or of tensors where the first operand is one.

Read next: function/autograph/operators/staging.py.
"""

from collections.abc import Callable
from typing import Any

from headrace._src.function.autograph.operators import staging
from headrace._src.ops.compare import logical_not


def and_(a: Callable[[], Any], b: Callable[[], Any]) -> Any:
    """`a() and b()`."""
    value = a()
    if staging.is_symbolic(value):
        return staging.cond(value, b, lambda: value)
    return value and b()


def or_(a: Callable[[], Any], b: Callable[[], Any]) -> Any:
    """`a() or b()`."""
    value = a()
    if staging.is_symbolic(value):
        return staging.cond(value, lambda: value, b)
    return value or b()


def not_(a: Any) -> Any:
    """`not a`."""
    return logical_not(a) if staging.is_symbolic(a) else not a
