"""Tracing: a Python function, called once with placeholders, becomes a graph.

While it runs, ops add nodes instead of computing. What it answers becomes the graph's outputs:
tensors, variables (their value at the end), plain values, None, in any structure.

Read next: engine/call.py.
"""

from collections.abc import Callable
from typing import Any

from headrace._src.core import nest
from headrace._src.core.context import thread
from headrace._src.core.dtypes import variant
from headrace._src.core.tensor import Readable
from headrace._src.engine.convert import convert
from headrace._src.engine.func_graph import FuncGraph
from headrace._src.engine.graph import Operation
from headrace._src.engine.schedule import has_effects
from headrace._src.engine.step import no_op
from headrace._src.objects.tensor_list import identity_of
from headrace._src.ops.identity import identity


def trace(
    function: Callable,
    name: str,
    arguments: Callable[[FuncGraph], tuple[Any, Any]],
    python_function: Any = None,
    is_top: bool = True,
    scope: str = "",
    for_operations: Any = None,
) -> FuncGraph:
    """The graph of `function`.

    arguments: makes the placeholders inside the new graph; what the function is called with.
    python_function: whose result an error is about; `function` by default.
    is_top: whether it is a user's function, whose outputs get names of their own ("Identity"),
        rather than a branch or body. scope: what the names of its nodes begin with.
    for_operations: what the function answers where it answers an operation; None to refuse it.

    Raises TypeError for a result that is no tensor.
    """
    outer = thread.context.graph
    graph = FuncGraph(name, outer)
    if not is_top:
        graph.name = f"{name}_{graph.serial}"
    with graph.as_default(scope):
        args, kwargs = arguments(graph)
        result = function(*args, **kwargs)
        finish(graph, result, python_function or function, is_top, for_operations)
    return graph


def finish(
    graph: FuncGraph,
    result: Any,
    function: Any,
    is_top: bool = True,
    for_operations: Any = None,
) -> None:
    """Makes what the function answered the outputs of its graph."""

    def output(value: Any) -> Any:
        if value is None:
            return None
        if isinstance(value, Operation):
            if for_operations is None:
                raise _refusal(function, value)
            value = for_operations
        try:
            tensor = value._read() if isinstance(value, Readable) else convert(value)
        except (TypeError, ValueError):
            raise _refusal(function, value) from None
        if is_top:
            return identity_of(tensor) if tensor.dtype is variant else identity(tensor)
        return graph.input(tensor, "Const")

    structure = _plain(result)
    graph.structured_outputs = nest.map_structure(output, structure, expand_composites=True)
    graph.outputs = [
        t for t in nest.flatten(graph.structured_outputs, expand_composites=True) if t is not None
    ]
    if is_top and has_effects(graph):
        graph.add(no_op, [], {}, [], graph.unique_name("NoOp"))


def _plain(result: Any) -> Any:
    """A range is a list of numbers; all else is what it is."""
    return list(result) if isinstance(result, range) else result


def _refusal(function: Any, value: Any) -> TypeError:
    return TypeError(
        "To be compatible with tf.function, Python functions must return zero or more Tensors or "
        f"ExtensionTypes or None values; in compilation of {function!s}, found return value of "
        f"type {type(value).__name__}, which is not a Tensor or ExtensionType."
    )
