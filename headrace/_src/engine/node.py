"""An op, called while a graph is being built: it becomes a node.

The same questions as in eager mode (engine/run.py), asked of types instead of values: which dtype,
do the inputs agree, what shape has the result. What is a plain value becomes a constant, named
after the argument it is for ("add/y"); what must be known to the compiler (a `Static` input) may
here be the output of another node, of which often enough is known after all: `known_value` computes
what depends on constants and known shapes alone, `partial_value` what is known of a shape.

Errors are those of TensorFlow's graph building: TypeError for a dtype, ValueError for a shape.

Read next: engine/machine.py.
"""

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

import numpy as np

from headrace._src.core import errors
from headrace._src.core.context import thread
from headrace._src.core.dtypes import DType, as_dtype, int32
from headrace._src.core.shape_rules import ShapeError, ValueRefused
from headrace._src.core.shapes import TensorShape, unknown
from headrace._src.core.static import static_value
from headrace._src.core.tensor import EagerTensor, Readable, Tensor, array_of
from headrace._src.engine import naming
from headrace._src.engine import step as steps  # fills the slots of engine/graph.py
from headrace._src.engine.attributes import python_name
from headrace._src.engine.convert import convert
from headrace._src.engine.func_graph import FuncGraph
from headrace._src.engine.graph import Graph, Operation, SymbolicTensor
from headrace._src.engine.opdef import Argument

if TYPE_CHECKING:
    from headrace._src.engine.op import Op

# What depends on constants alone is computed while tracing if it is no larger than this.
_FOLDED = 1024


def add_node(op: "Op", inputs: tuple, attributes: tuple, name: str | None) -> Any:
    """The outputs of a new node: a tensor, a list of tensors or a named tuple, as in eager mode."""
    graph = thread.context.graph
    node_name = naming.node_name(graph, op, name)
    given, dtypes = _typed(op, inputs, attributes)
    told = _shapes(op, given, attributes, dtypes, node_name, graph)
    flat: list[SymbolicTensor] = []
    counts: list[int | None] = []
    for argument, (kind, value, tensor) in zip(op.definition.inputs, given, strict=True):
        if kind == "tensors":
            counts.append(len(value))
            flat += [
                graph.input(t, f"{node_name}/{argument.name}_{i}") for i, t in enumerate(value)
            ]
        else:
            counts.append(None)
            flat.append(graph.input(tensor, f"{node_name}/{argument.name}"))
    node = graph.add(
        op,
        flat,
        _attributes(op, attributes, dtypes, given),
        _outputs(op, told, dtypes),
        node_name,
        tuple(counts),
    )
    outputs = structured(node)
    recorders = thread.context.recorders
    if recorders:
        plain = tuple(
            _for_rules(value, tensor) if kind == "static" else value
            for kind, value, tensor in given
        )
        for recorder in recorders:
            recorder.record(op, plain, attributes, outputs)
    return outputs


def arguments_of(node: Operation) -> tuple[tuple, tuple]:
    """Inputs and attributes of an op's node, as the op's gradient rule wants them."""
    op = node.op
    inputs: list[Any] = []
    rest = iter(node.inputs)
    for kind, count in zip(op.inputs.values(), node.counts, strict=True):
        if kind == "tensors":
            inputs.append([next(rest) for _ in range(count or 0)])
        elif kind == "static":
            tensor = next(rest)
            inputs.append(_for_rules(static_of(tensor), tensor))
        else:
            inputs.append(next(rest))
    return tuple(inputs), tuple(node.attributes[a] for a in op.attributes)


def typed(op: Any, inputs: tuple, attributes: tuple) -> tuple:
    """The inputs as tensors of dtypes that agree; raises TypeError where they do not."""
    return tuple(value for _, value, _ in _typed(op, inputs, attributes)[0])


def _for_rules(value: Any, tensor: Any) -> Any:
    """A static input for a gradient rule: its value where all of it is known, else the tensor."""
    unknown = value is None or (type(value) is tuple and None in value)
    return tensor if unknown else value


# ---- inputs --------------------------------------------------------------------------------------


def _typed(op: "Op", inputs: tuple, attributes: tuple) -> tuple[list[Any], dict[str, DType]]:
    """For each input its kind, what rules see of it, and its tensor; and the type attributes."""
    definition = op.definition
    dtypes: dict[str, DType] = {
        attr: value
        for attr, value in zip(op.attributes, attributes, strict=True)
        if isinstance(value, DType)
    }
    # The first tensor with a type attribute says what plain values become.
    wanted: dict[str, DType] = dict(dtypes)
    by: dict[str, str] = {}
    for argument, value in zip(definition.inputs, inputs, strict=True):
        for item in value if argument.count and isinstance(value, (list, tuple)) else (value,):
            if argument.type not in wanted and hasattr(type(item), "dtype"):
                dtype = item.dtype
                if isinstance(dtype, DType):
                    wanted[argument.type] = dtype
    given: list[Any] = []
    for argument, kind, value in zip(definition.inputs, op.inputs.values(), inputs, strict=True):
        if kind == "tensors":
            if isinstance(value, Tensor) or not isinstance(value, Iterable):
                raise TypeError(
                    f"Expected list for '{argument.name}' argument to '{python_name(op.name)}' Op, "
                    f"not {value!r}."
                )
            items = [_tensor(op, argument, item, wanted) for item in value]
            for item in items:
                _agree(op, argument, item, dtypes, by)
            given.append((kind, items, None))
            continue
        if kind == "static":
            tensor = static_tensor(op, argument, value, wanted.get(argument.type))
            _agree(op, argument, tensor, dtypes, by)
            given.append((kind, static_of(tensor), tensor))
        else:
            tensor = _tensor(op, argument, value, wanted)
            _agree(op, argument, tensor, dtypes, by)
            given.append((kind, tensor, tensor))
    for attr, dtype in dtypes.items():
        if attr in definition.attrs:
            _check_allowed(op, attr, dtype, by.get(attr))
            if not definition.has_cpu_kernel(attr, dtype):
                raise errors.InvalidArgumentError(
                    None,
                    None,
                    f"No OpKernel was registered to support Op '{op.name}' used by {{{{node "
                    f"{op.name}}}}} with these attrs: [{attr}=DT_{dtype.kernel_name.upper()}]\n"
                    f"Registered kernels take {attr} as: {', '.join(definition.cpu[attr])}",
                )
    return given, dtypes


def _tensor(op: "Op", argument: Argument, value: Any, wanted: dict[str, DType]) -> Tensor:
    if isinstance(value, Tensor):
        return value
    if isinstance(value, Readable):
        return value._read()
    attrs = op.definition.attrs
    if argument.type not in attrs:
        if argument.type in ("resource", "variant"):
            return convert(value)
        dtype: DType | None = as_dtype(argument.type)
    else:
        dtype = wanted.get(argument.type)
    try:
        if dtype is None:
            default = attrs[argument.type][1] if argument.type in attrs else None
            tensor = convert(value, None, as_dtype(default) if default else None)
        else:
            tensor = convert(value, dtype)
    except (TypeError, ValueError) as error:
        if dtype is None or not isinstance(value, (bool, int, float, complex, str, bytes, list)):
            raise
        kind = type(value).__name__
        raise TypeError(
            f"Expected {dtype.name} passed to parameter '{argument.name}' of op '{op.name}', got "
            f"{value!r} of type '{kind}' instead. Error: {_expected(value, dtype, error)}"
        ) from None
    if argument.type in attrs and argument.count != "*":
        wanted.setdefault(argument.type, tensor.dtype)
    return tensor


def _expected(value: Any, dtype: DType, error: Exception) -> str:
    if isinstance(value, list):
        return str(error)
    return f"Expected {dtype.name}, but got {value!r} of type '{type(value).__name__}'."


def _agree(op: "Op", argument: Argument, tensor: Tensor, dtypes: dict, by: dict) -> None:
    """Whether the tensor's dtype is that of the arguments before it, or the one the op wants."""
    if argument.count == "*":
        return
    if argument.type in op.definition.attrs:
        known = dtypes.setdefault(argument.type, tensor.dtype)
        if known is not tensor.dtype:
            raise TypeError(
                f"Input '{argument.name}' of '{op.name}' Op has type {tensor.dtype.name} that does "
                f"not match type {known.name} of argument '{by.get(argument.type, argument.type)}'."
                if argument.type in by
                else f"Input '{argument.name}' of '{op.name}' Op has type {tensor.dtype.name} that "
                f"does not match expected type of {known.name}."
            )
        by.setdefault(argument.type, argument.name)
    elif argument.type not in ("resource", "variant"):
        expected = as_dtype(argument.type)
        if tensor.dtype is not expected:
            raise TypeError(
                f"Input '{argument.name}' of '{op.name}' Op has type {tensor.dtype.name} that does "
                f"not match expected type of {expected.name}."
            )


def _check_allowed(op: "Op", attr: str, dtype: DType, argument: str | None) -> None:
    allowed = op.definition.allowed(attr)
    if allowed is not None and dtype not in allowed:
        raise TypeError(
            f"Value passed to parameter '{argument or attr}' has DataType {dtype.name} not in list "
            f"of allowed values: {', '.join(d.name for d in allowed)}"
        )


def static_tensor(op: "Op", argument: Argument, value: Any, wanted: DType | None = None) -> Tensor:
    """An input that must be known, as a tensor: a plain one, or what another node will say.

    wanted: the dtype of the tensors beside it, which a plain value takes on.
    """
    if isinstance(value, Tensor):
        return value
    attrs = op.definition.attrs
    default = attrs[argument.type][1] if argument.type in attrs else argument.type
    hint = wanted or (as_dtype(default) if default else int32)
    if isinstance(value, TensorShape):
        value = value.as_list()
    if isinstance(value, (float, bool)) and not isinstance(value, np.generic):
        return convert(value, hint)
    return convert(value, None, hint)


# ---- what is known -------------------------------------------------------------------------------


def static_of(tensor: Any) -> Any:
    """A `Static` input as rules see it: an int or nested tuple; a tuple with None for what is not
    known of a vector; None where nothing is known.
    """
    array = known_value(tensor)
    if array is not None:
        return static_value(array)
    partial = partial_value(tensor)
    if partial is None and tensor.shape.rank == 1 and tensor.shape[0] is not None:
        return (None,) * tensor.shape[0]
    return partial


def known_value(tensor: Any) -> np.ndarray | None:
    """The value of a tensor if it follows from constants and known shapes, else None."""
    if type(tensor) is EagerTensor:
        return array_of(tensor)
    if type(tensor) is not SymbolicTensor:
        return None
    node = tensor.op
    if node.op is steps.const:
        return node.attributes["value"]
    if node.op is steps.placeholder:
        outer = node.graph.outside(tensor) if isinstance(node.graph, FuncGraph) else None
        return known_value(outer) if isinstance(outer, SymbolicTensor) else None
    if "known" not in node.notes:
        node.notes["known"] = None  # for whoever asks while it is being computed
        node.notes["known"] = _computed(node)
    known = node.notes["known"]
    return None if known is None else known[tensor.value_index]


def _computed(node: Operation) -> list[np.ndarray] | None:
    """The outputs of a node whose inputs are known, if it is a small and pure one."""
    op = node.op
    if not hasattr(op, "host_kernel") or op.definition.is_stateful:
        return None
    if op.name in ("Shape", "Size", "Rank"):
        return _of_shape(node)
    sizes = [t.shape.num_elements() for t in node.outputs]
    if any(size is None or size > _FOLDED for size in sizes):
        return None
    values = [known_value(t) for t in node.inputs]
    if any(v is None or v.size > _FOLDED for v in values) or not values:
        return None
    try:
        with np.errstate(all="ignore"):
            return evaluated(node, values)
    except (ValueError, TypeError, IndexError, ArithmeticError):
        return None  # it will fail when it runs, and say so there


def _of_shape(node: Operation) -> list[np.ndarray] | None:
    (x,) = node.inputs
    dtype = node.outputs[0].dtype.array_dtype
    if node.type == "Rank":
        return None if x.shape.rank is None else [np.array(x.shape.rank, dtype)]
    if not x.shape.is_fully_defined():
        return None
    if node.type == "Size":
        return [np.array(x.shape.num_elements(), dtype)]
    return [np.array(x.shape.as_list(), dtype)]


def evaluated(node: Operation, values: list[Any]) -> list[Any]:
    """The outputs of an op's node, from NumPy arrays, by its host kernel."""
    op = node.op
    given = arguments(node, [np.asarray(v) for v in values])
    found = op.host_kernel()(*given, *(node.attributes[a] for a in op.attributes))
    flat = flat_outputs(op, found)
    return [
        np.asarray(v, object if isinstance(v, bytes) else None) if type(v) is not np.ndarray else v
        for v in flat
    ]


def arguments(node: Operation, values: list[Any]) -> list[Any]:
    """The values of an op's inputs, grouped as its kernel takes them; statics as Python values."""
    grouped: list[Any] = []
    rest = iter(values)
    for kind, count in zip(node.op.inputs.values(), node.counts, strict=True):
        if kind == "tensors":
            grouped.append([next(rest) for _ in range(count or 0)])
        elif kind == "static":
            grouped.append(static_value(next(rest)))
        else:
            grouped.append(next(rest))
    return grouped


def flat_outputs(op: "Op", found: Any) -> list[Any]:
    """What a kernel answers, as one flat list."""
    outputs = op.definition.outputs
    if len(outputs) == 1:
        return list(found) if outputs[0].count else [found]
    flat: list[Any] = []
    for argument, value in zip(outputs, found, strict=True):
        flat += value if argument.count else [value]
    return flat


def partial_value(tensor: Any) -> tuple | None:
    """What is known of an integer vector: a tuple with None for each unknown element."""
    known = known_value(tensor)
    if known is not None:
        return static_value(known)
    if type(tensor) is not SymbolicTensor or tensor.shape.rank != 1:
        return None
    node = tensor.op
    if node.op is steps.placeholder and isinstance(node.graph, FuncGraph):
        outer = node.graph.outside(tensor)
        return partial_value(outer) if isinstance(outer, SymbolicTensor) else None
    rule = _PARTIAL.get(node.op.name)
    return None if rule is None else rule(node)


def _partial_pack(node: Operation) -> tuple | None:
    if node.attributes["axis"] or any(t.shape.rank != 0 for t in node.inputs):
        return None
    return tuple(_element(t) for t in node.inputs)


def _element(scalar: SymbolicTensor) -> Any:
    """What is known of one element: its value, or that of the size that it reads from a shape."""
    known = known_value(scalar)
    if known is not None:
        return known.item()
    return None


def _partial_concat(node: Operation) -> tuple | None:
    parts: tuple = ()
    for tensor in node.inputs[:-1]:
        part = partial_value(tensor)
        if part is None:
            size = tensor.shape[0] if tensor.shape.rank == 1 else None
            if size is None:
                return None
            part = (None,) * size
        parts += part
    return parts


def _partial_slice(node: Operation) -> tuple | None:
    vector = partial_value(node.inputs[0])
    bounds = [known_value(t) for t in node.inputs[1:]]
    masks = node.attributes
    if vector is None or any(b is None or b.shape != (1,) for b in bounds):
        return None
    if masks["ellipsis_mask"] or masks["new_axis_mask"] or masks["shrink_axis_mask"]:
        return None
    begin, end, step = (int(b[0]) for b in bounds)  # type: ignore[index]
    return vector[
        slice(None if masks["begin_mask"] else begin, None if masks["end_mask"] else end, step)
    ]


def _partial_gather(node: Operation) -> tuple | None:
    vector, indices = partial_value(node.inputs[0]), known_value(node.inputs[1])
    if vector is None or indices is None or indices.ndim != 1:
        return None
    return tuple(vector[i] for i in indices.tolist())


_PARTIAL: dict[str, Callable[[Operation], tuple | None]] = {
    "Shape": lambda node: (
        None if node.inputs[0].shape.rank is None else tuple(node.inputs[0].shape.as_list())
    ),
    "Cast": lambda node: partial_value(node.inputs[0]),
    "Identity": lambda node: partial_value(node.inputs[0]),
    "Pack": _partial_pack,
    "ConcatV2": _partial_concat,
    "StridedSlice": _partial_slice,
    "GatherV2": _partial_gather,
}


# ---- shapes and outputs --------------------------------------------------------------------------


def _shapes(
    op: "Op", given: list[Any], attributes: tuple, dtypes: dict, name: str, graph: Graph
) -> list[TensorShape]:
    """The shapes of the outputs, flat."""
    seen = []
    for kind, value, _ in given:
        if kind == "static":
            seen.append(value)
        elif kind == "tensors":
            seen.append([t.shape for t in value])
        else:
            seen.append(value.shape)
    try:
        told = op.shape(*seen, *attributes)
    except ValueRefused:
        # The kernel will say so when it runs.
        if any(o.count for o in op.definition.outputs):
            raise
        return [unknown] * len(op.definition.outputs)
    except ShapeError as error:
        raise ValueError(
            f"{error.traced} for '{_described(op, given, attributes, dtypes, name, graph)}'"
            f"{_input_shapes(given)}."
        ) from None
    except ValueError as error:
        raise ValueError(
            f"{error} for '{_described(op, given, attributes, dtypes, name, graph)}'"
            f"{_input_shapes(given)}."
        ) from None
    return [told] if isinstance(told, TensorShape) else list(told)


def _described(
    op: "Op", given: list[Any], attributes: tuple, dtypes: dict, name: str, graph: Graph
) -> str:
    """A node as TensorFlow prints it: `{{node add}} = AddV2[T=DT_INT32](x, add/y)`."""
    told = {
        attr: f"DT_{dtype.kernel_name.upper()}"
        for attr, dtype in dtypes.items()
        if attr in op.definition.attrs
    }
    for attr, value in zip(op.attributes, attributes, strict=True):
        if not isinstance(value, DType) and attr in op.definition.attrs:
            told[attr] = _attribute_text(value)
    names = []
    for argument, (kind, value, tensor) in zip(op.definition.inputs, given, strict=True):
        for i, t in enumerate(value if kind == "tensors" else [tensor]):
            suffix = f"_{i}" if kind == "tensors" else ""
            names.append(_input_name(t, f"{name}/{argument.name}{suffix}"))
            if argument.type in op.definition.attrs and kind == "static":
                told.setdefault(argument.type, f"DT_{t.dtype.kernel_name.upper()}")
        if argument.count and argument.count != "*":
            told[argument.count] = str(len(value))
    listed = ", ".join(f"{k}={v}" for k, v in sorted(told.items()))
    return f"{{{{node {name}}}}} = {op.name}[{listed}]({', '.join(names)})"


def _input_name(tensor: Any, otherwise: str) -> str:
    if type(tensor) is not SymbolicTensor:
        return otherwise
    index = f":{tensor.value_index}" if tensor.value_index else ""
    return f"{tensor.op.name}{index}"


def _attribute_text(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, (str, bytes)):
        text = value.decode() if isinstance(value, bytes) else value
        return f'"{text}"'
    if isinstance(value, tuple):
        return f"[{', '.join(_attribute_text(v) for v in value)}]"
    return str(value)


def _input_shapes(given: list[Any]) -> str:
    tensors = [t for kind, v, tensor in given for t in (v if kind == "tensors" else [tensor])]
    shapes = ", ".join(_brackets(t.shape) for t in tensors)
    known = []
    position = 0
    for kind, value, _tensor in given:
        if kind == "static" and value is not None:
            items = value if isinstance(value, tuple) else (value,)
            text = ",".join("?" if i is None else str(i) for i in items)
            known.append(
                f"input[{position}] = [{text}]"
                if isinstance(value, tuple)
                else f"input[{position}] = <{text}>"
            )
        position += len(value) if kind == "tensors" else 1
    text = f" with input shapes: {shapes}"
    if known:
        text += f" and with input tensors computed as partial shapes: {', '.join(known)}"
    return text


def _brackets(shape: TensorShape) -> str:
    if shape.rank is None:
        return "<unknown>"
    return f"[{','.join('?' if n is None else str(n) for n in shape.as_list())}]"


def _attributes(op: "Op", attributes: tuple, dtypes: dict, given: list[Any]) -> dict[str, Any]:
    known: dict[str, Any] = {a: d for a, d in dtypes.items() if a in op.definition.attrs}
    known.update(zip(op.attributes, attributes, strict=True))
    for argument, (kind, value, tensor) in zip(op.definition.inputs, given, strict=True):
        if kind == "static" and argument.type in op.definition.attrs:
            known.setdefault(argument.type, tensor.dtype)
        if argument.count == "*":
            known[argument.type] = tuple(t.dtype for t in value)
        elif argument.count:
            known[argument.count] = len(value)
    return known


def _outputs(
    op: "Op", told: list[TensorShape], dtypes: dict[str, DType]
) -> list[tuple[DType, TensorShape]]:
    found: list[tuple[DType, TensorShape]] = []
    rest = iter(told)
    definition = op.definition
    in_list = _in_each_list(op, len(told))
    for argument in definition.outputs:
        dtype = dtypes.get(argument.type) or as_dtype(argument.type)
        found += [(dtype, next(rest)) for _ in range(in_list if argument.count else 1)]
    return found


def _in_each_list(op: "Op", total: int) -> int:
    """How many tensors an output that is a list holds: all lists of an op hold as many."""
    outputs = op.definition.outputs
    lists = sum(1 for argument in outputs if argument.count)
    return (total - len(outputs) + lists) // lists if lists else 0


def structured(node: Operation) -> Any:
    """A node's outputs as its op answers them."""
    op = node.op
    definition = op.definition
    if op.result is None:
        return list(node.outputs) if definition.outputs[0].count else node.outputs[0]
    rest = iter(node.outputs)
    count = _in_each_list(op, len(node.outputs))
    return op.result(
        *([next(rest) for _ in range(count)] if o.count else next(rest) for o in definition.outputs)
    )
