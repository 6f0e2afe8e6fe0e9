"""Assertions in a graph: what fails while tracing, what when the graph runs, and every word of it.

The texts are those of TensorFlow 2.21.

Read next: headrace/_src/ops/debugging.py, headrace/_src/ops/known_asserts.py.
"""

import numpy as np
import pytest

import headrace as tf
from tests.graphs import Traced, run

check = tf.debugging
A, B = np.int32([1, 2]), np.int32([1, 3])
UNKNOWN = None


def failing(function, *arrays, shape="known"):
    """Where and with which words the running graph fails."""
    with pytest.raises(tf.errors.InvalidArgumentError) as caught:
        run(function, *arrays, shape=shape)
    text = str(caught.value).partition("\n\nOriginal stack trace")[0]
    assert text.startswith("Graph execution error:\n\nDetected at node ")
    node = text.split("Detected at node ")[1].split(" ")[0]
    return f"{node}: {text.rpartition(chr(10) * 2)[2].partition(chr(10))[0]}"


EQUAL = "assertion failed: [Condition x == y did not hold element-wise:] [x (x0:0) = ] [1 2]"

AT_RUN_TIME = {
    "Assert/Assert: assertion failed: [1 2] [hello] [1 3]": lambda x, y: tf.Assert(
        tf.reduce_all(x > 5), [x, "hello", y]
    ),
    "A/AssertGuard/Assert: assertion failed: [a] [[1 2][3...]...] [1] [0.1 0.333333343]": (
        lambda x, y: tf.Assert(
            tf.reduce_all(x > 5),
            ["a", tf.constant([[1.0, 2.0], [3.0, 4.0]]), True, tf.constant([0.1, 1 / 3])],
            name="A",
        )
    ),
    "Assert/Assert: In[0] should be a scalar: [2]": lambda x, y: tf.Assert(x > 5, [x]),
    f"assert_equal_1/Assert/Assert: {EQUAL} [y (x1:0) = ] [1 3]": check.assert_equal,
    "n_1/Assert/Assert: assertion failed: [m] [Condition x == y did not hold element-wise:] "
    "[x (x0:0) = ] [1...] [y (x1:0) = ] [1...]": lambda x, y: check.assert_equal(
        x, y, message="m", summarize=1, name="n"
    ),
    "assert_none_equal/Assert/Assert: assertion failed: [Condition x != y did not hold "
    "element-wise:] [x (x0:0) = ] [1 2] [y (x0:0) = ] [1 2]": lambda x, y: check.assert_none_equal(
        x, x
    ),
    "assert_less/Assert/Assert: assertion failed: [Condition x < y did not hold element-wise:] "
    "[x (x1:0) = ] [1 3] [y (x0:0) = ] [1 2]": lambda x, y: check.assert_less(y, x),
    "assert_greater_equal/Assert/Assert: assertion failed: [Condition x >= y did not hold "
    "element-wise:] [x (x0:0) = ] [1 2] [y (x1:0) = ] [1 3]": check.assert_greater_equal,
    "assert_positive/assert_less/Assert/Assert: assertion failed: [neg!.  ] [Condition x > 0 did "
    "not hold element-wise:] [x (Neg:0) = ] [-1 -2]": lambda x, y: check.assert_positive(
        tf.negative(x), message="neg!"
    ),
    "assert_negative/assert_less/Assert/Assert: assertion failed: [] [Condition x < 0 did not hold "
    "element-wise:] [x (x0:0) = ] [1 2]": lambda x, y: check.assert_negative(x),
    "assert_non_positive/assert_less_equal/Assert/Assert: assertion failed: [] [Condition x <= 0 "
    "did not hold element-wise:x (x0:0) = ] [1 2]": lambda x, y: check.assert_non_positive(x),
    "CheckNumerics: hey : Tensor had Inf values": lambda x, y: check.check_numerics(
        tf.cast(x, tf.float32) / 0.0, "hey"
    ),
    "VerifyFinite/CheckNumerics: hey : Tensor had Inf values": lambda x, y: check.assert_all_finite(
        tf.cast(x, tf.float32) / 0.0, "hey"
    ),
}


@pytest.mark.parametrize("text", AT_RUN_TIME)
def test_at_run_time(text):
    assert failing(AT_RUN_TIME[text], A, B) == text


RANK = "[Received shape: ] [2]"

WITHOUT_RANK = {
    "assert_rank/Assert/Assert: assertion failed: [m.  ] [Tensor x0:0 must have rank] [2] "
    f"{RANK}": (lambda x, y: check.assert_rank(x, 2, message="m")),
    "assert_rank_at_least/Assert/Assert: assertion failed: [] [Tensor x0:0 must have rank at least]"
    f" [2] {RANK}": lambda x, y: check.assert_rank_at_least(x, 2),
    "assert_rank_in/Assert/Assert: assertion failed: [] [Tensor x0:0 must have rank in] [2] [3] "
    f"{RANK}": lambda x, y: check.assert_rank_in(x, [2, 3]),
    "assert_rank/Assert/Assert: assertion failed: [] [Tensor x0:0 must have rank] [3] "
    f"{RANK}": lambda x, y: check.assert_rank(x, y[1]),
    "assert_shapes/assert_rank/Assert/Assert: assertion failed: [] [Tensor x0:0 must have rank] [2]"
    f" {RANK}": lambda x, y: check.assert_shapes([(x, ("N", 2))]),
    "assert_shapes/Assert/Assert: assertion failed: [] [Specified explicitly] [Tensor x1:0 "
    f"dimension] [0] [must have size] [3] {RANK}": lambda x, y: check.assert_shapes(
        [(x, ("N",)), (y, (3,))]
    ),
    "assert_shapes/Assert/Assert: assertion failed: [] [Specified by tensor x0:0 dimension 0] "
    "[Tensor strided_slice:0 dimension] [0] [must have size] [2] [Received shape: ] [1]": (
        lambda x, y: check.assert_shapes([(x, ("N",)), (y[:1], ("N",))])
    ),
    "assert_shapes/Assert/Assert: assertion failed: [] [Specified explicitly] [Tensor x0:0 "
    f"dimension] [-1] [must have size] [3] {RANK}": lambda x, y: check.assert_shapes(
        [(x, ("*", 3))]
    ),
    "assert_shapes/Assert/Assert: assertion failed: [1 2]": lambda x, y: check.assert_shapes(
        [(x, (5,))], data=[x]
    ),
}


@pytest.mark.parametrize("text", WITHOUT_RANK)
def test_without_rank(text):
    assert failing(WITHOUT_RANK[text], A, B, shape=UNKNOWN) == text


WHILE_TRACING = [
    (
        lambda x: check.assert_equal(tf.constant([1, 2]), tf.constant([1, 3]), message="m"),
        (
            "m\nCondition x == y did not hold element-wise:\nx (Const:0) = \n[1 2]\n"
            "y (Const_1:0) = \n[1 3]"
        ),
    ),
    (
        lambda x: check.assert_equal(1, 2),
        (
            "Condition x == y did not hold element-wise:\nx (assert_equal_1/x:0) = \n1\n"
            "y (assert_equal_1/y:0) = \n2"
        ),
    ),
    (
        lambda x: check.assert_positive([1, -2], message="neg!"),
        "neg!.  \nCondition x > 0 did not hold element-wise:\nx (assert_positive/x:0) = \n[ 1 -2]",
    ),
    (
        lambda x: check.assert_rank(x, 2, message="m"),
        "m.  Tensor x0:0 must have rank 2.  Received rank 1, shape (2,)",
    ),
    (
        lambda x: check.assert_rank_in(x, [2, 3]),
        "Tensor x0:0 must have rank in (2, 3).  Received rank 1, shape (2,)",
    ),
    (lambda x: check.assert_scalar(x), "Expected scalar shape for x0:0, saw shape: (2,)."),
    (lambda x: check.assert_type(x, tf.float32), "x0:0 must be of type tf.float32; got tf.int32"),
    (
        lambda x: check.assert_integer(tf.cast(x, tf.float32)),
        "Expected \"x\" to be integer type.  Found: Cast:0 of dtype <dtype: 'float32'>",
    ),
    (
        lambda x: check.assert_shapes([(x, ("N",)), (x[:1], ("N",))]),
        (
            "Specified by tensor x0:0 dimension 0.  Tensor strided_slice:0 dimension 0 must have "
            "size 2.  Received size 1, shape (1,)"
        ),
    ),
]


@pytest.mark.parametrize(["function", "text"], WHILE_TRACING)
def test_while_tracing(function, text):
    kinds = (tf.errors.InvalidArgumentError, ValueError, TypeError)
    with pytest.raises(kinds) as caught:
        Traced(function, [(tf.int32, [2])])
    assert getattr(caught.value, "message", str(caught.value)) == text


def test_silent():
    """What holds leaves no check behind where it is known, and says nothing where it is not."""

    def function(x, y):
        assert check.assert_equal(x, x).type == "NoOp"
        assert check.assert_equal(1, 1).type == "NoOp"
        assert check.assert_rank(x, 1).type == "NoOp"
        assert check.assert_scalar(3) is None
        assert check.assert_positive(x).name == "assert_positive/assert_less/Assert/Assert"
        assert check.assert_less_equal(x, y).type == "Assert"
        check.assert_near(tf.cast(x, tf.float32), tf.cast(x, tf.float32))
        check.assert_shapes([(x, ("N",)), (y, ("N",))])
        return x

    assert run(function, A, B).tolist() == [1, 2]


FORMATS = [
    (np.arange(6).reshape(3, 2), 3, "[[0 1][2...]...]"),
    (np.arange(6).reshape(3, 2), 4, "[[0 1][2 3]...]"),
    (np.arange(6).reshape(3, 2), -1, "[[0 1][2 3][4 5]]"),
    (np.arange(8).reshape(2, 2, 2), 3, "[[[0 1][2...]]...]"),
    (np.arange(8).reshape(2, 2, 2), -1, "[[[0 1][2 3]][[4 5][6 7]]]"),
    (np.zeros((2, 0)), 3, "[]"),
    (np.float64(1 / 3), 3, "[0.33333333333333331]"),
    (np.float32(1e10), 3, "[1e+10]"),
    (np.float32(-0.0), 3, "[-0]"),
    (np.float16(0.1), 3, "[0.0999755859]"),
    (np.array([True, False]), 1, "[1...]"),
    (np.array([b"a b", b'q"x', b"\n"]), 3, '[a b q\\"x \\n]'),
]


@pytest.mark.parametrize(["array", "count", "text"], FORMATS)
def test_how_values_are_shown(array, count, text):
    def function(condition):
        tf.Assert(condition, [tf.constant(array)], summarize=count)

    assert failing(function, False).endswith(f"assertion failed: {text}")
