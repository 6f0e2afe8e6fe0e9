"""Assertions about arrays: what passes, what fails, and what a failure shows.

Read next: headrace/_src/testing/arrays.py.
"""

from collections import namedtuple

import numpy as np
import pytest

import headrace as tf


class Case(tf.test.TestCase):
    """A case to call methods of."""

    def runTest(self):
        """Nothing: the tests below call what they test."""


case = Case()
Pair = namedtuple("Pair", "x y")
HALF = np.float16
NARROW = tf.bfloat16.as_numpy_dtype


def ragged(rows):
    class Rows:
        def to_list(self):
            return rows

    return Rows()


PASS = [
    (case.assertAllClose, [1.0, 2.0], tf.constant([1.0, 2.0])),
    (case.assertAllClose, [np.nan, np.inf], [np.nan, np.inf]),
    (case.assertAllClose, {"a": [1.0]}, {"a": tf.Variable([1.0])}),
    (case.assertAllClose, [np.ones(2), np.ones(3)], [np.ones(2), np.ones(3)]),
    (case.assertAllClose, Pair(1.0, [2.0]), Pair(1.0, [2.0])),
    (case.assertAllClose, [[tf.ones(2)], (1.0,)], [[tf.ones(2)], (1.0,)]),
    (case.assertAllClose, 1, 1.0000001),
    (case.assertAllClose, ragged([[1.0], [2.0, 3.0]]), [[1.0], [2.0, 3.0]]),
    (case.assertNotAllClose, [1.0], [2.0]),
    (case.assertNotAllClose, [1.0], [1.0, 2.0]),
    (case.assertAllCloseAccordingToType, np.array([1], HALF), np.array([1.002], np.float32)),
    (case.assertAllCloseAccordingToType, [tf.ones([], tf.bfloat16)], np.array([1.009])),
    (case.assertAllEqual, tf.constant(["a", "b"]), ["a", b"b"]),
    (case.assertAllEqual, [1.0, np.nan], [1.0, np.nan]),
    (case.assertAllEqual, tf.SparseTensor([[1]], [5], [3]), [0, 5, 0]),
    (case.assertAllEqual, ragged([[1], [2, 3]]), [[1], [2, 3]]),
    (case.assertAllEqual, {"a": 1}, {"a": 1}),
    (case.assertNotAllEqual, [1, 2], [1, 3]),
    (case.assertNotAllEqual, [1, 2], [[1, 2]]),
    (case.assertAllGreaterEqual, [5, 6], 5),
    (case.assertAllLess, tf.constant([5, 6]), 7),
    (case.assertAllInRange, [1.0, 2, 3], 1, 3),
    (case.assertAllInRange, tf.constant([1, 2], tf.bfloat16), 1, 2),
    (case.assertAllInSet, [1, 2, 2], {1, 2}),
    (case.assertArrayNear, [1.0, 2.0], tf.constant([1.0, 2.005]), 0.01),
    (case.assertNDArrayNear, np.zeros(2), np.full(2, 0.005), 0.01),
    (case.assertNear, np.inf, np.inf, 0.1),
    (case.assertShapeEqual, np.ones(2), tf.zeros([2])),
    (case.assertDTypeEqual, [1, 2], np.int64),
    (case.assertDTypeEqual, tf.ones(2, tf.bfloat16), tf.bfloat16),
    (case.assertDTypeEqual, np.ones(2), tf.float64),
    (case.assertDeviceEqual, "cpu:0", "/device:CPU:0"),
    (case.assertStartsWith, "abc", "a"),
    (case.assertItemsEqual, [1, 2], [2, 1]),
    (case.assertDictEqual, {"a": np.ones(2), "b": "x"}, {"a": tf.ones(2), "b": "x"}),
    (case.assertDictEqual, {"a": {"b": np.ones(2)}}, {"a": {"b": np.ones(2)}}),
]

# What fails, and pieces of what TensorFlow says then too.
FAIL = [
    (case.assertAllClose, [1.0, 2.0], [1.0, 2.1], "where = (array([1]),)", "dif = [0.1]"),
    (case.assertAllClose, [1.0, 2.0], [1.0, 2.1], "tol = [3.1e-06]", "shape = (2,)"),
    (case.assertAllClose, [1.0], [1.0, 2.0], "Shape mismatch: expected (1,), got (2,)"),
    (case.assertAllClose, {"a": [1.0]}, {"a": [2.0]}, "a[a] is different from b[a]"),
    (case.assertAllClose, {"a": 1.0}, {"b": 1.0}, "mismatched keys"),
    (case.assertAllClose, [[1.0], [2.0, 3.0]], [[1.0], [2.0, 3.1]], "a[1] is different"),
    (case.assertAllClose, [[1.0], [2.0, 3.0]], [[1.0]], "Mismatched length"),
    (case.assertAllClose, Pair(1.0, 2.0), Pair(1.0, 3.0), "a[y] is different"),
    (case.assertAllClose, np.array([1], HALF), np.array([1.1], HALF), "float16"),
    (case.assertAllClose, np.array([1], NARROW), np.array([1.1], NARROW), "bfloat16"),
    (case.assertAllClose, [np.nan], [1.0], "not close where"),
    (case.assertAllClose, [np.inf, 1.0], [-np.inf, 1.0], "where = (array([0]),)"),
    (case.assertAllClose, tf.constant([1.0]), 1.5, "Shape mismatch"),
    (case.assertNotAllClose, [1.0], [1.0], "close at all elements"),
    (case.assertAllCloseAccordingToType, np.array([1.0]), np.array([1.01], "f4"), "rtol=1e-06"),
    (case.assertAllEqual, [1, 2], [1, 3], "not equal where = (array([1]),)", "array([3])"),
    (case.assertAllEqual, [1, 2], [[1, 2]], "Shape mismatch: expected (2,), got (1, 2)"),
    (case.assertAllEqual, tf.constant(["a", "b"]), ["a", "c"], "b'c'"),
    (case.assertAllEqual, 1, 2, "not equal lhs = array(1)"),
    (case.assertAllEqual, [True, False], [True, True], "array([ True])"),
    (case.assertAllEqual, {"a": 1}, {"a": 2}, "{'a': 2}"),
    (case.assertAllEqual, ragged([[1], [2, 3]]), [[1], [2, 4]], "[2, 4]"),
    (case.assertNotAllEqual, [1, 2], [1, 2], "equal at all elements"),
    (case.assertAllGreater, [1.0, 2.0], 2.0, "not greater than 2.0"),
    (case.assertAllGreaterEqual, [1.0, 2.0], 2.0, "not greater than or equal to 2.0"),
    (case.assertAllLess, [1.0, 2.0], 2.0, "not less than 2.0"),
    (case.assertAllLessEqual, [1.0, 3.0], 2.0, "not less than or equal to 2.0"),
    (case.assertAllInRange, [1, 2, 3], 1, 2, "1 of the 3 element(s)", "[2] : 3"),
    (case.assertAllInRange, [1.0, np.nan], 1, 2, "are NaN", "[1] : nan"),
    (case.assertAllInRange, [True], 1, 2, "ordered numeric type"),
    (case.assertAllInRange, np.zeros(50), 1, 2, "50 of the 50", "..."),
    (case.assertAllInSet, [1, 2, 3], [1, 2], "1 unique element(s)", "[3]"),
    (case.assertArrayNear, [1.0, 2.0], [1.0, 2.1], 0.01, "2.000000 != 2.100000 +/- 0.010000"),
    (case.assertArrayNear, [1.0], [1.0, 2.0], 0.01, "1 != 2"),
    (case.assertNDArrayNear, np.zeros(2), np.full(2, 0.009), 0.01, "not true"),
    (case.assertNear, np.nan, np.nan, 0.1, "nan != nan"),
    (case.assertShapeEqual, np.ones(2), tf.ones([3]), "not equal lhs = array([2])"),
    (case.assertDTypeEqual, np.ones(2), tf.float32, "dtype('float64') != tf.float32"),
    (case.assertDeviceEqual, "/job:a", "/device:CPU:0", "/job:a and /device:CPU:0"),
    (case.assertStartsWith, "abc", "b", "'abc' does not start with 'b'"),
    (case.assertDictEqual, {"a": 1}, {"b": 1}, "Expected, but missing", "['b']"),
    (case.assertDictEqual, {"a": np.ones(2)}, {"a": tf.zeros(2)}, "not close"),
    (case.assertDictEqual, {"a": "x"}, {"a": "y"}, "not equal"),
]


@pytest.mark.parametrize("row", PASS, ids=lambda row: row[0].__name__)
def test_passes(row):
    method, *arguments = row
    method(*arguments)


@pytest.mark.parametrize("row", FAIL, ids=lambda row: row[0].__name__)
def test_fails(row):
    method, *rest = row
    count = 3 if "Near" in method.__name__ or "Range" in method.__name__ else 2
    with pytest.raises(AssertionError) as caught:
        method(*rest[:count])
    for piece in rest[count:]:
        assert piece in str(caught.value)


def test_the_bounds_of_a_range_may_be_open():
    for bound in ("lower", "upper"):
        with pytest.raises(AssertionError, match="outside the range"):
            case.assertAllInRange([1.0, 2.0, 3.0], 1, 3, **{f"open_{bound}_bound": True})


def test_what_cannot_be_compared():
    with pytest.raises(ValueError, match="non-dict"):
        case.assertAllClose({"a": 1.0}, [1.0])
    with pytest.raises(TypeError, match="a\\[0\\] has <class 'str'>"):
        case.assertAllClose(["a"], ["a"])
    with pytest.raises(TypeError, match="NoneType"):
        case.assertAllClose(None, 1)
    with pytest.raises(TypeError, match="input_a must be"):
        case.assertShapeEqual([1], np.ones(1))


@pytest.mark.parametrize("method", [case.assertAllClose, case.assertAllEqual])
def test_the_message_is_shown(method):
    with pytest.raises(AssertionError, match="the reason"):
        method([1.0], [2.0], msg="the reason")


def test_symbolic_shapes_are_compared():
    with tf.Graph().as_default():
        case.assertShapeEqual(np.ones([2, 3]), tf.ones([2, 3]) + 1.0)
