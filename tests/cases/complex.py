"""Complex numbers and their parts: ops/complex.py."""

import numpy as np

import headrace as tf
from tests.cases.row import array, bools, case, complexes, error, floats, ints, strings

BOTH = ["float32", "float64"]

ROWS = [
    case(tf.complex, floats(3, 2), floats(2), ref=lambda x, y: x + 1j * y, dtypes=BOTH),
    case(tf.complex, np.float32(np.inf), 1.0, ref=lambda x, y: np.complex64(complex(np.inf, 1))),
    case(tf.math.real, complexes(3), ref=np.real),
    case(tf.math.real, floats(3), ref=lambda x: x),
    case(tf.math.imag, complexes(3), ref=np.imag),
    case(tf.math.imag, floats(3), ref=np.zeros_like, gradient=False),
    case(tf.math.conj, complexes(3), ref=np.conj),
    case(tf.math.conj, floats(3), ref=lambda x: x),
    case(tf.math.angle, complexes(3), ref=np.angle),
    case(tf.math.angle, array([1.0, -1.0, 0.0]), ref=np.angle, gradient=False, dtypes=BOTH),
    error(tf.complex, 1, 2, raises=TypeError, match="incorrect types: int32 int32"),
    error(
        tf.complex, floats(2), floats(2, dtype="float64"), raises=TypeError, match="float32 float64"
    ),
    error(
        tf.complex,
        floats(3),
        floats(2),
        raises=tf.errors.InvalidArgumentError,
        match="Incompatible shapes: [3] vs. [2]",
    ),
    error(tf.math.real, strings(2), raises=TypeError, match="input must be a numeric tensor"),
    error(tf.math.conj, bools(2), raises=TypeError, match="Expected numeric or variant tensor"),
    error(tf.math.angle, ints(2), raises=TypeError, match="Cannot convert 3.14159"),
]
