"""IndexedSlices and what is known of one before it has a value.

Read next: headrace/_src/core/indexed_slices.py.
"""

import pytest

import headrace as tf

VALUES, INDICES = tf.constant([1.0, 2.0, 3.0]), tf.constant([1, 2, 1])
SPARSE = tf.IndexedSlices(VALUES, INDICES)
WHOLE = tf.IndexedSlices(VALUES, INDICES, tf.constant([4]))


def test_what_it_says_of_itself():
    assert SPARSE.values is VALUES and SPARSE.indices is INDICES and SPARSE.dense_shape is None
    assert SPARSE.shape == tf.TensorShape(None) and WHOLE.shape == [4]
    assert (
        SPARSE.dtype is tf.float32 and SPARSE.device == VALUES.device and SPARSE.consumers() == []
    )
    assert str(WHOLE) == (
        "IndexedSlices(indices=tf.Tensor([1 2 1], shape=(3,), dtype=int32), "
        "values=tf.Tensor([1. 2. 3.], shape=(3,), dtype=float32), "
        "dense_shape=tf.Tensor([4], shape=(1,), dtype=int32))"
    )
    assert repr(SPARSE).startswith("<tensorflow.python.framework.indexed_slices.IndexedSlices obj")
    assert str(tf.IndexedSlices([1.0], [0])) == "IndexedSlices(indices=[0], values=[1.0])"


def test_dense():
    assert tf.convert_to_tensor(WHOLE).numpy().tolist() == [0, 4, 2, 0]
    assert (-WHOLE).values.numpy().tolist() == [-1, -2, -3]
    assert (tf.zeros([4]) + WHOLE).numpy().tolist() == [0, 4, 2, 0]
    with pytest.raises(ValueError, match="for IndexedSlices for argument `value` without dense_sh"):
        tf.convert_to_tensor(SPARSE)
    with pytest.raises(ValueError, match="Incompatible tensor conversion requested to `dtype` flo"):
        tf.convert_to_tensor(WHOLE, tf.float64)


@pytest.mark.parametrize(
    "wrong",
    [
        lambda: SPARSE + 1, lambda: 1 + SPARSE, lambda: SPARSE + SPARSE, lambda: SPARSE * 2,
        lambda: SPARSE[0], lambda: len(SPARSE), lambda: list(SPARSE),
    ],
)  # fmt: skip
def test_it_is_no_tensor(wrong):
    with pytest.raises(TypeError, match="IndexedSlices"):
        wrong()


def test_nest():
    parts = tf.nest.flatten(WHOLE, expand_composites=True)
    assert [p.numpy().tolist() for p in parts] == [[1, 2, 3], [1, 2, 1], [4]]
    more = tf.nest.map_structure(lambda x: x + 1, SPARSE, expand_composites=True)
    assert more.indices.numpy().tolist() == [2, 3, 2]


def test_spec():
    spec = tf.IndexedSlicesSpec([3, 2])
    assert repr(spec) == (
        "IndexedSlicesSpec(TensorShape([3, 2]), tf.float32, tf.int64, None, TensorShape([None]))"
    )
    assert spec.value_type is tf.IndexedSlices and spec == tf.IndexedSlicesSpec([3, 2])
    assert hash(spec) == hash(tf.IndexedSlicesSpec([3, 2])) and spec != tf.IndexedSlicesSpec([3, 3])
    assert WHOLE._type_spec.is_compatible_with(WHOLE)
    assert tf.IndexedSlicesSpec([4], indices_dtype=tf.int32).is_compatible_with(SPARSE)
    assert not tf.IndexedSlicesSpec([4]).is_compatible_with(SPARSE)
