"""RaggedTensorSpec and RowPartitionSpec: what they know, their components, what they refuse.

Read next: headrace/_src/ragged/ragged_tensor_spec.py.
"""

import pickle

import numpy as np
import pytest

import headrace as tf

Spec = tf.RaggedTensorSpec
ragged = tf.ragged.constant


def test_what_it_says():
    spec = Spec([2, None, 3], "int32", 1, tf.int32)
    assert repr(spec) == "RaggedTensorSpec(TensorShape([2, None, 3]), tf.int32, 1, tf.int32)"
    assert (spec.ragged_rank, spec.row_splits_dtype, spec.dtype) == (1, tf.int32, tf.int32)
    assert spec.shape.as_list() == [2, None, 3]
    assert spec.value_type is tf.RaggedTensor
    assert spec.flat_values_spec is None
    assert Spec([2, None]).ragged_rank == 1
    assert Spec([2, None], ragged_rank=0).value_type is tf.Tensor
    assert pickle.loads(pickle.dumps(spec)) == spec
    assert Spec.from_value(ragged([[1]])) == Spec([1, None], tf.int32)


@pytest.mark.parametrize(
    ("given", "raises", "match"),
    [
        ({}, ValueError, "Must specify ragged_rank or a shape with a known rank"),
        ({"shape": [2, None], "ragged_rank": 2}, ValueError, "must be less than rank"),
        ({"shape": [2, None], "ragged_rank": "a"}, TypeError, "`ragged_rank` must be an int"),
        ({"shape": [2, None], "dtype": None}, ValueError, "At least one of dtype or flat_values"),
        (
            {"shape": [2, None], "flat_values_spec": tf.TensorSpec([None], tf.int32)},
            ValueError,
            "dtype must be the same as flat_values_spec.dtype",
        ),
    ],
)
def test_what_is_refused(given, raises, match):
    with pytest.raises(raises, match=match):
        Spec(**given)


def test_components():
    def told(spec):
        return [(s.shape.rank and s.shape.as_list(), s.dtype) for s in spec._component_specs]

    f, i = tf.float32, tf.int64
    assert told(Spec([2, None])) == [([None], f), ([3], i)]
    assert told(Spec([2, 4, None, 3], ragged_rank=2)) == [([None, 3], f), ([3], i), ([None], i)]
    assert told(Spec([2, None], ragged_rank=0)) == [([2, None], f)]
    assert told(Spec(None, ragged_rank=1)) == [(None, f), ([None], i)]
    spec = Spec([2, None], tf.int32)
    parts = spec.to_tensors(ragged([[1], [2, 3]]))
    assert spec.from_tensors(iter(parts)).to_list() == [[1], [2, 3]]
    assert spec.flatten() == list(spec._component_specs)


def test_relations():
    spec = Spec([2, None], tf.int32)
    assert spec.is_compatible_with(ragged([[1], [2]]))
    assert not spec.is_compatible_with(tf.constant([[1], [2]]))
    assert Spec([2, None], tf.int32, 0).is_compatible_with(tf.constant([[1], [2]]))
    assert spec.is_subtype_of(Spec([None, None], tf.int32))
    assert spec.most_specific_common_supertype([Spec([3, None], tf.int32)]) == Spec(
        [None, None], tf.int32
    )


def test_batches():
    assert Spec([2, None])._batch(5) == Spec([5, 2, None])
    assert Spec([2, None, None])._unbatch() == Spec([None, None])
    assert Spec([2, None])._unbatch() == Spec([None], ragged_rank=0)


def test_values_of_numpy():
    Value = tf.compat.v1.ragged.RaggedTensorValue
    x = Value(np.array([1, 2, 3]), np.array([0, 2, 3]))
    assert repr(x) == "tf.RaggedTensorValue(values=array([1, 2, 3]), row_splits=array([0, 2, 3]))"
    assert str(x) == "<tf.RaggedTensorValue [[1, 2], [3]]>"
    assert (x.shape, x.ragged_rank, x.dtype) == ((2, None), 1, np.int64)
    y = Value(x, np.array([0, 2]))
    assert y.to_list() == [[[1, 2], [3]]]
    assert [s.tolist() for s in y.nested_row_splits] == [[0, 2], [0, 2, 3]]
    assert tf.type_spec_from_value(x) == Spec([2, None], tf.int64)
    with pytest.raises(TypeError, match="row_splits must be a 1D int32 or int64 numpy array"):
        Value([1, 2], [0, 2])
    with pytest.raises(TypeError, match="values must be a numpy array or a RaggedTensorValue"):
        Value([1, 2], np.array([0, 2]))
    with pytest.raises(ValueError, match="must have the same dtype"):
        Value(x, np.array([0, 2], np.int32))


def test_partitions():
    Rows = tf.experimental.RowPartition
    rows = Rows.from_row_lengths([4, 0, 1])
    assert repr(rows) == "tf.RowPartition(row_splits=[0 4 4 5])"
    assert repr(rows._type_spec) == (
        "RowPartitionSpec(nrows=3, nvals=None, uniform_row_length=None, dtype=tf.int64)"
    )
    assert rows.offsets_in_rows().numpy().tolist() == [0, 1, 2, 3, 0]
    assert (rows.nvals().numpy(), rows.nrows().numpy(), rows.is_uniform()) == (5, 3, False)
    assert (rows.static_nrows, rows.static_nvals) == (3, None)
    assert rows.with_dtype(tf.int32).dtype == tf.int32
    even = Rows.from_uniform_row_length(2, 4)
    assert even.is_uniform()
    assert even.uniform_row_length().numpy() == even.static_uniform_row_length == 2
    assert even.static_nvals == 4
    assert tf.function(lambda r: r)(even).is_uniform()
    assert tf.function(lambda r: r.row_lengths())(rows).numpy().tolist() == [4, 0, 1]
    with pytest.raises(ValueError, match="RowPartition constructor is private"):
        Rows(1)
    with pytest.raises(TypeError, match="validate must have type bool"):
        Rows.from_row_splits([0, 1], validate=1)
    with pytest.raises(ValueError, match="At least one of `nvals` and `nrows`"):
        Rows.from_uniform_row_length(2)
