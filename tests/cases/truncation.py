"""Rows for division that cuts towards zero."""

import numpy as np

import headrace as tf
from tests.cases.row import array, case, error, floats, ints, positive

ROWS = [
    case(
        tf.truncatediv,
        floats(3, 2),
        positive(2),
        ref=lambda x, y: np.trunc(x / y),
        dtypes=["float32", "float64", "float16", "bfloat16"],
    ),
    case(
        tf.truncatediv,
        array([7, -7, 6, -6]),
        array([2, 2, -4, -4]),
        ref=lambda x, y: np.trunc(x.astype(np.float64) / y).astype(x.dtype),
        dtypes=["int8", "int16", "int32", "int64"],
    ),
    error(
        tf.truncatediv,
        ints(3),
        0,
        raises=tf.errors.InternalError,
        match="only integer div and mod should have errors",
    ),
    case(
        tf.truncatemod,
        array([7, -7, 6, -6]),
        array([2, 2, -4, -4]),
        ref=np.fmod,
        gradient="error",
    ),
    case(tf.truncatemod, floats(3, 2), positive(2), ref=np.fmod, gradient="error"),
    error(
        tf.truncatemod,
        floats(2),
        floats(3),
        raises=tf.errors.InvalidArgumentError,
        match="Incompatible shapes",
    ),
    case(tf.realdiv, floats(3, 2), positive(2), ref=np.divide),
    error(tf.realdiv, 1, 3, raises=tf.errors.NotFoundError, match="Could not find device"),
]
