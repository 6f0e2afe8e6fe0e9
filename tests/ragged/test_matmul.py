"""Products of batches of matrices of several sizes, compared with one product after the other.

Read next: tests/ragged/test_nn.py.
"""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import headrace as tf

R = tf.ragged.constant
Invalid = tf.errors.InvalidArgumentError
SIZES = st.lists(st.tuples(*[st.integers(1, 3)] * 3), min_size=1, max_size=3)


def batch(matrices):
    return R([matrix.tolist() for matrix in matrices], dtype=tf.float64, ragged_rank=2)


@settings(max_examples=30)
@given(SIZES, st.booleans(), st.booleans())
def test_each_matrix_by_its_own(sizes, transpose_a, transpose_b):
    random = np.random.default_rng(0)
    a = [random.normal(size=(m, k)) for m, k, _ in sizes]
    b = [random.normal(size=(k, n)) for _, k, n in sizes]
    found = tf.matmul(
        batch([x.T for x in a] if transpose_a else a),
        batch([x.T for x in b] if transpose_b else b),
        transpose_a=transpose_a,
        transpose_b=transpose_b,
    )
    assert found.shape.as_list() == [len(sizes), None, None]
    for x, y, got in zip(a, b, found.to_list(), strict=True):
        np.testing.assert_allclose(got, x @ y)


def test_what_is_dense_stays_so():
    a = R([[[1, 2], [3, 4]], [[5, 6]]], ragged_rank=1)
    found = tf.matmul(a, tf.ones([2, 2, 1], tf.int32))
    assert (found.shape.as_list(), found.ragged_rank) == ([2, None, 1], 1)
    assert found.to_list() == [[[3], [7]], [[11]]]
    found = tf.matmul(tf.ones([2, 3, 2], tf.int32), R([[[1], [3]], [[5, 2], [6, 1]]]))
    assert found.shape.as_list() == [2, 3, None]
    assert found.to_list() == [[[4]] * 3, [[11, 3]] * 3]
    assert isinstance(tf.matmul(R([[1, 2], [3, 4]]), [[1], [3]]), tf.Tensor)


def test_gradients():
    x = tf.Variable([1.0, 2, 3, 4, 5, 6])
    spec = tf.RaggedTensorSpec([None, None, 2], tf.float32, ragged_rank=1)
    times = tf.function(
        lambda a: tf.matmul(a, tf.constant([[[1.0], [2]], [[3], [4]]])), input_signature=[spec]
    )
    with tf.GradientTape() as tape:
        a = tf.RaggedTensor.from_row_lengths(tf.reshape(x, [3, 2]), [2, 1])
        y = tf.reduce_sum(times(a).flat_values)
    np.testing.assert_allclose(tape.gradient(y, x), [1, 2, 1, 2, 3, 4])


def test_what_does_not_fit():
    a = R([[[1, 2], [3, 4]], [[5, 6]]])
    with pytest.raises(ValueError, match="must have the same rank"):
        tf.matmul(a, [[1], [2]])
    with pytest.raises(ValueError, match="must have the same dtype"):
        tf.matmul(a, R([[[1.0], [2]], [[1], [2]]]))
    with pytest.raises(Invalid, match="Matrix size-incompatible"):
        tf.matmul(a, R([[[1], [2]], [[1]]]))
    with pytest.raises(Invalid, match="may not be ragged in their innermost dimension"):
        tf.matmul(R([[1, 2], [3]]), [[1], [2]])
    with pytest.raises(ValueError, match="Only one of transpose_a and adjoint_a"):
        tf.matmul(a, a, transpose_a=True, adjoint_a=True)


@pytest.mark.parametrize("dense", [False, True])
def test_the_first_pair_that_does_not_fit_is_named(dense):
    a = R([[[1.0, 2]], [[3.0, 4], [5.0, 6]]], ragged_rank=1)
    b = tf.ones([2, 3, 1]) if dense else R([[[1.0, 2]], [[3.0], [5.0]]])
    told = "In\\[0\\]: \\[1,2\\], In\\[1\\]: " + ("\\[3,1\\]" if dense else "\\[1,2\\]")
    with pytest.raises(Invalid, match=f"Matrix size-incompatible: {told}"):
        tf.matmul(a, b)
