"""Graphs: what a program would compute, as nodes and the tensors that run between them.

While a graph is the current one (`thread.context.graph`) an op adds an `Operation` to it instead of
computing, and answers `SymbolicTensor`s: a dtype, a shape of which any part may be unknown, no
value. A `FuncGraph` is the graph of a function: it has inputs and outputs, and where its body uses
a tensor from outside, an eager one or one of a graph around it, it *captures* it: the tensor
becomes one more input.

Nodes stand in the order in which the program made them, which is the order in which those with a
state must run. Names and their numbering are TensorFlow's.

Read next: engine/node.py (how an op becomes a node), engine/machine.py (how nodes are run).
"""

import os
import re
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from traceback import FrameSummary
from typing import Any, ClassVar

import numpy as np

from headrace._src.core.context import thread
from headrace._src.core.dtypes import DType
from headrace._src.core.shapes import TensorShape
from headrace._src.core.tensor import EagerTensor, Readable, Tensor
from headrace._src.engine.symbolic import SymbolicTensor as SymbolicTensor
from headrace._src.engine.symbolic import out_of_scope as out_of_scope

# Eager tensors up to this many elements become constants of the graph that captures them.
SMALL = 128


class Operation:
    """A node of a graph.

    name, graph, inputs, outputs: as they say; inputs are tensors of the same graph.
    op: what it does: an `Op` (engine/op.py) or a `Step` (engine/step.py).
    attributes: by name, as in TensorFlow's registry.
    counts: for each of the op's inputs None for a single tensor, else how many the list holds.
    control_inputs: operations that must have run before.
    frames: where the user's program made it, as (code, line), innermost first.
    """

    __slots__ = (
        "__weakref__",
        "attributes",
        "control_inputs",
        "counts",
        "device",
        "frames",
        "graph",
        "inputs",
        "name",
        "notes",
        "op",
        "outputs",
    )  # fmt: skip

    def __init__(
        self,
        graph: "Graph",
        op: Any,
        name: str,
        inputs: list[SymbolicTensor],
        attributes: dict[str, Any],
        outputs: list[tuple[DType, TensorShape]],
        counts: tuple[int | None, ...] = (),
    ) -> None:
        self.graph = graph
        self.op = op
        self.name = name
        self.inputs = inputs
        self.attributes = attributes
        self.counts = counts
        self.control_inputs: list[Operation] = list(graph.controls)
        self.device = thread.context.device
        self.frames = user_frames()
        self.outputs = [
            SymbolicTensor(self, i, dtype, shape) for i, (dtype, shape) in enumerate(outputs)
        ]
        # What other parts of the engine remember about the node (a loop's accumulators, say).
        self.notes: dict[Any, Any] = {}
        graph.nodes.append(self)
        graph._by_name[name] = self

    @property
    def type(self) -> str:
        """The name of the op."""
        return self.op.name

    @property
    def values(self) -> Callable[[], list[SymbolicTensor]]:
        """The outputs, as a function answers them."""
        return lambda: list(self.outputs)

    @property
    def node_def(self) -> Any:
        """The node as a NodeDef message."""
        return self.graph._messages().node_def(self)

    @property
    def op_def(self) -> Any:
        """What TensorFlow's registry says of the op."""
        return self.op.definition

    @property
    def traceback(self) -> list[Any]:
        """Where the user's program made the node, outermost first, as `FrameSummary`s."""
        return [
            FrameSummary(code.co_filename, line, code.co_name)
            for code, line in reversed(self.frames)
        ]

    def get_attr(self, name: str) -> Any:
        """The value of an attribute; raises ValueError where there is none of that name."""
        if name not in self.attributes:
            raise ValueError(f"Operation '{self.name}' has no attr named '{name}'.")
        value = self.attributes[name]
        return FunctionName(value.function_name) if hasattr(value, "function_name") else value

    def __repr__(self) -> str:
        return f"<tf.Operation '{self.name}' type={self.type}>"

    def __str__(self) -> str:
        return f"name: {self.name!r}\nop: {self.type!r}\n"


@dataclass(frozen=True)
class FunctionName:
    """The value of an attribute that is a function, as TensorFlow shows it."""

    name: str


_PACKAGE = f"{Path(__file__).resolve().parents[2]}{os.sep}"
_is_internal: dict[Any, bool] = {}


def user_frames() -> tuple[tuple[Any, int], ...]:
    """The calls that led here, without headrace's own: (code, line), innermost first."""
    frame: Any = sys._getframe(2)
    found = []
    while frame is not None:
        code = frame.f_code
        internal = _is_internal.get(code)
        if internal is None:
            internal = _is_internal[code] = code.co_filename.startswith((_PACKAGE, "<front door"))
        if not internal:
            found.append((code, frame.f_lineno))
        frame = frame.f_back
    return tuple(found)


class Graph:
    """Operations and the tensors between them; `tf.Graph`.

    >>> g = tf.Graph()
    >>> with g.as_default():
    ...     y = tf.constant(2.) * 3.
    >>> [op.type for op in g.get_operations()]
    ['Const', 'Const', 'Mul']
    """

    building_function = False

    def __init__(self) -> None:
        self.nodes: list[Operation] = []
        self.seed: int | None = None
        # Operations that every new node has to wait for, by the `control_dependencies` around it.
        self.controls: list[Operation] = []
        self._by_name: dict[str, Operation] = {}
        self._names: dict[str, int] = {}
        self._collections: dict[str, list[Any]] = {}
        self._finalized = False
        # The calls of public functions that name scopes are made for: see engine/naming.py.
        self.calls: list[Any] = []

    # ---- names

    def unique_name(self, name: str, mark_as_used: bool = True) -> str:
        """`name` after the current name scope, numbered if the graph has one like it."""
        name = f"{thread.context.scope}{name}" if thread.context.graph is self else name
        return self._unique(name, mark_as_used)

    def _unique(self, name: str, mark_as_used: bool = True) -> str:
        # Names that differ in case alone count as the same.
        key = name.lower()
        times = self._names.get(key, 0)
        if mark_as_used:
            self._names[key] = times + 1
        if times:
            base = name
            while key in self._names:
                name = f"{base}_{times}"
                key = name.lower()
                times += 1
            if mark_as_used:
                self._names[key] = 1
        return name

    def name_scope(self, name: str | None) -> Any:
        """A block in which the names of new operations begin with `name/`."""
        return _GraphScope(self, name)

    def get_name_scope(self) -> str:
        """The current name scope, without its last slash."""
        return thread.context.scope.removesuffix("/")

    # ---- what it holds

    def get_operations(self) -> list[Operation]:
        """All operations, in the order in which they were made."""
        return list(self.nodes)

    def get_operation_by_name(self, name: str) -> Operation:
        """The operation called `name`; raises KeyError where there is none."""
        if not isinstance(name, str):
            raise TypeError(f"Operation names are strings (or similar), not {type(name).__name__}.")
        if name not in self._by_name:
            raise KeyError(f"The name '{name}' refers to an Operation not in the graph.")
        return self._by_name[name]

    def get_tensor_by_name(self, name: str) -> SymbolicTensor:
        """The tensor called `name`, such as "add:0"; raises KeyError where there is none."""
        if not isinstance(name, str):
            raise TypeError(f"Tensor names are strings (or similar), not {type(name).__name__}.")
        if not re.fullmatch(r".+:\d+", name):
            known = name in self._by_name
            raise ValueError(
                f"The name '{name}' looks like an (invalid) Operation name, not a Tensor. Tensor "
                'names must be of the form "<op_name>:<output_index>".'
                if not known
                else f"The name '{name}' refers to an Operation, not a Tensor. Perhaps you meant "
                f'to specify "{name}:0"?'
            )
        stem, _, index = name.rpartition(":")
        node = self._by_name.get(stem)
        if node is None:
            raise KeyError(
                f"The name '{name}' refers to a Tensor which does not exist. The operation, "
                f"'{stem}', does not exist in the graph."
            )
        if int(index) >= len(node.outputs):
            raise KeyError(
                f"The name '{name}' refers to a Tensor which does not exist. The operation, "
                f"'{stem}', exists but only has {len(node.outputs)} outputs."
            )
        return node.outputs[int(index)]

    def as_graph_element(
        self, obj: Any, allow_tensor: bool = True, allow_operation: bool = True
    ) -> Any:
        """The tensor or operation that `obj`, one of these or a name, stands for here."""
        if isinstance(obj, (SymbolicTensor, Operation)):
            if obj.graph is not self:
                raise ValueError(f"{obj!r} is not an element of this graph.")
            return obj
        if isinstance(obj, str):
            if ":" in obj and allow_tensor:
                return self.get_tensor_by_name(obj)
            if allow_operation:
                return self.get_operation_by_name(obj)
        raise TypeError(f"Can not convert a {type(obj).__name__} into a graph element.")

    def is_fetchable(self, tensor_or_op: Any) -> bool:
        """Whether the graph lets the value be asked for: always."""
        return True

    @property
    def version(self) -> int:
        """How many operations there are."""
        return len(self.nodes)

    def get_collection_ref(self, name: str) -> list[Any]:
        """The collection called `name`, to be changed in place."""
        return self._collections.setdefault(name, [])

    def get_collection(self, name: str, scope: str | None = None) -> list[Any]:
        """What was put into the collection called `name`."""
        return list(self._collections.get(name, []))

    def add_to_collection(self, name: str, value: Any) -> None:
        """Puts `value` into the collection called `name`."""
        self._collections.setdefault(name, []).append(value)

    # ---- building

    @contextmanager
    def as_default(self, scope: str = "") -> Iterator["Graph"]:
        """A block whose ops are added to this graph, under names that begin with `scope`."""
        context = thread.context
        before = context.graph, context.is_quick, context.recorders, context.scope
        stay = [recorder for recorder in context.recorders if recorder.stays]
        context.graph, context.is_quick, context.recorders, context.scope = self, False, stay, scope
        try:
            yield self
        finally:
            context.graph, context.is_quick, context.recorders, context.scope = before
            self.calls = []

    @contextmanager
    def control_dependencies(self, control_inputs: Any) -> Iterator[None]:
        """A block whose operations run after `control_inputs`; None forgets those around it."""
        before = self.controls
        if control_inputs is None:
            self.controls = []
        else:
            found = [_operation(item, self) for item in control_inputs]
            self.controls = before + [node for node in found if node is not None]
        try:
            yield
        finally:
            self.controls = before

    def finalize(self) -> None:
        """No operation can be added from now on."""
        self._finalized = True

    @property
    def finalized(self) -> bool:
        """Whether `finalize` was called."""
        return self._finalized

    def add(
        self,
        op: Any,
        inputs: list[SymbolicTensor],
        attributes: dict[str, Any],
        outputs: list[tuple[DType, TensorShape]],
        name: str,
        counts: tuple[int | None, ...] = (),
    ) -> Operation:
        """A new operation under a name that is already unique."""
        if self._finalized:
            raise RuntimeError("Graph is finalized and cannot be modified.")
        return Operation(self, op, name, inputs, attributes, outputs, counts)

    def input(self, tensor: Any, name: Callable[[], str] | str) -> SymbolicTensor:
        """`tensor` as a tensor of this graph; `name` is that of the constant it may become."""
        if type(tensor) is SymbolicTensor and tensor.op.graph is self:
            return tensor
        name = name if isinstance(name, str) else name()
        if type(tensor) is EagerTensor and "is_plain" in vars(tensor):
            return self.constant(tensor._array, tensor._dtype, name)
        return self.capture(tensor, name)

    def constant(self, array: Any, dtype: DType, name: str) -> SymbolicTensor:
        """A node that holds a value, under a name that is not yet unique."""
        array = np.asarray(array)
        return self.add(
            CONST,
            [],
            {"value": array, "dtype": dtype},
            [(dtype, TensorShape.of(array.shape))],
            self._unique(name),
        ).outputs[0]

    def capture(self, tensor: Any, name: str | None = None) -> SymbolicTensor:
        """`tensor` of elsewhere as one of this graph; a graph without a function has only its own
        and eager ones.
        """
        if type(tensor) is EagerTensor:
            return self.constant(tensor._array, tensor._dtype, name or "Const")
        raise out_of_scope(tensor, self)

    def around(self) -> list["Graph"]:
        """The graphs that this one was traced inside of, from the inside out."""
        return []

    def as_graph_def(self, from_version: int | None = None, add_shapes: bool = False) -> Any:
        """The graph as a GraphDef message.

        Raises NotImplementedError for a part of the graph or for shapes beside it.
        """
        if from_version is not None or add_shapes:
            argument = "add_shapes" if from_version is None else "from_version"
            raise NotImplementedError(f"Graph.as_graph_def: headrace has no `{argument}` yet.")
        return self._messages().graph_def(self)

    # Filled by function/messages.py: what makes protocol buffers of graphs.
    _messages: ClassVar[Any]

    def __repr__(self) -> str:
        return f"<tensorflow.python.framework.ops.Graph object at {id(self):#x}>"


class _GraphScope:
    """The block of `Graph.name_scope`."""

    def __init__(self, graph: Graph, name: str | None) -> None:
        self._graph, self._name = graph, name
        self._before = ""

    def __enter__(self) -> str:
        context = thread.context
        self._before = context.scope
        context.scope = scope_of(self._graph, self._name)
        return context.scope

    def __exit__(self, *_: Any) -> None:
        thread.context.scope = self._before


def scope_of(graph: Graph, name: str | None) -> str:
    """The prefix inside a name scope called `name`, with its slash."""
    if not name:
        return ""
    if name.endswith("/"):
        return name
    return graph._unique(f"{thread.context.scope}{name}") + "/"


def _operation(item: Any, graph: Graph) -> Operation | None:
    """The operation that a control input names; None for what has already happened."""
    if isinstance(item, Readable):
        item = getattr(item, "_assignment", None) or item._read()
    if isinstance(item, SymbolicTensor):
        item = item.op
    if isinstance(item, Operation):
        return item if item.graph is graph else None
    if callable(item) and not isinstance(item, Tensor):
        return _operation(item(), graph)
    if item is None or isinstance(item, EagerTensor):
        return None
    raise TypeError(f"Can not convert a {type(item).__name__} into a Tensor or Operation.")


def plain(tensor: EagerTensor) -> EagerTensor:
    """`tensor`, remembered as the conversion of a plain value: a constant, where it is used in a
    graph, and not a capture.
    """
    vars(tensor)["is_plain"] = True
    return tensor


def current() -> Graph | None:
    """The graph that ops are added to, or None in eager mode."""
    return thread.context.graph


# Filled by engine/step.py: the two ops that a graph makes by itself.
CONST: Any = None
PLACEHOLDER: Any = None

for _class, _module in {
    Operation: "tensorflow.python.framework.ops",
    Graph: "tensorflow.python.framework.ops",
}.items():
    _class.__module__ = _module

__all__ = [
    "CONST", "PLACEHOLDER", "SMALL", "Graph", "Operation", "SymbolicTensor", "current",
    "out_of_scope", "plain", "scope_of", "user_frames",
]  # fmt: skip
