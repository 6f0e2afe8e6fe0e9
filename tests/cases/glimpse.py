"""Rows of ops/glimpse.py. Expected windows are those of TensorFlow 2.21."""

import numpy as np

import headrace as tf
from headrace._src.ops import glimpse
from tests.cases.row import array, case, each, error, floats, plain

Invalid = tf.errors.InvalidArgumentError
IMAGE = np.arange(1, 21, dtype=np.float32).reshape(1, 4, 5, 1)


def window(image, rows, columns):
    """The pixels of these rows and columns, -1 being outside."""
    padded = np.pad(image, ((0, 0), (0, 1), (0, 1), (0, 0)))
    return padded[:, rows][:, :, columns]


def within(image, size, offsets, noise):
    """Whether noise lies between the least and the largest value, and varies."""
    found = tf.image.extract_glimpse(image, size, offsets, noise=noise)
    return [
        tf.reduce_all(found >= tf.reduce_min(image)),
        tf.reduce_all(found <= tf.reduce_max(image)),
        tf.math.reduce_std(found) > 0,
    ]


ROWS = [
    case(tf.image.extract_glimpse, array(IMAGE), [3, 3], [[0.9, -0.9]], noise="zero",
         gradient="error", ref=lambda x, *_, noise: window(x, [2, 3, -1], [-1, 0, 1])),
    case(tf.image.extract_glimpse, array(IMAGE), [2, 4], [[0.4, 0.3]], True, False, "zero",
         gradient="error", ref=lambda x, *_: window(x, [2, 3], [2, 3, 4, -1])),
    case(tf.image.extract_glimpse, array(IMAGE), [3, 3], [[0.4, 0.3]], False, True, "zero",
         gradient="error", ref=lambda x, *_: window(x, [1, 2, 3], [1, 2, 3])),
    case(tf.image.extract_glimpse, array(IMAGE), [2, 4], [[-1.0, 2.0]], False, False, "zero",
         gradient="error", ref=lambda x, *_: window(x, [-1, 0], [2, 3, 4, -1])),
    case(tf.image.extract_glimpse, array(IMAGE), [2, 2], [[np.nan, 9e9]], noise="zero",
         gradient="error", ref=lambda x, *_, noise: np.zeros((1, 2, 2, 1), np.float32)),
    case(glimpse.extract_glimpse_v1, array(IMAGE), (2, 4), plain([[0.4, 0.3]]), True, False, False,
         "zero", gradient="error", ref=lambda x, *_: window(x, [1, 2], [0, 1, 2, 3])),
    case(within, array(IMAGE), [9, 9], [[0.0, 0.0]], each("uniform", "gaussian", ""),
         gradient=False, ref=lambda *_: [np.True_] * 3),
    error(tf.image.extract_glimpse, floats(4, 5, 1), [2, 2], [[0.0, 0.0]], raises=Invalid,
          match="input must be 4-dimensional"),
    error(tf.image.extract_glimpse, array(IMAGE), [2], [[0.0, 0.0]], raises=Invalid,
          match="must be a vector of size 2"),
    error(tf.image.extract_glimpse, array(IMAGE), [2, -2], [[0.0, 0.0]], raises=Invalid,
          match="Expected a non-negative size, got -2"),
    error(tf.image.extract_glimpse, array(IMAGE), [2, 2], [0.0, 0.0], raises=Invalid,
          match="input must be a matrix"),
    error(tf.image.extract_glimpse, array(IMAGE), [2, 2], [[0.0]], raises=Invalid,
          match="second dimension should be"),
    error(tf.image.extract_glimpse, array(IMAGE), [2, 2], [[0.0, 0.0]] * 2, raises=Invalid,
          match="first dimension should be batch"),
    error(tf.image.extract_glimpse, array(IMAGE), [2, 2], [[0.0, 0.0]], noise="x", raises=Invalid,
          match="The noise could only be"),
    error(glimpse.extract_glimpse_v1, array(IMAGE), (2, 2), plain([[0.0, 0.0]]), noise="zero",
          raises=Invalid, match="could not be specified at the same time"),
]  # fmt: skip
