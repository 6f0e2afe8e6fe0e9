"""From Python and NumPy to tensors: dtypes, casts, refusals. The facts are TensorFlow's."""

import array
import collections
import enum

import numpy as np
import pytest

import headrace as tf

Color = enum.IntEnum("Color", "red green")
SCALAR = tf.constant(1.0)
WHOLE = tf.constant(1)


@pytest.mark.parametrize(
    ["value", "dtype", "wanted"],
    [
        (1, tf.int32, 1),
        (2**31, tf.int64, 2**31),
        (-(2**31), tf.int32, -(2**31)),
        (1.5, tf.float32, 1.5),
        (True, tf.bool, True),
        (1j, tf.complex128, 1j),
        ("a", tf.string, b"a"),
        (b"\xff", tf.string, b"\xff"),
        ([1, 2.5], tf.float32, [1, 2.5]),
        ([2j, 1.5], tf.complex128, [2j, 1.5]),
        ([], tf.float32, []),
        ([[], []], tf.float32, [[], []]),
        (range(3), tf.int32, [0, 1, 2]),
        (((1, 2), [3, 4]), tf.int32, [[1, 2], [3, 4]]),
        (np.array([1, 2]), tf.int64, [1, 2]),
        (np.array([1.0]), tf.float64, [1.0]),
        (np.array([1], ">i4"), tf.int32, [1]),
        (np.float16(1), tf.float16, 1),
        (np.array(["a", "bc"]), tf.string, [b"a", b"bc"]),
        ([np.int64(1), 2], tf.int32, [1, 2]),
        ([np.float64(1), 2], tf.float64, [1, 2]),
        ([1.0, np.float64(1)], tf.float32, [1, 1]),
        ([np.float16(1)], tf.float16, [1]),
        ([np.array([1, 2]), [3, 4]], tf.int32, [[1, 2], [3, 4]]),
        ([[3.0, 4.0], np.array([1.0, 2.0])], tf.float32, [[3, 4], [1, 2]]),
        ([np.array([1.0, 2.0]), [3, 4]], tf.float64, [[1, 2], [3, 4]]),
        (tf.TensorShape([2, 3]), tf.int32, [2, 3]),
        (collections.deque([1, 2]), tf.int32, [1, 2]),
        (array.array("d", [1, 2]), tf.float32, [1, 2]),
        (bytearray(b"a"), tf.int32, [97]),
        (Color.green, tf.int32, 2),
        ([SCALAR, 2], tf.float32, [1, 2]),
        ([2, SCALAR], tf.float32, [2, 1]),
        ([[SCALAR, 2.0], [3.0, SCALAR]], tf.float32, [[1, 2], [3, 1]]),
        ([[1, 2], [3, WHOLE]], tf.int32, [[1, 2], [3, 1]]),
    ],
)
def test_defaults(value, dtype, wanted):
    tensor = tf.convert_to_tensor(value)
    assert tensor.dtype is dtype
    np.testing.assert_array_equal(tensor.numpy(), np.array(wanted, dtype.array_dtype))


@pytest.mark.parametrize(
    ["value", "dtype", "wanted"],
    [
        (300, tf.int8, 44),
        (-1, tf.uint8, 255),
        (3000000000, tf.int32, -1294967296),
        (2**63, tf.uint64, 2**63),
        (True, tf.float32, 1.0),
        (1, tf.complex64, 1),
        (1e40, tf.float32, np.inf),
        (1e6, tf.float16, np.inf),
        (10**30, tf.float64, 1e30),
        ([True, 2], tf.int32, [1, 2]),
        (np.array([1.7, -1.7]), tf.int32, [1, -1]),
        (np.array([300]), tf.int8, [44]),
        (np.array([1 + 2j]), tf.float32, [1.0]),
        (np.array([0, 2]), tf.bool, [False, True]),
        ([np.float64(1.5)], tf.float32, [1.5]),
        ([SCALAR, 1], tf.float64, [1, 1]),
        (3, tf.qint8, 3),
    ],
)
def test_a_dtype_asked_for(value, dtype, wanted):
    tensor = tf.convert_to_tensor(value, dtype)
    assert tensor.dtype is dtype
    np.testing.assert_array_equal(tensor.numpy(), np.array(wanted, dtype.array_dtype))


@pytest.mark.parametrize(
    ["value", "hint", "dtype"],
    [
        (1, tf.float32, tf.float32),
        (1.5, tf.int32, tf.float32),
        ("a", tf.int32, tf.string),
        ([1, 2], tf.int64, tf.int64),
        (SCALAR, tf.float64, tf.float32),
    ],
)
def test_a_hint_is_a_wish(value, hint, dtype):
    assert tf.convert_to_tensor(value, dtype_hint=hint).dtype is dtype


@pytest.mark.parametrize(
    ["value", "dtype", "kind", "text"],
    [
        (None, None, ValueError, r"Attempt to convert a value \(None\)"),
        ({1}, None, ValueError, "unsupported type"),
        (tf.float32, None, ValueError, "unsupported type"),
        ([[1, 2], [3]], None, ValueError, "non-rectangular Python sequence"),
        ([1, [2]], None, ValueError, "mixed types"),
        ([1, "a"], None, ValueError, "mixed types"),
        ([True, 1], None, ValueError, "mixed types"),
        ([1.5, 2j], None, ValueError, "mixed types"),
        ([1, None], None, ValueError, "mixed types"),
        (2**63, None, ValueError, "out-of-range integer"),
        (1e40, None, ValueError, "out of range for a double-precision float"),
        (1.5, tf.int32, TypeError, "Cannot convert 1.5 to EagerTensor of dtype int32"),
        (1, tf.bool, TypeError, "Cannot convert 1 to EagerTensor of dtype bool"),
        (1, tf.string, TypeError, "dtype string"),
        (1, tf.resource, TypeError, "dtype resource"),
        (SCALAR, tf.float64, ValueError, "requested dtype float64 for Tensor with dtype float32"),
        (np.array([1, None], object), None, ValueError, "Unsupported object type int"),
        (np.array([1], "M8[s]"), None, ValueError, "NPY_DATETIME"),
        (tf.TensorShape([None]), None, ValueError, "partially known TensorShape"),
        ([WHOLE, 1.5], None, TypeError, "Cannot convert 1.5 to EagerTensor of dtype int32"),
        ([WHOLE, SCALAR], None, tf.errors.InvalidArgumentError, "cannot compute Pack as input #1"),
        ([[SCALAR], SCALAR], None, tf.errors.InvalidArgumentError, "Shapes of all inputs"),
    ],
)
def test_refusals(value, dtype, kind, text):
    with pytest.raises(kind, match=text):
        tf.convert_to_tensor(value, dtype)


def test_gradients_go_through_a_list_of_tensors():
    x = tf.constant([1.0, 2.0])
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = tf.convert_to_tensor([x[0], 5.0, x[1]]) * [1.0, 2.0, 3.0]
    assert tape.gradient(y, x).numpy().tolist() == [1.0, 3.0]


class Celsius:
    """A guest that says itself how it becomes a tensor."""

    def __init__(self, degrees):
        self.degrees = degrees

    def __tf_tensor__(self, dtype=None, name=None):
        return tf.constant(self.degrees, dtype)


class Kelvin:
    """A guest that is registered."""

    degrees = 5.0


def test_guests():
    assert tf.convert_to_tensor(Celsius(3.0)).numpy() == 3.0
    assert tf.add(Celsius(3.0), 1.0).numpy() == 4.0
    assert tf.is_tensor(Celsius(1.0))

    def convert(value, dtype=None, name=None, as_ref=False):
        return tf.constant(value.degrees, dtype)

    tf.register_tensor_conversion_function(Kelvin, convert)
    assert tf.convert_to_tensor(Kelvin()).numpy() == 5.0
    with pytest.raises(TypeError, match="must be callable"):
        tf.register_tensor_conversion_function(Kelvin, 1)
