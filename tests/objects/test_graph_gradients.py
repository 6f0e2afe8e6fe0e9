"""tf.gradients and tf.hessians in functions.

Read next: headrace/_src/objects/graph_gradients.py.
"""

import pytest

import headrace as tf

X = tf.constant(3.0)


def traced(f, *args):
    return tf.nest.map_structure(
        lambda t: None if t is None else t.numpy().tolist(), tf.function(f)(*args)
    )


def test_variables_and_captures():
    v = tf.Variable(3.0)
    assert traced(lambda: tf.gradients(v * v * X, [v, X], tf.constant(2.0))) == [36.0, 18.0]
    assert traced(lambda x: tf.gradients(x * x + tf.stop_gradient(x), x), X) == [6.0]


def test_several_targets():
    def f(x):
        a = x * 2.0
        b = a * a
        return tf.gradients([b, a], [a, x], grad_ys=[None, tf.constant(5.0)])

    assert traced(f, X) == [17.0, 34.0]


def test_unconnected():
    assert traced(lambda x: tf.gradients(x, tf.constant(1.0)), X) == [None]
    assert traced(
        lambda x: tf.gradients(x, X, unconnected_gradients=tf.UnconnectedGradients.ZERO),
        tf.constant(1.0),
    ) == [0.0]
    assert traced(lambda x: tf.gradients(tf.cast(x, tf.int32), x), X) == [None]


def test_stopped():
    def f(x):
        a = x * 1.0
        b = 2.0 * a
        parts = tf.unstack(tf.stack([a, b]))
        loop = tf.while_loop(lambda i, y: i < 2, lambda i, y: (i + 1, y * y), [0, x])[1]
        return (
            tf.gradients(a + b, [a, b], stop_gradients=[a, b]),
            tf.gradients(parts[0] * parts[1], x, stop_gradients=[parts[0]]),
            tf.gradients(loop * x, x, stop_gradients=[loop]),
        )

    assert traced(f, X) == ([1.0, 1.0], [6.0], [81.0])


def test_again_and_through_control_flow():
    def f(x):
        y = tf.while_loop(lambda i, y: i < 2, lambda i, y: (i + 1, y * y), [0, x])[1]
        z = tf.cond(y > 0, lambda: y * 2.0, lambda: y)
        (first,) = tf.gradients(z, x)
        return first, tf.gradients(first, x)[0]

    assert traced(f, X) == (216.0, 216.0)


def test_sparse():
    @tf.function
    def f(table):
        return tf.gradients(tf.gather(table, [0, 2, 0]), table)[0]

    found = f(tf.ones([3, 2]))
    assert isinstance(found, tf.IndexedSlices) and found.indices.numpy().tolist() == [0, 2, 0]


def test_names():
    @tf.function
    def f(x):
        return tf.gradients(x * x, x, name="mine")

    names = [op.name for op in f.get_concrete_function(X).graph.get_operations()]
    assert any(name.startswith("mine/") for name in names)


@pytest.mark.parametrize("shape", [[2], [None], None])
def test_hessians(shape):
    f = tf.function(
        lambda x: tf.hessians(tf.reduce_sum(x**3), x)[0],
        input_signature=[tf.TensorSpec(shape, tf.float32)],
    )
    assert f(tf.constant([1.0, 2.0])).numpy().tolist() == [[6.0, 0.0], [0.0, 12.0]]


def test_refusals():
    with pytest.raises(RuntimeError, match="not supported when eager execution is enabled"):
        tf.gradients(X, X)
    with pytest.raises(RuntimeError, match="not supported when eager execution is enabled"):
        tf.hessians(X, X)
    with pytest.raises(ValueError, match="Passed 2 grad_ys for 1 ys"):
        traced(lambda x: tf.gradients(x, x, [None, None]), X)
    with pytest.raises(ValueError, match="None values not supported"):
        traced(lambda x: tf.hessians(X, x), X)
