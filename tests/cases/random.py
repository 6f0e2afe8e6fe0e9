"""Rows for random numbers: what a seed gives, what parameters do to it, and their gradients.

The expected numbers are TensorFlow's (tests/ops/test_philox.py has thousands of them). Stateful
ops are seeded inside the row, so that a row means the same however often it runs.
"""

import functools

import numpy as np

import headrace as tf
from headrace._src.ops.random import random_gamma_grad
from tests.cases.row import array, case, error, floats, positive


def seeded(function):
    """The function, called right after the global seed is set."""

    @functools.wraps(function)
    def called(*args, **kwargs):
        tf.random.set_seed(42)
        return function(*args, **kwargs)

    return called


uniform, normal = seeded(tf.random.uniform), seeded(tf.random.normal)
truncated_normal, gamma = seeded(tf.random.truncated_normal), seeded(tf.random.gamma)
poisson, shuffle = seeded(tf.random.poisson), seeded(tf.random.shuffle)
categorical = seeded(tf.random.categorical)

SEED = [1, 2]
UNIFORM = np.float32([0.6645621, 0.44100678, 0.3528825])
NORMAL = np.float32([0.32746851444244385, -0.8426257967948914, 0.31943368911743164])
STATELESS_UNIFORM = np.float32([0.8440604209899902, 0.19204533100128174, 0.9962232112884521])
STATELESS_NORMAL = np.float32([0.544110119342804, 0.20738030970096588, 0.0735643208026886])


def gives(*values):
    """A reference that answers `values` whatever the arguments are."""
    return lambda *_, **__: np.array(*values)


ROWS = [
    case(uniform, [3], ref=gives(UNIFORM)),
    case(uniform, (3,), 0, 1, tf.float64, ref=None),
    case(uniform, [], ref=gives(UNIFORM[0])),
    case(uniform, [3], 0, 10, tf.int32, ref=gives([7, 9, 1], np.int32)),
    case(uniform, [0], 3, 3, tf.int64, ref=gives([], np.int64)),
    case(
        uniform,
        [3],
        floats(3, dtype="float32"),
        5.0,
        ref=lambda shape, low, high: UNIFORM * (high - low) + low,
    ),
    case(uniform, [4], floats(), floats(4), tf.float64, dtypes=["float64"]),
    error(uniform, [3], dtype=tf.string, raises=ValueError, match="Accepted dtypes are"),
    error(uniform, [3], dtype=tf.int32, raises=ValueError, match="Must specify maxval"),
    error(uniform, None, raises=ValueError, match="unsupported type"),
    error(uniform, [2.5], raises=tf.errors.InvalidArgumentError, match="attr 'T' of float"),
    error(uniform, 3, raises=tf.errors.InvalidArgumentError, match="must be a vector"),
    error(uniform, [2, -3], raises=tf.errors.InvalidArgumentError, match="Dimension -3"),
    error(
        uniform,
        [2],
        5,
        1,
        tf.int32,
        raises=tf.errors.InvalidArgumentError,
        match="Need minval < maxval, got 5 >= 1",
    ),
    case(normal, [3], ref=gives(NORMAL)),
    case(
        normal,
        [3],
        floats(3, dtype="float32"),
        positive(dtype="float32"),
        ref=lambda shape, mean, stddev: NORMAL * stddev + mean,
    ),
    case(normal, [2, 3], floats(3), positive(2, 1), tf.float64, dtypes=["float64"]),
    error(normal, [2], dtype=tf.int32, raises=TypeError, match="Cannot convert 0.0"),
    error(normal, [-1], raises=tf.errors.InvalidArgumentError, match="Dimension -1 must be >= 0"),
    case(
        truncated_normal,
        [4],
        ref=gives(np.float32([0.3274685, -0.8426258, 0.3194337, -1.4075519])),
    ),
    case(truncated_normal, [2, 3], floats(3), positive(), tf.float64, dtypes=["float64"]),
    case(shuffle, array([[1, 2], [3, 4], [5, 6]]), ref=gives([[3, 4], [5, 6], [1, 2]], np.int32)),
    case(shuffle, floats(), ref=lambda x: x, gradient=False),
    error(shuffle, None, raises=ValueError, match="unsupported type"),
    case(categorical, array(np.zeros((1, 3), np.float32)), 6, ref=gives([[0, 2, 0, 2, 2, 1]])),
    case(categorical, floats(2, 3), 5, tf.int32, gradient=False),
    error(categorical, [0.1, 0.2], 2, raises=tf.errors.InvalidArgumentError, match="a matrix"),
    error(categorical, [[0.1]], -1, raises=tf.errors.InvalidArgumentError, match="non-negative"),
    case(poisson, [5], 3.0, ref=gives(np.float32([4, 3, 5, 1, 2]))),
    case(poisson, [2], [3.0, 40.0], tf.int64, ref=gives([[4, 40], [3, 42]])),
    error(
        poisson, [-1], 3.0, raises=tf.errors.InvalidArgumentError, match="Dimension -1 must be >= 0"
    ),
    case(
        gamma,
        [2],
        [0.5, 2.0],
        ref=gives(np.float32([[0.14891692, 0.9814205], [0.0030763915, 0.2744981]])),
    ),
    error(gamma, [2], 2, dtype=tf.int32, raises=ValueError, match="not inexact"),
    case(tf.random.stateless_uniform, [3], SEED, ref=gives(STATELESS_UNIFORM)),
    case(
        tf.random.stateless_uniform,
        [6],
        SEED,
        0,
        10,
        tf.int32,
        ref=gives([0, 9, 4, 9, 7, 5], np.int32),
    ),
    case(
        tf.random.stateless_uniform,
        [2],
        SEED,
        None,
        None,
        tf.uint32,
        ref=gives([1105988140, 1738052849], np.uint32),
    ),
    case(tf.random.stateless_uniform, [4], SEED, floats(), floats(4), dtypes=["float32"]),
    error(
        tf.random.stateless_uniform,
        [2],
        [1, 2, 3],
        raises=tf.errors.InvalidArgumentError,
        match=r"seed must have shape \[2\], not \[3\]",
    ),
    error(
        tf.random.stateless_uniform,
        [2],
        [1.0, 2.0],
        raises=tf.errors.InvalidArgumentError,
        match="attr 'Tseed' of float",
    ),
    error(
        tf.random.stateless_uniform,
        [2],
        SEED,
        alg="threefry",
        raises=tf.errors.InvalidArgumentError,
        match="counter must be a vector with length at least 2",
    ),
    case(tf.random.stateless_normal, [3], SEED, ref=gives(STATELESS_NORMAL)),
    case(tf.random.stateless_normal, [2, 3], SEED, floats(3), positive(2, 1), dtypes=["float32"]),
    case(tf.random.stateless_truncated_normal, [3], SEED, ref=gives(STATELESS_NORMAL)),
    case(
        tf.random.stateless_categorical,
        array([[0.0, 1.0]]),
        5,
        SEED,
        ref=gives([[1, 1, 0, 1, 1]]),
        gradient=False,
    ),
    # Its gradient is the implicit one, which a step over a refused try does not show: the numbers
    # in tests/ops/test_random.py are TensorFlow's.
    case(
        tf.random.stateless_gamma,
        [2, 3],
        SEED,
        [1.0, 2.0, 3.0],
        ref=gives(
            np.float32([[3.4994423, 3.3360066, 3.4035149], [1.7193093, 2.2182806, 2.4479711]])
        ),
    ),
    case(
        random_gamma_grad,
        [0.5, 1.0, 3.0],
        [1.0, 0.1, 5.0],
        ref=gives(np.float32([1.8782473, 0.28927312, 1.3498811])),
    ),
    error(
        tf.random.stateless_gamma,
        [2, 3],
        SEED,
        [1.0, 2.0],
        raises=tf.errors.InvalidArgumentError,
        match="Shape passed in must end with broadcasted shape",
    ),
    case(tf.random.stateless_poisson, [3], SEED, [1.0, 2.0, 30.0], ref=gives([3, 4, 38], np.int32)),
    case(
        tf.random.stateless_binomial,
        [3],
        SEED,
        [10.0, 20.0, 30.0],
        0.5,
        ref=gives([6, 7, 19], np.int32),
    ),
    case(
        tf.random.experimental.stateless_shuffle,
        array([1, 2, 3, 4, 5]),
        SEED,
        ref=gives([1, 3, 2, 5, 4], np.int32),
        dtypes=["int32"],
    ),
    case(
        tf.random.split,
        SEED,
        2,
        ref=gives([[1105988140, 1738052849], [-335576002, 370444179]], np.int32),
    ),
    case(tf.random.fold_in, SEED, 7, ref=gives([1105988140, 7], np.int32)),
    error(tf.random.fold_in, SEED, 7.5, raises=ValueError, match="unsupported type"),
]
