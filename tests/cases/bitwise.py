"""Bits of integers: ops/bitwise.py."""

import numpy as np

import headrace as tf
from headrace._src.ops.bitwise import population_count
from tests.cases.row import array, case, error, floats, ints

Invalid = tf.errors.InvalidArgumentError
bitwise = tf.bitwise

ROWS = [
    case(bitwise.bitwise_and, ints(3, 2), ints(2), ref=np.bitwise_and),
    case(bitwise.bitwise_or, ints(3, 2), ints(2), ref=np.bitwise_or),
    case(bitwise.bitwise_xor, ints(3, 2), ints(2), ref=np.bitwise_xor),
    case(bitwise.invert, ints(3), ref=np.invert),
    case(bitwise.left_shift, ints(3), array([0, 1, 3]), ref=np.left_shift),
    case(bitwise.right_shift, ints(3), array([0, 1, 3]), ref=np.right_shift),
    # Beyond the bits that there are, as TensorFlow's kernels have it.
    case(
        bitwise.left_shift,
        array([1, 1, -1], "int8"),
        array([8, -1, 100], "int8"),
        ref=lambda x, y: np.array([-128, 1, -128], np.int8),
    ),
    case(
        bitwise.right_shift,
        array([64, -64, -64], "int8"),
        array([8, -1, 100], "int8"),
        ref=lambda x, y: np.array([0, -64, -1], np.int8),
    ),
    case(population_count, array([-1, 7], "int32"), ref=lambda x: np.array([32, 3], np.uint8)),
    error(
        bitwise.bitwise_and,
        floats(2, dtype="float32"),
        floats(2, dtype="float32"),
        raises=Invalid,
        match="Value for attr 'T' of",
    ),
    error(bitwise.bitwise_and, 1, 2.0, raises=TypeError, match="Cannot convert 2.0"),
    error(
        bitwise.invert,
        array([True, False], "bool"),
        raises=Invalid,
        match="Value for attr 'T' of bool",
    ),
    error(bitwise.bitwise_or, ints(2), ints(3), raises=Invalid, match="Incompatible shapes"),
]
