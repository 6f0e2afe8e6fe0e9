"""Forward-mode derivatives against those of the tape and by hand."""

import numpy as np
import pytest

import headrace as tf

Accumulator = tf.autodiff.ForwardAccumulator


def test_a_product():
    x = tf.constant([2.0, 3.0])
    with Accumulator(x, tf.constant([1.0, 0.0])) as acc:
        y = tf.reduce_sum(x * x)
    assert float(acc.jvp(y)) == 4.0


def test_what_does_not_depend_on_the_primals():
    x = tf.constant(1.0)
    with Accumulator(x, tf.constant(1.0)) as acc:
        y = tf.constant(2.0) * 3.0
    assert acc.jvp(y) is None
    assert float(acc.jvp(y, unconnected_gradients="zero")) == 0.0


def test_variables_and_nests():
    v, w = tf.Variable([1.0, 2.0]), tf.constant(3.0)
    with Accumulator([v, w], [tf.constant([1.0, 1.0]), tf.constant(10.0)]) as acc:
        y = {"scaled": v * w, "same": w}
    got = acc.jvp(y)
    np.testing.assert_array_equal(got["scaled"], [13.0, 23.0])
    assert float(got["same"]) == 10.0


def test_it_is_the_tapes_jacobian_times_the_tangent():
    rng = np.random.default_rng(0)
    x = tf.constant(rng.normal(size=(3, 4)))
    tangent = tf.constant(rng.normal(size=(3, 4)))

    def f(x):
        return tf.nn.softmax(tf.tanh(x @ tf.transpose(x)) - tf.reduce_max(x))

    with tf.GradientTape() as tape:
        tape.watch(x)
        y = f(x)
    with Accumulator(x, tangent) as acc:
        again = f(x)
    wanted = np.tensordot(tape.jacobian(y, x).numpy(), tangent.numpy(), 2)
    np.testing.assert_allclose(acc.jvp(again), wanted, rtol=1e-10, atol=1e-12)


def test_forward_over_backward_gives_a_hessian_times_a_vector():
    x = tf.constant([1.0, 2.0])
    with Accumulator(x, tf.constant([1.0, 0.0])) as acc:
        with tf.GradientTape() as tape:
            tape.watch(x)
            y = tf.reduce_sum(x**3.0)
        slope = tape.gradient(y, x)
    np.testing.assert_allclose(acc.jvp(slope), [6.0, 0.0])


def test_a_custom_gradient_is_followed():
    @tf.custom_gradient
    def same(x):
        return x, lambda upstream: 5.0 * upstream

    x = tf.constant(1.0)
    with Accumulator(x, tf.constant(2.0)) as acc:
        y = same(x)
    assert float(acc.jvp(y)) == 10.0


def test_shapes_must_agree():
    with pytest.raises(ValueError, match="shape"):
        Accumulator(tf.constant([1.0, 2.0]), tf.constant(1.0))


# ---- functions


M = tf.constant([[1.0, 2.0], [3.0, 4.0]])


def pushed(f):
    def run(x):
        with tf.autodiff.ForwardAccumulator(x, tf.ones_like(x)) as acc:
            y = f(x)
        return acc.jvp(y)

    return run


def looped(x):
    return tf.while_loop(lambda i, y: i < 3, lambda i, y: (i + 1, y * y), [0, x])[1]


@pytest.mark.parametrize(
    ("f", "wanted"),
    [
        (lambda x: x**3, [[3, 12], [27, 48]]),
        (tf.function(lambda x: x**3), [[3, 12], [27, 48]]),
        (tf.function(looped), [[8, 1024], [17496, 131072]]),
        (tf.function(lambda x: tf.cond(x[0, 0] > 0, lambda: x * x, lambda: x)), [[2, 4], [6, 8]]),
        (lambda x: tf.gather(x * x, [1, 1]), [[6, 8], [6, 8]]),
        (pushed(lambda x: x**3), [[6, 12], [18, 24]]),
        (tf.function(pushed(tf.function(lambda x: x**3))), [[6, 12], [18, 24]]),
    ],
)
def test_functions(f, wanted):
    assert np.allclose(pushed(f)(M), wanted)
    assert np.allclose(tf.function(pushed(f))(M), wanted)
    unknown = tf.function(pushed(f), input_signature=[tf.TensorSpec([None, 2], tf.float32)])
    assert np.allclose(unknown(M), wanted)


def test_forward_over_reverse_of_a_function():
    f = tf.function(lambda x: tf.reduce_sum(x**3))

    def gradient(x):
        with tf.GradientTape() as tape:
            tape.watch(x)
            y = f(x)
        return tape.gradient(y, x)

    assert np.allclose(pushed(gradient)(M), 6 * M)
    assert np.allclose(tf.function(pushed(gradient))(M), 6 * M)


def test_a_variable_that_a_function_reads():
    v = tf.Variable(3.0)
    with tf.autodiff.ForwardAccumulator(v, tf.constant(1.0)) as acc:
        y = tf.function(lambda: v * v)()
    assert float(acc.jvp(y)) == 6.0
