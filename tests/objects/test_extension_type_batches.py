"""Batchable extension types, and maps over rows of what consists of tensors."""

import typing

import numpy as np
import pytest

import headrace as tf


class Box(tf.experimental.BatchableExtensionType):
    size: tf.Tensor
    weight: tf.Tensor
    label: str = "box"


class Mixed(tf.experimental.BatchableExtensionType):
    sparse: tf.SparseTensor
    ragged: tf.RaggedTensor
    many: typing.Tuple[tf.Tensor, ...]  # noqa: UP006


class Single(tf.experimental.ExtensionType):
    x: tf.Tensor


def boxes():
    return Box([[1, 2], [3, 4]], [1.0, 2.0])


def mixed():
    return Mixed(
        tf.sparse.from_dense([[0.0, 1.0], [2.0, 3.0]]),
        tf.ragged.constant([[1, 2], [3]]),
        ([5, 6],),
    )


MODES = [lambda f: f, tf.function]


@pytest.fixture(params=MODES, ids=["eager", "function"])
def mode(request):
    return request.param


def test_specs_of_batches():
    spec = boxes()._type_spec
    assert repr(spec._batch(3)) == (
        "Box.Spec(size=TensorSpec(shape=(3, 2, 2), dtype=tf.int32, name=None), "
        "weight=TensorSpec(shape=(3, 2), dtype=tf.float32, name=None), label='box')"
    )
    assert spec._batch(None)._unbatch() == spec
    with pytest.raises(ValueError, match="only supported for rank >= 1"):
        Box.Spec(tf.TensorSpec([]), tf.TensorSpec([]), "box")._unbatch()
    assert mixed()._type_spec._batch(2)._unbatch() == mixed()._type_spec


def test_the_encoder():
    encoder = tf.experimental.ExtensionTypeBatchEncoder()
    spec = boxes()._type_spec
    assert encoder.batch(spec, 4) == spec._batch(4)
    assert encoder.unbatch(spec) == spec._unbatch()
    assert encoder.encoding_specs(spec) == (
        tf.TensorSpec([2, 2], tf.int32),
        tf.TensorSpec([2], tf.float32),
    )
    assert encoder.decode(spec, encoder.encode(spec, boxes())) == boxes()

    class AsItIs(tf.experimental.ExtensionTypeBatchEncoder):
        def batch(self, spec, batch_size):
            return spec

    class Odd(tf.experimental.BatchableExtensionType):
        __batch_encoder__ = AsItIs()
        x: tf.Tensor

    assert Odd(1)._type_spec._batch(4) == Odd(1)._type_spec


def test_rows_of_a_type(mode):
    sums = mode(
        lambda x: tf.map_fn(lambda b: tf.reduce_sum(b.size), x, fn_output_signature=tf.int32)
    )
    np.testing.assert_array_equal(sums(boxes()), [3, 7])
    grown = mode(lambda x: tf.map_fn(lambda b: Box(b.size + 1, b.weight), x))
    assert grown(boxes()) == Box([[2, 3], [4, 5]], [1.0, 2.0])
    spec = Box.Spec(tf.TensorSpec([], tf.int32), tf.TensorSpec([]), "box")
    made = mode(lambda n: tf.map_fn(lambda i: Box(i, 3.0), tf.range(n), fn_output_signature=spec))
    assert made(tf.constant(3)) == Box([0, 1, 2], [3.0] * 3)


def test_rows_of_mixed_parts(mode):
    total = mode(
        lambda x: tf.map_fn(
            lambda m: (
                tf.cast(tf.reduce_sum(m.ragged), tf.float32)
                + tf.sparse.reduce_sum(m.sparse)
                + tf.cast(m.many[0], tf.float32)
            ),
            x,
            fn_output_signature=tf.float32,
        )
    )
    np.testing.assert_array_equal(total(mixed()), [9, 14])


def test_rows_of_ragged_tensors(mode):
    x = tf.ragged.constant([[1, 2], [], [3]])
    doubled = mode(lambda x: tf.map_fn(lambda row: row * 2, x))(x)
    assert doubled.to_list() == [[2, 4], [], [6]]
    spec = tf.RaggedTensorSpec([None], tf.int32)
    ranges = mode(lambda n: tf.map_fn(tf.range, n, fn_output_signature=spec))
    assert ranges(tf.constant([1, 3, 0])).to_list() == [[0], [0, 1, 2], []]
    deep = tf.ragged.constant([[[1, 2]], [[3], [4, 5]]])
    inner = mode(lambda x: tf.map_fn(lambda row: row + 1, x))(deep)
    assert inner.to_list() == [[[2, 3]], [[4], [5, 6]]]


def test_rows_of_sparse_tensors(mode):
    x = tf.sparse.from_dense([[1, 0], [3, 4]])
    tripled = mode(lambda x: tf.map_fn(lambda row: row.with_values(row.values * 3), x))(x)
    np.testing.assert_array_equal(tf.sparse.to_dense(tripled), [[3, 0], [9, 12]])
    spec = tf.SparseTensorSpec([None], tf.float32)
    units = mode(
        lambda n: tf.map_fn(
            lambda i: tf.sparse.from_dense(tf.one_hot(i, 4)), n, fn_output_signature=spec
        )
    )
    np.testing.assert_array_equal(
        tf.sparse.to_dense(units(tf.constant([1, 3]))), [[0, 1, 0, 0], [0, 0, 0, 1]]
    )


def test_rows_of_several(mode):
    both = mode(
        lambda n, r: tf.map_fn(
            lambda pair: pair[0] + tf.reduce_sum(pair[1]), (n, r), fn_output_signature=tf.int32
        )
    )
    rows = tf.ragged.constant([[1, 2], [3]])
    np.testing.assert_array_equal(both(tf.constant([1, 2]), rows), [4, 5])
    with pytest.raises(ValueError, match="Dimensions 3 and 2 are not compatible"):
        tf.map_fn(lambda p: p[0], (tf.constant([1, 2, 3]), rows), fn_output_signature=tf.int32)


def test_what_map_fn_refuses():
    with pytest.raises(TypeError, match=r"map_fn can not generate Single.Spec\(x=.*\) outputs"):
        tf.map_fn(Single, tf.constant([1.0]), fn_output_signature=Single.Spec(tf.TensorSpec([])))
    with pytest.raises(TypeError, match=r"map_fn can not consume Single.Spec.* inputs: got Single"):
        tf.map_fn(lambda s: s.x, Single([1.0]), fn_output_signature=tf.float32)
    with pytest.raises(
        ValueError, match=r"Error in map_fn:\n  Expected `fn` to return a:\n    Box"
    ):
        tf.map_fn(lambda b: b.size, boxes(), fn_output_signature=boxes()._type_spec._unbatch())


def test_vectorized_map(mode):
    grown = mode(lambda x: tf.vectorized_map(lambda b: Box(b.size + 1, b.weight), x))
    assert grown(boxes()) == Box([[2, 3], [4, 5]], [1.0, 2.0])
    with pytest.raises(NotImplementedError, match="does not take or make a RaggedTensor"):
        tf.vectorized_map(lambda x: x, tf.ragged.constant([[1], [2, 3]]))
