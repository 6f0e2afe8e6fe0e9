"""Running an op the careful way: convert, check, choose a kernel, compute, record.

An op's front door (engine/op.py) serves the common call itself and comes here with all others:
Python values and variables among the inputs, a dtype not seen before, large arrays, several
outputs, and everything that is wrong. What is learnt here (this dtype is allowed, that kernel
serves it) is written into `op.known`, so the next such call takes the quick way.

Errors. Kernels and shape rules raise ValueError with the bare fact ("Incompatible shapes: [3] vs.
[2]"). Here, where the mode is known, it becomes TensorFlow's eager error: InvalidArgumentError,
with the op's name around the fact.

Read next: engine/tape.py.
"""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

from headrace._src.core import context as contexts
from headrace._src.core import errors
from headrace._src.core.context import thread
from headrace._src.core.dtypes import DType, as_dtype, int32, of_array
from headrace._src.core.shapes import TensorShape
from headrace._src.core.static import static_value
from headrace._src.core.tensor import EagerTensor, Tensor, array_of
from headrace._src.engine.attributes import settled
from headrace._src.engine.convert import convert
from headrace._src.engine.graph import SymbolicTensor, out_of_scope
from headrace._src.engine.node import add_node, typed
from headrace._src.engine.numbers import number
from headrace._src.engine.opdef import Argument
from headrace._src.engine.pieces import PASSES_FROM, PIECES_FROM, elementwise
from headrace._src.engine.placement import FEW_SHAPES

if TYPE_CHECKING:
    from headrace._src.engine.op import Op


def run(op: "Op", inputs: tuple, attributes: tuple, name: str | None) -> Any:
    """The outputs of `op`: a tensor, a list of tensors or a named tuple, as it is defined."""
    context = thread.context
    attributes = settled(op, attributes)
    try:
        if context.graph is not None:
            return add_node(op, inputs, attributes, name)
        inputs = _converted(op, inputs, name)
    except (TypeError, ValueError):
        answer = _by_guest(op, inputs, attributes, name)
        if answer is NotImplemented:
            raise
        return answer
    dtypes = _checked_dtypes(op, inputs, attributes, name)
    try:
        values = _computed(op, inputs, attributes, dtypes)
    except errors.OpError as error:
        kind: Callable[..., errors.OpError] = type(error)  # one of those that know their code
        raise kind(None, None, _decorated(op, inputs, attributes, error.message, name)) from None
    except (ValueError, TypeError, IndexError) as error:
        _raise_eager(op, inputs, attributes, name, error)
    outputs = _wrapped(op, values, dtypes, attributes)
    for recorder in context.recorders:
        recorder.record(op, inputs, attributes, outputs)
    return outputs


def prepared(op: Any, inputs: tuple, attributes: tuple, name: str | None) -> tuple[tuple, tuple]:
    """Inputs as tensors and attributes as settled, for what is composed under the name of an op.

    op: whatever has the name, definition, inputs and attributes of one. In a graph inputs may be
    symbolic. Raises what the op itself would, for a dtype that its definition does not allow.
    """
    attributes = settled(op, attributes)
    if thread.context.graph is not None:
        return typed(op, inputs, attributes), attributes
    inputs = _converted(op, inputs, name)
    _checked_dtypes(op, inputs, attributes, name)
    return inputs, attributes


def _by_guest(op: "Op", inputs: tuple, attributes: tuple, name: str | None) -> Any:
    """What an input that is no tensor makes of the op, by `__tf_op__`; else NotImplemented."""
    for value in inputs:
        for item in value if isinstance(value, (list, tuple)) else (value,):
            if hasattr(type(item), "__tf_op__"):
                return item.__tf_op__(op, inputs, attributes, name)
    return NotImplemented


# ---- what comes in -------------------------------------------------------------------------------


def _converted(op: "Op", inputs: tuple, name: str | None) -> tuple:
    """The inputs as tensors, lists of tensors and static values.

    Inputs with the same type attribute want one dtype: that of the first tensor among them,
    wherever it stands. A Python value must be of its kind and an array is cast; a tensor of another
    dtype is complained about later, by `_checked_dtypes`.
    """
    definition = op.definition.inputs
    known: dict[str, DType] = {}
    for argument, value in zip(definition, inputs, strict=True):
        if argument.count == "*":
            continue  # a list of dtypes: each tensor has its own
        for item in value if argument.count and isinstance(value, (list, tuple)) else (value,):
            if argument.type not in known and hasattr(type(item), "dtype"):
                dtype = item.dtype
                if isinstance(dtype, DType):
                    known[argument.type] = dtype
    converted: list[Any] = []
    for argument, kind, value in zip(definition, op.inputs.values(), inputs, strict=True):
        if kind == "static":
            converted.append(_static(op, argument, value, name))
            continue
        wanted = known.get(argument.type)
        if kind == "tensor":
            converted.append(tensor := _tensor(op, argument, value, wanted))
        else:
            items = []
            for item in value:
                items.append(tensor := _tensor(op, argument, item, wanted))
                if argument.count != "*":
                    wanted = known.setdefault(argument.type, tensor.dtype)
            converted.append(items)
            continue
        if argument.type in op.definition.attrs:
            known.setdefault(argument.type, tensor.dtype)
    return tuple(converted)


def _tensor(op: "Op", argument: Argument, value: Any, wanted: DType | None) -> Tensor:
    """One input as a tensor. What is one already stays what it is; the rest becomes `wanted`."""
    if type(value) is EagerTensor:
        return value
    if type(value) is SymbolicTensor:
        raise out_of_scope(value, None)
    attrs = op.definition.attrs
    if argument.type not in attrs and argument.type not in ("resource", "variant"):
        return convert(value, as_dtype(argument.type))
    if wanted is None:
        default = attrs[argument.type][1] if argument.type in attrs else None
        return convert(value, None, as_dtype(default) if default else None)
    if type(value) is float or type(value) is int:
        return number(value, wanted)
    if hasattr(type(value), "dtype") and not isinstance(value, (np.ndarray, np.generic)):
        return convert(value, None, wanted)  # a guest with a dtype of its own, such as a variable
    return convert(value, wanted)


def _static(op: "Op", argument: Argument, value: Any, name: str | None) -> Any:
    """An input that must be known: an int, or a nested tuple of ints."""
    if type(value) is int or (type(value) is tuple and all(type(v) is int for v in value)):
        return value
    default = op.definition.attrs.get(argument.type, ("", None))[1]
    hint = as_dtype(default) if default else int32
    if isinstance(value, (float, bool)) and not isinstance(value, np.generic):
        tensor = convert(value, hint)
    else:
        tensor = convert(value, None, hint)
    _check_allowed(op, argument.type, tensor.dtype, name)
    return static_value(array_of(tensor))


# ---- dtypes --------------------------------------------------------------------------------------


def _checked_dtypes(
    op: "Op", inputs: tuple, attributes: tuple, name: str | None
) -> dict[str, DType]:
    """The dtype of each type attribute; raises where the registry or another input disagrees."""
    definition = op.definition
    dtypes: dict[str, DType] = {
        attr: value
        for attr, value in zip(op.attributes, attributes, strict=True)
        if isinstance(value, DType)
    }
    flat = []
    position = -1
    for argument, kind, value in zip(definition.inputs, op.inputs.values(), inputs, strict=True):
        if kind == "static" or argument.count == "*":
            position += 1 if kind == "static" else len(value)
            continue
        for tensor in value if kind == "tensors" else (value,):
            position += 1
            flat.append((position, argument.type, tensor.dtype))
            if argument.type in definition.attrs:
                dtypes.setdefault(argument.type, tensor.dtype)
    for attr, dtype in dtypes.items():
        if attr in definition.attrs:
            _check_allowed(op, attr, dtype, name)
    for position, kind, dtype in flat:
        wanted = dtypes.get(kind) or as_dtype(kind)
        if dtype is not wanted and kind not in ("resource", "variant"):
            raise errors.InvalidArgumentError(
                None,
                None,
                f"cannot compute {op.name} as input #{position}(zero-based) was expected to be a "
                f"{wanted.kernel_name} tensor but is a {dtype.kernel_name} tensor "
                f"[Op:{op.name}] name: {name or ''}",
            )
    for attr, dtype in dtypes.items():
        if attr in definition.attrs and not definition.has_cpu_kernel(attr, dtype):
            raise errors.NotFoundError(
                None,
                None,
                f"Could not find device for node: {{{{node {op.name}}}}} = {op.name}[{attr}=DT_"
                f"{dtype.kernel_name.upper()}]\n"
                f"All kernels registered for op {op.name} take {attr} as: "
                f"{', '.join(definition.cpu[attr])} [Op:{op.name}] name: {name or ''}",
            )
    return dtypes


def _check_allowed(op: "Op", attr: str, dtype: DType, name: str | None) -> None:
    if attr not in op.definition.attrs:
        return
    allowed = op.definition.allowed(attr)
    if allowed is not None and dtype not in allowed:
        raise errors.InvalidArgumentError(
            None,
            None,
            f"Value for attr '{attr}' of {dtype.kernel_name} is not in the list of allowed values: "
            f"{', '.join(d.kernel_name for d in allowed)}\n"
            f"\t; NodeDef: {{{{node {op.name}}}}} [Op:{op.name}] name: {name or ''}",
        )


# ---- the computation -----------------------------------------------------------------------------

# Filled by xla/ when it is first needed: runs an op as a compiled program on the current device.
run_compiled: Any = None


def _computed(op: "Op", inputs: tuple, attributes: tuple, dtypes: dict[str, DType]) -> Any:
    """The outputs' values, from NumPy or from XLA."""
    arrays: list[Any] = []
    for kind, value in zip(op.inputs.values(), inputs, strict=True):
        if kind == "tensor":
            arrays.append(value._array)
        elif kind == "tensors":
            arrays.append([t._array for t in value])
        else:
            arrays.append(value)
    can_compile = all(map(_on_device, dtypes.values()))
    values, kernel = _by_size(op, arrays, attributes, can_compile)
    if kernel is not None and op.xla_from:
        _learn(op, inputs, attributes, dtypes, kernel)
    return values


_OF_HOST = ("host", "sort")


def computed(op: "Op", arrays: list[Any], attributes: tuple) -> Any:
    """What an op answers to arrays, statics and lists of arrays."""
    return _by_size(op, arrays, attributes, _all_on_device(arrays))[0]


def _by_size(op: "Op", arrays: list[Any], attributes: tuple, can_compile: bool) -> Any:
    """The outputs, and the host's kernel if it made them: small arrays are NumPy's affair."""
    context = thread.context
    largest = 0
    for kind, value in zip(op.inputs.values(), arrays, strict=True):
        if kind == "tensor":
            largest = max(largest, value.size)
        elif kind == "tensors":
            largest = max([largest, *(array.size for array in value)])
    on_host = context.is_quick or (context.graph is not None and not contexts.accelerated)
    if (
        (largest >= op.xla_from or not on_host)
        and op.cost not in _OF_HOST
        and can_compile
        and (not on_host or op.cost == "xla" or _is_worth_compiling(op, arrays, largest))
    ):
        return _xla()(op, arrays, attributes, context.device), None
    kernel = op.host_kernel()
    arrays = [_on_host(value) for value in arrays]
    with np.errstate(all="ignore"):
        if op.cost == "passes" and largest >= PASSES_FROM:
            return elementwise(op.kernels.get("pieces", kernel), arrays, attributes), kernel
        if largest >= PIECES_FROM and isinstance(kernel, np.ufunc):
            return elementwise(kernel, arrays), kernel
        return kernel(*arrays, *attributes), kernel


def _is_worth_compiling(op: "Op", arrays: list[Any], largest: int) -> bool:
    """Whether XLA gets large arrays that NumPy can have too: if they are the first, one of few
    shapes that are back, or have come so often that they were worth it.

    To compile an op takes 30 ms, and batches of texts are all of different sizes. Islands have the
    same rule (engine/changing_shapes.py).
    """
    key = tuple(
        [
            tuple([item.shape for item in value])
            if type(value) is list
            else getattr(value, "shape", None)
            for value in arrays
        ]
    )
    if len(op.shapes) >= _SHAPES:
        op.shapes.clear()
    calls = op.shapes[key] = op.shapes.get(key, 0) + 1
    if calls == 1:
        return len(op.shapes) == 1
    return len(op.shapes) <= FEW_SHAPES or calls * largest >= _WORTH


# So many shapes of an op are remembered.
_SHAPES = 1024
# So many elements are 30 ms of NumPy, at 10 ns for each.
_WORTH = 3_000_000


def _all_on_device(arrays: list[Any]) -> bool:
    flat = [a for value in arrays for a in (value if isinstance(value, list) else [value])]
    return all(not hasattr(a, "dtype") or a.dtype.kind != "O" for a in flat)


def _on_device(dtype: DType) -> bool:
    """Whether XLA has the dtype; strings and handles live on the host."""
    return dtype.array_dtype.kind != "O"


def _on_host(value: Any) -> Any:
    if isinstance(value, list):
        return [np.asarray(v) for v in value]
    return value if isinstance(value, (tuple, int, float, bool)) else np.asarray(value)


def _xla() -> Any:
    global run_compiled
    if run_compiled is None:
        # The one import that is not at a file's top: JAX takes half a second, and most programs on
        # a CPU need it late or never.
        from headrace._src.xla.run import run_compiled as loaded

        run_compiled = loaded
    return run_compiled


def _learn(op: "Op", inputs: tuple, attributes: tuple, dtypes: dict, kernel: Any) -> None:
    """Tells the front door that these dtypes are in order, and what serves them."""
    if op.positions is None or not op.positions:
        return
    tensors = [inputs[i].dtype for i in op.positions]
    output = op.definition.outputs[0].type
    result = dtypes.get(output) or _fixed(output)
    if result is None:
        return
    if op.has_one_dtype:
        op.known[tensors[0]] = kernel, result
    else:
        given = dict(zip(op.attributes, attributes, strict=True))
        key = (*tensors, *(given[name] for name in op.type_attributes))
        op.known[key if len(key) > 1 else key[0]] = kernel, result


def _fixed(name: str) -> DType | None:
    try:
        return as_dtype(name)
    except TypeError:
        return None


def _wrapped(op: "Op", values: Any, dtypes: dict[str, DType], attributes: tuple) -> Any:
    """Arrays as tensors of the dtypes that the definition promises."""
    outputs = op.definition.outputs
    if op.result is not None:
        return op.result(*(_output(o, v, dtypes) for o, v in zip(outputs, values, strict=True)))
    return _output(outputs[0], values, dtypes)


def _output(argument: Argument, value: Any, dtypes: dict[str, DType]) -> Any:
    if argument.count:
        return [_output_tensor(argument, v, dtypes) for v in value]
    return _output_tensor(argument, value, dtypes)


def _output_tensor(argument: Argument, value: Any, dtypes: dict[str, DType]) -> EagerTensor:
    if isinstance(value, (np.generic, int, float, bool, bytes)):
        value = np.asarray(value, object if isinstance(value, bytes) else None)
    dtype = dtypes.get(argument.type) or _fixed(argument.type) or of_array(value.dtype)
    return EagerTensor(value, dtype)


# ---- what goes wrong -----------------------------------------------------------------------------


def _raise_eager(
    op: "Op", inputs: tuple, attributes: tuple, name: str | None, error: Exception
) -> None:
    """Turns what a kernel or NumPy raised into TensorFlow's eager error."""
    try:
        op.shape(*shapes_of(op, inputs), *attributes)
    except ValueError as fact:
        if str(fact):
            error = fact
    if not isinstance(error, ValueError):
        raise error
    raise errors.InvalidArgumentError(
        None, None, _decorated(op, inputs, attributes, str(error), name)
    ) from None


def shapes_of(op: "Op", inputs: tuple) -> list[Any]:
    """What a shape rule gets: TensorShapes for tensors, statics as they are."""

    def shape(kind: str, value: Any) -> Any:
        if kind == "static":
            return value
        if kind == "tensors":
            return [TensorShape(t.shape) for t in value]
        return TensorShape(value.shape)

    return [shape(k, v) for k, v in zip(op.inputs.values(), inputs, strict=True)]


def _decorated(op: "Op", inputs: tuple, attributes: tuple, text: str, name: str | None) -> str:
    """A kernel's complaint as TensorFlow prints it in eager mode."""
    if "[Op:" in text:
        return text
    given = dict(zip(op.attributes, attributes, strict=True))
    lengths = {}  # of its lists, by the attributes that tell them
    for argument, value in zip(op.definition.inputs, inputs, strict=True):
        if isinstance(value, (list, tuple)) and argument.count not in ("", "*"):
            lengths[argument.count] = len(value)
    for argument in op.definition.outputs:
        if isinstance(given.get(argument.count), int):
            lengths[argument.count] = given[argument.count]
    counts = "".join(f"_{attr}_{length}" for attr, length in lengths.items())
    return (
        f"{{{{function_node __wrapped__{op.name}{counts}_device_"
        f"/job:localhost/replica:0/task:0/device:CPU:0}}}} {text} [Op:{op.name}] name: {name or ''}"
    )
