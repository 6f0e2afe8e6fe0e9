"""Variables that are created while a function is traced: lifted out of the graph.

A traced function may create variables in its first call, and never again: a graph that made new
ones at every call could not share them. So a creator sits in front of `tf.Variable` while a
function is traced. On the first trace it makes the variable outside of the graph, eagerly; later it
refuses.

The one idea: an initial value that is itself a tensor of the graph (`tf.Variable(x * 2.)`) is
computed by running just those nodes that it depends on, with the arguments of the first call. The
graph they are of is traced again without the creation, so nothing else needs them.

Read next: objects/creation.py, function/function.py.
"""

import contextlib
import copy
import weakref
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np

from headrace._src.core import context as contexts
from headrace._src.core.context import thread
from headrace._src.core.dtypes import as_dtype
from headrace._src.core.tensor import EagerTensor, Tensor
from headrace._src.engine.call import call
from headrace._src.engine.convert import convert
from headrace._src.engine.func_graph import FuncGraph
from headrace._src.engine.graph import Operation, SymbolicTensor
from headrace._src.engine.node import known_value
from headrace._src.engine.step import placeholder
from headrace._src.objects.creation import variable_creator_scope

_NOT_SINGLE = (
    "tf.function only supports singleton tf.Variables created on the first call. Make sure the "
    "tf.Variable is only created once or created outside tf.function. See "
    "https://www.tensorflow.org/guide/function#creating_tfvariables for more information."
)


class UnliftableError(Exception):
    """An initial value depends on what is only known when the function is called."""


UnliftableError.__module__ = "tensorflow.python.eager.lift_to_graph"


@contextlib.contextmanager
def eagerly() -> Iterator[None]:
    """A block outside of all graphs and tapes; the name scope stays."""
    context = thread.context
    before = context.graph, context.is_quick, context.recorders
    if context.graph is not None:
        context.graph = None
        context.is_quick = not contexts.accelerated and "device:GPU" not in context.device
    context.recorders = []
    try:
        yield
    finally:
        context.graph, context.is_quick, context.recorders = before


class Creation:
    """The creation of variables during one trace.

    is_allowed: whether variables may be made; else making one raises ValueError.
    made: weak references to the variables that were.
    """

    def __init__(self, is_allowed: bool) -> None:
        self.is_allowed = is_allowed
        self.made: list[weakref.ref] = []
        # Variables whose initial value is still to be computed, and the tensor that it is.
        self._waiting: list[tuple[Any, SymbolicTensor]] = []

    def scope(self) -> Any:
        """The block in which `tf.Variable(...)` comes here."""
        return variable_creator_scope(self._make)

    def _make(self, next_creator: Callable, **kwargs: Any) -> Any:
        if not self.is_allowed:
            raise ValueError(_NOT_SINGLE)
        pending = None
        if thread.context.graph is not None:
            pending = self._resolve(kwargs)
        with eagerly():
            variable = next_creator(**kwargs)
        self.made.append(weakref.ref(variable))
        if pending is not None:
            self._waiting.append((variable, pending))
        return variable

    def _resolve(self, kwargs: dict[str, Any]) -> SymbolicTensor | None:
        """Makes the initial value one that is known outside; else returns the tensor that it is."""
        value = kwargs["initial_value"]
        if callable(value) and not isinstance(value, Tensor):
            # As a part of the graph, for it may use the function's arguments.
            value = value()
        if value is None:
            return None
        dtype = kwargs.get("dtype")
        tensor: Any = convert(value, None if dtype is None else as_dtype(dtype))
        if not isinstance(tensor, SymbolicTensor):
            kwargs["initial_value"] = tensor
            return None
        known = known_value(tensor)
        if known is not None:
            kwargs["initial_value"] = EagerTensor(np.asarray(known), tensor.dtype)
            return None
        # Something to begin with, of as much of the shape as is known.
        if kwargs.get("shape") is None:
            kwargs["shape"] = tensor.shape
        sizes = [n or 0 for n in tensor.shape.as_list()] if tensor.shape.rank is not None else []
        blank = np.zeros(sizes, tensor.dtype.array_dtype)
        kwargs["initial_value"] = EagerTensor(blank, tensor.dtype)
        return tensor

    def initialize(self, graph: FuncGraph, inputs: Sequence[Any] | None) -> None:
        """Computes the initial values that were not known when the variables were made.

        inputs: the arguments of the call; None if there are none but specs.

        Raises UnliftableError where a value depends on an argument that nobody knows.
        """
        waiting, self._waiting = self._waiting, []
        for variable, tensor in waiting:
            part = _part_for(tensor, graph)
            unknown = inputs is None or any(type(x) is SymbolicTensor for x in inputs)
            if unknown:
                _check_liftable(tensor, part, graph)
                inputs = [_anything(t) for t in graph.inputs]
            with eagerly():
                variable.assign(call(part, inputs)[0])  # type: ignore[arg-type]


def _part_for(tensor: SymbolicTensor, graph: FuncGraph) -> FuncGraph:
    """The graph cut down to what `tensor` depends on, with `tensor` as its output."""
    needed: set[Operation] = set()
    waiting = [tensor.op]
    while waiting:
        node = waiting.pop()
        if node not in needed:
            needed.add(node)
            waiting += [t.op for t in node.inputs]
    part = copy.copy(graph)
    part.nodes = [n for n in graph.nodes if n in needed or n.op is placeholder]
    part.outputs = [tensor]
    part.notes = {}
    return part


def _check_liftable(tensor: SymbolicTensor, part: FuncGraph, graph: FuncGraph) -> None:
    arguments = {t.op for t in graph.inputs}
    path = _path(tensor.op, arguments, set())
    if path:
        shown = " <- ".join(f"{node.name} ({node.type})" for node in path)
        raise UnliftableError(
            f"Unable to lift tensor {tensor!r} because it depends transitively on placeholder "
            f"{path[-1]!r} via at least one path, e.g.: {shown}"
        )


def _path(node: Operation, targets: set[Operation], seen: set[Operation]) -> list[Operation]:
    """A way from `node` against the edges to one of `targets`, or nothing."""
    if node in targets:
        return [node]
    seen.add(node)
    for tensor in node.inputs:
        if tensor.op not in seen and (rest := _path(tensor.op, targets, seen)):
            return [node, *rest]
    return []


def _anything(tensor: SymbolicTensor) -> EagerTensor:
    """A value for an argument that the result does not depend on."""
    return EagerTensor(np.zeros((), tensor.dtype.array_dtype), tensor.dtype)
