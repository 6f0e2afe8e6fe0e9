"""Combinations of features of all kinds: ops/ragged_cross.py. The hashes are TensorFlow 2.21's."""

import numpy as np

import headrace as tf
from tests.cases.row import case, each, error, plain

Invalid = tf.errors.InvalidArgumentError
RAGGED = plain(tf.ragged.constant([["p"], ["q", "r"]]))
NUMBERS = plain(tf.ragged.constant([[1], [2, -3]]))
SPARSE = plain(tf.SparseTensor([[0, 0], [1, 0], [1, 1]], ["a", "b", "c"], [2, 2]))
DENSE = plain(tf.constant([[1], [2]]))
WORDS = plain(tf.constant([["x", "y"], ["z", ""]]))


def cross(*inputs):
    found = tf.ragged.cross(inputs)
    return found.values, found.row_splits


def cross_hashed(*inputs, buckets, key=None):
    found = tf.ragged.cross_hashed(inputs, buckets, key)
    return found.values, found.row_splits


def rows(*found):
    """What `cross` answers, of the rows."""
    values = [value for row in found for value in row]
    splits = np.cumsum([0, *map(len, found)])
    kind = object if isinstance(values[0], bytes) else np.int64
    return lambda *_, **__: (np.array(values, kind), splits)


ROWS = [
    case(cross, RAGGED, NUMBERS,
         ref=rows([b"p_X_1"], [b"q_X_2", b"q_X_-3", b"r_X_2", b"r_X_-3"])),
    case(cross, RAGGED, DENSE, SPARSE,
         ref=rows([b"p_X_1_X_a"], [b"q_X_2_X_b", b"q_X_2_X_c", b"r_X_2_X_b", b"r_X_2_X_c"])),
    case(cross, DENSE, SPARSE, ref=rows([b"1_X_a"], [b"2_X_b", b"2_X_c"])),
    case(cross_hashed, RAGGED, NUMBERS, buckets=100, ref=rows([72], [15, 50, 36, 35])),
    case(cross_hashed, RAGGED, buckets=0, key=each(None, 0),
         ref=rows([7793120745547065583], [5253606288489588002, 4927665522071291665])),
    case(cross_hashed, RAGGED, NUMBERS, SPARSE, WORDS, buckets=100, key=5,
         ref=rows([93, 17], [20, 9, 70, 89, 89, 2, 80, 57, 52, 18, 48, 44, 74, 87, 6, 35])),
    error(tf.ragged.cross, RAGGED, raises=TypeError, match="Inputs must be a list"),
    error(tf.ragged.cross, [RAGGED, [[1.0]]], raises=ValueError,
          match="Unexpected dtype for inputs[1]: <dtype: 'float32'>"),
    error(tf.ragged.cross, [RAGGED, plain(tf.constant([1, 2]))], raises=Invalid,
          match="tf.ragged.cross only supports inputs with rank=2."),
    error(tf.ragged.cross, [RAGGED, [[1]]], raises=Invalid,
          match="inputs must all have the same batch dimension size."),
    error(tf.ragged.cross_hashed, [RAGGED], -1, raises=Invalid,
          match="attr 'num_buckets' of -1 must be at least minimum 0"),
    error(tf.ragged.cross_hashed, [RAGGED], None, raises=TypeError, match="Expected int"),
]  # fmt: skip
