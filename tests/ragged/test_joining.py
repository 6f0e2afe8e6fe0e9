"""Ragged tensors put together, repeated, cut and turned: as TensorFlow does it, and as lists do."""

from itertools import chain

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import headrace as tf
from tests.ragged.answers import answer_of, recorded


def ragged(rows, dtype=tf.int64):
    return tf.RaggedTensor.from_row_lengths(
        tf.constant([n for row in rows for n in row], tf.int32),
        tf.constant([len(row) for row in rows], dtype),
    )


@st.composite
def alike(draw):
    """Several lists of as many rows."""
    count = draw(st.integers(0, 4))
    rows = st.lists(st.lists(st.integers(-9, 9), max_size=3), min_size=count, max_size=count)
    return draw(st.lists(rows, min_size=1, max_size=3))


@pytest.mark.parametrize(("source", "answer"), recorded("joining"))
def test_answers_as_tensorflow(source, answer):
    assert answer_of(source) == answer


@given(alike(), st.sampled_from([tf.int32, tf.int64]))
@settings(deadline=None, max_examples=50)
def test_joins_as_lists_are_joined(inputs, dtype):
    given_ = [ragged(rows, dtype) for rows in inputs]
    meeting = list(zip(*inputs, strict=True))
    assert tf.concat(given_, 0).to_list() == [row for rows in inputs for row in rows]
    assert tf.concat(given_, 1).to_list() == [list(chain(*rows)) for rows in meeting]
    assert tf.stack(given_, 0).to_list() == inputs
    assert tf.stack(given_, 1).to_list() == [list(rows) for rows in meeting]
    assert tf.concat(given_, 1).row_splits.dtype is dtype


@given(alike(), st.integers(0, 3), st.integers(0, 3))
@settings(deadline=None, max_examples=40)
def test_tiles_and_reverses_as_lists_do(inputs, outer, inner):
    (rows, *_) = inputs
    x = ragged(rows)
    assert tf.tile(x, [outer, inner]).to_list() == [row * inner for row in rows] * outer
    assert tf.reverse(x, [0, 1]).to_list() == [row[::-1] for row in rows[::-1]]


@given(alike())
@settings(deadline=None, max_examples=30)
def test_parts_put_together_are_the_whole(inputs):
    (rows, *_) = inputs
    x = ragged(rows)
    if rows:
        assert tf.concat(tf.split(x, len(rows)), 0).to_list() == rows
        assert tf.concat(tf.split(x, [1, len(rows) - 1]), 0).to_list() == rows
    for axis in range(3):
        assert tf.squeeze(tf.expand_dims(x, axis), axis).to_list() == rows


@pytest.mark.parametrize("axis", [0, 1, 2])
def test_gradients_of_a_stack_are_those_of_its_parts(axis):
    x = tf.constant([1.0, 2.0, 3.0])
    weights = tf.constant([1.0, 2.0, 3.0, 4.0, 5.0, 6.0])
    with tf.GradientTape() as tape:
        tape.watch(x)
        one = tf.RaggedTensor.from_row_lengths(x, [2, 0, 1])
        flat = tf.reshape(tf.stack([one, one], axis).flat_values, [-1])
        loss = tf.reduce_sum(flat * weights)
    gradient = tf.convert_to_tensor(tape.gradient(loss, x)).numpy()
    places = {0: [(0, 3), (1, 4), (2, 5)], 1: [(0, 2), (1, 3), (4, 5)], 2: [(0, 1), (2, 3), (4, 5)]}
    assert gradient.tolist() == [float(weights[a] + weights[b]) for a, b in places[axis]]


def test_joins_what_a_function_is_given():
    spec = tf.RaggedTensorSpec([None, None], tf.int32)

    @tf.function(input_signature=[spec, spec])
    def joined(x, y):
        return tf.concat([x, y], 1), tf.stack([x, y], 1), tf.tile(x, [2, 1])

    concat, stack, tile = joined(ragged([[1], [2, 3]]), ragged([[], [4]]))
    assert concat.to_list() == [[1], [2, 3, 4]]
    assert stack.to_list() == [[[1], []], [[2, 3], [4]]]
    assert tile.to_list() == [[1], [2, 3]] * 2


def test_stacked_matrices_are_ragged_in_their_rows_too():
    both = tf.ragged.stack([tf.ones([2, 3]), tf.ones([3, 2])])
    assert both.to_list() == [[[1.0] * 3] * 2, [[1.0] * 2] * 3]
    assert (both.shape.as_list(), both.ragged_rank) == ([2, None, None], 2)
    boxes = tf.ragged.stack([tf.ones([2, 3, 4]), tf.ones([1, 3, 4])])
    assert (boxes.shape.as_list(), boxes.ragged_rank) == ([2, None, None, 4], 2)
    with pytest.raises(tf.errors.InvalidArgumentError, match=r"\[6,4\] vs. shape\[1\] = \[3,5\]"):
        tf.ragged.stack([tf.ones([2, 3, 4]), tf.ones([1, 3, 5])])


def test_a_stack_of_one_is_ragged():
    assert tf.ragged.stack([tf.ones([2])]).shape.as_list() == [1, None]
    assert tf.ragged.stack([tf.ragged.constant([[1], []])]).shape.as_list() == [1, None, None]


def test_the_gradient_of_a_gather_is_slices():
    values = tf.constant([1.0, 2, 3])
    with tf.GradientTape() as tape:
        tape.watch(values)
        rows = tf.gather(tf.RaggedTensor.from_row_lengths(values, [2, 0, 1]), [0, 0])
    found = tape.gradient(rows, values)
    assert found.indices.numpy().tolist() == [0, 1, 0, 1]
    assert tf.convert_to_tensor(found).numpy().tolist() == [2.0, 2, 0]


def test_repeated_elements():
    deep = tf.ragged.constant([[[1, 5], [2, 3]], []], ragged_rank=1)
    assert tf.repeat(deep, 2).numpy().tolist() == [1, 1, 5, 5, 2, 2, 3, 3]
    flat = tf.ragged.constant([[1, 2], [], [3]])
    assert tf.repeat(flat, [1, 2, 3]).numpy().tolist() == [1, 2, 2, 3, 3, 3]
    with pytest.raises(ValueError, match="RaggedTensor"):
        tf.repeat(flat, 2, axis=0)
