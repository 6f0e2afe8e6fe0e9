"""Rows of positions: in order, out of order, merged; products of many with what is remembered."""

import gc

import numpy as np
import pytest
import scipy.sparse

import headrace as tf
from headrace._src.ops import sparse_positions, sparse_rows

RNG = np.random.default_rng(5)


def rows(count, sizes, in_order=True):
    place = RNG.choice(int(np.prod(sizes)), count, replace=False)
    if in_order:
        place.sort()
    return np.stack(np.unravel_index(place, sizes), 1)


@pytest.mark.parametrize("sizes", [(50,), (9, 11), (4, 5, 6), (2**40, 2**40)])
def test_order_is_that_of_a_dense_tensor(sizes):
    given = RNG.integers(0, np.minimum(sizes, 2**39), (40, len(sizes))) * (sizes[0] > 100 or 1)
    order = sparse_positions.order_of(given)
    assert order.tolist() == np.lexsort(given.T[::-1]).tolist()
    assert sparse_positions.order_of(given[order]) is None


def test_places_and_positions_are_inverse():
    given = rows(30, (4, 5, 6))
    place = sparse_positions.places(given, (4, 5, 6))
    assert (sparse_positions.positions(place, (4, 5, 6)) == given).all()


def test_without_axes_there_is_one_place():
    nowhere = np.zeros((1, 0), np.int64)
    assert sparse_positions.places(nowhere, ()).tolist() == [0]
    assert sparse_positions.order_of(nowhere) is None


@pytest.mark.parametrize("name", ["add", "maximum", "minimum"])
def test_two_merged_are_two_dense_ones_combined(name):
    sizes = (30, 40)
    a, b = (
        tf.SparseTensor(rows(n, sizes), RNG.normal(size=n).astype("f"), sizes) for n in (300, 500)
    )
    combined = {"add": np.add, "maximum": np.maximum, "minimum": np.minimum}[name]
    found = getattr(tf.sparse, name)(a, b)
    wanted = combined(*(tf.sparse.to_dense(x).numpy() for x in (a, b)))
    assert (tf.sparse.to_dense(found).numpy() == wanted).all()
    assert len(found.values) == len(set(map(tuple, [*a.indices.numpy(), *b.indices.numpy()])))


def test_what_cancels_out_stays_unless_a_threshold_is_given():
    x = tf.SparseTensor([[0], [1]], [1.0, 2.0], [4])
    y = tf.SparseTensor([[0], [3]], [-1.0, 0.1], [4])
    assert tf.sparse.add(x, y).values.numpy().tolist() == pytest.approx([0, 2, 0.1])
    assert tf.sparse.add(x, y, 0.5).indices.numpy().tolist() == [[1], [3]]


MANY = 3000


@pytest.mark.parametrize("in_order", [True, False])
@pytest.mark.parametrize("dtype", ["float32", "float64", "complex64", "int32"])
def test_a_product_of_many_is_that_of_scipy(dtype, in_order):
    shape = (70, 90)
    at = rows(MANY, shape, in_order)
    values, b = ((RNG.normal(size=n) * 9).astype(dtype) for n in (MANY, (90, 20)))
    x = tf.SparseTensor(at, values, shape)
    matrix = scipy.sparse.csr_array((values, at.T), shape=shape)
    again = tf.SparseTensor(x.indices, values * 2, shape)
    for _ in range(2):
        found = tf.sparse.sparse_dense_matmul(x, b).numpy()
        np.testing.assert_allclose(found, matrix @ b, 1e-4, 1e-4)
    found = tf.sparse.sparse_dense_matmul(again, b[:70], adjoint_a=True).numpy()
    np.testing.assert_allclose(found, (matrix * 2).conj().T @ b[:70], 1e-4, 1e-4)


def test_repeated_positions_add_up():
    at = np.repeat(rows(MANY, (70, 90)), 2, 0)
    x = tf.SparseTensor(at, np.ones(2 * MANY, "f"), (70, 90))
    found = tf.sparse.sparse_dense_matmul(x, tf.ones([90, 9])).numpy()
    wanted = np.bincount(at[:, 0], minlength=70)[:, None] * np.ones(9)
    assert (found == wanted).all()


def test_rows_are_remembered_while_their_array_lives():
    x = tf.SparseTensor(rows(MANY, (70, 90)), np.ones(MANY, "f"), (70, 90))
    tf.sparse.sparse_dense_matmul(x, tf.ones([90, 9]))
    array = x.indices._array
    assert sparse_rows.is_remembered(array, (70, 90))
    assert not sparse_rows.is_remembered(array, (71, 90))
    assert sparse_rows.compressed(array, (70, 90)) is sparse_rows.compressed(array, (70, 90))
    key = id(array)
    del x, array
    gc.collect()
    assert key not in sparse_rows._remembered


def test_no_more_is_remembered_than_a_few():
    kept = [rows(5, (8, 8)) for _ in range(sparse_rows._MOST + 3)]
    for each in kept:
        sparse_rows.compressed(each, (8, 8))
    assert len(sparse_rows._remembered) <= sparse_rows._MOST
    assert not sparse_rows.is_remembered(kept[0], (8, 8))


def test_a_tensor_owns_its_positions():
    given = rows(MANY, (70, 90))
    x = tf.SparseTensor(given, np.ones(MANY, "f"), (70, 90))
    before = tf.sparse.sparse_dense_matmul(x, tf.ones([90, 9])).numpy()
    given[:] = 0
    x.indices.numpy()[:] = 0
    assert (tf.sparse.sparse_dense_matmul(x, tf.ones([90, 9])).numpy() == before).all()


def test_positions_that_are_outside_of_a_smaller_shape_are_found_again():
    at = np.array([[0, 0]] * MANY + [[69, 3]])
    x = tf.SparseTensor(at, np.ones(MANY + 1, "f"), (70, 90))
    tf.sparse.sparse_dense_matmul(x, tf.ones([90, 9]))
    small = tf.SparseTensor(x.indices, x.values, (69, 90))
    with pytest.raises(tf.errors.InvalidArgumentError, match=r"m \(69\) from index\[3000,0\] out"):
        tf.sparse.sparse_dense_matmul(small, tf.ones([90, 9]))


@pytest.mark.parametrize("axis", [0, 1])
def test_a_split_out_of_order_keeps_the_order(axis):
    x = tf.SparseTensor([[1, 2], [0, 1], [1, 0]], [1.0, 2.0, 3.0], [2, 3])
    found = [part.values.numpy().tolist() for part in tf.sparse.split(x, 2, axis)]
    assert found == [[[2.0], [1.0, 3.0]], [[2.0, 3.0], [1.0]]][axis]


def test_a_product_of_many_is_a_host_step_of_a_function():
    at = rows(9000, (300, 400))
    x = tf.SparseTensor(at, np.ones(9000, "f"), (300, 400))

    @tf.function
    def f(b):
        for _ in range(9):  # enough to be worth a program
            b = tf.tanh(b)
        return tf.sparse.sparse_dense_matmul(x, b) * 2.0

    b = tf.constant(RNG.normal(size=(400, 9)).astype("f"))
    wanted = b.numpy()
    for _ in range(9):
        wanted = np.tanh(wanted)
    wanted = tf.sparse.to_dense(x).numpy() @ wanted * 2
    for _ in range(3):
        np.testing.assert_allclose(f(b).numpy(), wanted, 1e-4, 1e-4)
    assert "host step SparseTensorDenseMatMul" in str(f.explain())
