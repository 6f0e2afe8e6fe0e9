"""Assertions with the arguments of TensorFlow 1: `data` and `summarize` before `message`.

The one idea: `data`, tensors to show instead of those compared, is the only thing they have more.

Read next: ops/debugging.py, ops/known_asserts.py.
"""

from collections.abc import Callable
from typing import Any

from headrace._src.compat.arguments import translated
from headrace._src.ops import debugging, known_asserts

_REST = "data=None, summarize=None, message=None, name=None"


def _checked(modern: Callable, first: str, example: str) -> Callable:
    """An assertion of before, which refuses `data` rather than forget it."""
    leaf = modern.__name__

    def inside(data: Any = None, summarize: Any = None, **given: Any) -> Any:
        if data is not None:
            raise NotImplementedError(
                f"tf.compat.v1.{leaf}: headrace does not show `data` in the error; leave it out."
            )
        if takes_summarize:
            given["summarize"] = summarize
        return modern(**given)

    takes_summarize = modern not in (
        known_asserts.assert_rank, known_asserts.assert_rank_in, known_asserts.assert_rank_at_least
    )  # fmt: skip
    inside.__doc__ = modern.__doc__
    unused = "" if takes_summarize else "summarize"
    call = f"tf.compat.v1.{leaf}({example})"
    return translated(inside, f"{leaf}({first}, {_REST})", call, unused=unused)


assert_equal = _checked(debugging.assert_equal, "x, y", "[1], [1]")
assert_none_equal = _checked(debugging.assert_none_equal, "x, y", "[1], [2]")
assert_less = _checked(debugging.assert_less, "x, y", "[1], [2]")
assert_less_equal = _checked(debugging.assert_less_equal, "x, y", "[1], [1]")
assert_greater = _checked(debugging.assert_greater, "x, y", "[2], [1]")
assert_greater_equal = _checked(debugging.assert_greater_equal, "x, y", "[1], [1]")
assert_near = _checked(debugging.assert_near, "x, y, rtol=None, atol=None", "[1.], [1.]")
assert_negative = _checked(debugging.assert_negative, "x", "[-1]")
assert_positive = _checked(debugging.assert_positive, "x", "[1]")
assert_non_negative = _checked(debugging.assert_non_negative, "x", "[0]")
assert_non_positive = _checked(debugging.assert_non_positive, "x", "[0]")
assert_rank = _checked(known_asserts.assert_rank, "x, rank", "[1], 1")
assert_rank_in = _checked(known_asserts.assert_rank_in, "x, ranks", "[1], [0, 1]")
assert_rank_at_least = _checked(known_asserts.assert_rank_at_least, "x, rank", "[1], 0")
assert_integer = known_asserts.assert_integer
assert_type = known_asserts.assert_type
assert_shapes = known_asserts.assert_shapes
assert_scalar = translated(
    known_asserts.assert_scalar,
    "assert_scalar(tensor, name=None, message=None)",
    "tf.compat.v1.assert_scalar(1)",
)
