"""Large arrays in pieces: the same answers as in one."""

import multiprocessing
import warnings

import numpy as np
import pytest

import headrace as tf
from headrace._src.engine.pieces import PIECES_FROM, elementwise, folded

SIZES = [PIECES_FROM - 1, PIECES_FROM, PIECES_FROM + 77]


@pytest.mark.parametrize("size", SIZES)
def test_elementwise_is_the_ufunc(size):
    x = np.random.default_rng(0).random(size, np.float32)
    np.testing.assert_array_equal(elementwise(np.exp, [x]), np.exp(x))
    np.testing.assert_array_equal(elementwise(np.add, [x, x]), x + x)
    np.testing.assert_array_equal(elementwise(np.less, [x, np.array(0.5, np.float32)]), x < 0.5)


def test_shapes_that_broadcast_and_strides_are_left_to_numpy():
    x = np.random.default_rng(0).random((1024, 1024))
    row = x[0]
    np.testing.assert_array_equal(elementwise(np.multiply, [x, row]), x * row)
    np.testing.assert_array_equal(elementwise(np.negative, [x.T]), -x.T)


def test_one_element_of_higher_rank_gives_the_result_its_rank():
    x = tf.ones([PIECES_FROM])
    assert (x + tf.ones([1, 1])).shape == [1, PIECES_FROM]
    assert (x + tf.ones([1])).shape == [PIECES_FROM]


@pytest.mark.parametrize("dtype", [tf.bfloat16, tf.float16, tf.int8, tf.complex64, tf.bool])
def test_every_dtype(dtype):
    x = tf.cast(tf.ones([PIECES_FROM]), dtype)
    y = tf.logical_and(x, x) if dtype is tf.bool else x + x
    assert y.dtype is dtype
    np.testing.assert_array_equal(y[-3:], y[:3])


@pytest.mark.parametrize("size", SIZES)
def test_folding_is_the_reduction(size):
    x = np.random.default_rng(0).integers(0, 9, size)
    assert folded(np.add, x) == x.sum()
    assert folded(np.maximum, x) == x.max()


def test_nobody_hears_a_warning():
    x = tf.zeros([PIECES_FROM])
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert np.isneginf(tf.math.log(x).numpy()).all()


def _sum_of_ones(queue) -> None:
    queue.put(float(tf.reduce_sum(tf.ones([PIECES_FROM]) + 1.0)))


@pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning", "ignore:.*fork:RuntimeWarning")
def test_a_forked_child_has_workers_of_its_own():
    assert float(tf.reduce_sum(tf.ones([PIECES_FROM]) + 1.0)) == 2 * PIECES_FROM
    context = multiprocessing.get_context("fork")
    queue = context.Queue()
    child = context.Process(target=_sum_of_ones, args=(queue,))
    child.start()
    assert queue.get(timeout=60) == 2 * PIECES_FROM
    child.join()
