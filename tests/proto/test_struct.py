"""Tests of shapes and specs as messages (headrace/_src/proto/struct.py)."""

import numpy as np
import pytest

import headrace as tf
from headrace._src.core.spec import BoundedTensorSpec
from headrace._src.proto.struct import BoundedTensorSpecProto, TensorSpecProto
from headrace._src.proto.tensor import TensorShapeProto


@pytest.mark.parametrize(
    "spec",
    [
        tf.TensorSpec([2, None], tf.int32, "n"),
        tf.TensorSpec(None, tf.string),
        tf.TensorSpec([], tf.bfloat16),
        tf.TensorShape([1, None]),
        tf.TensorShape(None),
    ],
)
def test_what_is_written_is_read(spec):
    message = spec.experimental_as_proto()
    assert type(message) is spec.experimental_type_proto()
    wire = type(message).FromString(message.SerializeToString())
    found = type(spec).experimental_from_proto(wire)
    assert repr(found) == repr(spec)


def test_bounds():
    spec = BoundedTensorSpec([2], tf.int32, 0, [3, 4], "b")
    message = spec.experimental_as_proto()
    assert type(message) is BoundedTensorSpecProto
    found = BoundedTensorSpec.experimental_from_proto(message)
    np.testing.assert_array_equal(found.maximum, [3, 4])
    assert (found.shape, found.minimum, found.name) == ([2], 0, "b")


def test_the_wire_is_tensorflows():
    message = tf.TensorSpec([2, None], tf.int32, "n").experimental_as_proto()
    assert message.SerializeToString().hex() == "0a016e121112020802120b08ffffffffffffffffff011803"
    assert tf.TensorShape([1]).as_proto() == TensorShapeProto(dim=[{"size": 1}])


def test_a_message_without_a_dtype():
    with pytest.raises(TypeError, match="0 to a TensorFlow DType"):
        tf.TensorSpec.experimental_from_proto(TensorSpecProto())
