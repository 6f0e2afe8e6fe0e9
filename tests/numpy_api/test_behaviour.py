"""What `experimental_enable_numpy_behavior` gives tensors: methods, indexing, operators; and when.

Read next: test_promotion.py, for the dtypes.
"""

import numpy as np
import pytest

import headrace as tf
from tests.numpy_api.conftest import enable

ARRAY = np.arange(24.0, dtype=np.float32).reshape(2, 3, 4)

KEYS = [
    np.s_[1],
    np.s_[-1, ..., 0],
    np.s_[:, None, 1:],
    np.s_[::-1],
    np.s_[:, ::-2, None],
    np.s_[[0, 1]],
    np.s_[[-1]],
    np.s_[np.array([1, 0])],
    np.s_[np.array([[0, 1], [1, 0]])],
    np.s_[[0, 1], [1, 2]],
    np.s_[:, [0, 2]],
    np.s_[:, [0, 2], 1],
    np.s_[[0, 1], :, [1, 2]],
    np.s_[[[0], [1]], :, [1, 2]],
    np.s_[:, [[0], [1]], [1, 2]],
    np.s_[..., [0, 1]],
    np.s_[[0], ..., [1]],
    np.s_[..., [0, 1], None],
    np.s_[0, [-1, 0]],
    np.s_[[0, 1], 1],
    np.s_[[0, 1], None, [1, 2]],
    np.s_[np.newaxis, [0]],
    np.s_[1:, [0, 2], 1:3],
    np.s_[:, :, np.array([0, 1], np.uint8)],
    np.s_[np.array([], int)],
    np.s_[[True, False]],
    np.s_[:, [True, False, True]],
    np.s_[[True, False], [0]],
    np.s_[ARRAY > 3],
    np.s_[np.array([True, False]), 1],
    np.s_[np.int64(1)],
]


@pytest.mark.parametrize("key", KEYS, ids=str)
def test_indexing(key, enabled):
    x = tf.constant(ARRAY)
    reference = ARRAY[key]
    for result in (x[key], tf.function(lambda x: x[key])(x)):
        np.testing.assert_array_equal(result, reference)
    of_unknown_size = tf.function(
        lambda x: x[key], input_signature=[tf.TensorSpec([None, None, None])]
    )
    np.testing.assert_array_equal(of_unknown_size(x), reference)


def test_indexing_by_tensors(enabled):
    x = tf.constant(ARRAY)
    places = tf.constant([1, 0])
    np.testing.assert_array_equal(x[places], ARRAY[[1, 0]])
    np.testing.assert_array_equal(x[tf.constant(1)], ARRAY[1])
    np.testing.assert_array_equal(x[tf.constant(1), places], ARRAY[1, [1, 0]])
    np.testing.assert_array_equal(x[x > 20], ARRAY[ARRAY > 20])
    np.testing.assert_array_equal(x[..., tf.constant([True, False, False, True])], ARRAY[..., ::3])
    np.testing.assert_array_equal(tf.function(lambda x, i: x[:, i])(x, places), ARRAY[:, [1, 0]])


def test_an_integer_beside_positions_goes_first(enabled):
    # NumPy counts it as one of them, and its answer is transposed.
    x = tf.constant(ARRAY)
    np.testing.assert_array_equal(x[0, :, [1, 2, 0]], ARRAY[0][:, [1, 2, 0]])


def test_the_gradient_of_indexing(enabled):
    x = tf.constant(ARRAY)
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = tf.reduce_sum(x[[0, 1, 1], :, [0, 2, 2]] * tf.constant([[1.0], [2.0], [3.0]]))
    wanted = np.zeros_like(ARRAY)
    wanted[0, :, 0], wanted[1, :, 2] = 1, 5
    np.testing.assert_array_equal(tape.gradient(y, x), wanted)


@pytest.mark.parametrize(
    ("key", "error"),
    [
        ([5], tf.errors.InvalidArgumentError),
        ([-3], tf.errors.InvalidArgumentError),
        (([0, 1], [0, 1, 2]), tf.errors.InvalidArgumentError),
        (([0], [0], [0], [0]), tf.errors.InvalidArgumentError),
        ((..., ..., [0]), tf.errors.InvalidArgumentError),
        (2, tf.errors.InvalidArgumentError),
        (True, ValueError),
        (1.0, IndexError),
        ("a", IndexError),
        ([], IndexError),
        ([1.5], IndexError),
        (np.array([True, False, True]), ValueError),
    ],
    ids=str,
)
def test_indexing_refused(key, error, enabled):
    with pytest.raises(error):
        tf.constant(ARRAY)[key]


METHODS = """
x.T
x.data
x.size
x.ravel()
x.flatten()
x.flatten("F")
x.reshape(4, 6)
x.reshape((4, -1))
x.reshape(-1)
x.reshape([6, 4], order="F")
x.transpose()
x.transpose((0, 2, 1))
x.clip(2, 5)
x.max()
x.max(axis=0)
x.min(axis=(0, 1), keepdims=True)
x.mean()
x.mean(axis=1)
x.astype("int64")
x.astype(np.float64)
x.astype(bool)
+x
round(x)
""".strip().splitlines()


@pytest.mark.parametrize("line", METHODS)
def test_methods(line, enabled):
    reference = (
        ARRAY
        if line == "x.data"
        else eval(line.replace("round(x)", "x.round()"), {"x": ARRAY, "np": np})
    )
    x = tf.constant(ARRAY)
    for result in (
        eval(line, {"x": x, "np": np}),
        tf.function(lambda x: tf.convert_to_tensor(eval(line, {"x": x, "np": np})))(x),
    ):
        result = np.asarray(result)
        assert result.dtype == np.asarray(reference).dtype
        np.testing.assert_allclose(result, reference, rtol=1e-6)


def test_lists(enabled):
    assert tf.constant([[1, 2]]).tolist() == [[1, 2]]
    with pytest.raises(ValueError, match="tolist"):
        tf.function(lambda x: x.tolist())(tf.constant(1))


def test_methods_refused(enabled):
    with pytest.raises(ValueError, match="foo"):
        tf.constant([1, 2]).reshape(2, foo=1)
    for name in ("sum", "all", "copy", "dot", "squeeze", "item"):
        assert not hasattr(tf.constant([1]), name)
    assert not hasattr(tf.Variable([1]), "T")


v, x = [1, 2, 3, 4], np.arange(4.0, dtype=np.float32)
OPERATORS = """
v / 2
v / 2.0
v // 2.0
v % 2.5
v ** 0.5
v ** 2
2 ** v
2.5 * v
2.5 - v
v | np.int64(1)
v & 1
v @ v
v @ [1.0, 2, 3, 4]
v < 2.5
v == 1.0
v != [1, 0, 3, 0]
(v > 1) + 1
(v > 1) * 2.5
v * 1j
v + x
x - v
v + np.ones(4)
np.ones(4) + v
np.ones(4) * x
np.float32(2) * v
x * np.float64(2)
x * 2.5
x * 2
v + (1.5, 2, 3, 4)
abs(-v)
""".strip().splitlines()


@pytest.mark.parametrize("line", OPERATORS)
def test_operators(line, enabled):
    arrays = {"v": np.array(v, np.int32), "x": x}
    reference = np.asarray(eval(line, {"np": np, **arrays}))
    tensors = [tf.constant(array) for array in arrays.values()]

    def function(v, x):
        return eval(line, {"np": np, "v": v, "x": x})

    for result in (function(*tensors), tf.function(function)(*tensors)):
        assert result.dtype == reference.dtype
        np.testing.assert_allclose(result, reference, rtol=1e-6)


def test_operators_of_variables(enabled):
    variable = tf.Variable([1, 2])
    assert (variable * 2.5).dtype == (2.5 * variable).dtype == tf.float64
    assert (tf.constant([1.0, 2.0]) + variable).dtype == tf.float64
    assert (variable + tf.Variable([1.0, 2.0])).numpy().tolist() == [2.0, 4.0]


def test_what_stays_as_it_is(enabled):
    one = tf.constant([1])
    assert (one == None) is False  # noqa: E711  what a tensor answers
    assert (tf.constant(["a"]) + "b").numpy().tolist() == [b"ab"]
    assert bool(tf.constant([1, 2]) == tf.constant([1, 2, 3])) is False
    with pytest.raises(tf.errors.InvalidArgumentError):
        tf.add(one, 1.5)
    with pytest.raises(tf.errors.InvalidArgumentError):
        tf.constant([1, 2]) ** -1
    with pytest.raises((TypeError, ValueError)):
        one + None
    with pytest.raises(tf.errors.InvalidArgumentError):
        one + "a"


def test_gradients_go_through_promotion(enabled):
    x = tf.constant([1.0, 2.0])
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = tf.reduce_sum(x * np.array([3.0, 4.0]) + tf.constant([1, 2]))
    slope = tape.gradient(y, x)
    assert slope.dtype == tf.float32
    assert slope.numpy().tolist() == [3.0, 4.0]


def test_off_leaves_methods_alone(enabled):
    enabled(dtype_conversion_mode="off")
    assert tf.constant([[1, 2]]).T.shape == (2, 1)
    with pytest.raises(tf.errors.InvalidArgumentError):
        tf.constant([1]) + tf.constant([1.0])
    enabled()
    assert (tf.constant([1]) + tf.constant([1.0])).dtype == tf.float64


def test_nothing_before_it_is_asked_for():
    with pytest.raises(AttributeError, match="experimental_enable_numpy_behavior"):
        tf.constant([1]).T  # noqa: B018
    with pytest.raises(tf.errors.InvalidArgumentError):
        tf.constant([1]) + tf.constant([1.0])


def test_modes():
    with pytest.raises(ValueError, match="bogus"):
        enable(dtype_conversion_mode="bogus")
    for mode in ("safe", "all"):
        with pytest.raises(NotImplementedError, match=mode):
            enable(dtype_conversion_mode=mode)
