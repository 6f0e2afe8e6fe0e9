"""Gradients of first and second order through branches and loops of graphs, against eager mode."""

import numpy as np
import pytest

import headrace as tf
from headrace._src.engine import execute

V = 3.0


def cond(x, v):
    return tf.cond(x > 0.0, lambda: x * v * x, lambda: -x)


def switch(x, v):
    index = tf.cast(x, tf.int32)
    return tf.switch_case(index, [lambda: x * v, lambda: x * x, lambda: x * x * x])


def known_count(x, v):
    return tf.while_loop(lambda i, y: i < 4, lambda i, y: (i + 1, y * x * v), [0, tf.ones([])])[1]


def unknown_count(x, v):
    return tf.while_loop(lambda y: y < 100.0, lambda y: (y * y * v,), [x])[0]


def bounded(x, v):
    return tf.while_loop(
        lambda y: y < 1e30, lambda y: [tf.sin(y) * v + y], [x], maximum_iterations=3
    )[0]


def nested(x, v):
    def inner(i, y):
        return tf.while_loop(
            lambda j, z: j < i,
            lambda j, z: (j + 1, tf.cond(z > 2.0, lambda: z * x, lambda: z + x * x * v)),
            [0, y],
        )[1]

    return tf.while_loop(lambda i, y: i < 4, lambda i, y: (i + 1, inner(i, y)), [0, x])[1]


def loop_in_branch(x, v):
    return tf.cond(x > 1.0, lambda: known_count(x, v), lambda: x * v)


def call_in_loop(x, v):
    @tf.function
    def step(y):
        return tf.sin(y) * x + v * y

    return tf.while_loop(lambda i, y: i < 3, lambda i, y: (i + 1, step(y)), [0, x])[1]


PROGRAMS = {
    "cond": (cond, (2.0, -2.0)),
    "switch_case": (switch, (0.5, 1.5, 2.5, 7.0)),
    "known count": (known_count, (2.0,)),
    "unknown count": (unknown_count, (1.1, 3.0, 200.0)),
    "bounded": (bounded, (0.7,)),
    "nested": (nested, (1.5, 0.5)),
    "loop in a branch": (loop_in_branch, (0.5, 1.5)),
    "call in a loop": (call_in_loop, (0.4,)),
}


def derivatives(function, x, v):
    with tf.GradientTape() as second:
        second.watch(x)
        with tf.GradientTape() as first:
            first.watch(x)
            y = function(x, v)
        gradients = first.gradient(y, [x, v], unconnected_gradients="zero")
        mixed = gradients[0] * 2.0 + tf.sin(gradients[1])
    return [y, *gradients, *second.gradient(mixed, [x, v], unconnected_gradients="zero")]


@pytest.mark.parametrize("few", [0, 1000], ids=["compiled", "host"])
@pytest.mark.parametrize("name", PROGRAMS)
def test_both_orders(name, few, monkeypatch):
    monkeypatch.setattr(execute, "FEW_NODES", few)
    program, points = PROGRAMS[name]
    v = tf.Variable(V)
    traced = tf.function(program)
    for point in points:
        x = tf.constant(point)
        for found, wanted in zip(
            derivatives(traced, x, v), derivatives(program, x, v), strict=True
        ):
            np.testing.assert_allclose(found, wanted, rtol=2e-5)


@pytest.mark.parametrize("name", ["cond", "nested", "unknown count"])
def test_tapes_inside_the_function(name):
    program, points = PROGRAMS[name]
    v = tf.Variable(V)
    traced = tf.function(lambda x: derivatives(program, x, v))
    for point in points:
        x = tf.constant(point)
        for found, wanted in zip(traced(x), derivatives(program, x, v), strict=True):
            np.testing.assert_allclose(found, wanted, rtol=2e-5)


@pytest.mark.parametrize("few", [0, 1000], ids=["compiled", "host"])
def test_the_weights_of_a_recurrent_network(few, monkeypatch):
    """Their gradient is a sum of products, which is taken at the end of the loop."""
    monkeypatch.setattr(execute, "FEW_NODES", few)
    random = np.random.default_rng(0)
    w = tf.Variable(random.normal(size=(6, 6)).astype(np.float32) * 0.3)
    x = tf.constant(random.normal(size=(3, 6)).astype(np.float32))

    def network(x):
        def step(i, h):
            return i + 1, tf.tanh(tf.matmul(h, w) + x)

        return tf.reduce_sum(tf.while_loop(lambda i, h: i < 4, step, [0, x])[1] ** 2)

    def both(function):
        with tf.GradientTape() as second:
            second.watch(x)
            with tf.GradientTape() as first:
                first.watch(x)
                y = function(x)
            of_x, of_w = first.gradient(y, [x, w])
            mixed = tf.reduce_sum(of_x * x) + tf.reduce_sum(tf.sin(of_w))
        return [y, of_x, of_w, *second.gradient(mixed, [x, w])]

    for found, wanted in zip(both(tf.function(network)), both(network), strict=True):
        np.testing.assert_allclose(found, wanted, rtol=1e-4, atol=1e-5)
