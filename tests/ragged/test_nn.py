"""Embeddings, softmax, dropout and sums of ragged tensors.

Read next: tests/ragged/test_recorded.py.
"""

import numpy as np
import pytest

import headrace as tf

R = tf.ragged.constant
TABLE = np.array([[1.0, 2], [3, 4], [5, 6], [7, 8]], np.float32)
ROWS = [[0, 3], [], [1, 1, 2]]


def test_an_embedding_keeps_the_rows():
    found = tf.nn.embedding_lookup(TABLE, R(ROWS))
    assert found.shape.as_list() == [3, None, 2]
    assert found.to_list() == [[TABLE[i].tolist() for i in row] for row in ROWS]
    with pytest.raises(ValueError, match="params must be specified"):
        tf.nn.embedding_lookup(None, R(ROWS))
    with pytest.raises(ValueError, match="params should not be empty"):
        tf.nn.embedding_lookup([], R(ROWS))


@pytest.mark.parametrize("combiner", ["sum", "mean", "sqrtn"])
@pytest.mark.parametrize("with_weights", [False, True])
def test_an_embedding_folds_rows(combiner, with_weights):
    weights = [[2.0, 1], [], [1, 3, 4]]
    given = R(weights) if with_weights else None
    found = tf.nn.embedding_lookup_sparse(TABLE, R(ROWS), given, combiner=combiner)
    own = weights if with_weights else [[1.0] * len(row) for row in ROWS]
    for row, factors, got in zip(ROWS, own, found.numpy(), strict=True):
        factors = np.array(factors)
        total = sum((TABLE[i] * f for i, f in zip(row, factors, strict=True)), np.zeros(2))
        by = {"sum": 1, "mean": factors.sum(), "sqrtn": np.sqrt((factors**2).sum())}[combiner]
        np.testing.assert_allclose(got, total / (by or 1), rtol=1e-6)


def test_weights_are_ragged_as_ids_are():
    with pytest.raises(TypeError, match="sp_ids must be of the same type as sp_weights"):
        tf.nn.embedding_lookup_sparse(TABLE, R(ROWS), tf.ones([3, 2]))
    with pytest.raises(TypeError, match="sp_weights must be either None or SparseTensor"):
        tf.nn.embedding_lookup_sparse(TABLE, tf.sparse.from_dense([[1]]), R([[1.0]]))
    with pytest.raises(ValueError, match="combiner must be one of"):
        tf.nn.embedding_lookup_sparse(TABLE, R(ROWS), None, combiner="max")


def test_a_safe_embedding_leaves_negative_ids_out():
    ids = R([[0, 3], [], [-1, 2]], dtype=tf.int64)
    found = tf.nn.safe_embedding_lookup_sparse(tf.constant(TABLE), ids, combiner="sum")
    np.testing.assert_array_equal(found, [[8, 10], [0, 0], [5, 6]])


def test_the_gradient_of_an_embedding_is_of_rows():
    table = tf.Variable(TABLE)
    spec = tf.RaggedTensorSpec([None, None], tf.int32)
    mean = tf.function(
        lambda ids: tf.reduce_sum(tf.reduce_mean(tf.nn.embedding_lookup(table, ids), 1)),
        input_signature=[spec],
    )
    with tf.GradientTape() as tape:
        y = mean(R([[0, 3], [1, 1, 2]]))
    found = tape.gradient(y, table)
    assert isinstance(found, tf.IndexedSlices)
    expected = [[0.5, 0.5], [2 / 3, 2 / 3], [1 / 3, 1 / 3], [0.5, 0.5]]
    np.testing.assert_allclose(tf.convert_to_tensor(found), expected, rtol=1e-6)


@pytest.mark.parametrize("wrap", [lambda fn: fn, tf.function], ids=["eager", "function"])
def test_softmax_is_a_part_of_each_row(wrap):
    rows = [[1.0, 2], [], [1000, 1001, 1002]]
    found = wrap(tf.nn.softmax)(R(rows))
    for row, got in zip(rows, found.to_list(), strict=True):
        powers = np.exp(np.array(row) - max(row, default=0))
        np.testing.assert_allclose(got, powers / powers.sum(), rtol=1e-6)
    inner = tf.nn.softmax(R([[[1.0, 2]], [[3, 3], [4, 4]]], ragged_rank=1))
    np.testing.assert_allclose(inner.flat_values, [[0.26894, 0.73106], [0.5] * 2, [0.5] * 2], 1e-4)
    across = tf.nn.softmax(R([[[1.0, 2]], [[3, 3], [3, 3]]], ragged_rank=1), axis=1)
    np.testing.assert_allclose(across.flat_values, [[1, 1], [0.5, 0.5], [0.5, 0.5]])
    with pytest.raises(ValueError, match="axis=5 out of bounds"):
        tf.nn.softmax(R(rows), axis=5)


def test_dropout_draws_for_the_flat_values():
    x = R([[1.0, 2], [], [3]])
    assert tf.nn.dropout(x, 0.0).to_list() == x.to_list()
    found = tf.nn.experimental.stateless_dropout(x, 0.5, seed=[1, 2])
    assert found.to_list() == [[2, 0], [], [6]]
    kept = tf.nn.dropout(R([[1.0] * 50, [1.0] * 50]), 0.5, seed=3)
    assert set(kept.flat_values.numpy().tolist()) == {0.0, 2.0}
    with pytest.raises(ValueError, match="noise_shape is not supported yet"):
        tf.nn.dropout(x, 0.5, noise_shape=[3, 1])


def test_add_n():
    x = R([[1, 2], [3]])
    assert tf.add_n([x, x, x]).to_list() == [[3, 6], [9]]
    with pytest.raises(ValueError, match="must have the same ragged_rank"):
        tf.add_n([x, R([[[1]]])])
    with pytest.raises(tf.errors.InvalidArgumentError, match="incompatible row_splits"):
        tf.add_n([x, R([[1], [2, 3]])])


@pytest.mark.parametrize("how", [{}, {"exclusive": True}, {"reverse": True}])
def test_running_sums(how):
    rows = [[1, 2, 3], [], [4, 5]]
    found = tf.cumsum(R(rows), axis=1, **how).to_list()
    assert found == [tf.cumsum(tf.constant(row, tf.int32), **how).numpy().tolist() for row in rows]


def test_a_vector_for_each_index():
    found = tf.one_hot(R([[0, 1], [2]]), 3, on_value=5, off_value=1)
    assert found.to_list() == [[[5, 1, 1], [1, 5, 1]], [[1, 1, 5]]]
    with pytest.raises(ValueError, match=r"axis \(1\) must be greater than"):
        tf.one_hot(R([[0, 1], [2]]), 3, axis=1)


@pytest.mark.parametrize("ids", [R([[1.5], []]), R([["a"]]), R([[True]])])
def test_ids_are_integers(ids):
    with pytest.raises(ValueError, match="All values should be indices"):
        tf.nn.embedding_lookup(TABLE, ids)
