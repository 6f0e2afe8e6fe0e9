"""Reductions of ragged tensors, compared with loops over lists.

Read next: tests/ragged/test_recorded.py.
"""

import itertools
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import headrace as tf

R = tf.ragged.constant
LISTS = st.lists(st.lists(st.integers(-9, 9), max_size=4), min_size=1, max_size=5)
DEEP = st.lists(LISTS, min_size=1, max_size=3)
LOWEST, HIGHEST = -(2**31), 2**31 - 1
FOLDS = {
    tf.reduce_sum: sum,
    tf.reduce_prod: lambda row: (math.prod(row) - LOWEST) % 2**32 + LOWEST,  # as int32 wraps
    tf.reduce_max: lambda row: max(row, default=LOWEST),
    tf.reduce_min: lambda row: min(row, default=HIGHEST),
}


def ragged(rows):
    return R(rows, dtype=tf.int32, ragged_rank=1)


def columns(rows):
    longest = max(map(len, rows))
    return [[row[i] for row in rows if len(row) > i] for i in range(longest)]


@pytest.mark.parametrize("fold", FOLDS, ids=lambda fold: fold.__name__)
@given(rows=LISTS)
def test_along_one_axis(fold, rows):
    own = FOLDS[fold]
    assert fold(ragged(rows), axis=1).numpy().tolist() == [own(row) for row in rows]
    assert fold(ragged(rows), axis=0).numpy().tolist() == [own(row) for row in columns(rows)]
    assert int(fold(ragged(rows))) == own([v for row in rows for v in row])


@given(DEEP)
def test_along_one_axis_of_three(rows):
    x = R(rows, dtype=tf.int32, ragged_rank=2)
    assert tf.reduce_sum(x, 2).to_list() == [[sum(row) for row in block] for block in rows]
    expected = [[sum(column) for column in columns(block)] for block in rows]
    assert tf.reduce_sum(x, 1).to_list() == expected
    deepest = max(map(len, rows))
    places = [[block[i] for block in rows if len(block) > i] for i in range(deepest)]
    expected = [[sum(column) for column in columns(place)] for place in places]
    assert tf.reduce_sum(x, 0).to_list() == expected


@given(DEEP)
def test_several_axes_are_reduced_together(rows):
    x = R(rows, dtype=tf.int32, ragged_rank=2)
    flat = [v for block in rows for row in block for v in row]
    assert int(tf.reduce_sum(x, [0, 1, 2])) == sum(flat)
    inner = [[v for row in block for v in row] for block in rows]
    assert tf.reduce_sum(x, [1, 2]).numpy().tolist() == [sum(row) for row in inner]
    np.testing.assert_array_equal(
        tf.reduce_sum(x, (-1, 1), keepdims=True), [[[sum(row)]] for row in inner]
    )


@given(LISTS)
def test_moments(rows):
    x = tf.cast(ragged(rows), tf.float64)
    means = tf.reduce_mean(x, 1).numpy()
    spreads = tf.math.reduce_variance(x, 1).numpy()
    for row, mean, spread in zip(rows, means, spreads, strict=True):
        assert (math.isnan(mean) and math.isnan(spread)) == (not row)
        if row:
            np.testing.assert_allclose([mean, spread], [np.mean(row), np.var(row)], atol=1e-9)


def test_means_of_integers_are_floats():
    assert tf.reduce_mean(R([[1, 2], [4]]), 1).dtype == tf.float64
    assert tf.reduce_mean(R([[1, 2], [4]], dtype=tf.int8), 1).dtype == tf.float32
    assert float(tf.reduce_mean(R([[1, 2], [4]]))) == 7 / 3


def test_means_of_vectors():
    x = R([[[1.0, 2], [3, 4]], [[5, 6]]], ragged_rank=1)
    np.testing.assert_array_equal(tf.reduce_mean(x, 1), [[2, 3], [5, 6]])
    np.testing.assert_array_equal(tf.reduce_mean(x, 1, keepdims=True), [[[2, 3]], [[5, 6]]])
    assert tf.reduce_mean(x, 2).to_list() == [[1.5, 3.5], [5.5]]
    np.testing.assert_array_equal(tf.reduce_mean(x, [1, 2]), [2.5, 5.5])
    np.testing.assert_array_equal(tf.reduce_mean(x, 0), [[3, 4], [3, 4]])


@given(st.lists(st.lists(st.booleans(), max_size=3), min_size=1, max_size=4))
def test_all_and_any(rows):
    x = R(rows, dtype=tf.bool, ragged_rank=1)
    assert tf.reduce_all(x, 1).numpy().tolist() == list(map(all, rows))
    assert tf.reduce_any(x, 1).numpy().tolist() == list(map(any, rows))
    flat = list(itertools.chain(*rows))
    assert (bool(tf.reduce_all(x)), bool(tf.reduce_any(x))) == (all(flat), any(flat))


def test_the_logarithm_of_a_sum_does_not_overflow():
    x = R([[1000.0, 1000], [], [-1000]])
    np.testing.assert_allclose(
        tf.reduce_logsumexp(x, 1), [1000 + math.log(2), -np.inf, -1000], rtol=1e-6
    )


@pytest.mark.parametrize("dtype", [tf.int32, tf.int64])
def test_row_splits_of_either_dtype(dtype):
    x = R([[1, 2], [], [3]], row_splits_dtype=dtype)
    assert tf.reduce_sum(x, 1).numpy().tolist() == [3, 0, 3]
    assert tf.reduce_max(x, 0).numpy().tolist() == [3, 2]


@given(LISTS, st.data())
def test_segments_of_rows(rows, data):
    ids = data.draw(st.lists(st.integers(0, 2), min_size=len(rows), max_size=len(rows)))
    groups = [[row for row, own in zip(rows, ids, strict=True) if own == i] for i in range(3)]
    expected = [[sum(c) for c in columns(group)] if group else [] for group in groups]
    assert tf.math.unsorted_segment_sum(ragged(rows), ids, 3).to_list() == expected


GRADIENTS = [
    (lambda x: tf.reduce_sum(x, 1), [6, 6, 6, 10]),
    (lambda x: tf.reduce_max(x, 1), [0, 4, 6, 10]),
    (lambda x: tf.reduce_max(x, 0), [0, 4, 0, 10]),
    (lambda x: tf.reduce_mean(x, 1), [1.5, 1.5, 6, 10]),
    (lambda x: tf.reduce_prod(x, 1), [8, 4, 6, 10]),
    (lambda x: tf.math.reduce_variance(x, 1), [-0.25, 0.25, 0, 0]),
    (lambda x: tf.reduce_logsumexp(x, 1), [1.2443, 3.3823, 6, 10]),
    (lambda x: x * [[1.0], [2], [3]], [2, 4, 24, 90]),
    (lambda x: tf.cumsum(x, 1), [8, 6, 6, 10]),
    (lambda x: tf.nn.softmax(x), [-0.1817, 0.1817, 0, 0]),
]


@pytest.mark.parametrize("wrap", [lambda fn: fn, tf.function], ids=["eager", "function"])
@pytest.mark.parametrize("fn, expected", GRADIENTS)
def test_gradients_are_tensorflows(fn, expected, wrap):
    values = tf.constant([1.0, 2, 3, 5])
    with tf.GradientTape() as tape:
        tape.watch(values)
        y = wrap(fn)(tf.RaggedTensor.from_row_splits(values, [0, 2, 3, 4]))
        y = tf.reduce_sum((y.flat_values if isinstance(y, tf.RaggedTensor) else y) ** 2)
    np.testing.assert_allclose(tape.gradient(y, values), expected, atol=1e-4)


def test_a_function_takes_any_number_of_rows():
    spec = tf.RaggedTensorSpec([None, None], tf.int32)
    both = tf.function(
        lambda x: (tf.reduce_sum(x, 1), tf.reduce_max(x, 0), tf.reduce_mean(x)),
        input_signature=[spec],
    )
    for rows in ([[1, 2], [], [3]], [[4]], [[5, 6, 7], [8]]):
        sums, maxima, mean = both(ragged(rows))
        assert sums.numpy().tolist() == list(map(sum, rows))
        assert maxima.numpy().tolist() == list(map(max, columns(rows)))
        assert float(mean) == np.mean(list(itertools.chain(*rows)))
    empty = both(tf.RaggedTensor.from_row_splits(tf.zeros([0], tf.int32), [0]))
    assert [part.shape.as_list() for part in empty[:2]] == [[0], [0]]


def test_many_rows_with_empty_ones_between_them():
    random = np.random.default_rng(3)
    lengths = random.integers(0, 4, 3000)
    values = random.normal(size=lengths.sum()).astype(np.float32)
    x = tf.RaggedTensor.from_row_lengths(values, lengths)
    rows = np.split(values, np.cumsum(lengths)[:-1])
    expected = np.array([row.sum() for row in rows])
    np.testing.assert_allclose(tf.reduce_sum(x, 1), expected, rtol=1e-5, atol=1e-6)
    compiled = tf.function(lambda x: tf.reduce_sum(x, 1), jit_compile=True)
    np.testing.assert_allclose(compiled(x), expected, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("wrap", [lambda fn: fn, tf.function], ids=["eager", "function"])
def test_a_search_begins_at_a_finite_number(wrap):
    x = R([[-math.inf], [], [1.0, -math.inf]])
    least = np.finfo(np.float32).min
    assert wrap(lambda x: tf.reduce_max(x, 1))(x).numpy().tolist() == [least, least, 1]
    assert wrap(lambda x: tf.reduce_min(x, 1))(-x).numpy().tolist() == [-least, -least, -1]
