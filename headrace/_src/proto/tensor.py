"""Arrays and shapes as messages: TensorProto and TensorShapeProto.

An array is written as its bytes, a single element in the field of its type, as TensorFlow does;
every form that TensorFlow writes is read, also the one in which the last element stands for all
that follow.

Read next: proto/table.py.
"""

import sys
from itertools import accumulate, pairwise
from typing import Any

import numpy as np

from headrace._src.core import dtypes
from headrace._src.core.dtypes import DType
from headrace._src.core.shapes import TensorShape
from headrace._src.proto.table import define, message_class

FILE = "tensor"

_TABLE = """
TensorShapeProto
    2 dim Dim[]
    3 unknown_rank bool
TensorShapeProto.Dim
    1 size int64
    2 name string
TensorProto
    1 dtype DataType
    2 tensor_shape TensorShapeProto
    3 version_number int32
    4 tensor_content bytes
    5 float_val float[]
    6 double_val double[]
    7 int_val int32[]
    8 string_val bytes[]
    9 scomplex_val float[]
    10 int64_val int64[]
    11 bool_val bool[]
    12 dcomplex_val double[]
    13 half_val int32[]
    16 uint32_val uint32[]
    17 uint64_val uint64[]
    18 float8_val bytes
"""

define(FILE, _TABLE)

TensorShapeProto: Any = message_class("TensorShapeProto", __name__)
TensorProto: Any = message_class("TensorProto", __name__)

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
        message.string_val.extend(as_bytes(item) for item in array.ravel().tolist())
    elif array.size == 1 and "float8" not in dtype.name and "float4" not in dtype.name:
        field, element = _FIELDS.get(dtype.name, _SMALL_INTEGERS)
        getattr(message, field).extend(_elements(array, element).tolist())
    elif array.size:
        little = np.ascontiguousarray(array)
        if sys.byteorder == "big":
            little = little.byteswap()
        message.tensor_content = little.tobytes()
    return message


def filled_proto(array: np.ndarray, dtype: DType, shape: Any) -> Any:
    """A TensorProto of `shape` that holds the elements of `array`, perhaps fewer."""
    is_whole = array.size == np.prod(shape, dtype=np.int64)
    if is_whole and dtype is not dtypes.bool:
        return tensor_proto(array.reshape(tuple(shape)), dtype)
    message = TensorProto(dtype=int(dtype), tensor_shape=shape_proto(shape))
    if dtype is dtypes.string:
        message.string_val.extend(as_bytes(item) for item in array.ravel().tolist())
        return message
    field, element = _FIELDS.get(dtype.name, _SMALL_INTEGERS)
    getattr(message, field).extend(_elements(array, element).tolist())
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
        if message.tensor_content:
            flat[:] = _strings(message.tensor_content, size)
        else:
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


def _strings(content: bytes, count: int) -> list[bytes]:
    """`count` strings whose lengths stand before them all; raises ValueError where they do not."""
    lengths, place = [], 0
    for _ in range(count):
        length = shift = 0
        while True:
            byte = content[place : place + 1]
            if not byte:
                raise ValueError(f"A TensorProto holds {len(lengths)} strings, not {count}.")
            length |= (byte[0] & 127) << shift
            shift, place = shift + 7, place + 1
            if byte[0] < 128:
                break
        lengths.append(length)
    ends = [place + end for end in accumulate(lengths, initial=0)]
    if ends[-1] != len(content):
        raise ValueError(f"The strings of a TensorProto end at {ends[-1]}, not {len(content)}.")
    return [content[begin:end] for begin, end in pairwise(ends)]


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


def as_bytes(value: Any) -> bytes:
    """Text or bytes as bytes."""
    return value.encode() if isinstance(value, str) else bytes(value)
