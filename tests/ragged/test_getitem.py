"""Keys of ragged tensors: as TensorFlow answers them, and as Python's lists do."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import headrace as tf
from tests.ragged.answers import answer_of, recorded

ROWS = st.lists(st.lists(st.integers(-9, 9), max_size=4), max_size=5)
BOUND = st.none() | st.integers(-6, 6)
SLICES = st.builds(slice, BOUND, BOUND, st.sampled_from([None, 1, 2, 3, -1, -2]))


def ragged(rows, dtype=tf.int64):
    return tf.RaggedTensor.from_row_lengths(
        tf.constant([n for row in rows for n in row], tf.int32),
        tf.constant([len(row) for row in rows], dtype),
    )


@pytest.mark.parametrize(("source", "answer"), recorded("getitem"))
def test_answers_as_tensorflow(source, answer):
    assert answer_of(source) == answer


@given(ROWS, SLICES, SLICES, st.sampled_from([tf.int32, tf.int64]))
@settings(deadline=None, max_examples=60)
def test_slices_are_those_of_lists(rows, outer, inner, dtype):
    found = ragged(rows, dtype)[outer, inner]
    assert found.to_list() == [row[inner] for row in rows[outer]]
    assert found.row_splits.dtype is dtype


@given(st.lists(ROWS, min_size=1, max_size=3), SLICES, SLICES)
@settings(deadline=None, max_examples=40)
def test_slices_two_dimensions_in_are_those_of_lists(rows, middle, inner):
    lengths = [len(row) for row in rows]
    x = tf.RaggedTensor.from_row_lengths(ragged([r for row in rows for r in row]), lengths)
    assert x[:, middle, inner].to_list() == [[r[inner] for r in row[middle]] for row in rows]


@given(ROWS)
@settings(deadline=None, max_examples=30)
def test_iteration_gives_the_rows(rows):
    assert [row.numpy().tolist() for row in ragged(rows)] == rows


def test_bounds_may_be_what_only_the_running_program_knows():
    @tf.function(
        input_signature=[tf.RaggedTensorSpec([None, None], tf.int32)]
        + [tf.TensorSpec([], tf.int32)] * 2
    )
    def part(x, a, b):
        return x[a:b, b::-1], x[a], x[..., tf.newaxis]

    x = ragged([[1, 2, 3], [], [4, 5]])
    some, row, expanded = part(x, 0, 2)
    assert some.to_list() == [[3, 2, 1], []]
    assert row.numpy().tolist() == [1, 2, 3]
    assert expanded.to_list() == [[[1], [2], [3]], [], [[4], [5]]]
    assert expanded.shape.as_list() == [3, None, 1]


@pytest.mark.parametrize(
    "key", [(slice(None), slice(None, None, -1)), slice(None, None, 2), 0, (2, 1)]
)
def test_gradients_go_to_the_values_that_were_taken(key):
    values = tf.constant([1.0, 2.0, 3.0, 4.0, 5.0])
    with tf.GradientTape() as tape:
        tape.watch(values)
        found = tf.RaggedTensor.from_row_lengths(values, [3, 0, 2])[key]
        flat = found.flat_values if isinstance(found, tf.RaggedTensor) else found
        loss = tf.reduce_sum(flat * flat)
    taken = tf.reshape(flat, [-1]).numpy()
    expected = [2 * v if v in taken else 0 for v in values.numpy()]
    assert tf.convert_to_tensor(tape.gradient(loss, values)).numpy().tolist() == expected
