"""Rounding: ops/rounding.py."""

import numpy as np

import headrace as tf
from tests.cases.row import array, case, complexes, error, floats, ints, plain

Invalid = tf.errors.InvalidArgumentError

ROWS = [
    case(tf.round, array([0.5, 1.5, 2.5, -0.5, -1.7]), ref=np.rint, gradient=False),
    case(tf.round, ints(3), ref=lambda x: x),
    case(tf.math.rint, array([0.5, 1.5, -2.5]), ref=np.rint, gradient=False),
    case(tf.floor, floats(4), ref=np.floor, gradient=False),
    case(tf.math.ceil, floats(4), ref=np.ceil, gradient=False),
    case(
        tf.math.nextafter,
        plain(np.array([1.0, -0.0])),
        plain(np.array([2.0, 1.0])),
        ref=np.nextafter,
    ),
    error(tf.floor, ints(2, dtype="int32"), raises=Invalid, match="Value for attr 'T' of int32"),
    error(
        tf.round, array([True, False], "bool"), raises=Invalid, match="Value for attr 'T' of bool"
    ),
    error(
        tf.round, complexes(2, dtype="complex64"), raises=tf.errors.NotFoundError, match="Could not"
    ),
]
