"""Rows, elements and parts of ragged tensors: as TensorFlow takes them, and as lists do."""

from itertools import chain

import numpy as np
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
def chosen(draw):
    """Rows, and the numbers of some of them."""
    rows = draw(st.lists(st.lists(st.integers(-9, 9), max_size=4), min_size=1, max_size=5))
    return rows, draw(st.lists(st.integers(0, len(rows) - 1), max_size=6))


@pytest.mark.parametrize(("source", "answer"), recorded("gathering"))
def test_answers_as_tensorflow(source, answer):
    assert answer_of(source) == answer


@given(chosen(), st.sampled_from([tf.int32, tf.int64]))
@settings(deadline=None, max_examples=50)
def test_gathers_rows_as_lists_do(case, dtype):
    rows, places = case
    places_ = tf.constant(places, tf.int32)
    found = tf.gather(ragged(rows, dtype), places_)
    assert found.to_list() == [rows[i] for i in places]
    assert found.row_splits.dtype is dtype
    nested = tf.RaggedTensor.from_row_lengths(ragged(rows), [len(rows)])
    assert tf.gather(nested, [0, 0]).to_list() == [rows, rows]
    assert (
        tf.gather(ragged(rows), ragged([places, places])).to_list()
        == [[rows[i] for i in places]] * 2
    )


@given(chosen())
@settings(deadline=None, max_examples=40)
def test_gathers_within_rows_as_lists_do(case):
    rows, _ = case
    backwards = [list(range(len(row)))[::-1] for row in rows]
    found = tf.gather(ragged(rows), ragged(backwards), batch_dims=1)
    assert found.to_list() == [row[::-1] for row in rows]
    everywhere = [[i, j] for i, row in enumerate(rows) for j in range(len(row))]
    indices = tf.constant(np.array(everywhere, np.int32).reshape(-1, 2))
    assert tf.gather_nd(ragged(rows), indices).numpy().tolist() == list(chain(*rows))


@given(chosen())
@settings(deadline=None, max_examples=40)
def test_masks_and_conditions_choose_as_lists_do(case):
    rows, _ = case
    x = ragged(rows)
    kept = tf.ragged.boolean_mask(x, x > 0)
    assert kept.to_list() == [[n for n in row if n > 0] for row in rows]
    assert tf.where(x > 0, x, 0).to_list() == [[max(n, 0) for n in row] for row in rows]
    where = [[i, j] for i, row in enumerate(rows) for j, n in enumerate(row) if n > 0]
    assert tf.where(x > 0).numpy().tolist() == where
    parts = tf.dynamic_partition(x, [len(row) % 2 for row in rows], 2)
    assert [p.to_list() for p in parts] == [[r for r in rows if len(r) % 2 == k] for k in (0, 1)]


@pytest.mark.parametrize("in_graph", [False, True])
def test_gradients_of_rows_add_up_where_rows_repeat(in_graph):
    def gradient(values):
        inner = tf.RaggedTensor.from_row_lengths(values, [1, 2, 0, 2])
        x = tf.RaggedTensor.from_row_lengths(inner, [2, 2])
        with tf.GradientTape() as tape:
            tape.watch(values)
            flat = tf.gather(x.with_flat_values(values), [1, 0, 1]).flat_values
            loss = tf.reduce_sum(flat * [1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0])
        return tape.gradient(loss, values)

    function = tf.function(gradient) if in_graph else gradient
    found = function(tf.constant([1.0, 2.0, 3.0, 4.0, 5.0]))
    assert tf.convert_to_tensor(found).numpy().tolist() == [4.0, 8.0, 16.0, 33.0, 66.0]


def test_empty_rows_are_filled_and_gradients_come_back():
    values, filler = tf.constant([1.0, 2.0]), tf.constant(9.0)
    with tf.GradientTape() as tape:
        tape.watch([values, filler])
        found = tf.ragged_fill_empty_rows([1, 1], values, 3, filler)
        loss = tf.reduce_sum(found.output_values * [1.0, 2.0, 4.0, 8.0])
    assert found.output_values.numpy().tolist() == [9.0, 1.0, 2.0, 9.0]
    d_values, d_filler = tape.gradient(loss, [values, filler])
    assert d_values.numpy().tolist() == [2.0, 4.0]
    assert float(d_filler) == 9.0
