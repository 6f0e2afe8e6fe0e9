"""The functions of TensorFlow 1 in compat/arrays.py, where they take ragged tensors.

Read next: headrace/_src/compat/arrays.py.
"""

import pytest

import headrace as tf

X = tf.ragged.constant([[1, 2], [], [3]])
where, div = tf.compat.v1.where, tf.compat.v1.div
EITHER = pytest.mark.parametrize("wrap", [lambda fn: fn, tf.function], ids=["eager", "function"])


@EITHER
def test_where_of_elements(wrap):
    assert wrap(lambda x: where(x > 1, x, -x))(X).to_list() == [[-1, 2], [], [3]]
    assert wrap(lambda x: where(x > 1))(X).numpy().tolist() == [[0, 1], [2, 0]]


@EITHER
def test_where_of_rows(wrap):
    chosen = wrap(lambda x: where(tf.constant([True, False, True]), tf.ones([3, 2], tf.int32), x))
    assert chosen(X).to_list() == [[1, 1], [], [1, 1]]


def test_where_refuses_what_does_not_fit():
    with pytest.raises(ValueError, match="Input shapes do not match"):
        where(X > 1, X, 0)
    with pytest.raises(ValueError, match="must have rank 1"):
        where([[True], [False], [True]], X, -X)
    with pytest.raises(tf.errors.InvalidArgumentError, match="must have the same size and shape"):
        where([True, False], X, -X)


@EITHER
def test_div(wrap):
    assert wrap(lambda x: div(x, 2))(X).to_list() == [[0, 1], [], [1]]
    assert wrap(lambda x: div(7, x))(X).to_list() == [[7, 3], [], [2]]
    assert wrap(lambda x: div(tf.cast(x, tf.float32), 2.0))(X).to_list() == [[0.5, 1], [], [1.5]]
    with pytest.raises(ValueError, match="conversion requested"):
        div(X, 2.5)
