"""Rows for ops/debugging.py; what its assertions say is in tests/ops/test_debugging.py."""

import numpy as np

import headrace as tf
from tests.cases.row import case, error, floats

ROWS = [
    case(tf.debugging.check_numerics, floats(3, 2), "weights", ref=lambda x, message: np.array(x)),
    error(
        tf.debugging.check_numerics,
        np.array([np.nan], np.float32),
        "weights",
        raises=tf.errors.InvalidArgumentError,
        match="weights : Tensor had NaN values",
    ),
]
