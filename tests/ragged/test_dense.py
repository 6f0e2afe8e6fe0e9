"""Ragged tensors from dense and sparse ones, and back.

Read next: headrace/_src/ragged/dense.py.
"""

import numpy as np
import pytest

import headrace as tf

Invalid = tf.errors.InvalidArgumentError
Ragged = tf.RaggedTensor
ragged = tf.ragged.constant
DEEP = [[[1, 2], [3]], [[4]]]


@pytest.mark.parametrize(
    ("dense", "options", "rows"),
    [
        ([[5, 7, 0], [0, 3, 0]], {}, [[5, 7, 0], [0, 3, 0]]),
        ([[5, 7, 0], [0, 3, 0]], {"padding": 0}, [[5, 7], [0, 3]]),
        ([[5, 7, 0], [0, 3, 0]], {"lengths": [1, 5]}, [[5], [0, 3, 0]]),
        ([[1, 2], [3, 4]], {"lengths": [-1, 1]}, [[], [3]]),
        ([[[1, 2, 0], [3, 0, 0]]], {"padding": 0, "ragged_rank": 2}, [[[1, 2], [3]]]),
        ([[[1, 0], [0, 0]], [[0, 0], [0, 0]]], {"padding": [0, 0]}, [[[1, 0]], []]),
        ([[[1, 2], [3, 0]], [[4, 0], [0, 0]]], {"lengths": ([2, 1], [2, 1, 1])}, DEEP),
        ([["a", ""], ["b", "c"]], {"padding": ""}, [[b"a"], [b"b", b"c"]]),
    ],
)  # fmt: skip
def test_from_dense(dense, options, rows):
    assert Ragged.from_tensor(dense, **options).to_list() == rows
    traced = tf.function(lambda x: Ragged.from_tensor(x, **options))
    assert traced(tf.constant(dense)).to_list() == rows


@pytest.mark.parametrize(
    ("dense", "options", "raises", "match"),
    [
        ([1, 2], {}, ValueError, "The rank of a RaggedTensor must be greater than 1"),
        ([[1]], {"lengths": [1], "padding": 0}, ValueError, "`lengths` or `padding`, but not both"),
        ([[1]], {"ragged_rank": 2}, ValueError, "must have rank at least 3"),
        ([[1]], {"ragged_rank": 0}, ValueError, "`ragged_rank` must be greater than 0. Received 0"),
        ([[1]], {"ragged_rank": "a"}, TypeError, "`ragged_rank` must be an int. Received a"),
        ([[1]], {"padding": [0]}, ValueError, "are incompatible"),
        ([[1]], {"lengths": 1}, ValueError, "must have rank 1"),
        ([[1]], {"lengths": [1, 1]}, ValueError, "are incompatible"),
    ],
)
def test_what_is_refused(dense, options, raises, match):
    with pytest.raises(raises, match=match):
        Ragged.from_tensor(dense, **options)


def test_to_dense():
    x = ragged([[1, 2], [3]])
    assert x.to_tensor().numpy().tolist() == [[1, 2], [3, 0]]
    assert x.to_tensor(9).numpy().tolist() == [[1, 2], [3, 9]]
    assert x.to_tensor(shape=[2, 1]).numpy().tolist() == [[1], [3]]
    assert x.to_tensor(shape=[None, 3]).shape == (2, 3)
    assert x.to_tensor(shape=tf.TensorShape([3, None])).shape == (3, 2)
    assert x.to_tensor(shape=tf.constant([3, 3])).shape == (3, 3)
    assert ragged([["a"], []]).to_tensor().numpy().tolist() == [[b"a"], [b""]]
    assert Ragged.from_tensor([[1, 2]]).to_tensor().numpy().tolist() == [[1, 2]]
    with pytest.raises(Invalid, match=r"rt_input.rank = 2 but shape.rank = 3"):
        x.to_tensor(shape=[2, 2, 2])
    with pytest.raises(Invalid, match=r"must be less than rt_input.flat_values.rank = 1"):
        x.to_tensor([1, 2])
    with pytest.raises(ValueError, match="default_value: Tensor conversion requested dtype int32"):
        x.to_tensor(tf.constant(1.0))


def test_static_shapes_of_dense_ones():
    seen = []

    @tf.function
    def f(x):
        seen.extend([x.to_tensor().shape.as_list(), x.to_tensor(shape=[None, 3]).shape.as_list()])
        return x.to_tensor(shape=[None, 3])

    assert f(ragged([[1, 2], [3]])).numpy().tolist() == [[1, 2, 0], [3, 0, 0]]
    assert seen == [[2, None], [2, 3]]


def test_sparse():
    x = ragged([[[1], [2, 7]], [[3]]])
    st = x.to_sparse()
    assert st.indices.numpy().tolist() == [[0, 0, 0], [0, 1, 0], [0, 1, 1], [1, 0, 0]]
    assert st.dense_shape.numpy().tolist() == [2, 2, 2]
    np.testing.assert_array_equal(tf.sparse.to_dense(st), x.to_tensor())
    back = Ragged.from_sparse(
        tf.sparse.from_dense([[1, 0], [2, 3], [0, 0]]), row_splits_dtype="int32"
    )
    assert back.to_list() == [[1], [2, 3], []]
    assert back.row_splits.dtype == tf.int32
    with pytest.raises(Invalid, match="SparseTensor is not right-ragged"):
        Ragged.from_sparse(tf.sparse.from_dense([[0, 2]]))
    with pytest.raises(ValueError, match=r"rank\(st_input\) must be 2"):
        Ragged.from_sparse(tf.sparse.from_dense([1, 2]))
    with pytest.raises(TypeError, match="must be of type SparseTensor, but is of type int"):
        Ragged.from_sparse(3)


@pytest.mark.parametrize("shape", [None, [None, 1]])
@pytest.mark.parametrize("wrap", [lambda fn: fn, tf.function], ids=["eager", "function"])
def test_the_gradient_says_of_each_value_where_it_belongs(wrap, shape):
    def gradient_of(values):
        with tf.GradientTape() as tape:
            tape.watch(values)
            dense = Ragged.from_row_lengths(values, [2, 0, 1]).to_tensor(shape=shape)
            dense = dense * dense
        return tape.gradient(dense, values)

    found = wrap(gradient_of)(tf.constant([1.0, 2, 3]))
    assert type(found) is tf.IndexedSlices
    kept = [2.0, 4, 6] if shape is None else [2.0, 0, 6]
    assert tf.convert_to_tensor(found).numpy().tolist() == kept
    assert found.dense_shape.numpy().tolist() == [3]
