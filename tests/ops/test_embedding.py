"""Gradients of sparse lookups: of the rows that occur, not of the whole table."""

import numpy as np
import pytest

import headrace as tf

IDS = tf.SparseTensor([[0, 0], [0, 1], [1, 0]], tf.constant([7, 5, 7], tf.int64), [2, 2])


@pytest.mark.parametrize(
    "lookup", [tf.nn.embedding_lookup_sparse, tf.nn.safe_embedding_lookup_sparse]
)
@pytest.mark.parametrize("combiner, wanted", [("mean", [1.5, 0.5]), ("sum", [2.0, 1.0])])
@pytest.mark.parametrize("wrapped", [lambda f: f, tf.function])
def test_the_gradient_is_of_the_rows_that_occur(lookup, combiner, wanted, wrapped):
    table = tf.Variable(np.ones((10, 2), np.float32))

    @wrapped
    def slope():
        with tf.GradientTape() as tape:
            out = tf.reduce_sum(lookup(table, IDS, None, combiner))
        return tape.gradient(out, table)

    found = slope()
    assert isinstance(found, tf.IndexedSlices)
    assert found.indices.numpy().tolist() == [7, 5]
    assert found.values.numpy().tolist() == [[x, x] for x in wanted]
    assert found.dense_shape.numpy().tolist() == [10, 2]
