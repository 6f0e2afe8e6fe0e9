"""What `v += x` and its like say of a variable: that they are not the way to change it.

Left undefined, `v += x` would quietly make `v` the name of a tensor, `v + x`, and the variable stay
as it was. So each of these operators is there, and raises.

Read next: objects/variable.py.
"""

from collections.abc import Callable
from typing import Any


def _refuse(symbol: str, instead: str, expression: str, noun: str = "var") -> Callable:
    def operator(self: Any, unused_other: Any) -> None:
        raise RuntimeError(
            f"`{noun} {symbol} value` with `tf.Variable`s is not supported. Use "
            f"`{noun}.{instead}` to modify the variable, or `out = {noun} {expression} value` "
            "if you need to get a new output Tensor."
        )

    return operator


refusals: dict[str, Callable] = {
    "__iadd__": _refuse("+=", "assign_add(value)", "+", "variable"),
    "__isub__": _refuse("-=", "assign_sub(value)", "*", "variable"),  # TensorFlow's slip, kept
    "__imul__": _refuse("*=", "assign(var * value)", "*"),
    "__itruediv__": _refuse("/=", "assign(var / value)", "/"),
    "__irealdiv__": _refuse("/=", "assign(var / value)", "/"),
    "__ipow__": _refuse("**=", "assign(var ** value)", "**"),
}
