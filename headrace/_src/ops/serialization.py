"""Tensors and examples as strings and back: `serialize_tensor`, `parse_tensor` and the like.

The one idea: the string is a TensorProto, TensorFlow's own message for a tensor, so whatever writes
one can read the other's. Writing one needs four lines of the wire format; reading one, in all the
forms that there are, is left to protobuf, which is imported then.

Read next: proto/tensor.py.
"""

import base64
import math
import sys
from typing import Any

import numpy as np

from headrace._src.core import dtypes
from headrace._src.core.dtypes import DType, as_dtype, string
from headrace._src.core.shape_rules import ShapeError, bracketed, same
from headrace._src.core.shapes import TensorShape, scalar, unknown
from headrace._src.core.tensor import EagerTensor, Readable, Tensor, array_of
from headrace._src.engine.convert import array_from
from headrace._src.engine.op import no_gradient, op

# ---- ops -----------------------------------------------------------------------------------------


def serialize_tensor(tensor: Any, name: str | None = None) -> Tensor:
    """A tensor as a string: the bytes of a TensorProto, of any dtype that has values.

    >>> text = tf.io.serialize_tensor([1, 2])
    >>> tf.io.parse_tensor(text, tf.int32).numpy()
    array([1, 2], dtype=int32)

    Raises ValueError for what is no tensor. Op: SerializeTensor.
    """
    return serialize_tensor_op(tensor, name)


@op("SerializeTensor", shape=lambda tensor: scalar, cost="host")
def serialize_tensor_op(tensor: Tensor, name: str | None = None) -> Tensor:
    """A tensor as a TensorProto."""
    if tensor.dtype != object:
        return np.array(content_proto(tensor), object)
    items = b"".join(_field(8, item) for item in tensor.reshape(-1))
    return np.array(_header(tensor, string) + items, object)


def content_proto(array: np.ndarray) -> bytes:
    """A TensorProto with all elements in one field; of strings their lengths come first."""
    if array.dtype != object:
        data = (array.byteswap() if sys.byteorder == "big" else array).tobytes()
        header = _header(array, dtypes.of_array(array.dtype))
    else:
        items = array.reshape(-1).tolist()
        data = b"".join([varint(len(item)) for item in items] + items)
        header = _header(array, string)
    return header + _field(4, data) if data else header


def _header(array: np.ndarray, dtype: DType) -> bytes:
    """The fields of a TensorProto that tell dtype and shape."""
    dims = b"".join(_field(2, b"\x08" + varint(n) if n else b"") for n in array.shape)
    return b"\x08" + varint(int(dtype)) + _field(2, dims)


def _field(number: int, data: bytes) -> bytes:
    """A field that holds bytes."""
    return bytes([number << 3 | 2]) + varint(len(data)) + data


def varint(number: int) -> bytes:
    """A number on the wire: seven bits in each byte, the lowest first."""
    out = bytearray()
    while number > 127:
        out.append(number & 127 | 128)
        number >>= 7
    out.append(number)
    return bytes(out)


no_gradient(serialize_tensor_op, why="A string is not differentiable.")


def parse_tensor(serialized: Any, out_type: Any, name: str | None = None) -> Tensor:
    """The tensor that a string holds.

    serialized: a string scalar, the bytes of a TensorProto. out_type: the dtype of the tensor.

    >>> tf.io.parse_tensor(tf.io.serialize_tensor("a"), tf.string)
    <tf.Tensor: shape=(), dtype=string, numpy=b'a'>

    Raises tf.errors.InvalidArgumentError for another string, or a tensor of another dtype. Op:
    ParseTensor.
    """
    if out_type is None:
        raise TypeError("Expected DataType for argument 'out_type' not None.")
    return parse_tensor_op(serialized, as_dtype(out_type), name)


@op("ParseTensor", shape=lambda serialized, out_type: unknown, cost="host")
def parse_tensor_op(serialized: Tensor, out_type: DType, name: str | None = None) -> Tensor:
    """The tensor in a TensorProto."""
    from google.protobuf.message import DecodeError

    from headrace._src.proto import tensor as messages

    if serialized.ndim:
        raise ShapeError(
            "Expected `serialized` to be a scalar, got shape: "
            f"{bracketed(TensorShape(serialized.shape))}"
        )
    data = serialized[()]
    try:
        message = messages.TensorProto.FromString(data)
        sizes = [dim.size for dim in message.tensor_shape.dim]
    except DecodeError:
        sizes = [-1]
    if min(sizes, default=0) < 0:
        raise ValueError(
            "Could not parse `serialized` as TensorProto, base64: "
            f"{base64.b64encode(data).decode()}"
        )
    if message.dtype and message.dtype != int(out_type):
        raise ValueError(
            f"Type mismatch between parsed tensor ({DType(message.dtype).kernel_name}) and dtype "
            f"({out_type.kernel_name})"
        )
    try:
        return messages.array_of(message)[0]
    except (ValueError, TypeError):
        raise ValueError(f"Cannot parse tensor from proto: {message}") from None


no_gradient(parse_tensor_op, why="A string is not differentiable.")


def decode_json_example(json_examples: Any, name: str | None = None) -> Tensor:
    """Examples in JSON as the strings that `tf.io.parse_example` takes.

    json_examples: strings, each a `tf.train.Example` in protobuf's JSON.

    >>> text = '{"features": {"feature": {"a": {"int64List": {"value": [7]}}}}}'
    >>> example = tf.io.decode_json_example(text)
    >>> tf.io.parse_single_example(example, {"a": tf.io.FixedLenFeature([], tf.int64)})["a"].numpy()
    np.int64(7)

    Raises tf.errors.InvalidArgumentError for other strings. Op: DecodeJSONExample.
    """
    return decode_json_example_op(json_examples, name)


@op("DecodeJSONExample", shape=same, cost="host")
def decode_json_example_op(json_examples: Tensor, name: str | None = None) -> Tensor:
    """Examples in JSON as messages."""
    from google.protobuf import json_format

    from headrace._src.proto.example import Example

    out = np.empty(json_examples.shape, object)
    flat = out.reshape(-1)
    for place, text in enumerate(json_examples.reshape(-1)):
        try:
            message = json_format.Parse(text, Example())
        except (json_format.ParseError, UnicodeDecodeError) as error:
            raise ValueError(f"Error while parsing JSON: {error}") from None
        flat[place] = message.SerializeToString(deterministic=True)
    return out


no_gradient(decode_json_example_op, why="A string is not differentiable.")


# ---- messages ------------------------------------------------------------------------------------


def make_tensor_proto(
    values: Any,
    dtype: Any = None,
    shape: Any = None,
    verify_shape: bool = False,
    allow_broadcast: bool = False,
) -> Any:
    """A TensorProto, the message for a tensor, of numbers, strings, arrays or nested lists.

    dtype: that of the elements. shape: that of the tensor; where there are fewer values, the last
        one stands for all that follow. verify_shape: whether `values` must have that very shape.
        allow_broadcast: whether they must, unless it is a single one.

    >>> tf.make_ndarray(tf.make_tensor_proto([1, 2], shape=[3]))
    array([1, 2, 2], dtype=int32)

    Raises TypeError for values of another kind or shape, ValueError for too many of them.
    """
    from headrace._src.proto import tensor as messages

    if isinstance(values, messages.TensorProto):
        return values
    wanted = None if dtype is None else as_dtype(dtype)
    sizes = None if shape is None else [int(n) for n in shape]
    array, found = _array(values, wanted)
    if sizes is None:
        return messages.filled_proto(array, found, array.shape)
    size = math.prod(sizes)
    if size == 0:
        found = wanted or dtypes.float32
        return messages.filled_proto(np.empty(0, found.array_dtype), found, sizes)
    is_single = allow_broadcast and array.shape in ((), (1,))
    if (verify_shape or allow_broadcast) and not is_single and array.shape != tuple(sizes):
        raise TypeError(f"Expected Tensor's shape: {tuple(sizes)}, but got {array.shape}.")
    if array.size > size:
        raise ValueError(f"Too many elements provided. Takes at most {size}, but got {array.size}.")
    return messages.filled_proto(array, found, sizes)


def _array(values: Any, dtype: DType | None) -> tuple[np.ndarray, DType]:
    if values is None:
        raise ValueError("None values not supported.")
    if isinstance(values, Readable):
        values = values._read()
    if isinstance(values, Tensor):
        if not isinstance(values, EagerTensor):
            raise TypeError(
                f"Expected values that are known, but got a tensor of a graph: {values}"
            )
        values = array_of(values)
    try:
        return array_from(values, dtype)
    except ValueError as error:
        if "unsupported type" not in str(error) and "mixed types" not in str(error):
            raise
        raise TypeError(
            f"Failed to convert elements of {values} to Tensor. Consider casting elements to a "
            "supported type."
        ) from None


def make_ndarray(tensor: Any) -> np.ndarray:
    """The array in a TensorProto.

    >>> tf.make_ndarray(tf.make_tensor_proto([1.5, 2.0]))
    array([1.5, 2. ], dtype=float32)

    Raises TypeError for a dtype without values.
    """
    from headrace._src.proto import tensor as messages

    dtype = DType(tensor.dtype)
    if dtype in (dtypes.resource, dtypes.variant):
        raise TypeError(f"Unsupported tensor type: {dtype.name}. It has no values.")
    return messages.array_of(tensor)[0]
