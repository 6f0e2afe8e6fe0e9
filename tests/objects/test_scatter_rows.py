"""Tests of rows changed in place (headrace/_src/objects/scatter_rows.py), on both machines."""

import numpy as np
import pytest

import headrace as tf
from headrace._src.engine import islands

METHODS = ["add", "sub", "mul", "div", "min", "max", "update"]
OTHERS = {
    "add": np.add,
    "sub": np.subtract,
    "mul": np.multiply,
    "div": np.divide,
    "min": np.minimum,
    "max": np.maximum,
}


def expected(method, table, rows, values):
    for row, value in zip(rows, values, strict=True):
        table[row] = OTHERS[method](table[row], value) if method in OTHERS else value
    return table


@pytest.mark.parametrize(
    ("method", "must_compile"),
    # XLA would divide by the product of the divisors, so division is the host's.
    [(method, False) for method in METHODS] + [(m, True) for m in METHODS if m != "div"],
)
def test_rows_inside_a_function(method, must_compile):
    table = np.arange(1, 13, dtype=np.float32).reshape(4, 3)
    rows, values = np.array([2, 0, 2]), np.arange(2, 11, dtype=np.float32).reshape(3, 3)
    v = tf.Variable(table)

    @tf.function(jit_compile=must_compile)
    def change(indices, updates):
        done = getattr(v, f"scatter_{method}")(tf.IndexedSlices(updates, indices))
        return done.read_value()

    found = change(tf.constant(rows), tf.constant(values))
    np.testing.assert_allclose(found, expected(method, table.copy(), rows, values), rtol=1e-6)
    np.testing.assert_array_equal(v, found)


def test_nobody_else_sees_the_change():
    v = tf.Variable(np.zeros((3, 2), np.float32))
    v.scatter_add(tf.IndexedSlices([[1.0, 1.0]], [0]))  # from here on the array is the variable's
    before, view = v.read_value(), v.numpy()
    v.scatter_add(tf.IndexedSlices([[1.0, 1.0]], [0]))
    assert before.numpy().tolist() == view.tolist() == [[1, 1], [0, 0], [0, 0]]
    assert v.numpy().tolist() == [[2, 2], [0, 0], [0, 0]]


def test_a_table_is_changed_where_it_lies():
    v = tf.Variable(np.zeros((3, 2), np.float32))
    v.scatter_add(tf.IndexedSlices([[1.0, 1.0]], [0]))
    place = v.numpy().__array_interface__["data"]
    v.scatter_add(tf.IndexedSlices([[1.0, 1.0]], [1]))
    assert v.numpy().__array_interface__["data"] == place


@pytest.mark.parametrize("dtype", [tf.bfloat16, tf.float16, tf.int32, tf.complex64])
def test_dtypes(dtype):
    v = tf.Variable(tf.cast([[1, 2], [3, 4]], dtype))
    v.scatter_add(tf.IndexedSlices(tf.cast([[1, 1], [2, 2]], dtype), [1, 1]))
    assert tf.cast(v, tf.float32).numpy().tolist() == [[1, 2], [6, 7]]


def test_a_position_that_is_not_there_inside_a_function():
    v = tf.Variable([1.0, 2.0])

    @tf.function
    def change(i):
        v.scatter_add(tf.IndexedSlices([1.0], i))

    with pytest.raises(
        tf.errors.InvalidArgumentError, match=r"indices\[0\] = 5 is not in \[0, 2\)"
    ):
        change(tf.constant([5]))
    assert v.numpy().tolist() == [1, 2]


def test_a_number_for_all_rows():
    v = tf.Variable([[1.0, 2.0], [3.0, 4.0]])
    v.scatter_update(tf.IndexedSlices(7.0, [1]))
    assert v.numpy().tolist() == [[1, 2], [7, 7]]


def test_gradients_of_a_lookup_are_applied_inside_a_function():
    table = tf.Variable(np.ones((5, 2), np.float32))

    @tf.function
    def step(ids):
        with tf.GradientTape() as tape:
            loss = tf.reduce_sum(tf.gather(table, ids) ** 2)
        table.scatter_sub(tape.gradient(loss, table))
        return loss

    assert step(tf.constant([1, 1, 3])).numpy() == 6
    assert table.numpy().tolist() == [[1, 1], [-3, -3], [1, 1], [-1, -1], [1, 1]]


def test_a_large_table_is_changed_where_it_lies_inside_functions_too():
    table = tf.Variable(np.ones((islands.LARGE // 4, 4), np.float32))
    weights = tf.Variable(np.eye(4, dtype=np.float32))

    @tf.function
    def step(ids):
        with tf.GradientTape() as tape:
            x = tf.nn.embedding_lookup(table, ids)
            for _ in range(9):
                x = tf.nn.relu(x @ weights)
            loss = tf.reduce_sum(x)
        rows, dense = tape.gradient(loss, [table, weights])
        table.scatter_sub(rows)
        weights.assign_sub(0.0 * dense)
        return loss

    wanted = np.ones((9, 4), np.float32)
    places = []
    for n in range(1, 5):
        ids = [7, 7, n]
        assert step(tf.constant(ids)).numpy() == np.maximum(wanted[ids], 0).sum()
        np.subtract.at(wanted, ids, (wanted[ids] > 0).astype(np.float32))
        np.testing.assert_array_equal(table[:9], wanted)
        places.append(table.numpy().__array_interface__["data"])
    assert places[1:] == places[1:2] * 3  # the first call makes it the variable's own
    text = str(step.explain())
    assert "rows of a large table are changed where it lies" in text
    assert "compiled for 1 shape" in text
