"""Rows for approximate selection, which is exact here."""

import numpy as np

import headrace as tf
from tests.cases.row import case, each, error, floats

Invalid = tf.errors.InvalidArgumentError


def largest(x, k, reduction_dimension=-1):
    """The `k` largest along an axis and where they are."""
    order = np.argsort(-x, axis=reduction_dimension, kind="stable")
    order = order.take(range(k), reduction_dimension)
    return np.take_along_axis(x, order, reduction_dimension), order.astype(np.int32)


def smallest(x, k, reduction_dimension=-1):
    """The `k` smallest."""
    values, order = largest(-x, k, reduction_dimension)
    return -values, order


ROWS = [
    case(
        tf.math.approx_max_k,
        floats(3, 4),
        2,
        reduction_dimension=each(-1, 0, 1),
        ref=largest,
        dtypes=["float32", "float16"],
    ),
    case(
        tf.math.approx_min_k,
        floats(3, 4),
        2,
        reduction_dimension=each(-1, 0),
        ref=smallest,
        dtypes=["float32"],
    ),
    case(tf.approx_top_k, floats(3, 20), 2, ref=largest, dtypes=["float32", "bfloat16"]),
    error(tf.math.approx_max_k, floats(1, 4), 7, raises=Invalid, match="Had 4, needed 7"),
    error(tf.math.approx_min_k, floats(1, 4), -1, raises=Invalid, match="at least minimum 0"),
    error(tf.math.approx_max_k, 3.0, 1, raises=Invalid, match="input must be >= 1-D"),
    error(tf.math.approx_max_k, [1, 2], 1, raises=Invalid, match="attr 'T' of int32"),
]
