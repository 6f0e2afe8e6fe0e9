"""The graph of a function: inputs, outputs, and what it captures from outside.

Where a function's body uses a tensor from outside, an eager one or one of a graph around it, the
tensor is *captured*: it becomes one more input (a small eager one a constant). A captured tensor
keeps its identity for tapes, so gradients find their way out. Variables are captured as handles.

Read next: engine/derive.py.
"""

from collections.abc import Callable
from itertools import count
from typing import Any

from headrace._src.core.dtypes import DType, resource, variant
from headrace._src.core.shapes import TensorShape
from headrace._src.core.tensor import EagerTensor, next_id
from headrace._src.engine import graph as graphs
from headrace._src.engine.graph import SMALL, Graph, SymbolicTensor, out_of_scope

_serial = count(1)


class FuncGraph(Graph):
    """The graph of a function.

    outer: the graph that was current when the function was traced, or None.
    inputs: placeholders: arguments first, then captures.
    outputs: the tensors that the function answers, flat.
    captures: what was captured, and the tensor of this graph that stands for it.
    structured_outputs: the outputs in the structure of the Python function's result.
    """

    building_function = True

    def __init__(self, name: str, outer: Graph | None = None) -> None:
        super().__init__()
        self.name = name
        self.outer = outer
        self.outer_graph = outer
        self.inputs: list[SymbolicTensor] = []
        self.outputs: list[Any] = []
        self.structured_outputs: Any = None
        self.structured_input_signature: Any = None
        self.attributes: dict[str, Any] = {}
        self.seeds: Any = None
        # By the identity of the tensor (or variable) outside: it, and what stands for it here.
        self._captures: dict[int, tuple[Any, SymbolicTensor]] = {}
        self._outside: dict[int, Any] = {}
        # Whether constants of the graph around are copied rather than passed in: in the graph of a
        # gradient they need not be kept by the forward one.
        self.copies_constants = False
        self._copies: dict[int, tuple[Any, SymbolicTensor]] = {}
        self.variables_by_id: dict[int, Any] = {}
        # What the machines remember about the graph: its plan, its programs.
        self.notes: dict[Any, Any] = {}
        self.serial = next(_serial)
        if outer is not None:
            self.seed = outer.seed

    @property
    def function_name(self) -> str:
        """The name of the function in a library of functions."""
        return f"__inference_{self.name}_{self.serial}"

    @property
    def captures(self) -> list[tuple[Any, SymbolicTensor]]:
        """What was captured, in the order of capture, with what stands for it here."""
        return list(self._captures.values())

    @property
    def external_captures(self) -> list[Any]:
        """What was captured from outside."""
        return [outer for outer, _ in self._captures.values()]

    @property
    def internal_captures(self) -> list[SymbolicTensor]:
        """What stands for the captures in this graph."""
        return [inner for _, inner in self._captures.values()]

    @property
    def variables(self) -> tuple[Any, ...]:
        """The variables that the function uses, in the order of their first use."""
        return tuple(self.variables_by_id.values())

    @property
    def trainable_variables(self) -> tuple[Any, ...]:
        """Those variables that tapes watch unasked."""
        return tuple(v for v in self.variables if v.trainable)

    def placeholder(self, dtype: DType, shape: Any, name: str) -> SymbolicTensor:
        """A new argument."""
        tensor = self._placeholder(dtype, TensorShape(shape), self._unique(name))
        self.inputs.append(tensor)
        return tensor

    def _placeholder(self, dtype: DType, shape: TensorShape, name: str) -> SymbolicTensor:
        node = self.add(
            graphs.PLACEHOLDER, [], {"dtype": dtype, "shape": shape}, [(dtype, shape)], name
        )
        return node.outputs[0]

    def capture(self, tensor: Any, name: str | None = None) -> SymbolicTensor:
        """`tensor` from outside as a tensor of this graph."""
        known = self._captures.get(id(tensor)) or self._copies.get(id(tensor))
        if known is not None:
            return known[1]
        name = name or "Placeholder"
        if type(tensor) is EagerTensor and self._may_copy(tensor):
            inner = self.constant(tensor._array, tensor._dtype, name)
            self._copies[id(tensor)] = (tensor, inner)
            return inner
        if type(tensor) is EagerTensor and isinstance(self.outer, FuncGraph):
            # Step by step, so that every function in between passes it on.
            return self.capture(self.outer.capture(tensor, name), name)
        if type(tensor) is EagerTensor:
            # Small ones become constants; both count as captures, and tapes reach them.
            if tensor._array.size <= SMALL and tensor._dtype not in (resource, variant):
                inner = self.constant(tensor._array, tensor._dtype, name)
            else:
                inner = self._placeholder(tensor._dtype, tensor.shape, self._unique(name))
        elif type(tensor) is SymbolicTensor and tensor.op.graph in self.around():
            if tensor.op.op is graphs.CONST and self._may_copy(tensor):
                inner = self.constant(tensor.op.attributes["value"], tensor._dtype, name)
                self._copies[id(tensor)] = (tensor, inner)
                return inner
            if self.outer is not tensor.op.graph and not self._is_alone(tensor):
                tensor = self.outer.capture(tensor, name)  # type: ignore[union-attr]
                return self.capture(tensor, name)
            inner = self._placeholder(tensor._dtype, tensor._shape, self._unique(name))
            inner.element = tensor.element
        elif type(tensor) is SymbolicTensor and (twin := self._twin(tensor)) is not None:
            return self.input(twin, name)
        else:
            raise out_of_scope(tensor, self)
        if not tensor._id:
            tensor._id = next_id()
        inner._id = tensor._id
        self._captures[id(tensor)] = (tensor, inner)
        self._outside[id(inner)] = tensor
        return inner

    def _may_copy(self, tensor: Any) -> bool:
        """Whether a constant of outside is better copied: in the graph of a gradient, unless it is
        a tensor of the user's that somebody may want the gradient of.
        """
        if not self.copies_constants:
            return False
        if not tensor.dtype.is_differentiable:
            return True
        if type(tensor) is SymbolicTensor:
            graph = tensor.op.graph
            return not isinstance(graph, FuncGraph) or graph.outside(tensor) is None
        return self._is_alone(tensor)

    def _is_alone(self, tensor: Any) -> bool:
        """Whether this is the graph of a gradient, and the forward one has not captured `tensor`:
        then it is captured past that graph, which is finished.
        """
        if not self.copies_constants or not isinstance(self.outer, FuncGraph):
            return False
        return self.outer._known(tensor) is None

    def _known(self, tensor: Any) -> SymbolicTensor | None:
        """What stands for `tensor` here already."""
        if type(tensor) is SymbolicTensor and tensor.op.graph is self:
            return tensor
        known = self._captures.get(id(tensor))
        if known is None and isinstance(self.outer, FuncGraph):
            outer = self.outer._known(tensor)
            known = None if outer is None else self._captures.get(id(outer))
        return None if known is None else known[1]

    def _twin(self, tensor: SymbolicTensor) -> SymbolicTensor | None:
        """What a tensor is in a graph around this one that is a copy of the tensor's graph.

        A user's own gradient speaks of the tensors of the graph that it was written in.
        """
        for graph in (self, *self.around()):
            if isinstance(graph, FuncGraph) and graph.notes.get("original") is tensor.op.graph:
                node = graph._by_name.get(tensor.op.name)
                return None if node is None else node.outputs[tensor.value_index]
        return None

    def handle_of(self, variable: Any, name: Callable[[], str]) -> SymbolicTensor:
        """The resource tensor that stands for `variable` in this graph."""
        bound = getattr(variable, "_bound", None)
        if bound is not None:  # an argument of this function or of one around it
            return bound if bound.op.graph is self else self.input(bound, name)
        key = variable._id
        known = self._captures.get(-key)
        if known is not None:
            return known[1]
        if isinstance(self.outer, FuncGraph) and not (
            self.copies_constants and -key not in self.outer._captures
        ):
            outer = self.outer.handle_of(variable, name)
            inner = self.capture(outer, name())
            inner._id = key
            self._captures.setdefault(-key, self._captures.pop(id(outer)))
        else:
            inner = self._placeholder(resource, TensorShape([]), self._unique(name()))
            inner._id = key
            self._captures[-key] = (variable, inner)
            self._outside[id(inner)] = variable
        self.variables_by_id[key] = variable
        inner.element = variable
        return inner

    def outside(self, inner: SymbolicTensor) -> Any:
        """What `inner`, which stands for a capture, stands for; None for any other tensor."""
        return self._outside.get(id(inner))

    def all_inputs(self) -> list[SymbolicTensor]:
        """The placeholders: arguments, then captures that are not constants here."""
        return self.inputs + [
            inner for _, inner in self._captures.values() if inner.op.op is graphs.PLACEHOLDER
        ]

    def around(self) -> list[Graph]:
        """The graphs that this one was traced inside of, from the inside out."""
        return [] if self.outer is None else [self.outer, *self.outer.around()]

    def __repr__(self) -> str:
        return f"FuncGraph(name={self.name}, id={id(self)})"


FuncGraph.__module__ = "tensorflow.python.framework.func_graph"
