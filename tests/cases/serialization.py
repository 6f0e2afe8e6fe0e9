"""Rows for ops/serialization.py; expected bytes are TensorFlow's.

Read next: tests/cases/row.py.
"""

import numpy as np

import headrace as tf
from tests.cases.row import array, bools, case, complexes, each, error, floats, ints, strings

BAD = tf.errors.InvalidArgumentError


def there_and_back(x):
    return tf.io.parse_tensor(tf.io.serialize_tensor(x), x.dtype)


def holding(text):
    return lambda *_: np.array(text, object)


def message(*args, **kwargs):
    return tf.make_tensor_proto(*args, **kwargs).SerializeToString()


def literal(text):
    out = np.empty((), object)
    out[()] = text
    return array(out)


ROWS = [
    case(
        there_and_back,
        each(floats(2, 3), floats(), floats(0, 2), strings(2, 1), complexes(2), ints(2), bools(3)),
        ref=np.array,
        gradient=False,
    ),
    case(
        tf.io.serialize_tensor,
        array([[1, 2]], "int32"),
        ref=holding(b'\x08\x03\x12\x08\x12\x02\x08\x01\x12\x02\x08\x02"\x08\1\0\0\0\2\0\0\0'),
        gradient=False,
    ),
    case(
        tf.io.serialize_tensor,
        array([1.5], "bfloat16"),
        ref=holding(b'\x08\x0e\x12\x04\x12\x02\x08\x01"\x02\xc0?'),
        gradient=False,
    ),
    case(
        tf.io.serialize_tensor,
        array(["a", "bb"]),
        ref=holding(b"\x08\x07\x12\x04\x12\x02\x08\x02B\x01aB\x02bb"),
        gradient=False,
    ),
    case(
        tf.io.serialize_tensor,
        floats(0, 3, dtype="float32"),
        ref=holding(b"\x08\x01\x12\x06\x12\x00\x12\x02\x08\x03"),
        gradient=False,
    ),
    case(
        tf.io.parse_tensor,
        literal(message([1, 2], shape=[4])),
        tf.int32,
        ref=lambda *_: np.int32([1, 2, 2, 2]),
        gradient=False,
        name="parse_tensor(the last one repeated)",
    ),
    case(
        tf.io.parse_tensor,
        literal(message(1.5, tf.half, [3])),
        tf.half,
        ref=lambda *_: np.float16([1.5, 1.5, 1.5]),
        gradient=False,
        name="parse_tensor(half)",
    ),
    error(tf.io.parse_tensor, message([1]), tf.float32, raises=BAD, match="mismatch.*int32.*float"),
    error(tf.io.parse_tensor, b"abc", tf.int32, raises=BAD, match="Could not parse.*base64: YWJj"),
    error(tf.io.parse_tensor, b"", tf.int32, raises=BAD, match="Cannot parse tensor from proto"),
    error(tf.io.parse_tensor, strings(1), tf.int32, raises=BAD, match="to be a scalar, got shape"),
    error(tf.io.parse_tensor, b"", None, raises=TypeError, match="Expected DataType"),
    error(tf.io.serialize_tensor, None, raises=ValueError, match="unsupported type"),
    case(
        tf.io.decode_json_example,
        array(["{}", '{"features": {}}']),
        ref=lambda *_: np.array([b"", b"\n\0"], object),
        gradient=False,
        name="decode_json_example",
    ),
    error(tf.io.decode_json_example, "{", raises=BAD, match="Error while parsing JSON"),
    error(tf.io.decode_json_example, '{"foo": 1}', raises=BAD, match="no.*field.*foo"),
    error(tf.make_tensor_proto, [1, 2, 3], shape=[2], raises=ValueError, match="Too many elements"),
    error(tf.make_tensor_proto, None, raises=ValueError, match="None values not supported"),
    error(tf.make_tensor_proto, [1, "a"], raises=TypeError, match="Failed to convert elements"),
    error(tf.make_tensor_proto, 1, tf.string, raises=TypeError),
    error(
        tf.make_tensor_proto,
        [1, 2],
        shape=[3],
        verify_shape=True,
        raises=TypeError,
        match=r"Expected Tensor's shape: \(3,\), but got \(2,\)",
    ),
    error(tf.make_ndarray, 3, raises=AttributeError),
]
