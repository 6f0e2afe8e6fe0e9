"""Rows for fractional pooling. Where windows begin is TensorFlow's for these seeds."""

import functools

import numpy as np

import headrace as tf
from headrace._src.ops.fractional_pooling import (
    fractional_avg_pool_grad,
    fractional_avg_pool_op,
    fractional_max_pool_grad,
    fractional_max_pool_op,
)
from tests.cases.row import case, each, error, floats, plain

Invalid = tf.errors.InvalidArgumentError
RATIOS = (1.0, 1.5, 1.3, 1.0)
BEGINNINGS = {
    False: ([0, 1, 3, 4, 6, 8, 10], [0, 2, 3, 4, 5, 7, 8, 10, 11, 12]),
    True: ([0, 2, 3, 5, 7, 8, 10], [0, 1, 3, 4, 5, 7, 8, 9, 11, 12]),
}
ROWS_AT, COLUMNS_AT = plain(np.array([0, 2, 4])), plain(np.array([0, 1, 3]))


def pooled(reduce, x, ratios, pseudo_random, overlapping, *_):
    """Each window by itself."""
    rows, columns = BEGINNINGS[pseudo_random]
    out = np.empty((len(x), len(rows) - 1, len(columns) - 1, x.shape[3]), x.dtype)
    for i, j in np.ndindex(out.shape[1:3]):
        high = slice(rows[i], rows[i + 1] + overlapping)
        wide = slice(columns[j], columns[j + 1] + overlapping)
        out[:, i, j] = reduce(x[:, high, wide], axis=(1, 2))
    return out, np.array(rows), np.array(columns)


ROWS = [
    case(
        fractional_max_pool_op,
        floats(2, 10, 12, 2),
        RATIOS,
        each(True, False),
        each(True, False),
        True,
        1,
        2,
        ref=functools.partial(pooled, np.max),
        dtypes=["float64", "int32"],
        gradient="first",
    ),
    case(
        fractional_avg_pool_op,
        floats(2, 10, 12, 2),
        RATIOS,
        each(True, False),
        each(True, False),
        True,
        1,
        2,
        ref=functools.partial(pooled, np.mean),
        dtypes=["float64"],
        gradient="first",
    ),
    case(
        fractional_max_pool_grad,
        floats(1, 4, 3, 1),
        floats(1, 2, 2, 1),
        floats(1, 2, 2, 1),
        ROWS_AT,
        COLUMNS_AT,
        gradient="error",
        dtypes=["float32"],
    ),
    case(
        fractional_avg_pool_grad,
        (1, 4, 3, 1),
        floats(1, 2, 2, 1),
        ROWS_AT,
        COLUMNS_AT,
        gradient="error",
        dtypes=["float32"],
    ),
    case(
        tf.nn.fractional_max_pool,
        floats(1, 4, 6, 1),
        [1.0, 2.0, 3.0, 1.0],
        seed=1,
        ref=lambda x, *_, **__: (
            x.reshape(1, 2, 2, 2, 3, 1).max((2, 4)),
            np.array([0, 2, 4]),
            np.array([0, 3, 6]),
        ),
        gradient="first",
        dtypes=["float32"],
    ),
    case(
        tf.nn.fractional_avg_pool,
        floats(1, 4, 6, 1),
        [1.0, 2.0, 3.0, 1.0],
        seed=1,
        ref=lambda x, *_, **__: (
            x.reshape(1, 2, 2, 2, 3, 1).mean((2, 4)),
            np.array([0, 2, 4]),
            np.array([0, 3, 6]),
        ),
        gradient="first",
        dtypes=["float32"],
    ),
    error(tf.nn.fractional_max_pool, floats(1, 4, 4, 1), 0.5, raises=ValueError, match=">= 1.0"),
    error(
        tf.nn.fractional_max_pool,
        floats(1, 4, 4, 1),
        [2.0, 1.0, 1.0, 1.0],
        raises=ValueError,
        match="first and last elements",
    ),
    error(
        tf.nn.fractional_max_pool,
        floats(4, 4, 1),
        2.0,
        raises=Invalid,
        match="tensor_in must be 4-dimensional",
    ),
    error(
        tf.nn.fractional_max_pool,
        floats(1, 4, 4, 1),
        20.0,
        raises=Invalid,
        match="Pooling ratio is higher than input dimension size for dimension 1",
    ),
    error(
        tf.nn.fractional_avg_pool,
        floats(1, 4, 4, 1),
        1.5,
        raises=TypeError,
        match="Expected list for 'pooling_ratio'",
    ),
]
