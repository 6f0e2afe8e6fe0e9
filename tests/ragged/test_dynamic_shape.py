"""DynamicRaggedShape and broadcasting: as TensorFlow has them, and against dense broadcasting."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import headrace as tf
from tests.ragged.answers import answer_of, recorded

Shape = tf.experimental.DynamicRaggedShape


@pytest.mark.parametrize(("source", "answer"), recorded("dynamic_shape"))
def test_answers_as_tensorflow(source, answer):
    assert answer_of(source) == answer


@given(
    st.lists(st.integers(0, 3), min_size=1, max_size=4),
    st.sampled_from([(1, 1), (0, 1)]),
    st.sampled_from([tf.int32, tf.int64]),
)
@settings(deadline=None, max_examples=40)
def test_a_column_is_repeated_along_each_row(lengths, kind, dtype):
    rows = len(lengths) if kind[0] == 0 else 1
    column = np.arange(rows, dtype=np.int32).reshape(rows, 1)
    shape = Shape.from_lengths([len(lengths), tuple(lengths)], dtype=dtype)
    found = tf.broadcast_to(column, shape)
    assert found.to_list() == [[i % rows] * n for i, n in enumerate(lengths)]
    assert found.row_splits.dtype is dtype
    # Broadcasting with a shape that is contained changes nothing.
    both = tf.broadcast_dynamic_shape(shape, Shape.from_lengths([rows, 1], dtype=dtype))
    assert both.static_lengths() == shape.static_lengths()


@given(
    st.lists(st.integers(1, 3), min_size=1, max_size=3),
    st.lists(st.booleans(), min_size=3, max_size=3),
    st.lists(st.booleans(), min_size=3, max_size=3),
)
@settings(deadline=None, max_examples=40)
def test_uniform_partitions_broadcast_as_numpy_does(sizes, ones, others):
    x = [1 if one else n for n, one in zip(sizes, ones, strict=False)]
    y = [1 if one else n for n, one in zip(sizes, others, strict=False)]
    expected = list(np.broadcast_shapes(tuple(x), tuple(y)))
    a = Shape.from_lengths(x, num_row_partitions=len(x) - 1)
    found = tf.broadcast_dynamic_shape(a, Shape.from_lengths(y))
    assert found.static_lengths() == expected
    values = np.arange(np.prod(x)).reshape(x)
    wide = tf.broadcast_to(values, found)
    wide = wide.to_tensor() if isinstance(wide, tf.RaggedTensor) else wide
    assert (wide.numpy() == np.broadcast_to(values, expected)).all()


def test_a_shape_goes_through_a_function():
    spec = tf.type_spec_from_value(Shape.from_lengths([2, (1, 3), 3]))

    @tf.function(input_signature=[spec])
    def filled(shape):
        assert shape.static_lengths() == [2, None, 3]
        return shape, tf.fill(shape, 2.0), shape[0]

    shape, values, rows = filled(Shape.from_lengths([2, (1, 3), 3]))
    assert shape.static_lengths() == [2, (1, 3), 3]
    assert values.to_list() == [[[2.0] * 3], [[2.0] * 3] * 3]
    assert int(rows) == 2


def test_broadcasts_in_a_function_what_it_knows_nothing_of():
    specs = [tf.RaggedTensorSpec([None, None], tf.float32), tf.TensorSpec([None, None], tf.float32)]

    @tf.function(input_signature=specs)
    def add(x, y):
        shape = tf.broadcast_dynamic_shape(
            Shape.from_tensor(x), Shape.from_tensor(y, dtype=tf.int64)
        )
        return tf.broadcast_to(x, shape) + tf.broadcast_to(y, shape)

    x = tf.ragged.constant([[1.0, 2.0], [], [3.0]])
    assert add(x, [[10.0], [20.0], [30.0]]).to_list() == [[11.0, 12.0], [], [33.0]]
    assert add(x, [[10.0]]).to_list() == [[11.0, 12.0], [], [13.0]]
    with pytest.raises(tf.errors.InvalidArgumentError, match="did not hold"):
        add(x, [[10.0], [20.0]])


def test_gradients_of_a_broadcast_are_sums_over_rows():
    column = tf.constant([[1.0], [2.0], [3.0]])
    with tf.GradientTape() as tape:
        tape.watch(column)
        wide = tf.broadcast_to(column, Shape.from_lengths([3, (2, 0, 3)]))
        loss = tf.reduce_sum(wide.flat_values * [1.0, 2.0, 4.0, 8.0, 16.0])
    gradient = tf.convert_to_tensor(tape.gradient(loss, column))
    assert gradient.numpy().tolist() == [[3.0], [0.0], [28.0]]


def test_a_shape_has_no_hash_and_no_other_attributes():
    shape = Shape.from_lengths([2, 3])
    with pytest.raises(TypeError, match="unhashable"):
        hash(shape)
    with pytest.raises(AttributeError, match="colour"):
        shape.colour  # noqa: B018
