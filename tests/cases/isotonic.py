"""Rows for isotonic regression. The expected numbers are TensorFlow's."""

import numpy as np

import headrace as tf
from tests.cases.row import array, case, error, floats, ints, plain

X = np.float32([[3, 1, 2, 2, 5], [1, 2, 3, 4, 5], [5, 4, 3, 2, 1]])
FALLING = (
    np.float32([[3, 2.5, 2.5, 2.5, 2.5], [3, 3, 3, 3, 3], [5, 4, 3, 2, 1]]),
    np.int32([[0, 1, 1, 1, 1], [0, 0, 0, 0, 0], [0, 1, 2, 3, 4]]),
)
RISING = (
    np.float32([[2, 2, 2, 2, 5], [1, 2, 3, 4, 5], [3, 3, 3, 3, 3]]),
    np.int32([[0, 0, 1, 2, 3], [0, 1, 2, 3, 4], [0, 0, 0, 0, 0]]),
)

ROWS = [
    case(tf.nn.isotonic_regression, plain(X), ref=lambda x: FALLING, gradient=False),
    case(
        tf.nn.isotonic_regression,
        plain(X),
        decreasing=False,
        ref=lambda x, **_: RISING,
        gradient=False,
    ),
    case(
        tf.nn.isotonic_regression,
        plain(X.T.copy()),
        axis=0,
        ref=lambda x, **_: tuple(part.T for part in FALLING),
        gradient=False,
    ),
    case(tf.nn.isotonic_regression, floats(2, 6), dtypes=["float64"]),
    case(tf.nn.isotonic_regression, floats(2, 6), decreasing=False, dtypes=["float64"]),
    case(
        tf.nn.isotonic_regression,
        array(np.int32([3, 1, 2])),
        ref=lambda x: (np.array([3, 1.5, 1.5]), np.int32([0, 1, 1])),
        gradient=False,
    ),
    case(tf.nn.isotonic_regression, ints(3, dtype="int16"), gradient=False),
    error(
        tf.nn.isotonic_regression,
        floats(2, 3),
        axis=2,
        raises=tf.errors.InvalidArgumentError,
        match="must be in the range",
    ),
]
