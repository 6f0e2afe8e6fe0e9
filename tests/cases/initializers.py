"""Initializers: ops/initializers.py. The drawn numbers were recorded from TensorFlow 2.21."""

import numpy as np

import headrace as tf
from tests.cases.row import case, error, plain

ROWS = [
    case(tf.zeros_initializer(), [2, 2], ref=np.zeros, gradient=False, dtype=tf.float32),
    case(tf.ones_initializer(), [2, 2], ref=np.ones, gradient=False, dtype=tf.int32),
    case(
        tf.constant_initializer([1, 2, 3, 4]),
        [2, 2],
        ref=lambda shape: np.array([[1, 2], [3, 4]], np.int32),
        gradient=False,
    ),
    case(
        tf.random_uniform_initializer(seed=1),
        [2, 2],
        ref=lambda shape: np.array(
            [[0.03784882, -0.00400198], [0.01002913, -0.01074023]], np.float32
        ),
        gradient=False,
    ),
    case(
        tf.random_normal_initializer(seed=1),
        [2, 2],
        ref=lambda shape: np.array(
            [[0.00633252, -0.02465083], [0.03155954, -0.03944233]], np.float32
        ),
        gradient=False,
    ),
    error(
        tf.zeros_initializer(),
        [2],
        dtype=tf.string,
        raises=ValueError,
        match="expected to be numeric or boolean",
    ),
    error(
        tf.random_normal_initializer(),
        [2],
        dtype=tf.int32,
        raises=ValueError,
        match="expected to be floating point",
    ),
    error(
        tf.constant_initializer,
        plain(tf.constant_initializer),
        raises=TypeError,
        match="Invalid type for initial value",
    ),
]
