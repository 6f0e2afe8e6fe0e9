"""Variables without a value: Python has none where it needs none, tracing needs an object.

`Undefined` stands in a variable that nothing was assigned to yet, so that both branches of an `if`
and all rounds of a loop can hand over the same variables. `ag__.ld` reads a variable, and complains
as Python would.

Read next: branches.py.
"""

from collections.abc import Callable
from typing import Any


class Undefined:
    """What a variable called `name` holds that nothing was assigned to."""

    def __init__(self, name: str) -> None:
        self.name = name

    def __repr__(self) -> str:
        return f"<undefined {self.name!r}>"


class NoReturnYet(Undefined):
    """What a function has to return before it came to a `return`.

    is_followed: whether a `return` is sure to come; if not, the function may fall off its end.
    """

    def __init__(self, is_followed: bool) -> None:
        super().__init__("retval_")
        self.is_followed = is_followed


def ld(value: Any) -> Any:
    """`value`, read from a variable; UnboundLocalError if it has none."""
    if isinstance(value, Undefined):
        raise UnboundLocalError(f"'{value.name}' is used before assignment")
    return value


def ldu(read: Callable[[], Any], name: str) -> Any:
    """What `read()` answers, or `Undefined` where there is nothing to read."""
    try:
        return read()
    except (NameError, AttributeError, KeyError, IndexError):
        return Undefined(name)


def returned(value: Any) -> Any:
    """What a function returns that may have fallen off its end."""
    return None if isinstance(value, NoReturnYet) else value
