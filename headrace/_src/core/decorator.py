"""Decorators that can be taken off again: what wraps a function remembers it.

The one idea: a wrapper made by `make_decorator` carries a `TFDecorator` with the function inside,
so `unwrap` finds the way down through any number of them.

Read next: function/function.py, whose functions keep `python_function`.
"""

import inspect
from collections.abc import Callable
from typing import Any

_WRAPPED = {"__name__": str, "__qualname__": str, "__module__": str, "__doc__": str}


class TFDecorator:
    """What a wrapper remembers of the function that it wraps.

    decorated_target: the function. decorator_name, decorator_doc: of the decorator.
    decorator_argspec: how the wrapper is called, where that is not as the function is.
    """

    def __init__(
        self,
        decorator_name: str,
        target: Any,
        decorator_doc: str = "",
        decorator_argspec: Any = None,
    ) -> None:
        self.decorator_name = decorator_name
        self.decorated_target = target
        self.decorator_doc = decorator_doc
        self.decorator_argspec = decorator_argspec


def make_decorator(
    target: Any,
    decorator_func: Callable,
    decorator_name: str | None = None,
    decorator_doc: str = "",
    decorator_argspec: Any = None,
) -> Callable:
    """`decorator_func`, looking like the function `target` that it wraps.

    decorator_name: by default the name of the function that calls this. decorator_doc: text about
    the decorator. decorator_argspec: an `inspect.FullArgSpec`, where the wrapper takes others.

    >>> def doubled(f):
    ...     def wrapper(x):
    ...         return 2 * f(x)
    ...     return tf.__internal__.decorator.make_decorator(f, wrapper)
    >>> @doubled
    ... def square(x):
    ...     return x * x
    >>> square(3), square.__name__
    (18, 'square')
    """
    if decorator_name is None:
        frame = inspect.currentframe()
        caller = frame.f_back if frame else None
        decorator_name = caller.f_code.co_name if caller else decorator_func.__name__
    wrapper: Any = decorator_func
    wrapper._tf_decorator = TFDecorator(decorator_name, target, decorator_doc, decorator_argspec)
    for name, kind in _WRAPPED.items():
        if isinstance(getattr(target, name, None), kind):
            setattr(wrapper, name, getattr(target, name))
    wrapper.__wrapped__ = target
    if decorator_argspec is None:
        try:
            wrapper.__signature__ = inspect.signature(target)
        except (TypeError, ValueError):  # a builtin without one
            wrapper.__signature__ = inspect.signature(wrapper, follow_wrapped=False)
    return wrapper


def unwrap(maybe_tf_decorator: Any) -> tuple[list[TFDecorator], Any]:
    """The `TFDecorator`s around a function, outermost first, and the function.

    >>> tf.__internal__.decorator.unwrap(len)
    ([], <built-in function len>)
    """
    decorators = []
    current = maybe_tf_decorator
    while isinstance(found := getattr(current, "_tf_decorator", None), TFDecorator):
        decorators.append(found)
        current = found.decorated_target
    return decorators, current


TFDecorator.__module__ = "tensorflow.python.util.tf_decorator"
