"""enable_check_numerics in functions; tests/ops/test_debugging.py has eager mode.

Read next: headrace/_src/objects/numerics.py.
"""

import pytest

import headrace as tf


@pytest.fixture
def watched():
    tf.debugging.enable_check_numerics(stack_height_limit=1, path_length_limit=20)
    yield
    tf.debugging.disable_check_numerics()


@pytest.mark.parametrize("depth", [1, 20])  # on the host, and compiled
def test_a_function_is_watched(watched, depth):
    @tf.function
    def f(x):
        for _ in range(depth):
            x = x * 1.0
        return tf.math.log(x)

    assert f(tf.constant([1.0, 1.0])).numpy().tolist() == [0.0, 0.0]
    with pytest.raises(tf.errors.InvalidArgumentError) as caught:
        f(tf.constant([1.0, 0.0]))
    text = str(caught.value)
    assert 'in output 0 of graph op "Log" (# of outputs: 1) !!!' in text
    assert " : Tensor had -Inf values\n\t [[{{node Log/CheckNumericsV2}}]]" in text
    assert text.count("    -> ...") == 1 and "Omitted" in text


def test_gradients_and_loops_are_watched(watched):
    @tf.function
    def slope(x):
        with tf.GradientTape() as tape:
            tape.watch(x)
            y = tf.sqrt(x)
        return tape.gradient(y, x)

    @tf.function
    def looped(x):
        for _ in tf.range(2):
            x = tf.math.log(x)
        return x

    with pytest.raises(tf.errors.InvalidArgumentError, match='graph op "SqrtGrad"'):
        slope(tf.constant(0.0))
    with pytest.raises(tf.errors.InvalidArgumentError, match='graph op "Log"'):
        looped(tf.constant(1.0))


def test_it_does_not_look_back():
    f = tf.function(tf.math.log)
    assert float(f(tf.constant(0.0))) == -float("inf")
    tf.debugging.enable_check_numerics()
    assert float(f(tf.constant(0.0))) == -float("inf")
    tf.debugging.disable_check_numerics()
