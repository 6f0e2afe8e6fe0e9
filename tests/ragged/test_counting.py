"""Counts of the values in ragged tensors.

Read next: tests/cases/ragged_counting.py.
"""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import headrace as tf

R = tf.ragged.constant
LISTS = st.lists(st.lists(st.integers(0, 5), max_size=4), min_size=1, max_size=4)


@given(LISTS)
def test_each_row_and_all(rows):
    x = R(rows, dtype=tf.int64, ragged_rank=1)
    size = max((v for row in rows for v in row), default=-1) + 1
    counts = np.array([[row.count(v) for v in range(size)] for row in rows])
    counts = counts.reshape(len(rows), size)
    np.testing.assert_array_equal(tf.math.bincount(x, axis=-1), counts)
    np.testing.assert_array_equal(tf.math.bincount(x), counts.sum(0))
    if size:
        found = tf.sparse.bincount(x, axis=-1)
        np.testing.assert_array_equal(tf.sparse.to_dense(found), counts)


@pytest.mark.parametrize("dtype", [tf.int32, tf.int64])
def test_in_a_function(dtype):
    x = R([[1, 2], [], [1, 1]], dtype=dtype)
    each = tf.function(lambda x: tf.math.bincount(x, axis=-1, minlength=2))
    np.testing.assert_array_equal(each(x), [[0, 1, 1], [0, 0, 0], [0, 2, 0]])
    np.testing.assert_array_equal(tf.function(tf.math.bincount)(x), [0, 3, 1])
    np.testing.assert_array_equal(tf.function(tf.math.bincount)(x[1:2]), [])


def test_weights_have_the_same_rows():
    x = R([[1, 2], [1]])
    np.testing.assert_array_equal(
        tf.math.bincount(x, weights=R([[0.5, 2], [3]]), axis=-1), [[0, 0.5, 2], [0, 3, 0]]
    )
    with pytest.raises(tf.errors.InvalidArgumentError, match="must have the same row splits"):
        tf.math.bincount(x, weights=R([[0.5], [2, 3]]), axis=-1)
    with pytest.raises(ValueError, match="`weights` must be a RaggedTensor"):
        tf.math.bincount(x, weights=tf.ones([3]), axis=-1)
    with pytest.raises(ValueError, match="mutually exclusive"):
        tf.math.bincount(x, weights=R([[0.5, 2], [3]]), axis=-1, binary_output=True)


def test_a_function_counts_rows():
    spec = tf.RaggedTensorSpec([None, None], tf.int32)
    count = tf.function(lambda x: tf.math.bincount(x, axis=-1, minlength=4), input_signature=[spec])
    np.testing.assert_array_equal(
        count(R([[1, 1], [], [3]])), [[0, 2, 0, 0], [0] * 4, [0, 0, 0, 1]]
    )
