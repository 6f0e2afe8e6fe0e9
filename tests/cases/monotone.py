"""Rows for the order of values."""

import headrace as tf
from tests.cases.row import array, case, error, floats

ROWS = [
    case(tf.math.is_non_decreasing, array([1, 2, 2]), ref=lambda x: True, gradient=False),
    case(tf.math.is_non_decreasing, array([[1, 2], [1, 3]]), ref=lambda x: False, gradient=False),
    case(tf.math.is_non_decreasing, floats(0), ref=lambda x: True, gradient=False),
    error(tf.math.is_non_decreasing, "a", raises=TypeError, match="Expected x to be numeric"),
    case(tf.math.is_strictly_increasing, array([1, 2, 2]), ref=lambda x: False, gradient=False),
    case(
        tf.math.is_strictly_increasing, array([[1, 2], [3, 4]]), ref=lambda x: True, gradient=False
    ),
    error(
        tf.math.is_strictly_increasing,
        [True, False],
        raises=TypeError,
        match="Expected x to be numeric",
    ),
]
