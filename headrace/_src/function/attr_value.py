"""Values in messages: attributes as AttrValue, arrays as TensorProto, shapes as TensorShapeProto.

What kind of value an attribute has, the op's registry entry says ("list(int)", "type", "tensor"),
so encoding asks the kind and never guesses from the Python type. Decoding reads off the message
which kind it is.

An array is written as its bytes, a single element in the field of its type, as TensorFlow does;
every form that TensorFlow writes is read, also the one in which the last element stands for all
that follow.

Read next: function/graph_def.py.
"""

import sys
from collections.abc import Callable
from typing import Any

import numpy as np

from headrace._src.core import dtypes
from headrace._src.core.dtypes import DType
from headrace._src.core.shapes import TensorShape
from headrace._src.function.protos import AttrValue, TensorProto, TensorShapeProto

# The field of TensorProto that holds a type's elements one by one, and what an element is there.
_FIELDS: dict[str, tuple[str, Any]] = {
    "float32": ("float_val", np.float32),
    "float64": ("double_val", np.float64),
    "int64": ("int64_val", np.int64),
    "uint32": ("uint32_val", np.uint32),
    "uint64": ("uint64_val", np.uint64),
    "bool": ("bool_val", np.bool_),
    "complex64": ("scomplex_val", np.float32),
    "complex128": ("dcomplex_val", np.float64),
    # 16-bit floats as their bits
    "float16": ("half_val", np.uint16),
    "bfloat16": ("half_val", np.uint16),
}
_SMALL_INTEGERS = ("int_val", np.int32)


# ---- shapes --------------------------------------------------------------------------------------


def shape_proto(shape: Any) -> Any:
    """A shape, of which any part may be unknown, as a TensorShapeProto."""
    shape = TensorShape(shape)
    if shape.rank is None:
        return TensorShapeProto(unknown_rank=True)
    message = TensorShapeProto()
    for size in shape.as_list():
        message.dim.add(size=-1 if size is None else size)
    return message


def shape_of(message: Any) -> TensorShape:
    """A TensorShapeProto as a shape."""
    if message.unknown_rank:
        return TensorShape(None)
    return TensorShape([None if dim.size < 0 else dim.size for dim in message.dim])


# ---- arrays --------------------------------------------------------------------------------------


def tensor_proto(array: Any, dtype: DType) -> Any:
    """An array as a TensorProto."""
    if dtype in (dtypes.resource, dtypes.variant):
        raise NotImplementedError(
            f"A constant of dtype {dtype.name} cannot be written into a GraphDef: it is a thing of "
            "this process, not a value."
        )
    array = np.asarray(array, None if dtype is dtypes.string else dtype.array_dtype)
    message = TensorProto(dtype=int(dtype), tensor_shape=shape_proto(array.shape))
    if dtype is dtypes.string:
        message.string_val.extend(_bytes(item) for item in array.ravel().tolist())
    elif array.size == 1 and "float8" not in dtype.name and "float4" not in dtype.name:
        field, element = _FIELDS.get(dtype.name, _SMALL_INTEGERS)
        getattr(message, field).extend(_elements(array, element).tolist())
    elif array.size:
        little = np.ascontiguousarray(array)
        if sys.byteorder == "big":
            little = little.byteswap()
        message.tensor_content = little.tobytes()
    return message


def _elements(array: np.ndarray, element: Any) -> np.ndarray:
    """The elements as those of the field that holds them."""
    flat = np.ascontiguousarray(array).ravel()
    same_bits = flat.dtype.kind == "c" or element is np.uint16
    return flat.view(element) if same_bits else flat.astype(element)


def array_of(message: Any) -> tuple[np.ndarray, DType]:
    """The array in a TensorProto, and its dtype; raises ValueError where they cannot fit."""
    dtype = DType(message.dtype)
    shape = [dim.size for dim in message.tensor_shape.dim]
    size = int(np.prod(shape, dtype=np.int64))
    if dtype is dtypes.string:
        flat = np.empty(size, object)
        flat[:] = _filled(list(message.string_val), size, b"")
        return flat.reshape(shape), dtype
    content = message.tensor_content or message.float8_val
    if content:
        found = np.frombuffer(content, dtype.array_dtype)
        if sys.byteorder == "big":
            found = found.byteswap()
        return _filled_array(found.copy(), size).reshape(shape), dtype
    field, element = _FIELDS.get(dtype.name, _SMALL_INTEGERS)
    values = np.array(getattr(message, field), element)
    if dtype.is_complex or element is np.uint16:
        found = values.view(dtype.array_dtype)
    else:
        found = values.astype(dtype.array_dtype)
    return _filled_array(found, size).reshape(shape), dtype


def _filled(values: list, size: int, otherwise: Any) -> list:
    """`values`, the last one repeated up to `size`."""
    last = values[-1] if values else otherwise
    return values + [last] * (size - len(values))


def _filled_array(found: np.ndarray, size: int) -> np.ndarray:
    if found.size > size:
        raise ValueError(f"A TensorProto holds {found.size} elements where its shape has {size}.")
    if found.size == size:
        return found
    last = found[-1] if found.size else np.zeros((), found.dtype)
    return np.concatenate([found, np.full(size - found.size, last, found.dtype)])


def _bytes(value: Any) -> bytes:
    return value.encode() if isinstance(value, str) else bytes(value)


# ---- attributes ----------------------------------------------------------------------------------


def attr_value(kind: str, value: Any, function_name: Callable[[Any], str] = str) -> Any:
    """An attribute as an AttrValue.

    kind: what the registry calls it. function_name: what the library calls a graph.

    Raises TypeError for a value that is not of the kind.
    """
    message = AttrValue()
    if kind.startswith("list("):
        message.list.SetInParent()
        for item in value:
            _put(message.list, kind[5:-1], item, function_name, is_list=True)
    else:
        _put(message, kind, value, function_name, is_list=False)
    return message


_LETTERS = {"string": "s", "int": "i", "float": "f", "bool": "b"}


def _put(home: Any, kind: str, value: Any, function_name: Callable, is_list: bool) -> None:
    plain: Any
    if kind == "type":
        field, plain = "type", int(dtypes.as_dtype(value))
    elif kind in _LETTERS:
        field = _LETTERS[kind]
        plain = _bytes(value) if kind == "string" else value
        if isinstance(plain, np.generic):
            plain = plain.item()
    else:
        field = kind
        if is_list:
            slot = getattr(home, field).add()
        else:
            slot = getattr(home, field)
            slot.SetInParent()
        if kind == "shape":
            slot.CopyFrom(shape_proto(value))
        elif kind == "func":
            slot.name = function_name(value)
        elif kind == "tensor":
            slot.CopyFrom(value if isinstance(value, TensorProto) else tensor_proto(*value))
        else:
            raise TypeError(f"An attribute cannot be of kind {kind!r}.")
        return
    if is_list:
        getattr(home, field).append(plain)
    else:
        setattr(home, field, plain)


def value_of(message: Any, graph_of: Callable[[str], Any] = str) -> Any:
    """The value of an attribute: lists as tuples, tensors as (array, dtype), functions as graphs.

    graph_of: the graph that the library has under a name.
    """
    which = message.WhichOneof("value")
    if which == "list":
        found = next((f.name for f, _ in message.list.ListFields()), None)
        items = getattr(message.list, found) if found else ()
        return tuple(_taken(found, item, graph_of) for item in items)
    return None if which is None else _taken(which, getattr(message, which), graph_of)


def _taken(field: Any, value: Any, graph_of: Callable[[str], Any]) -> Any:
    if field == "s":
        try:
            return value.decode()
        except UnicodeDecodeError:
            return value
    if field == "type":
        return DType(value)
    if field == "shape":
        return shape_of(value)
    if field == "tensor":
        return array_of(value)
    if field == "func":
        return graph_of(value.name)
    return value
