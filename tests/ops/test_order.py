"""Control dependencies, groups and the like in eager mode.

Read next: headrace/_src/ops/order.py.
"""

import pytest

import headrace as tf


def test_what_does_nothing_in_eager_mode():
    assert tf.executing_eagerly()
    assert tf.no_op(name="a") is None
    assert tf.group(tf.constant(1), [tf.constant(2)], name="g") is None
    one = tf.constant(1)
    assert tf.tuple([one, None], control_inputs=[one]) == [one, None]
    with pytest.raises(ValueError, match="Unknown keyword arguments: foo"):
        tf.group(foo=1)


def test_control_dependencies():
    called = []
    with tf.control_dependencies([tf.constant(1), lambda: called.append(1)]):
        assert called == [1]
    with tf.control_dependencies(None) as nothing:
        assert nothing is not None
    with pytest.raises(TypeError, match="'int' object is not iterable"):
        tf.control_dependencies(5)


def test_init_scope_is_unheard():
    x = tf.constant(2.0)
    with tf.GradientTape() as tape:
        tape.watch(x)
        with tf.init_scope():
            y = x * x
        z = y * x
    assert float(tape.gradient(z, x)) == 4.0


def test_timestamp():
    first, second = tf.timestamp(), tf.timestamp()
    assert first.dtype == tf.float64 and first.shape == [] and 1e9 < first <= second
