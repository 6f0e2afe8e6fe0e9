"""tf.ragged.constant and its like: which lists nest, what they become, what is refused.

Read next: headrace/_src/ragged/constant.py.
"""

import numpy as np
import pytest

import headrace as tf

ragged = tf.ragged.constant
DEPTH = "all scalar values must have the same nesting depth"


@pytest.mark.parametrize(
    ("given", "options", "shape", "dtype"),
    [
        ([[1, 2], [3]], {}, [2, None], "int32"),
        ([[], []], {}, [2, None], "float32"),
        ([], {"ragged_rank": 1}, [0, None], "float32"),
        ([], {"ragged_rank": 2}, [0, None, None], "float32"),
        ([[1, 2], [3.5]], {}, [2, None], "float32"),
        ([["a"], [b"b"]], {}, [2, None], "string"),
        ([[1]], {"dtype": "float64"}, [1, None], "float64"),
        ([[2**40]], {}, [1, None], "int64"),
        ([np.array([1, 2]), np.array([3])], {}, [2, None], "int32"),
        ([np.zeros((2, 3)), np.zeros((1, 3))], {}, [2, None, None], "float64"),
        ([(1, 2), range(3)], {}, [2, None], "int32"),
        ([[[1, 2]], [[3, 4]]], {"inner_shape": (2,)}, [2, None, 2], "int32"),
        ([[[1, 2]], [[3, 4]]], {"ragged_rank": 1}, [2, None, 2], "int32"),
        ([[[1, 2]], []], {"ragged_rank": 1}, [2, None, 2], "int32"),
        ([[[], []]], {"ragged_rank": 1}, [1, None, 0], "float32"),
    ],
)
def test_what_lists_become(given, options, shape, dtype):
    x = ragged(given, **options)
    assert isinstance(x, tf.RaggedTensor)
    assert (x.shape.as_list(), x.dtype.name, x.row_splits.dtype) == (shape, dtype, tf.int64)


def test_what_is_not_ragged():
    for given, options in (([1, 2], {}), (3, {}), ([], {}), ([[1, 2], [3, 4]], {"ragged_rank": 0})):
        assert isinstance(ragged(given, **options), tf.Tensor)


@pytest.mark.parametrize(
    ("given", "options", "raises", "match"),
    [
        ([1, [2]], {}, ValueError, DEPTH),
        ([[1], 2], {}, ValueError, DEPTH),
        ([[1, [2]]], {}, ValueError, DEPTH),
        ([[1], [[2]]], {}, ValueError, DEPTH),
        (3, {"ragged_rank": 1}, ValueError, "Invalid pylist=3: incompatible with ragged_rank=1"),
        (3, {"inner_shape": (2,)}, ValueError, r"incompatible with dim\(inner_shape\)=1"),
        ([[1]], {"ragged_rank": 2}, ValueError, "requires scalar value depth greater than 2"),
        ([[1]], {"ragged_rank": 3}, ValueError, "max depth smaller than ragged_rank=3"),
        ([[1]], {"ragged_rank": -1}, ValueError, "Invalid ragged_rank=-1: must be nonnegative"),
        ([[[1, 2]], [[3]]], {"ragged_rank": 1}, ValueError, "inner values have inconsistent shape"),
        ([[[1, 2]]], {"inner_shape": (3,)}, TypeError, "unsupported shape"),
        ([[1.5]], {"dtype": "int32"}, TypeError, "Cannot convert"),
        ([[1, "a"]], {}, ValueError, "mixed types"),
        ([[None]], {}, ValueError, "unsupported type"),
        ([[1]], {"row_splits_dtype": "float32"}, ValueError, "must have dtype int32 or int64"),
        ([[[1]], [[2]]], {"inner_shape": (1,), "ragged_rank": 2}, ValueError, "incompatible with"),
    ],
)  # fmt: skip
def test_what_is_refused(given, options, raises, match):
    with pytest.raises(raises, match=match):
        ragged(given, **options)


def test_in_a_function():
    @tf.function
    def f():
        return ragged([[1, 2], [3]], row_splits_dtype=tf.int32)

    assert f().to_list() == [[1, 2], [3]]
    assert f().row_splits.dtype == tf.int32


def test_values_of_numpy():
    value = tf.compat.v1.ragged.constant_value
    assert repr(value([[1, 2], [3]])) == (
        "tf.RaggedTensorValue(values=array([1, 2, 3]), row_splits=array([0, 2, 3]))"
    )
    assert value([[1]], dtype=tf.float32, row_splits_dtype="int32").row_splits.dtype == np.int32
    assert value([[[1, 2]], [[3, 4]]], inner_shape=(2,)).values.tolist() == [[1, 2], [3, 4]]
    assert value(3) == 3
    with pytest.raises(ValueError, match=DEPTH):
        value([1, [2]])
