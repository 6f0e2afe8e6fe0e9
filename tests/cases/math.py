"""Elementwise arithmetic: ops/math.py."""

import numpy as np

import headrace as tf
from headrace._src.core.indexed_slices import IndexedSlices
from tests.cases.row import (
    array,
    bools,
    case,
    complexes,
    each,
    error,
    floats,
    ints,
    plain,
    positive,
    strings,
)

nan, inf = np.nan, np.inf
Invalid = tf.errors.InvalidArgumentError
DIVISION = "Integer division by zero"


def fixed(*values):
    """Values at which there is no gradient to measure: at a kink, or infinite."""
    return plain(np.array(values, np.float32))


def floor_mod(x, y):
    return np.remainder(x, y)


def divided(x, y):
    """True division, with integers at the width that TensorFlow gives them."""
    if x.dtype.kind in "iu":
        wide = np.float32 if x.dtype.itemsize < 4 else np.float64
        return x.astype(wide) / y.astype(wide)
    return x / y


def divided_no_nan(x, y):
    z = divided(x, y)
    return np.where(y == 0, np.zeros_like(z), z)


ROWS = [
    # sums
    case(tf.add, floats(3, 2), each(floats(2), floats(3, 1), floats()), ref=np.add),
    case(tf.add, ints(3), ints(3), ref=np.add),
    case(tf.add, strings(3), strings(3), ref=np.add, gradient=False),
    case(tf.add, array([1.5]), 2, ref=lambda x, y: x + 2),
    case(tf.subtract, floats(3, 2), each(floats(2), floats(3, 1)), ref=np.subtract),
    case(tf.negative, floats(3), ref=np.negative),
    error(tf.add, floats(3), floats(2), raises=Invalid, match="Incompatible shapes: [3] vs. [2]"),
    error(
        tf.add,
        floats(3),
        ints(3),
        raises=Invalid,
        match="cannot compute AddV2 as input #1(zero-based) was expected to be a float tensor but "
        "is a int32 tensor",
    ),
    error(tf.add, strings(3), 1, raises=Invalid, match="cannot compute Add as input #1"),
    error(
        tf.add,
        array([True, False], "bool"),
        array([True, False], "bool"),
        raises=Invalid,
        match="Value for attr 'T' of bool",
    ),
    error(tf.add, floats(3), None, raises=ValueError, match="Attempt to convert a value (None)"),
    error(tf.subtract, ints(3), 1.5, raises=TypeError, match="Cannot convert 1.5 to EagerTensor"),
    error(
        tf.negative,
        array([True, False], "bool"),
        raises=Invalid,
        match="Value for attr 'T' of bool",
    ),
    # products
    case(tf.multiply, floats(3, 2), each(floats(2), floats(3, 1), floats()), ref=np.multiply),
    case(tf.math.scalar_mul, 2, floats(3), ref=np.multiply),
    case(tf.math.scalar_mul, floats(), floats(3), ref=np.multiply),
    case(
        lambda s, x: tf.math.scalar_mul(s, IndexedSlices(x, tf.cast([0, 1], tf.int32))).values,
        2.0,
        array([1.0, 2.0]),
        ref=np.multiply,
        name="scalar_mul(IndexedSlices)",
    ),
    case(
        tf.math.multiply_no_nan,
        fixed(nan, inf, 2.0),
        fixed(0.0, 0.0, 3.0),
        ref=lambda x, y: np.where(y == 0, 0 * y, x * y),
    ),
    case(tf.math.multiply_no_nan, floats(3, 2), floats(2), ref=np.multiply),
    case(tf.square, floats(3), ref=np.square),
    case(
        tf.math.squared_difference,
        floats(3, 2),
        floats(2),
        ref=lambda x, y: (x - y) * np.conj(x - y),
        dtypes=["float32", "float64", "float16", "bfloat16", "int32", "int64"],
    ),
    case(
        tf.math.squared_difference,
        plain(np.array([1 + 2j])),  # TensorFlow's gradient here follows another convention
        plain(np.array([3 - 1j])),
        ref=lambda x, y: (x - y) * np.conj(x - y),
    ),
    case(tf.math.polyval, plain([1.0, 2.0, 3.0]), floats(3), ref=np.polyval, dtypes=["float32"]),
    case(
        tf.math.polyval,
        [floats(3), floats(3)],
        floats(3),
        ref=lambda c, x: c[0] * x + c[1],
        dtypes=["float32", "float64"],
    ),
    case(tf.math.polyval, plain([]), floats(3), ref=lambda c, x: 0 * x),
    error(
        tf.math.scalar_mul,
        floats(3),
        floats(3),
        raises=ValueError,
        match="must be a 0-D value. Received shape (3,)",
    ),
    error(tf.math.multiply_no_nan, floats(2), ints(2), raises=ValueError, match="y: Tensor conv"),
    error(tf.math.polyval, floats(3), 2.0, raises=ValueError, match="coeffs must be list type"),
    error(
        tf.square, array(["a", "b"], "string"), raises=Invalid, match="Value for attr 'T' of string"
    ),
    # quotients
    case(tf.truediv, floats(3, 2), each(positive(2), positive(3, 1)), ref=divided),
    case(tf.divide, floats(3, 2), positive(2), ref=divided),
    case(tf.divide, plain([3, 4]), 2, ref=lambda x, y: np.array([1.5, 2.0])),
    case(tf.math.divide_no_nan, floats(3), positive(3), ref=divided_no_nan),
    case(
        tf.math.divide_no_nan,
        fixed(1.0, 0.0, 4.0),
        fixed(0.0, 0.0, 2.0),
        ref=divided_no_nan,
    ),
    case(
        tf.math.reciprocal_no_nan,
        fixed(2.0, 0.0),
        ref=lambda x: np.array([0.5, 0.0], x.dtype),
    ),
    case(tf.math.floordiv, array([7, -7, 5]), array([2, 2, 3]), ref=np.floor_divide),
    case(
        tf.math.floordiv,
        array([1.0, -7.0, 7.5, 1.0]),
        array([0.1, 2.0, -2.0, 0.0]),
        ref=lambda x, y: np.array([10, -4, -4, inf], x.dtype),
        gradient=False,
        dtypes=["float32", "float64"],  # in 16 bits, 1 / 0.1 is another number
    ),
    case(tf.math.floormod, array([7, -7, 5]), array([3, 3, 3]), ref=floor_mod),
    case(tf.math.floormod, floats(4, low=2.1, high=2.9), array([1.0] * 4), ref=floor_mod),
    case(tf.math.mod, array([-7.5, 7.5]), array([2.0, -2.0]), ref=floor_mod),
    error(tf.math.floordiv, ints(3), 0, raises=Invalid, match=DIVISION),
    error(tf.math.floormod, ints(3), 0, raises=Invalid, match=DIVISION),
    error(
        tf.truediv,
        floats(3),
        ints(3),
        raises=TypeError,
        match="`x` and `y` must have the same dtype, got tf.float32 != tf.int32.",
    ),
    error(tf.truediv, bools(2), bools(2), raises=TypeError, match="Invalid dtype tf.bool in __tr"),
    error(tf.math.divide_no_nan, strings(2), strings(2), raises=TypeError, match="no_nan"),
    error(tf.divide, None, 1, raises=ValueError, match="Attempt to convert a value (None)"),
    error(
        tf.math.floormod,
        complexes(2, dtype="complex64"),
        complexes(2, dtype="complex64"),
        raises=Invalid,
        match="complex",
    ),
    # size and sign
    case(tf.abs, each(floats(3), complexes(3)), ref=np.abs),
    case(tf.abs, ints(3), ref=np.abs, dtypes=["int8", "int32", "int64"]),
    case(tf.abs, array([-(2**31)], "int32"), ref=lambda x: x),
    case(tf.sign, floats(3), ref=np.sign, gradient=False, dtypes=["float32", "float16", "int32"]),
    case(tf.sign, complexes(3), ref=np.sign),
    case(
        tf.sign,
        array([-0.0, 0.0, nan]),
        ref=lambda x: np.array([0, 0, nan], x.dtype),
        gradient=False,
    ),
    error(tf.abs, array([1], "uint8"), raises=Invalid, match="Value for attr 'T' of uint8"),
    error(tf.abs, array([True, False], "bool"), raises=Invalid, match="Value for attr 'T' of bool"),
    error(
        tf.sign, array(["a", "b"], "string"), raises=Invalid, match="Value for attr 'T' of string"
    ),
    # extremes
    case(tf.maximum, floats(3, 2), each(floats(2), floats(3, 1)), ref=np.maximum),
    case(tf.minimum, floats(3, 2), each(floats(2), floats(3, 1)), ref=np.minimum),
    case(tf.maximum, fixed(nan, 1.0), fixed(1.0, nan), ref=np.maximum),
    error(tf.maximum, floats(3), floats(2), raises=Invalid, match="Incompatible shapes"),
    error(tf.maximum, ints(3), 1.5, raises=TypeError, match="Cannot convert 1.5"),
    error(
        tf.minimum,
        complexes(2, dtype="complex64"),
        complexes(2, dtype="complex64"),
        raises=Invalid,
        match="Value for attr 'T' of co",
    ),
]
