"""The same elements more often or elsewhere: ops/padding.py and ops/blocks.py."""

import numpy as np

import headrace as tf
from tests.cases.row import case, each, error, floats, plain, strings

BAD = tf.errors.InvalidArgumentError
SMALL = ["float32", "float64", "bfloat16", "int32"]


def reversed_starts(x, lengths, axis):
    rows = [np.concatenate([row[:n][::-1], row[n:]]) for row, n in zip(x, lengths, strict=True)]
    return np.stack(rows)


def depth_first(x, block):
    n, h, w, c = x.shape
    cut = x.reshape(n, h // block, block, w // block, block, c)
    return cut.transpose(0, 1, 3, 2, 4, 5).reshape(n, h // block, w // block, -1)


def batch_first(x, block, paddings):
    x = np.pad(x, [(0, 0), *paddings, (0, 0)])
    return np.concatenate([x[:, i :: block[0], j :: block[1]] for i in range(2) for j in range(2)])


ROWS = [
    case(tf.pad, floats(2, 3), [[1, 0], [0, 2]], ref=np.pad),
    case(
        tf.pad,
        floats(2, 3),
        [[1, 0], [0, 2]],
        constant_values=each(5, 0),
        ref=lambda x, p, constant_values: np.pad(x, p, constant_values=constant_values),
    ),
    case(
        tf.pad,
        floats(2, 3),
        [[1, 1], [2, 0]],
        each("REFLECT", "reflect"),
        ref=lambda x, p, mode: np.pad(x, p, "reflect"),
    ),
    case(
        tf.pad,
        floats(2, 3),
        [[1, 2], [3, 0]],
        "SYMMETRIC",
        ref=lambda x, p, mode: np.pad(x, p, "symmetric"),
    ),
    case(
        tf.pad, strings(2), [[1, 0]], ref=lambda x, p: np.array([b"", *x], object), gradient=False
    ),
    error(
        tf.pad,
        floats(3),
        [[1, 1], [1, 1]],
        raises=BAD,
        match="The first dimension of paddings must be the rank of inputs[2,2] [3]",
    ),
    error(tf.pad, floats(3), [[-1, 1]], raises=BAD, match="Paddings must be non-negative: -1 1"),
    error(tf.pad, floats(3), [[1, 1]], "FOO", raises=ValueError, match="Received `mode` = FOO"),
    error(
        tf.pad,
        floats(3),
        [[3, 1]],
        "REFLECT",
        raises=BAD,
        match="paddings must be less than the dimension size",
    ),
    case(tf.tile, floats(2, 3), each([2, 1], [1, 3], [0, 1], (2, 2)), ref=np.tile),
    case(tf.tile, strings(2), [2], ref=np.tile, gradient=False),
    error(
        tf.tile,
        floats(2, 3),
        [2],
        raises=BAD,
        match="Expected multiples argument to be a vector of length 2 but got length 1",
    ),
    error(tf.tile, floats(3), [-1], raises=BAD, match="Expected multiples[0] >= 0, but got -1"),
    case(tf.repeat, floats(2, 3), each(2, 0), ref=np.repeat),
    case(tf.repeat, floats(2, 3), [1, 2], axis=0, ref=lambda x, n, axis: np.repeat(x, n, axis)),
    case(tf.repeat, floats(2, 3), 2, axis=-1, ref=lambda x, n, axis: np.repeat(x, n, axis)),
    error(
        tf.repeat,
        floats(3),
        [1, 2],
        raises=ValueError,
        match="Dimensions 3 and 2 are not compatible",
    ),
    error(tf.repeat, floats(3), 2, axis=3, raises=ValueError, match="axis=3 out of bounds"),
    case(tf.reverse, floats(2, 3), each([0], [1], [0, -1], []), ref=lambda x, a: np.flip(x, a)),
    error(
        tf.reverse, floats(3), [1], raises=BAD, match="'axis'[0] = 1 is out of valid range [0, 0"
    ),
    error(tf.reverse, floats(3), [0, 0], raises=BAD, match="axis 0 specified more than once."),
    case(tf.roll, floats(2, 3), each(1, -4), axis=each(0, 1), ref=np.roll),
    case(tf.roll, floats(2, 3), [1, 2], axis=[0, 1], ref=np.roll),
    error(tf.roll, floats(3), 1, 1, raises=BAD, match="axis 1 is out of range"),
    case(
        tf.reverse_sequence,
        floats(2, 3, dtype=None),
        plain(np.array([2, 3])),
        1,
        ref=reversed_starts,
        dtypes=SMALL,
    ),
    error(tf.reverse_sequence, floats(2, 3), [4, 1], 1, raises=BAD, match="> input.dims(1)"),
    case(
        tf.space_to_batch,
        floats(2, 4, 4, 1),
        [2, 2],
        each([[0, 0], [0, 0]], [[1, 1], [0, 2]]),
        ref=batch_first,
        dtypes=SMALL,
    ),
    error(
        tf.space_to_batch,
        floats(1, 3, 4, 1),
        [2, 2],
        [[0, 0], [0, 0]],
        raises=BAD,
        match="padded_shape[0]=3 is not divisible by block_shape[0]=2",
    ),
    case(
        tf.space_to_batch_nd,
        floats(2, 4, 4, 1),
        [2, 2],
        [[1, 1], [0, 2]],
        ref=batch_first,
        dtypes=SMALL,
    ),
    error(
        tf.space_to_batch_nd,
        floats(1, 4, 4, 1),
        2,
        [[0, 0]],
        raises=BAD,
        match="block_shape rank should be 1",
    ),
    case(
        tf.required_space_to_batch_paddings,
        [5, 7],
        [2, 3],
        ref=lambda *_: (np.array([[0, 1], [0, 2]], "i"), np.array([[0, 1], [0, 2]], "i")),
    ),
    case(
        tf.required_space_to_batch_paddings,
        [5, 7],
        [2, 3],
        [[1, 0], [0, 1]],
        ref=lambda *_: (np.array([[1, 0], [0, 2]], "i"), np.array([[0, 0], [0, 1]], "i")),
    ),
    error(
        tf.required_space_to_batch_paddings,
        [5, 7],
        [2],
        raises=ValueError,
        match="are incompatible",
    ),
    case(
        tf.batch_to_space,
        floats(4, 2, 2, 1),
        [2, 2],
        [[0, 0], [0, 0]],
        ref=lambda x, b, c: (
            x.reshape(2, 2, 1, 2, 2, 1).transpose(2, 3, 0, 4, 1, 5).reshape(1, 4, 4, 1)
        ),
        dtypes=SMALL,
    ),
    case(
        tf.batch_to_space,
        floats(4, 2, 2, 1),
        [2, 2],
        [[0, 1], [1, 0]],
        ref=lambda x, b, c: (
            x.reshape(2, 2, 1, 2, 2, 1).transpose(2, 3, 0, 4, 1, 5).reshape(1, 4, 4, 1)[:, :3, 1:]
        ),
        dtypes=SMALL,
    ),
    error(
        tf.batch_to_space,
        floats(3, 2, 2, 1),
        [2, 2],
        [[0, 0], [0, 0]],
        raises=BAD,
        match="Input batch dimension (3) is not divisible",
    ),
    case(tf.nn.space_to_depth, floats(1, 4, 6, 3), 2, ref=depth_first, dtypes=SMALL),
    case(
        tf.nn.depth_to_space,
        floats(1, 2, 2, 8),
        2,
        ref=lambda x, b: (
            x.reshape(1, 2, 2, 2, 2, 2).transpose(0, 1, 3, 2, 4, 5).reshape(1, 4, 4, 2)
        ),
        dtypes=SMALL,
    ),
    error(
        tf.nn.space_to_depth,
        floats(1, 3, 4, 1),
        2,
        raises=BAD,
        match="should be divisible by block_size: 2",
    ),
    error(
        tf.nn.depth_to_space, floats(1, 3, 4, 3), 2, raises=BAD, match="should be divisible by: 4"
    ),
]
