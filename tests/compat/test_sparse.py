"""Sparse tensors under TensorFlow 1's names."""

import numpy as np
import pytest

import headrace as tf

v1 = tf.compat.v1
X = tf.SparseTensor([[0, 1], [1, 0], [1, 2]], [1.0, -2.0, 3.0], [3, 4])
IDS = tf.SparseTensor([[0, 1], [1, 0], [1, 2]], [1, 4, 2], [3, 4])


def parts(x):
    return [part.numpy().tolist() for part in (x.indices, x.values, x.dense_shape)]


def test_old_names_of_axes():
    assert v1.sparse_reduce_sum(X, reduction_axes=1, keep_dims=True).numpy().tolist() == [
        [1.0], [1.0], [0.0]
    ]  # fmt: skip
    assert v1.sparse_reduce_max(X, 1).numpy().tolist() == [1.0, 3.0, 0.0]
    assert parts(v1.sparse_reduce_sum_sparse(X, 1)) == [[[0], [1]], [1.0, 1.0], [3]]
    assert parts(v1.sparse_reduce_max_sparse(X, reduction_axes=1)) == [[[0], [1]], [1.0, 3.0], [3]]
    with pytest.raises(ValueError, match="Cannot specify both 'reduction_axes' and 'axis'"):
        v1.sparse_reduce_sum(X, 1, reduction_axes=1)


def test_old_arguments_of_joining():
    whole = v1.sparse_concat(None, [X, X], concat_dim=1, expand_nonconcat_dim=True)
    assert whole.shape == [3, 8]
    left, right = v1.sparse_split(sp_input=X, num_split=2, axis=1)
    assert parts(right) == [[[1, 0]], [3.0], [3, 2]]
    with pytest.raises(ValueError, match=r"Keyword arguments are required for this function."):
        v1.sparse_split(1, 2, X)
    with pytest.raises(ValueError, match="axis is required"):
        v1.sparse_split(split_dim=1, num_split=2, sp_input=X)
    assert v1.sparse_add(X, X, thresh=5).values.numpy().tolist() == [6.0]


def test_merge():
    wanted = [[[0, 1], [1, 2], [1, 4]], [1.0, 3.0, -2.0], [3, 5]]
    assert parts(v1.sparse_merge(IDS, X, 5)) == wanted
    assert parts(tf.function(v1.sparse_merge)(IDS, X, tf.constant(5))) == wanted
    assert v1.sparse_merge([IDS, IDS], X, [5, 6]).dense_shape.numpy().tolist() == [3, 5, 6]
    kept = v1.sparse_merge(IDS, X, 5, already_sorted=True)
    assert kept.values.numpy().tolist() == [1.0, -2.0, 3.0]


def test_to_dense():
    assert v1.sparse_to_dense([1], [2], 5, 9).numpy().tolist() == [9, 5]
    with pytest.raises(tf.errors.InvalidArgumentError, match=r"indices\[1\] = \[0,1\] is repeated"):
        v1.sparse_to_dense([[0, 1], [0, 1]], [2, 2], [1, 2])


def test_the_rest():
    table = np.arange(12.0).reshape(3, 4)
    assert v1.sparse_segment_mean(table, [0, 1], [0, 0], None, 3).shape == [3, 4]
    assert v1.sparse_matmul([[1.0], [0.0]], [[2.0], [3.0]], transpose_a=True).numpy() == [[2]]
    assert v1.serialize_sparse(X, None).shape == [3]
    assert v1.serialize_many_sparse(X).shape == [3, 3]
    assert v1.convert_to_tensor_or_sparse_tensor(X) is X
    assert v1.convert_to_tensor_or_sparse_tensor([1, 2]).dtype is tf.int32
    value = v1.SparseTensorValue([[0]], [1.0], [2])
    assert isinstance(v1.convert_to_tensor_or_sparse_tensor(value), tf.SparseTensor)
    with pytest.raises(RuntimeError, match=r"Requested: int32,  Actual: float32"):
        v1.convert_to_tensor_or_sparse_tensor(X, tf.int32)
