"""Assertions: when they are silent, what they raise, and every line of what they say.

The texts are those of TensorFlow 2.21.

Read next: headrace/_src/ops/debugging.py.
"""

import numpy as np
import pytest

import headrace as tf

F = tf.constant([1.0, 2.0, 3.0])
NAN, INF = float("nan"), float("inf")
check = tf.debugging


def said(function, *args, raises=tf.errors.InvalidArgumentError, **kwargs):
    with pytest.raises(raises) as caught:
        function(*args, **kwargs)
    return str(caught.value)


@pytest.mark.parametrize(
    "silent",
    [
        lambda: check.Assert(True, ["x"]),
        lambda: check.assert_equal([1, 2], [1, 2]),
        lambda: check.assert_equal(F, F),
        lambda: check.assert_equal([], []),
        lambda: check.assert_none_equal(F, 5.0),
        lambda: check.assert_less(F, 4.0),
        lambda: check.assert_less_equal(F, 3.0),
        lambda: check.assert_greater(F, 0.0),
        lambda: check.assert_greater_equal(F, 1.0),
        lambda: check.assert_near(F, F + 1e-7),
        lambda: check.assert_near(F, F + 0.05, atol=0.1),
        lambda: check.assert_near(tf.constant(1, tf.float16), 1.01),
        lambda: check.assert_positive(F),
        lambda: check.assert_negative(-F),
        lambda: check.assert_non_negative([0.0]),
        lambda: check.assert_non_positive([0.0]),
        lambda: check.assert_type(F, tf.float32),
        lambda: check.assert_integer(1),
        lambda: check.assert_rank(F, 1),
        lambda: check.assert_rank_at_least(F, 1),
        lambda: check.assert_rank_in(F, (0, 1)),
        lambda: check.assert_scalar(1.0),
        lambda: check.assert_proper_iterable([F]),
    ],
)
def test_silent(silent):
    assert silent() is None


def test_assert():
    assert said(check.Assert, False, ["x", F]) == (
        "Expected 'False' to be true. Summarized data: b'x'\n1.0, 2.0, 3.0"
    )
    assert said(check.Assert, tf.constant(False), [tf.range(100)], summarize=2) == (
        "Expected 'tf.Tensor(False, shape=(), dtype=bool)' to be true. Summarized data: 0, 1, ..."
    )
    assert said(check.Assert, False, F, raises=TypeError) == "values must be a sequence."


def test_comparison():
    assert said(check.assert_equal, F, F + 1, message="hello") == (
        "hello\nCondition x == y did not hold.\n"
        "Indices of first 3 different values:\n[[0]\n [1]\n [2]]\n"
        "Corresponding x values:\n[1. 2. 3.]\nCorresponding y values:\n[2. 3. 4.]\n"
        "First 3 elements of x:\n[1. 2. 3.]\nFirst 3 elements of y:\n[2. 3. 4.]"
    )
    assert said(check.assert_equal, [[1, 2], [3, 4]], [[1, 2], [3, 5]], summarize=1) == (
        "Condition x == y did not hold.\nIndices of first 1 different values:\n[[1 1]]\n"
        "Corresponding x values:\n[4]\nCorresponding y values:\n[5]\n"
        "First 1 elements of x:\n[1]\nFirst 1 elements of y:\n[1]"
    )
    assert said(check.assert_less, F, 2.0) == (
        "Condition x < y did not hold.\n"
        "First 3 elements of x:\n[1. 2. 3.]\nFirst 1 elements of y:\n[2.]"
    )
    assert said(check.assert_equal, 1, 2, summarize=0) == "Condition x == y did not hold."
    many = said(check.assert_equal, tf.range(9), tf.range(9) + 1, summarize=-1)
    assert "Indices of first 9 different values" in many


@pytest.mark.parametrize(
    ("function", "symbol"),
    [
        (check.assert_none_equal, "!="),
        (check.assert_less, "<"),
        (check.assert_greater, ">"),
    ],
)
def test_symbols(function, symbol):
    assert f"Condition x {symbol} y did not hold." in said(function, F, F)


def test_operands_that_do_not_go_together():
    assert "Incompatible shapes: [3] vs. [2]" in said(check.assert_equal, F, [1.0, 2.0])
    assert "expected to be a float tensor" in said(check.assert_equal, F, tf.constant([1, 2, 3]))
    assert "Attempt to convert" in said(check.assert_equal, F, None, raises=ValueError)


def test_signs():
    assert said(check.assert_positive, tf.range(100)) == (
        "\nCondition x > 0 did not hold element-wise:\n"
        "x (shape=(100,) dtype=int32) = \n['0', '1', '2', '...']"
    )
    assert said(check.assert_negative, 1.5, message="m") == (
        "m.  \nCondition x < 0 did not hold element-wise:\nx (shape=() dtype=float32) = \n1.5"
    )
    assert "x >= 0" in said(check.assert_non_negative, -1)
    assert "x <= 0 did not hold element-wise:x (" in said(check.assert_non_positive, 1)
    assert "Cannot convert 0" in said(check.assert_positive, "a", raises=TypeError)


def test_near():
    assert said(check.assert_near, F, F + 1, message="hey") == (
        "Expected 'tf.Tensor(False, shape=(), dtype=bool)' to be true. Summarized data: b'hey.  '\n"
        "b'x and y not equal to tolerance rtol = tf.Tensor(1.1920929e-06, shape=(), "
        "dtype=float32), atol = tf.Tensor(1.1920929e-06, shape=(), dtype=float32)'\n"
        "b'x (shape=(3,) dtype=float32) = '\n1.0, 2.0, 3.0\n"
        "b'y (shape=(3,) dtype=float32) = '\n2.0, 3.0, 4.0"
    )
    said(check.assert_near, NAN, NAN)
    assert "y: Tensor conversion" in said(
        check.assert_near, F, tf.constant([1, 2, 3]), raises=ValueError
    )
    assert "atol: Tensor conv" in said(
        check.assert_near, 1.0, 2.0, atol=tf.constant(1.0, tf.float64), raises=ValueError
    )
    assert "not inexact" in said(check.assert_near, 1, 2, raises=ValueError)


@pytest.mark.parametrize(
    ("values", "what"),
    [([NAN], "NaN"), ([INF], "Inf"), ([-INF], "Inf"), ([NAN, INF, 1.0], "Inf and NaN")],
)
@pytest.mark.parametrize("function", [check.check_numerics, check.assert_all_finite])
def test_numbers_that_are_none(function, values, what):
    text = said(function, values, "msg")
    assert "__wrapped__CheckNumerics_device_" in text and f" msg : Tensor had {what} values" in text


def test_check_numerics():
    assert check.check_numerics(F, "msg").numpy().tolist() == [1, 2, 3]
    assert "list of allowed values: bfloat16, half" in said(check.check_numerics, [1], "msg")
    assert "Expected string for argument 'message' not 5." in said(
        check.check_numerics, F, 5, raises=TypeError
    )


def test_check_numerics_checks_its_gradient():
    v = tf.Variable([1.0, 4.0])
    with tf.GradientTape() as tape:
        y = tf.sqrt(check.check_numerics(v, "msg"))
    assert tape.gradient(y, v).numpy().tolist() == [0.5, 0.25]
    v.assign([0.0, 1.0])
    with tf.GradientTape() as tape:
        y = tf.sqrt(check.check_numerics(v, "msg"))
    with pytest.raises(
        tf.errors.InvalidArgumentError, match=r"detected in gradient. b'msg' : Tens"
    ):
        tape.gradient(y, v)


# ---- without values ------------------------------------------------------------------------------


def test_types():
    assert said(check.assert_type, F, tf.int32, message="m", raises=TypeError) == (
        "m.  tensor must be of type tf.int32; got tf.float32"
    )
    assert said(check.assert_integer, True, raises=TypeError) == (
        "Expected \"x\" to be integer type.  Found: tensor of dtype <dtype: 'bool'>"
    )


def test_same_float_dtype():
    same = check.assert_same_float_dtype
    assert same() is tf.float32 and same([None, F]) is tf.float32
    assert same(None, tf.float64) is tf.float64
    assert said(same, [F, tf.constant(1)], raises=ValueError) == (
        "tf.Tensor(1, shape=(), dtype=int32), type=<dtype: 'int32'>, must be of the same type "
        "(<dtype: 'float32'>) as tf.Tensor([1. 2. 3.], shape=(3,), dtype=float32)."
    )
    assert said(same, [tf.constant(1)], raises=ValueError) == (
        "Expected floating point type, got <dtype: 'int32'>."
    )


def test_is_numeric_tensor():
    numeric = check.is_numeric_tensor
    assert numeric(F) and numeric(tf.constant(1j)) and numeric(tf.constant(1, tf.uint8))
    assert not any(map(numeric, (1.0, None, tf.Variable(1.0), tf.constant("a"), tf.constant(True))))


def test_ranks():
    assert said(check.assert_rank, F, 2, message="m", raises=ValueError) == (
        "m.  Tensor  must have rank 2.  Received rank 1, shape (3,)"
    )
    assert "must have rank at least 2.  R" in said(
        check.assert_rank_at_least, F, 2, raises=ValueError
    )
    assert "must have rank in (2, 3).  Rec" in said(
        check.assert_rank_in, F, (2, 3), raises=ValueError
    )
    assert said(check.assert_rank, F, [1], raises=ValueError) == "Rank must be a scalar."
    assert "must be of type tf.int32; got tf.f" in said(check.assert_rank, F, 1.5, raises=TypeError)
    assert said(check.assert_scalar, F, raises=ValueError) == (
        "Expected scalar shape, saw shape: (3,)."
    )


@pytest.mark.parametrize(
    "shapes",
    [
        [(F, [3])], [(F, ["N"]), ([1, 2, 3], ["N"])], [(F, None)], [(F, [None])], [(F, "N")],
        [(F, ["."])], [(F, [..., "N"])], [(1, ())], [(1, ("N",))], [],
        [(np.ones([2, 3]), ["N", "Q"]), (np.ones([3, 2]), ["Q", "N"])],
        {(1, 2): ["N"]}, [(np.ones([2, 3, 4]), ["*", "N"])], [(np.ones([2, 3]), ("2", "3"))],
    ],
)  # fmt: skip
def test_shapes(shapes):
    check.assert_shapes(shapes)


@pytest.mark.parametrize(
    ("shapes", "text"),
    [
        (
            [(F, ["N"]), ([1, 2], ["N"])],
            (
                "Specified by tensor shape=(3,) dtype=float32 dimension 0.  Tensor shape=(2,) "
                "dtype=int32 dimension 0 must have size 3.  Received size 2, shape (2,)"
            ),
        ),
        (
            [(F, [4])],
            (
                "Specified explicitly.  Tensor shape=(3,) dtype=float32 dimension 0 must have "
                "size 4.  "
                "Received size 3, shape (3,)"
            ),
        ),
        ([(F, ["N", "M"])], "Tensor  must have rank 2.  Received rank 1, shape (3,)"),
        ([(F, ["*", "N", "M"])], "Tensor  must have rank at least 2.  Received rank 1, shape (3,)"),
        (
            [(F, ["N", "*"])],
            (
                "Tensor shape=(3,) dtype=float32 specified shape index 1.  Symbol `...` or `*` "
                "for a "
                "variable number of unspecified dimensions is only allowed as the first entry"
            ),
        ),
        (
            [(F, 3)],
            (
                "Tensor shape=(3,) dtype=float32.  Specified shape must be an iterable.  An "
                "iterable "
                "has the attribute `__iter__` or `__getitem__`.  Received specified shape: 3"
            ),
        ),
    ],
)
def test_shapes_wrong(shapes, text):
    assert said(check.assert_shapes, shapes, message="m", raises=ValueError) == f"m.  {text}"


@pytest.mark.parametrize("value", [F, np.ones(2), "a", b"a", 5, None])
def test_proper_iterables(value):
    assert 'Expected argument "values" to be' in said(
        check.assert_proper_iterable, value, raises=TypeError
    )


# ---- the watch -----------------------------------------------------------------------------------


@pytest.fixture
def watch():
    check.enable_check_numerics()
    yield
    check.disable_check_numerics()


def test_watch(watch):
    text = said(tf.math.log, tf.constant([0.0, -1.0, 1.0]))
    assert text.endswith(
        '!!! Detected Infinity or NaN in output 0 of eagerly-executing op "Log" (# of outputs: 1) '
        "!!!\n  dtype: <dtype: 'float32'>\n  shape: (3,)\n  # of -Inf elements: 1\n"
        "  # of +NaN elements: 1\n\n  Input tensor: tf.Tensor([ 0. -1.  1.], shape=(3,), "
        "dtype=float32)\n\n : Tensor had -Inf and NaN values [Op:CheckNumericsV2] name: "
    )
    bad = tf.constant([NAN])
    tf.identity(bad), tf.reshape(bad, [1, 1]), tf.math.is_nan(bad)  # these only move it
    with pytest.raises(tf.errors.InvalidArgumentError, match='op "ReadVariableOp"'):
        tf.Variable(bad).read_value()


def test_watch_sees_gradients(watch):
    v = tf.Variable([0.0, 1.0])
    with tf.GradientTape() as tape:
        y = tf.sqrt(v)
    with pytest.raises(tf.errors.InvalidArgumentError, match='op "SqrtGrad"'):
        tape.gradient(y, v)


def test_watch_ends():
    check.enable_check_numerics()
    check.enable_check_numerics()
    check.disable_check_numerics()
    assert np.isnan(tf.math.log(-1.0).numpy())
    check.disable_check_numerics()
