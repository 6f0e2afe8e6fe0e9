"""py_function and numpy_function, in eager mode and in a function.

Read next: headrace/_src/objects/py_function.py.
"""

import threading

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


# ---- in a function


def derivatives(f, x, order=3):
    """f(x) and its first derivatives, by nested tapes."""
    if not order:
        return [f(x)]
    with tf.GradientTape() as tape:
        tape.watch(x)
        found = derivatives(f, x, order - 1)
    return [*found, tape.gradient(found[-1], x)]


def cubed(x):
    return tf.py_function(lambda a: a * a * a, [x], tf.float32)


def looped(x):
    for _ in tf.range(3):
        x = tf.py_function(lambda a: a * a, [x], tf.float32)
        x.set_shape([])
    return x


def branched(x):
    return tf.cond(x > 0, lambda: cubed(x), lambda: x)


@pytest.mark.parametrize(
    ("f", "wanted"),
    [
        (cubed, [8, 12, 12, 6]),
        (tf.function(cubed), [8, 12, 12, 6]),
        (tf.function(lambda x: tf.function(cubed)(x) * 1.0), [8, 12, 12, 6]),
        (tf.function(branched), [8, 12, 12, 6]),
        (tf.function(looped), [256, 1024, 3584, 10752]),
    ],
)
def test_derivatives_through_a_python_function(f, wanted):
    x = tf.constant(2.0)
    assert [float(y) for y in derivatives(f, x)] == wanted
    inside = tf.function(lambda x: derivatives(f, x))
    assert [float(y) for y in inside(x)] == wanted


def test_what_a_function_knows_of_it():
    kinds, shapes = [], []

    @tf.function
    def f(x):
        y = tf.py_function(lambda t: kinds.append(type(t).__name__) or t, [x], tf.float32)
        z = tf.numpy_function(lambda a: kinds.append(type(a).__name__) or a, [x], [tf.float32])
        tf.py_function(lambda t: kinds.append(tf.executing_eagerly()), [x], [])
        shapes.extend([y.shape.rank, z.shape.rank])
        return y + z

    assert f(X).numpy().tolist() == [2.0, 4.0, 6.0]
    assert kinds == ["EagerTensor", "ndarray", True] and shapes == [None, None]


def test_calls_stand_in_the_order_of_the_program():
    v, seen = tf.Variable(1.0), []

    @tf.function
    def f(x):
        tf.py_function(lambda t: seen.append(float(t)), [v], [])
        v.assign_add(x)
        tf.numpy_function(lambda t: seen.append(float(t)), [v], [])
        tf.numpy_function(lambda t: seen.append(0.0), [v], [], stateful=False)

    f(tf.constant(2.0))
    assert seen == [1.0, 3.0]


def test_it_may_call_the_function_that_it_is_in():
    @tf.function
    def f(x):
        return tf.py_function(lambda t: f(t - 1) + 1 if t > 0 else t, [x], tf.int32)

    assert [int(f(tf.constant(n))) for n in range(4)] == [0, 1, 2, 3]


def test_two_threads_are_inside_at_one_time():
    both, found = threading.Barrier(2, timeout=60), []

    def wait(t):
        if t > 0:
            both.wait()
        return t

    f = tf.function(lambda x: tf.py_function(wait, [x], tf.int32))
    f(tf.constant(0))
    threads = [
        threading.Thread(target=lambda: found.append(int(f(tf.constant(1))))) for _ in range(2)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert found == [1, 1]


@pytest.mark.parametrize(
    ("function", "error", "text"),
    [
        (raising(ValueError("bad")), tf.errors.InvalidArgumentError, "ValueError: bad"),
        (raising(KeyError("k")), tf.errors.UnknownError, "KeyError: 'k'"),
        (raising(StopIteration()), tf.errors.OutOfRangeError, "StopIteration: "),
        (raising(NotImplementedError()), tf.errors.UnimplementedError, "NotImplementedError"),
        (lambda x: None, tf.errors.InvalidArgumentError, "returns 0 values, but expects to see 1"),
    ],
)
@pytest.mark.parametrize("call", [tf.py_function, tf.numpy_function])
def test_errors_in_a_function(call, function, error, text):
    f = tf.function(lambda x: call(function, [x], tf.float32))
    with pytest.raises(error, match=text) as caught:
        f(X)
    assert caught.value.message.startswith("{{function_node __inference_<lambda>_")
    assert "[[{{node " in caught.value.message


def test_wrong_results_in_a_function():
    f = tf.function(lambda x: tf.numpy_function(lambda a: a.astype("f8"), [x], tf.float32))
    with pytest.raises(tf.errors.InvalidArgumentError, match="is double, but expects float"):
        f(X)
    f = tf.function(lambda x: tf.py_function(lambda t: tf.cast(t, tf.int32), [x], tf.float32))
    with pytest.raises(tf.errors.InvalidArgumentError, match="ValueError: Tensor conversion"):
        f(X)


def test_an_array_may_be_written_to():
    def double(a):
        a *= 2
        return a

    f = tf.function(lambda x: tf.numpy_function(double, [x], tf.float32))
    assert f(X).numpy().tolist() == [2.0, 4.0, 6.0] and X.numpy().tolist() == [1.0, 2.0, 3.0]


def test_a_ragged_result_must_be_promised():
    rows = tf.ragged.constant([[1, 2], [], [3]])
    with pytest.raises(
        tf.errors.InvalidArgumentError, match=r"Tout=\[tf.int32\].*\n.*not a Tensor"
    ):
        tf.py_function(lambda x: x * 2, [rows], tf.int32)
    doubled = tf.py_function(lambda x: x * 2, [rows], tf.RaggedTensorSpec([None, None], tf.int32))
    assert doubled.to_list() == [[2, 4], [], [6]]
