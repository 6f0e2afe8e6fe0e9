"""What the operators need of graphs: which values are tensors without a value, and where to trace.

In eager mode nothing is symbolic: tensors have values, and Python's own control flow will do. All
operators go through this file to reach graphs; a test that wants to see what they would do to a
graph puts its own functions here.

Read next: objects/control_flow.py, engine/graph.py.
"""

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

import numpy as np

from headrace._src.core import nest
from headrace._src.core.context import thread
from headrace._src.core.spec import type_spec_from_value
from headrace._src.core.tensor import Readable, Tensor
from headrace._src.engine.convert import convert
from headrace._src.engine.func_graph import FuncGraph
from headrace._src.engine.node import known_value
from headrace._src.objects import control_flow
from headrace._src.objects.tensor_array import TensorArray
from headrace._src.ops.constant import zeros
from headrace._src.ops.identity import identity


def is_symbolic(value: Any) -> bool:
    """Whether `value` is a tensor, while a graph is being built."""
    return isinstance(value, (Tensor, Readable)) and thread.context.graph is not None


def is_tracing() -> bool:
    """Whether a graph is being built."""
    return thread.context.graph is not None


def cond(pred: Any, if_true: Callable[[], Any], if_false: Callable[[], Any]) -> Any:
    """`tf.cond`."""
    return control_flow.cond(convert(pred), if_true, if_false)


def while_loop(cond: Callable, body: Callable, loop_vars: Any, **options: Any) -> Any:
    """`tf.while_loop`."""
    return control_flow.while_loop(cond, body, loop_vars, **options)


def scratch() -> AbstractContextManager[Any]:
    """A block whose ops go into a graph that nobody will run: to see what they would give."""
    return FuncGraph("scratch", thread.context.graph).as_default()


def anew(value: Any) -> Any:
    """The tensor `value` as the output of an op, whose value nobody can know."""
    return identity(value)


def tensor(value: Any) -> Any:
    """`value` as a tensor; what consists of tensors (a ragged one, a TensorArray) stays."""
    if isinstance(value, TensorArray) or nest.kinds(True)[type(value)] is not None:
        return value
    return convert(value)


def spec(value: Any) -> Any:
    """The type of `value`, which consists of tensors."""
    return type_spec_from_value(value)


def zeros_like(value: Any) -> Any:
    """Zeros of the dtype of `value`, and of its shape as far as that is known."""
    value = tensor(value)
    if not isinstance(value, Tensor):
        return value
    return zeros(
        [size or 0 for size in value.shape.as_list()] if value.shape.rank else [], value.dtype
    )


def known(value: Any) -> np.ndarray | None:
    """The value of a tensor, if it is known already."""
    return known_value(value)
