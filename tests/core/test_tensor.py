"""Tensors towards Python and NumPy: text, numbers, arrays, copies."""

import copy
import pickle

import numpy as np
import pytest

import headrace as tf

X = tf.constant([1.0, 2.0, 3.0])
ONE = tf.constant(1.0)


@pytest.mark.parametrize(
    ["tensor", "text", "short"],
    [
        (tf.constant(1), "numpy=1>", "tf.Tensor(1, shape=(), dtype=int32)"),
        (tf.constant(0.1), "numpy=0.10000000149011612>", "tf.Tensor(0.1, shape=(), dtype=float32)"),
        (tf.constant(True), "numpy=True>", "tf.Tensor(True, shape=(), dtype=bool)"),
        (tf.constant(1 + 2j), "numpy=(1+2j)>", "tf.Tensor((1+2j), shape=(), dtype=complex128)"),
        (
            tf.constant("é"),
            r"numpy=b'\xc3\xa9'>",
            r"tf.Tensor(b'\xc3\xa9', shape=(), dtype=string)",
        ),
        (
            X,
            "numpy=array([1., 2., 3.], dtype=float32)>",
            "tf.Tensor([1. 2. 3.], shape=(3,), dtype=float32)",
        ),
        (
            tf.constant([[1], [2]]),
            "numpy=\narray([[1],\n       [2]], dtype=int32)>",
            "tf.Tensor(\n[[1]\n [2]], shape=(2, 1), dtype=int32)",
        ),
        (
            tf.zeros([0, 2]),
            "numpy=array([], shape=(0, 2), dtype=float32)>",
            "tf.Tensor([], shape=(0, 2), dtype=float32)",
        ),
    ],
)
def test_text(tensor, text, short):
    head = f"<tf.Tensor: shape={tuple(tensor.shape)}, dtype={tensor.dtype.name}, "
    assert repr(tensor) == head + text
    assert str(tensor) == short


def test_numpy_is_a_copy_and_an_array_is_a_view_that_cannot_be_written_to():
    X.numpy()[0] = 100.0
    assert X.numpy()[0] == 1.0
    assert not np.asarray(X).flags.writeable
    assert np.array(X).flags.writeable
    assert np.array(X, np.float64).dtype == np.float64


def test_scalars_are_numpys():
    assert type(ONE.numpy()) is np.float32
    assert tf.constant("a").numpy() == b"a"
    assert type(tf.constant(1).numpy()) is np.int32


def test_numpy_gives_way_in_operators_and_takes_tensors_in_functions():
    assert isinstance(np.ones(3) + X, tf.Tensor)
    assert (np.ones(3) + X).dtype is tf.float32
    assert isinstance(np.square(X), np.ndarray)


def test_numbers():
    assert (int(ONE), float(ONE), complex(ONE), bool(ONE)) == (1, 1.0, 1 + 0j, True)
    assert [10, 20][tf.constant(1)] == 20
    assert f"{ONE:.2f}" == "1.00"
    assert float(tf.constant("5")) == 5.0


@pytest.mark.parametrize(
    ["call", "kind", "text"],
    [
        (lambda: int(X), TypeError, "only 0-dimensional arrays"),
        (lambda: bool(X), ValueError, "truth value of an array with more than one element"),
        (lambda: [1][ONE], AttributeError, "__index__"),
        (lambda: len(ONE), TypeError, "Scalar tensor has no"),
        (lambda: list(ONE), TypeError, "Cannot iterate over a scalar tensor"),
        (lambda: hash(X), TypeError, "Tensor is unhashable"),
        (lambda: X.name, AttributeError, "Tensor.name is undefined when eager execution"),
        (lambda: X.op, AttributeError, "Tensor.op is undefined when eager execution"),
        (lambda: X.reshape, AttributeError, "numpy-related methods"),
        (lambda: X.foo, AttributeError, "has no attribute 'foo'"),
        (lambda: X.eval(), NotImplementedError, "eval is not supported"),
        (lambda: X.set_shape([4]), ValueError, "not compatible"),
    ],
)
def test_what_a_tensor_refuses(call, kind, text):
    with pytest.raises(kind, match=text):
        call()


def test_iteration_and_length():
    assert [float(x) for x in X] == [1.0, 2.0, 3.0]
    assert len(tf.zeros([2, 3])) == 2


def test_references_are_keys():
    assert {X.ref(): "x"}[X.ref()] == "x"
    assert X.ref().deref() is X
    assert X.ref() != tf.constant([1.0, 2.0, 3.0]).ref()


@pytest.mark.parametrize("tensor", [X, tf.constant(["a", "b"]), tf.constant(1, tf.bfloat16)])
def test_copies(tensor):
    for other in (copy.copy(tensor), copy.deepcopy(tensor), pickle.loads(pickle.dumps(tensor))):
        assert other is not tensor
        assert other.dtype is tensor.dtype
        np.testing.assert_array_equal(other.numpy(), tensor.numpy())


def test_dlpack():
    np.testing.assert_array_equal(np.from_dlpack(X), X.numpy())
    capsule = tf.experimental.dlpack.to_dlpack(X)
    np.testing.assert_array_equal(tf.experimental.dlpack.from_dlpack(capsule).numpy(), X.numpy())


def test_a_small_slice_does_not_keep_a_large_tensor():
    large = tf.zeros([1000, 10])
    assert large[3]._array.base is None
    assert large[1:]._array.base is not None


def test_indexed_slices():
    slices = tf.IndexedSlices(X, tf.constant([0, 2, 0]), tf.constant([4]))
    assert slices.shape == [4]
    assert tf.convert_to_tensor(slices).numpy().tolist() == [4.0, 0.0, 2.0, 0.0]
    assert (-slices).values.numpy().tolist() == [-1.0, -2.0, -3.0]
    with pytest.raises(ValueError, match="without dense_shape"):
        tf.convert_to_tensor(tf.IndexedSlices(X, tf.constant([0, 1, 2])))
