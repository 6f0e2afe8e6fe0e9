"""Dispatch of a library's own functions: what to do for arguments that they do not know.

The one idea: a function is tried first; where it refuses its arguments (TypeError, ValueError) the
dispatchers registered for it are asked in turn, and the refusal stands if none of them wants to.
Classes whose values TensorFlow's own ops should take have `__tf_op__` instead (engine/run.py).

Read next: core/decorator.py.
"""

from collections.abc import Callable
from typing import Any

from headrace._src.core.decorator import make_decorator
from headrace._src.ops.dispatch import add_fallback


class OpDispatcher:
    """What to do for some arguments: subclasses have `handle(args, kwargs)`.

    It answers the result, or `self.NOT_SUPPORTED` for arguments that are none of its business.

    >>> class Text(tf.__internal__.dispatch.OpDispatcher):
    ...     def handle(self, args, kwargs):
    ...         return "text" if isinstance(args[0], str) else self.NOT_SUPPORTED
    >>> @tf.__internal__.dispatch.add_dispatch_support
    ... def halve(x):
    ...     return x / 2
    >>> Text().register(halve)
    >>> halve(3.), halve("abc")
    (1.5, 'text')
    """

    NOT_SUPPORTED = object()

    def handle(self, args: tuple, kwargs: dict[str, Any]) -> Any:
        """The result for these arguments, or `NOT_SUPPORTED`, which is what this one answers."""
        return self.NOT_SUPPORTED

    def register(self, op: Any) -> None:
        """Asks to be consulted when `op` refuses its arguments.

        Raises AssertionError where `op` has no dispatch support.
        """
        dispatchers = getattr(op, "_tf_fallback_dispatchers", None)
        if dispatchers is not None:
            dispatchers.append(self)
            return
        try:
            add_fallback(op, self._answer)
        except ValueError:
            raise AssertionError(f"Dispatching not enabled for {op!r}") from None

    def _answer(self, args: tuple, kwargs: dict[str, Any]) -> Any:
        answer = self.handle(args, kwargs)
        return NotImplemented if answer is self.NOT_SUPPORTED else answer


def add_dispatch_support(
    target: Callable | None = None, iterable_parameters: Any = None
) -> Callable:
    """A decorator of functions that dispatchers may be registered for; see `OpDispatcher`.

    target: the function. iterable_parameters: must be None here: the names of parameters that are
    iterables, which dispatch by type looks into.

    >>> @tf.__internal__.dispatch.add_dispatch_support
    ... def halve(x):
    ...     return x / 2
    >>> halve(3.)
    1.5

    Raises NotImplementedError for `iterable_parameters`.
    """
    if iterable_parameters is not None:
        raise NotImplementedError(
            "tf.__internal__.dispatch.add_dispatch_support: headrace has no `iterable_parameters` "
            "yet."
        )
    if target is None:
        return add_dispatch_support
    dispatchers: list[OpDispatcher] = []

    def dispatching(*args: Any, **kwargs: Any) -> Any:
        try:
            return target(*args, **kwargs)
        except (TypeError, ValueError):
            for dispatcher in dispatchers:
                answer = dispatcher.handle(args, kwargs)
                if answer is not OpDispatcher.NOT_SUPPORTED:
                    return answer
            raise

    made: Any = make_decorator(target, dispatching, "add_dispatch_support")
    made._tf_fallback_dispatchers = dispatchers
    return made


OpDispatcher.__module__ = "tensorflow.python.util.dispatch"
