"""One trace of a function: a graph, the types it is for, and how to call it.

The one idea: everything that can be known once per trace is known before the first call. Which
inputs the graph takes, what it captured, and how its flat outputs become the structure that the
Python function answered are closures and lists here, so that a call is a run of the graph and, for
most functions, one index.

A `ConcreteFunction` may be called in two ways: with the arguments of the Python function, Python
values included, or *flat*, with the tensors alone, by position or by the name of the placeholder.

Read next: engine/call.py, function/function.py.
"""

from collections.abc import Callable, Sequence
from operator import itemgetter
from typing import Any

from headrace._src.core import errors, nest
from headrace._src.core.context import thread
from headrace._src.core.dtypes import resource
from headrace._src.core.shapes import TensorShape
from headrace._src.core.spec import TensorSpec
from headrace._src.core.tensor import EagerTensor, Readable, Tensor
from headrace._src.engine.call import call
from headrace._src.engine.execute import execute
from headrace._src.engine.func_graph import FuncGraph
from headrace._src.engine.graph import SymbolicTensor
from headrace._src.function import trace_type
from headrace._src.function.function_type import (
    Call,
    FunctionType,
    binding_error,
    flat_tensors,
    flat_type,
    structured_signature,
)
from headrace._src.function.messages import has_pictures, to_svg
from headrace._src.function.trace_type import CastContext, TracingContext, cast
from headrace._src.objects import tracing_types
from headrace._src.objects.variable import Variable


class ConcreteFunction(tracing_types.ConcreteFunction):
    """A traced function for arguments of certain types.

    graph: the FuncGraph.

    >>> trace = tf.function(lambda x: x + 1).get_concrete_function(tf.TensorSpec([None], tf.int32))
    >>> trace(tf.constant([1, 2])).numpy()
    array([2, 3], dtype=int32)
    """

    def __init__(self, graph: FuncGraph, arguments: Call, types: Sequence[Any]) -> None:
        self._graph = graph
        self._names = arguments.names
        self._types = tuple(types)
        # Handles of an outer function's variables, as it passes them on: the variables themselves,
        # which are there when the outer function is not.
        self._captured = [_lasting(outer) for outer in graph.external_captures]
        self._packed = packer(graph.structured_outputs)
        output = trace_type.of(graph.structured_outputs, TracingContext())
        captures = {
            id(outer): TensorSpec(inner.shape, inner.dtype)
            for outer, inner in zip(self._captured, graph.internal_captures, strict=True)
        }
        self._function_type = flat_type(arguments, types, output, captures)
        graph.structured_input_signature = structured_signature(self._function_type)

    # ---- what it is

    @property
    def graph(self) -> FuncGraph:
        """The graph."""
        return self._graph

    _func_graph = graph

    @property
    def function_type(self) -> FunctionType:
        """The signature, with the type of every argument and of the result."""
        return self._function_type

    @property
    def name(self) -> bytes:
        """The name under which the run time knows the function."""
        return self._inference_name.encode()

    @property
    def _inference_name(self) -> str:
        return f"__inference_{self._graph.name}_{self._graph.serial}"

    @property
    def inputs(self) -> list[Tensor]:
        """What stands for the arguments and for the captures in the graph."""
        return [*self._graph.inputs, *self._graph.internal_captures]

    @property
    def outputs(self) -> list[Tensor]:
        """The tensors of the result, flat."""
        return list(self._graph.outputs)

    @property
    def structured_input_signature(self) -> tuple[tuple, dict[str, Any]]:
        """The arguments as `(args, kwargs)`: specs in place of tensors."""
        return self._graph.structured_input_signature

    @property
    def structured_outputs(self) -> Any:
        """The tensors of the result as the Python function nests them."""
        return self._graph.structured_outputs

    @property
    def output_shapes(self) -> Any:
        """The shapes of the result, nested as it is."""
        return nest.map_structure(
            lambda t: TensorShape(None) if t is None else t.shape,
            self._graph.structured_outputs,
            expand_composites=True,
        )

    @property
    def output_dtypes(self) -> Any:
        """The dtypes of the result, nested as it is; None where it is None."""
        return nest.map_structure(
            lambda t: None if t is None else t.dtype,
            self._graph.structured_outputs,
            expand_composites=True,
        )

    @property
    def captured_inputs(self) -> list[Any]:
        """The tensors from outside that the graph uses; for a variable its handle."""
        return [x.handle if isinstance(x, Variable) else x for x in self._captured]

    @property
    def variables(self) -> tuple[Any, ...]:
        """The variables that the graph uses, without those among the arguments."""
        return tuple(self._graph.variables)

    @property
    def trainable_variables(self) -> tuple[Any, ...]:
        """Those of `variables` that tapes watch unasked."""
        return tuple(self._graph.trainable_variables)

    @property
    def function_def(self) -> Any:
        """The graph as a FunctionDef message."""
        message = self._graph._messages().function_def(self._graph, self._inference_name)
        for key, value in self._graph.attributes.items():
            if key == "jit_compile":
                if value:
                    message.attr["_XlaMustCompile"].b = True
            elif isinstance(value, bool):
                message.attr[key].b = value
            elif isinstance(value, int):
                message.attr[key].i = value
            elif isinstance(value, float):
                message.attr[key].f = value
            else:
                message.attr[key].s = value if isinstance(value, bytes) else str(value).encode()
        return message

    def pretty_printed_signature(self, verbose: bool = True) -> str:
        """The signature as a list of parameters, or, not `verbose`, on one line."""
        return repr(self._function_type) if verbose else str(self._function_type)

    def __repr__(self) -> str:
        return f"<ConcreteFunction {self._function_type} at 0x{id(self):X}>"

    def __str__(self) -> str:
        return f"ConcreteFunction {self._function_type!r}"

    def __copy__(self) -> "ConcreteFunction":
        return self

    def __deepcopy__(self, memo: dict) -> "ConcreteFunction":
        return self

    # ---- calling it

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """The result for these arguments, given as to the Python function or flat.

        Raises TypeError where they fit neither way, InvalidArgumentError for a wrong dtype.
        """
        inputs = self._graph.inputs
        if not kwargs and len(args) == len(inputs):
            for x, inner in zip(args, inputs, strict=True):
                if type(x) is not EagerTensor or x._dtype is not inner.dtype:
                    break
            else:
                return self.run(args)  # the same, read either way
        try:
            flat = self._structured(args, kwargs)
        except (TypeError, ValueError, AttributeError) as error:
            try:
                flat = self._flat(args, kwargs)
            except TypeError as flat_error:
                raise TypeError(
                    f"{binding_error(error, args, kwargs, self._function_type)}\n"
                    f"Fallback to flat signature also failed due to: {flat_error}"
                ) from flat_error
        self._check_dtypes(flat)
        return self.run(flat)

    def run(self, flat: Sequence[Any]) -> Any:
        """The result for flat inputs that are known to fit."""
        context = thread.context
        if context.graph is None and not context.recorders:
            return self._packed(execute(self._graph, flat, self._captured))
        return self._packed(call(self._graph, flat, self._captured))

    def to_svg(self, depth: int | None = None) -> str:
        """A picture of the graph, as SVG; see `Function.to_svg`."""
        return to_svg(self._graph, depth)

    def _repr_svg_(self) -> str | None:
        return self.to_svg() if has_pictures() else None

    def quick(self, leaves: Sequence[Any], flat: Sequence[Any]) -> Callable[[Any], Any] | None:
        """A short cut for calls with tensors like `leaves`, which made the inputs `flat`.

        It takes such tensors and gives the result, and is for eager mode only; None where an input
        is something other than one of these.
        """
        graph, captured, packed = self._graph, self._captured, self._packed
        by_identity: dict[int, list[int]] = {}
        for place in reversed(range(len(leaves))):
            by_identity.setdefault(id(leaves[place]), []).append(place)
        try:
            places = [by_identity[id(tensor)].pop() for tensor in flat]
        except (KeyError, IndexError):
            return None
        pick = None if places == list(range(len(leaves))) else _picker(places)

        def run(leaves: Any) -> Any:
            inputs = leaves if pick is None else pick(leaves)
            if thread.context.recorders:
                return packed(call(graph, inputs, captured))
            return packed(execute(graph, inputs, captured))

        return run

    def _structured(self, args: tuple, kwargs: dict[str, Any]) -> list[Any]:
        given = self._function_type.bind(*args, **kwargs).arguments
        context = CastContext()
        values = [
            cast(kind, given[name], context)
            for name, kind in zip(self._names, self._types, strict=True)
        ]
        return flat_tensors(self._types, values)

    @property
    def _arg_keywords(self) -> list[str]:
        return [t.op.name for t in self._graph.inputs]

    @property
    def _num_positional_args(self) -> int:
        return len(self._graph.inputs)

    def _flat(self, args: tuple, kwargs: dict[str, Any]) -> list[Any]:
        names = self._arg_keywords
        shown = f"{self._graph.name}({', '.join(names)})"
        if len(args) > len(names):
            raise TypeError(f"{shown} takes {len(names)} positional arguments, got {len(args)}.")
        rest = names[len(args) :]
        missing = [name for name in rest if name not in kwargs]
        if missing:
            raise TypeError(f"{shown} missing required arguments: {', '.join(missing)}.")
        for name in names[: len(args)]:
            if name in kwargs:
                raise TypeError(f"{shown} got two values for {name!r}.")
        extra = sorted(set(kwargs) - set(names))
        if extra:
            raise TypeError(f"{shown} got unexpected keyword arguments: {', '.join(extra)}.")
        flat = [*args, *(kwargs[name] for name in rest)]
        for i, (value, inner) in enumerate(zip(flat, self._graph.inputs, strict=True)):
            if isinstance(value, Readable):
                if inner.dtype is not resource:
                    raise TypeError(
                        "provided list of inputs contains objects other than 'EagerTensor'. "
                        f"Item {i} is type: {type(value).__name__}"
                    )
            elif not isinstance(value, Tensor):
                raise TypeError(
                    f"{shown}: expected argument #{i}(zero-based) to be a Tensor; "
                    f"got {type(value).__name__} ({value})."
                )
        return flat

    def _check_dtypes(self, flat: Sequence[Any]) -> None:
        for i, (value, inner) in enumerate(zip(flat, self._graph.inputs, strict=True)):
            if value.dtype is not inner.dtype and not isinstance(value, Readable):
                name = self._inference_name
                raise errors.InvalidArgumentError(
                    None,
                    None,
                    f"cannot compute {name} as input #{i}(zero-based) was expected to be a "
                    f"{inner.dtype.kernel_name} tensor but is a {value.dtype.kernel_name} tensor "
                    f"[Op:{name}]",
                )


ConcreteFunction.__module__ = "tensorflow.python.eager.polymorphic_function.concrete_function"


def _lasting(outer: Any) -> Any:
    """A capture in the form that outlives the function around: a variable, not its handle there."""
    if type(outer) is SymbolicTensor and outer.dtype is resource:
        element = outer.element
        if isinstance(element, Readable) and not hasattr(element, "_bound"):
            return element
    return outer


def _picker(places: list[int]) -> Callable[[Any], Sequence[Any]]:
    if len(places) == 1:
        only = places[0]
        return lambda leaves: (leaves[only],)
    return itemgetter(*places) if places else lambda leaves: ()


# ---- the result ----------------------------------------------------------------------------------


def packer(structure: Any) -> Callable[[list[Any]], Any]:
    """A function from the flat outputs to the structure that `structure`, of tensors, has."""
    if isinstance(structure, Tensor):
        return itemgetter(0)
    if structure is None:
        return lambda flat: None
    if type(structure) in (list, tuple) and all(isinstance(x, Tensor) for x in structure):
        return type(structure)
    leaves = nest.flatten(structure, expand_composites=True)
    is_none = [leaf is None for leaf in leaves]

    def pack(flat: list[Any]) -> Any:
        rest = iter(flat)
        values = [None if nothing else next(rest) for nothing in is_none]
        return nest.pack_sequence_as(structure, values, expand_composites=True)

    return pack
