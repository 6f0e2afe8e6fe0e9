"""Tracing a user's function: AutoGraph rewrites it, errors name the user's lines.

Read next: objects/trace.py.
"""

from collections.abc import Callable
from typing import Any

from headrace._src.engine.func_graph import FuncGraph
from headrace._src.objects import trace as tracing


def trace(
    function: Callable,
    name: str,
    arguments: Callable[[FuncGraph], tuple[Any, Any]],
    *,
    autograph: bool = True,
    features: Any = (),
) -> FuncGraph:
    """The graph of `function`, called with what `arguments` makes in it.

    autograph: whether Python's control flow over tensors becomes that of the graph.
    features: AutoGraph features that are off by default.
    """

    def prepared(graph: FuncGraph) -> tuple[Any, Any]:
        # For the functions that are given to tf.map_fn and the like.
        graph.notes["convert"] = (lambda f: convert(f, features)) if autograph else (lambda f: f)
        return arguments(graph)

    if not autograph:
        return tracing.trace(function, name, prepared)
    # Imported with the first function that is converted.
    from headrace._src.function.autograph import convert, user_error

    try:
        converted = convert(function, features)
        return tracing.trace(converted, name, prepared, function)
    except Exception as error:
        told = user_error(error)
        if told is error:
            raise
        raise told.with_traceback(error.__traceback__) from None
