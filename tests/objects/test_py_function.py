"""py_function and numpy_function in eager mode.

Read next: headrace/_src/objects/py_function.py.
"""

import numpy as np
import pytest

import headrace as tf

X = tf.constant([1.0, 2.0, 3.0])


def raising(error):
    def function(x):
        raise error

    return function


def test_results():
    assert tf.py_function(lambda x: x + 1, [X], tf.float32).numpy().tolist() == [2, 3, 4]
    (one,) = tf.py_function(lambda x: x, [X], [tf.float32])
    assert one.numpy().tolist() == [1, 2, 3]
    two = tf.py_function(lambda x: (x, 5), [X], [tf.float32, tf.int64])
    assert [t.dtype for t in two] == [tf.float32, tf.int64]
    assert tf.py_function(lambda x: None, [X], []) == []
    assert tf.py_function(lambda: np.array([1, 2]), [], tf.float32).dtype == tf.float32
    assert tf.py_function(lambda x: x, [X], tf.TensorSpec([3])).shape == [3]


def test_decorator():
    @tf.py_function(Tout=tf.float32)
    def double(x):
        return 2 * x

    assert double(X).numpy().tolist() == [2, 4, 6]


@pytest.mark.parametrize(
    ("error", "exception"),
    [
        (ValueError("v"), tf.errors.InvalidArgumentError),
        (TypeError("v"), tf.errors.InvalidArgumentError),
        (StopIteration("v"), tf.errors.OutOfRangeError),
        (MemoryError("v"), tf.errors.ResourceExhaustedError),
        (NotImplementedError("v"), tf.errors.UnimplementedError),
        (ZeroDivisionError("v"), tf.errors.UnknownError),
        (KeyError("v"), tf.errors.UnknownError),
        (tf.errors.NotFoundError(None, None, "v"), tf.errors.UnknownError),
    ],
)
def test_errors(error, exception):
    with pytest.raises(exception, match=f"EagerPyFunc_Tin_1_Tout_1_.* {type(error).__name__}: "):
        tf.py_function(raising(error), [X], tf.float32)


@pytest.mark.parametrize(
    ("answer", "dtypes", "match"),
    [
        ("a", tf.float32, "TypeError: Cannot convert 'a' to EagerTensor of dtype float"),
        (5.5, tf.int64, "TypeError: Cannot convert 5.5"),
        (X, tf.int32, "ValueError: Tensor conversion requested dtype int32"),
        (None, tf.float32, "returns 0 values, but expects to see 1 values"),
        ([1, 2], [tf.int32] * 3, "returns 2 values, but expects to see 3 values"),
    ],
)
def test_wrong_answers(answer, dtypes, match):
    with pytest.raises(tf.errors.InvalidArgumentError, match=match):
        tf.py_function(lambda x: answer, [X], dtypes)


def test_a_variable_is_no_answer():
    with pytest.raises(tf.errors.UnknownError, match="Attempting to return a variable"):
        tf.py_function(lambda x: tf.Variable(x), [X], tf.float32)


def test_missing_arguments():
    with pytest.raises(TypeError, match="Missing required argument: 'Tout'"):
        tf.py_function(lambda x: x, [X])
    with pytest.raises(TypeError, match="Missing argument `inp`"):
        tf.py_function(lambda x: x, Tout=tf.float32)
    with pytest.raises(TypeError, match="Don't set the `inp` argument"):
        tf.numpy_function(inp=[X], Tout=tf.float32)


def test_gradient():
    v = tf.Variable(3.0)
    with tf.GradientTape(persistent=True) as tape:
        tape.watch(X)
        y = tf.py_function(lambda x: x * x * v, [X], tf.float32)
        y, same = tf.py_function(lambda x: [x * x, x], [y], [tf.float32] * 2)
    # d/dx (3 x^2)^2 = 36 x^3, and d/dx 3 x^2 = 6 x
    assert tape.gradient(y, X).numpy().tolist() == [36, 288, 972]
    assert tape.gradient(same, X).numpy().tolist() == [6, 12, 18]
    assert tape.gradient(y, v) is None


def test_numpy_function():
    kinds = []
    result = tf.numpy_function(lambda x: kinds.append(type(x)) or x + 1, [1.0], tf.float32)
    assert kinds == [np.ndarray] and result.numpy() == 2
    assert tf.numpy_function(lambda x: x.astype(np.float64), [X], tf.float32).dtype == tf.float64
    assert len(tf.numpy_function(lambda x: (x, x), [X], [tf.float32] * 2)) == 2
    assert tf.numpy_function(lambda x: None, [X], []) is None
    with pytest.raises(ZeroDivisionError, match="division by zero"):
        tf.numpy_function(lambda x: 1 / 0, [X], tf.float32)
    with tf.GradientTape() as tape:
        tape.watch(X)
        y = tf.numpy_function(lambda x: x * 2, [X], tf.float32)
    assert tape.gradient(y, X) is None
