"""Rows for Sobol's sequence. The expected numbers are TensorFlow's."""

import numpy as np

import headrace as tf
from tests.cases.row import case, error

Invalid = tf.errors.InvalidArgumentError

ROWS = [
    case(
        tf.math.sobol_sample,
        2,
        5,
        ref=lambda *_: np.float32(
            [[0.5, 0.5], [0.75, 0.25], [0.25, 0.75], [0.375, 0.375], [0.875, 0.875]]
        ),
    ),
    case(
        tf.math.sobol_sample,
        3,
        2,
        skip=2,
        dtype=tf.float64,
        ref=lambda *_, **__: np.array([[0.25, 0.75, 0.75], [0.375, 0.375, 0.625]]),
    ),
    error(tf.math.sobol_sample, 0, 4, raises=Invalid, match="dim must be at least one"),
    error(tf.math.sobol_sample, 2, -1, raises=Invalid, match="num_results must be at least one"),
    error(tf.math.sobol_sample, 2, 3, [1], raises=Invalid, match="skip must be a scalar"),
]
