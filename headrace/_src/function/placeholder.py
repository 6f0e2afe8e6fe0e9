"""`tf.function`, which does not exist yet: a function may be decorated, and calling it says so.

Modules decorate functions while they are imported, often functions that a program never calls, so
the refusal waits for the call. docs/coverage.md counts the name as absent (`is_absent`).
"""

from collections.abc import Callable
from typing import Any, NoReturn


class Function:
    """A function that waits to be traced; calling it raises NotImplementedError."""

    def __init__(self, python_function: Callable) -> None:
        self.python_function = python_function

    def __call__(self, *args: Any, **kwargs: Any) -> NoReturn:
        name = getattr(self.python_function, "__name__", repr(self.python_function))
        raise NotImplementedError(
            f"headrace has no 'tf.function' yet, so {name!r} cannot be traced. Without the "
            "decorator (or as `f.python_function`) it runs eagerly, with the same results; "
            "docs/coverage.md lists what works and what is absent."
        )


def function(func: Callable | None = None, **options: Any) -> Any:
    """Marks a function for tracing into a graph. Tracing is not built yet: calling it says so."""
    if func is None:
        return lambda decorated: Function(decorated)
    return Function(func)


function.is_absent = True
