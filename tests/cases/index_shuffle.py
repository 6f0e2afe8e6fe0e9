"""Rows for headrace/_src/ops/index_shuffle.py; the places are recorded from TensorFlow."""

import numpy as np

import headrace as tf
from tests.cases.row import array, case, error

Invalid = tf.errors.InvalidArgumentError
shuffled = tf.random_index_shuffle
by_two = tf.random.experimental.index_shuffle


def recorded(*places, dtype=np.int32):
    """A reference that answers what TensorFlow did."""
    return lambda *_, **__: np.array(places, dtype)


def wide(*values):
    return array(np.array(values, np.int64))


SEED = array(np.array([1, 2, 3], np.int32))
PAIR = array(np.array([1, 2], np.int32))


def only(*values):
    return array(np.array(values, np.int32))


ROWS = [
    case(shuffled, only(0, 1, 2), SEED, 9, rounds=6, ref=recorded(1, 6, 3)),
    case(shuffled, only(1, 2), SEED, only(9, 9), ref=recorded(0, 6)),
    case(shuffled, only(1, 2), array(np.array([[1, 2, 3], [4, 5, 6]], np.int32)), only(9, 9),
         ref=recorded(0, 4)),
    case(shuffled, wide(2**40), wide(2**40, -1, 3), wide(2**41),
         ref=recorded(1100059640854, dtype=np.int64)),
    case(by_two, only(3), PAIR, 9, ref=recorded(4)),
    error(shuffled, only(1), PAIR, 9, raises=Invalid, match=r"size \[1, 3\] but got \[2\]"),
    error(shuffled, array([[1]]), SEED, 9, raises=Invalid, match="scalar or vector"),
    error(shuffled, only(1), SEED, 9, rounds=5, raises=Invalid, match="even number from 4, got 5"),
    error(by_two, only(1), SEED, 9, raises=Invalid, match=r"but got \[4\]"),
]  # fmt: skip
