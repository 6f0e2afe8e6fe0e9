"""Assertions about messages and errors, and gradients by differences.

Read next: headrace/_src/testing/messages.py, headrace/_src/testing/gradient_checker.py.
"""

import numpy as np
import pytest

import headrace as tf


class Case(tf.test.TestCase):
    """A case to call methods of."""

    def runTest(self):
        """Nothing: the tests below call what they test."""


case = Case()
EXAMPLE = 'features { feature { key: "a" value { float_list { value: [1, 2] } } } }'


def example(*values):
    feature = tf.train.Feature(float_list=tf.train.FloatList(value=values))
    return tf.train.Example(features=tf.train.Features(feature={"a": feature}))


def test_messages():
    case.assertProtoEquals(EXAMPLE, example(1, 2))
    case.assertProtoEquals(example(float("nan")), example(float("nan")))
    case.assertProtoEquals(example(1.0), example(1.001), relative_tolerance=0.01)
    graph = tf.Graph().as_graph_def()
    case.assertProtoEqualsVersion("", graph)


@pytest.mark.parametrize(
    "expected, message, piece",
    [
        (EXAMPLE, example(1, 3), r"value\[1\]: 2.0 expected, 3.0 found"),
        (EXAMPLE, example(1), "2 expected, 1 found"),
        (tf.train.Example(), example(1), "features: not expected"),
        (3, example(1), "Can't compare protos"),
        (tf.train.Features(), example(1), "Can't compare protos"),
    ],
)
def test_messages_that_differ(expected, message, piece):
    with pytest.raises(AssertionError, match=piece):
        case.assertProtoEquals(expected, message)


def error(text):
    return tf.errors.InvalidArgumentError(None, None, text)


@pytest.mark.parametrize(
    "block, raised",
    [
        (case.assertRaisesOpError("foo"), error("a foo")),
        (case.assertRaisesOpError(lambda e: "foo" in e.message), error("a foo")),
        (case.assertRaisesWithPredicateMatch((KeyError, ValueError), "foo"), ValueError("foo")),
        (case.assertRaisesIncompatibleShapesError(), error("Incompatible shapes: [2] vs. [3]")),
        (case.assertRaisesIncompatibleShapesError(), error("required broadcastable shapes")),
        (case.assertRaisesRegexp(ValueError, "fo+"), ValueError("foo")),
    ],
)
def test_errors_that_match(block, raised):
    with block:
        raise raised


@pytest.mark.parametrize(
    "block, raised, piece",
    [
        (lambda: case.assertRaisesOpError("foo"), error("bar"), "InvalidArgumentError.*bar"),
        (lambda: case.assertRaisesOpError("foo"), ValueError("foo"), "ValueError.*foo"),
        (lambda: case.assertRaisesOpError("foo"), None, "OpError not raised"),
        (
            lambda: case.assertRaisesWithPredicateMatch((KeyError, ValueError), "foo"),
            None,
            "KeyError or ValueError not raised",
        ),
        (lambda: case.assertRaisesIncompatibleShapesError(), error("foo"), "foo"),
    ],
)
def test_errors_that_do_not_match(block, raised, piece):
    with pytest.raises(AssertionError, match=piece), block():
        if raised is not None:
            raise raised


# As TensorFlow answers.
@pytest.mark.parametrize(
    "f, x, expected",
    [
        (tf.square, [3.0, 4.0], [[6, 0], [0, 8]]),
        (lambda x: x * x, np.array([1 + 2j], np.complex64), [[2, -4], [4, 2]]),
        (tf.math.real, np.array([1 + 2j], np.complex64), [[1, 0]]),
        (tf.round, [1.0, 2.0], [[0, 0], [0, 0]]),
        (lambda x: tf.gather(x, [0]), [1.0, 2.0], [[1, 0]]),
        (lambda x: tf.constant(2.0), [1.0, 2.0], [[0, 0]]),
        (tf.reduce_sum, np.zeros([0, 3], np.float32), np.zeros([1, 0])),
    ],
)
def test_gradients(f, x, expected):
    (theoretical,), (numerical,) = tf.test.compute_gradient(f, [x])
    np.testing.assert_allclose(theoretical, expected)
    np.testing.assert_allclose(numerical, expected, atol=2e-3)
    assert theoretical.dtype == numerical.dtype == np.float32


def test_gradients_of_several_arguments():
    both = tf.test.compute_gradient(lambda x, y: x * y, [np.ones(2), np.full(2, 3.0)], delta=0.5)
    for first, second in both:
        np.testing.assert_allclose(first, 3 * np.eye(2))
        np.testing.assert_allclose(second, np.eye(2))


def test_gradients_of_what_has_none():
    with pytest.raises(ValueError, match="list or tuple"):
        tf.test.compute_gradient(tf.square, 3.0)
    with pytest.raises(AssertionError, match="int32 of argument 0"):
        tf.test.compute_gradient(tf.square, [[1, 2]])
