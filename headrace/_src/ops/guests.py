"""Functions that may be asked of values that are no tensors, such as linear operators.

The one idea: a function is tried as it is. Only where it refuses its arguments is one of them
asked, by its class's `__tf_function__`, what it makes of the function; so tensors pay nothing for
it. (For single ops, `engine/run.py` asks `__tf_op__` in the same way.)

Read next: objects/linear_operator/functions.py.
"""

import functools
from collections.abc import Callable
from typing import Any


def asks_guests(function: Callable) -> Callable:
    """A decorator: where `function` fails, `__tf_function__(name, args, kwargs)` of an argument's
    class answers, unless that is NotImplemented.
    """

    @functools.wraps(function)
    def asking(*args: Any, **kwargs: Any) -> Any:
        try:
            return function(*args, **kwargs)
        except (TypeError, ValueError, AttributeError):
            for value in (*args, *kwargs.values()):
                if hasattr(type(value), "__tf_function__"):
                    answer = type(value).__tf_function__(function.__name__, args, kwargs)
                    if answer is not NotImplemented:
                        return answer
            raise

    return asking
