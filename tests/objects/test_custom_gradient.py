"""Functions that bring their own gradient."""

import numpy as np
import pytest

import headrace as tf


def test_the_given_gradient_is_used():
    @tf.custom_gradient
    def square(x):
        return x * x, lambda upstream: 100.0 * upstream

    x = tf.constant(2.0)
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = 3.0 * square(x)
    assert float(y) == 12.0
    assert float(tape.gradient(y, x)) == 300.0


def test_a_gradient_in_terms_of_the_function_can_be_differentiated_again():
    @tf.custom_gradient
    def softplus(x):
        e = tf.exp(x)
        return tf.math.log(1.0 + e), lambda upstream: upstream * (1.0 - 1.0 / (1.0 + e))

    x = tf.constant(0.5)
    with tf.GradientTape() as outer:
        outer.watch(x)
        with tf.GradientTape() as inner:
            inner.watch(x)
            y = softplus(x)
        slope = inner.gradient(y, x)
    s = 1 / (1 + np.exp(-0.5))
    assert float(slope) == pytest.approx(s)
    assert float(outer.gradient(slope, x)) == pytest.approx(s * (1 - s), rel=1e-5)


def test_several_arguments_and_results():
    @tf.custom_gradient
    def both(x, y):
        return (x + y, x * y), lambda d_sum, d_product: (10.0 * d_sum, 100.0 * d_product)

    x, y = tf.constant(2.0), tf.constant(3.0)
    with tf.GradientTape(persistent=True) as tape:
        tape.watch([x, y])
        total, product = both(x, y)
    assert [float(g) for g in tape.gradient([total, product], [x, y])] == [10.0, 100.0]
    assert [float(g) for g in tape.gradient(total, [x, y])] == [10.0, 0.0]


def test_variables_are_handed_to_the_gradient():
    v = tf.Variable(2.0)

    @tf.custom_gradient
    def scaled(x):
        def grad(upstream, variables=None):
            assert variables == [v]
            return upstream * 10.0, [upstream * 100.0]

        return x * v, grad

    x = tf.constant(1.0)
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = scaled(x)
    assert [float(g) for g in tape.gradient(y, [x, v])] == [10.0, 100.0]


def test_a_gradient_without_place_for_variables_is_refused():
    v = tf.Variable(2.0)

    @tf.custom_gradient
    def scaled(x):
        return x * v, lambda upstream: upstream

    with pytest.raises(TypeError, match="must accept keyword argument 'variables'"):
        scaled(tf.constant(1.0))


def test_as_many_gradients_as_arguments():
    @tf.custom_gradient
    def pair(x, y):
        return x + y, lambda upstream: upstream

    x = tf.constant(1.0)
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = pair(x, x)
    with pytest.raises(ValueError, match="expected to return 2 gradients, but returned 1"):
        tape.gradient(y, x)


def test_they_nest():
    @tf.custom_gradient
    def inner(x):
        return x, lambda upstream: 2.0 * upstream

    @tf.custom_gradient
    def outer(x):
        y = inner(x)

        def grad(upstream):
            with tf.GradientTape() as tape:
                tape.watch(x)
                again = inner(x)
            return tape.gradient(again, x) * upstream * 5.0

        return y, grad

    x = tf.constant(1.0)
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = outer(x)
    assert float(tape.gradient(y, x)) == 10.0


def test_recompute_grad_computes_again_and_agrees():
    calls = []
    v = tf.Variable(2.0)

    def plain(x):
        calls.append(1)
        return tf.sin(x * v)

    x = tf.constant(1.0)
    with tf.GradientTape() as outer:
        outer.watch(x)
        with tf.GradientTape() as inner:
            inner.watch(x)
            y = tf.recompute_grad(plain)(x)
        slopes = inner.gradient(y, [x, v])
    assert len(calls) == 2
    assert float(slopes[0]) == pytest.approx(2 * np.cos(2.0), rel=1e-6)
    assert float(slopes[1]) == pytest.approx(np.cos(2.0), rel=1e-6)
    assert float(outer.gradient(slopes[0], x)) == pytest.approx(-4 * np.sin(2.0), rel=1e-6)


def test_grad_pass_through():
    x = tf.constant([1.4, 1.6])
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = tf.grad_pass_through(tf.round)(x) * 3.0
    np.testing.assert_array_equal(y, [3.0, 6.0])
    np.testing.assert_array_equal(tape.gradient(y, x), [3.0, 3.0])


# ---- in a function


def derivatives(f, x, order=3):
    """f(x) and its first derivatives, by nested tapes."""
    if not order:
        return [f(x)]
    with tf.GradientTape() as tape:
        tape.watch(x)
        found = derivatives(f, x, order - 1)
    return [*found, tape.gradient(found[-1], x)]


@tf.custom_gradient
def exponential(x):
    return tf.exp(x), lambda upstream: upstream * exponential(x)


@tf.custom_gradient
def cube(x):
    square = x * x
    return square * x, lambda upstream: upstream * square * 3.0


@tf.custom_gradient
def nested(x):
    return exponential(x) * 2.0, lambda upstream: upstream * exponential(x) * 2.0


def looped(x):
    for _ in tf.range(2):
        x = cube(x)
    return x


def branched(x):
    unused = x * 0.0

    @tf.custom_gradient
    def square(y):
        return y * y, lambda upstream: upstream * 2.0 * y + unused

    return tf.cond(x > 0, lambda: square(x) * x, lambda: x)


E = 2.7182817


@pytest.mark.parametrize(
    ("f", "x", "wanted"),
    [
        (exponential, 1.0, [E, E, E, E]),
        (cube, 2.0, [8, 12, 12, 6]),
        (nested, 1.0, [2 * E, 2 * E, 2 * E, 2 * E]),
        (looped, 1.0, [1, 9, 72, 504]),
        (branched, 2.0, [8, 12, 12, 6]),
        (tf.recompute_grad(lambda x: tf.exp(x) * 2.0), 0.0, [2, 2, 2, 2]),
        (lambda x: x * tf.grad_pass_through(tf.round)(x * x), 2.0, [8, 12, 12, 6]),
        (lambda x: x * x * tf.stop_gradient(x), 2.0, [8, 8, 4, 0]),
    ],
)
def test_derivatives_in_and_around_functions(f, x, wanted):
    x = tf.constant(x)
    around = derivatives(tf.function(f), x)
    assert np.allclose([0.0 if y is None else float(y) for y in around], wanted, 1e-5)
    deep = derivatives(tf.function(lambda x: tf.function(f)(x) * 1.0), x)
    assert np.allclose([0.0 if y is None else float(y) for y in deep], wanted, 1e-5)
    inside = tf.function(lambda x: derivatives(f, x))(x)
    assert np.allclose([0.0 if y is None else float(y) for y in inside], wanted, 1e-5)


def test_variables_in_a_function():
    v = tf.Variable(2.0)

    @tf.custom_gradient
    def f(x):
        def grad(upstream, variables=None):
            return upstream * 7.0, [upstream * 11.0 for _ in variables]

        return x * v, grad

    x = tf.constant(3.0)
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = tf.function(f)(x)
    assert [float(g) for g in tape.gradient(y, [x, v])] == [7.0, 11.0]

    @tf.custom_gradient
    def without(x):
        return x * v, lambda upstream: upstream

    with pytest.raises(TypeError, match="must accept keyword argument 'variables'"):
        tf.function(without)(x)


def test_effects_of_a_gradient():
    calls = tf.Variable(0)  # which the function itself does not use

    @tf.custom_gradient
    def f(x):
        def grad(upstream):
            calls.assign_add(1)
            return upstream * 3.0 * x * x

        return x * x * x, grad

    x = tf.constant(2.0)
    for function in (f, tf.function(f), tf.function(lambda x: tf.function(f)(x))):
        with tf.GradientTape() as tape:
            tape.watch(x)
            y = function(x)
        assert float(tape.gradient(y, x)) == 12.0
    assert int(calls) == 3


def test_keywords_and_structures_in_a_function():
    @tf.custom_gradient
    def f(x, *, k=1.0):
        return {"a": x * k, "b": [x]}, lambda a, b: a * 10.0 + b

    x = tf.constant(2.0)
    with tf.GradientTape() as tape:
        tape.watch(x)
        found = tf.function(lambda x: f(x, k=3.0))(x)
    assert float(found["a"]) == 6.0 and float(tape.gradient(found, x)) == 11.0
