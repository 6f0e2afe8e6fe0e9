"""Joining and parting: ops/joining.py."""

import numpy as np

import headrace as tf
from tests.cases.row import case, each, error, floats, plain, strings

BAD = tf.errors.InvalidArgumentError
ROWS = [
    case(tf.concat, [floats(2, 3), floats(4, 3)], each(0, -2), ref=np.concatenate),
    case(tf.concat, [floats(2, 1), floats(2, 0), floats(2, 2)], 1, ref=np.concatenate),
    case(tf.concat, [strings(1), strings(2)], 0, ref=np.concatenate, gradient=False),
    case(tf.concat, [floats(2)], 0, ref=np.concatenate),
    error(
        tf.concat,
        [floats(2), floats(2, 3)],
        0,
        raises=BAD,
        match="Ranks of all input tensors should match",
    ),
    error(
        tf.concat,
        [floats(2, 2), floats(2, 3)],
        0,
        raises=BAD,
        match="Dimension 1 in both shapes must be equal",
    ),
    error(
        tf.concat,
        [floats(), floats()],
        0,
        raises=BAD,
        match="Can't concatenate scalars (use tf.stack instead)",
    ),
    error(tf.concat, [floats(2), floats(2)], 2, raises=BAD, match="range [-1, 1), but got 2"),
    case(tf.stack, [floats(2, 3), floats(2, 3)], each(0, 1, -1, -3), ref=np.stack),
    case(tf.stack, [floats(), floats()], ref=np.stack),
    case(tf.stack, plain([1, 2.5]), ref=np.float32),
    error(
        tf.stack,
        [floats(2), floats(2)],
        2,
        raises=ValueError,
        match="Argument `axis` = 2 not in range [-2, 2)",
    ),
    error(
        tf.stack,
        [floats(2), floats(3)],
        raises=BAD,
        match="values[0].shape = [2] != values[1].shape = [3]",
    ),
    case(
        tf.unstack,
        floats(2, 3),
        axis=each(0, 1, -1),
        ref=lambda x, axis: list(np.moveaxis(x, axis, 0)),
    ),
    error(
        tf.unstack, floats(3), 2, raises=BAD, match="Input shape axis 0 must equal 2, got shape [3]"
    ),
    error(
        tf.unstack,
        floats(3),
        axis=1,
        raises=ValueError,
        match="Argument `axis` = 1 not in range [-1, 1)",
    ),
    case(
        tf.split, floats(4, 6), each(2, [1, 3]), ref=lambda x, n: np.split(x, n if n == 2 else [1])
    ),
    case(
        tf.split,
        floats(4, 6),
        [1, -1, 2],
        axis=each(1, -1),
        ref=lambda x, n, axis: np.split(x, [1, 4], 1),
    ),
    error(
        tf.split,
        floats(3),
        2,
        raises=BAD,
        match="Number of ways to split should evenly divide the split dimension",
    ),
    error(
        tf.split,
        floats(3),
        [1, 1],
        raises=BAD,
        match="Determined shape must either match input shape",
    ),
    error(tf.split, floats(3), 1.5, raises=ValueError, match="Rank-0 tensors are not supported"),
    error(
        tf.parallel_stack,
        [[1, 2]],
        raises=RuntimeError,
        match="not compatible with eager execution",
    ),
    case(tf.meshgrid, floats(2), floats(3), floats(1), ref=np.meshgrid),
    case(tf.meshgrid, floats(2), floats(3), indexing="ij", ref=np.meshgrid),
    error(
        tf.meshgrid,
        floats(2),
        indexing="q",
        raises=ValueError,
        match="must be either 'xy' or 'ij', got 'q'",
    ),
]
