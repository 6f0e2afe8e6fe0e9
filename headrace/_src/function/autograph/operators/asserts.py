"""`ag__.assert_stmt`: Python's `assert`, or an Assert op where the condition is a tensor.

Read next: ops/debugging.py.
"""

from collections.abc import Callable
from typing import Any

from headrace._src.function.autograph.operators import staging
from headrace._src.ops.debugging import Assert


def assert_stmt(condition: Any, message: Callable[[], Any]) -> None:
    """`assert condition, message()`."""
    if staging.is_symbolic(condition):
        Assert(condition, [message()])
    else:
        assert condition, message()
