"""The laws of broadcasting: values, shapes and refusals are NumPy's, and gradients the reverse.

Read next: headrace/_src/core/shape_rules.py, headrace/_src/engine/gradient.py.
"""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, mutually_broadcastable_shapes

import headrace as tf
from headrace._src.core.shape_rules import broadcast

some_shape = array_shapes(min_dims=0, max_dims=4, min_side=0, max_side=3)
fitting = mutually_broadcastable_shapes(num_shapes=2, max_dims=4, min_side=0, max_side=3)


def numbered(shape):
    """0.0, 1.0, ...: a value that tells its place."""
    return np.arange(np.prod(shape, dtype=int), dtype=np.float64).reshape(shape)


@given(fitting)
def test_a_sum_is_numpys(shapes):
    x, y = (numbered(shape) for shape in shapes.input_shapes)
    total = tf.add(x, y)
    assert total.shape == shapes.result_shape
    np.testing.assert_array_equal(total, x + y)


@given(some_shape, some_shape)
def test_what_numpy_refuses_is_refused(one, other):
    try:
        wanted = np.broadcast_shapes(one, other)
    except ValueError:
        with pytest.raises(tf.errors.InvalidArgumentError, match="Incompatible shapes"):
            tf.add(numbered(one), numbered(other))
    else:
        assert tf.add(numbered(one), numbered(other)).shape == wanted


@given(fitting, st.data())
def test_the_rule_promises_no_more_than_holds(shapes, data):
    """Whatever sizes are hidden from it, the rule's answer fits the truth."""
    truth = tf.TensorShape(shapes.result_shape)
    hidden = [
        [None if data.draw(st.booleans()) else size for size in shape]
        for shape in shapes.input_shapes
    ]
    told = broadcast(*(tf.TensorShape(shape) for shape in hidden))
    assert told.rank == truth.rank
    assert told.is_compatible_with(truth)
    assert broadcast(*(tf.TensorShape(shape) for shape in shapes.input_shapes)) == truth


@given(fitting)
def test_a_gradient_is_summed_over_what_was_repeated(shapes):
    x, y = (tf.constant(numbered(shape)) for shape in shapes.input_shapes)
    weights = numbered(shapes.result_shape)
    with tf.GradientTape() as tape:
        tape.watch([x, y])
        product = x * y
    dx, dy = tape.gradient(product, [x, y], weights)
    for gradient, one, other in ((dx, x, y), (dy, y, x)):
        assert gradient.shape == one.shape
        # The sum over the repeats, by the long way round: every element's share at its own place.
        wanted = np.zeros(one.shape)
        places = np.broadcast_to(np.arange(one.numpy().size).reshape(one.shape), weights.shape)
        np.add.at(wanted.reshape(-1), places.ravel(), (weights * other.numpy()).ravel())
        np.testing.assert_allclose(gradient, wanted)
