"""The laws of slicing: it means what NumPy's basic indexing does, and gradients go back.

Read next: headrace/_src/ops/slicing.py.
"""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, basic_indices

import headrace as tf
from headrace._src.core.shapes import TensorShape
from headrace._src.ops.slice_spec import key_of, spec_of
from headrace._src.ops.slicing import strided_slice_op

some_shape = array_shapes(min_dims=0, max_dims=4, min_side=0, max_side=4)


def numbered(shape):
    """0.0, 1.0, ...: a value that tells its place."""
    return np.arange(np.prod(shape, dtype=int), dtype=np.float64).reshape(shape)


@st.composite
def sliced(draw):
    """An array and a key that fits it."""
    array = numbered(draw(some_shape))
    key = draw(basic_indices(array.shape, allow_newaxis=True))
    return array, key


@given(sliced())
def test_a_slice_is_numpys(case):
    array, key = case
    found = tf.constant(array)[key]
    np.testing.assert_array_equal(found.numpy(), array[key])


@given(sliced())
def test_the_notation_of_graphs_says_the_same(case):
    array, key = case
    spec = spec_of(key if isinstance(key, tuple) else (key,))
    assert np.shares_memory(array, array[key_of(array.shape, *spec)]) or not array[key].size
    np.testing.assert_array_equal(array[key_of(array.shape, *spec)], array[key])


@given(sliced(), st.data())
def test_the_shape_is_told_as_far_as_it_is_known(case, data):
    array, key = case
    spec = spec_of(key if isinstance(key, tuple) else (key,))
    blurred = [data.draw(st.sampled_from([n, None])) for n in array.shape]
    given = tuple(tuple(part) for part in spec[:3])
    told = strided_slice_op.op.shape(TensorShape(blurred), *given, *spec[3:])
    assert told.is_compatible_with(np.shape(array[key]))
    exact = strided_slice_op.op.shape(TensorShape(array.shape), *given, *spec[3:])
    assert exact == np.shape(array[key])


@given(sliced())
def test_the_gradient_puts_back_what_was_taken(case):
    array, key = case
    x = tf.constant(array)
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = x[key]
    wanted = np.zeros_like(array)
    weight = numbered(np.shape(array[key])) + 1
    wanted[key] = weight
    found = tape.gradient(y, x, output_gradients=tf.constant(weight))
    np.testing.assert_array_equal(found.numpy(), wanted)


@given(some_shape, st.data())
def test_an_element_out_of_range_is_refused(shape, data):
    array = numbered((*shape, 2))
    axis = data.draw(st.integers(0, len(shape)))
    size = array.shape[axis]
    index = data.draw(st.sampled_from([size, size + 3, -size - 1]))
    with pytest.raises(tf.errors.InvalidArgumentError, match=f"of dimension {axis} out of bounds"):
        tf.constant(array)[(*(slice(None),) * axis, index)]
