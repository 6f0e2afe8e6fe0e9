"""Variables that are made while a function is traced: once, outside of the graph, or not at all.

Read next: test_function.py.
"""

import pytest

import headrace as tf
from headrace._src.function.lifting import UnliftableError
from tests.function.counting import function, once

NOT_SINGLE = "^tf.function only supports singleton tf.Variables created on the first call. Make"


def test_a_variable_per_call_is_refused():
    with pytest.raises(ValueError, match=NOT_SINGLE):
        function(lambda x: tf.Variable(1.0) + x)(1.0)


def test_create_once():
    f, holder, traced = once(lambda x: 3.0)
    results = [float(f(x)) for x in (1.0, tf.constant(1.0), tf.constant(1.0))]
    assert (results, traced) == ([4.0, 5.0, 6.0], [True, False, False])
    assert (float(holder.v), holder.v.name) == (6.0, "w:0")


@pytest.mark.parametrize(
    ("initial", "value"),
    [
        (lambda x: x * 2.0, 4.0),
        (lambda x: lambda: tf.constant(5.0) + 1.0, 6.0),
        (lambda x: tf.zeros([]), 0.0),
        (lambda x: tf.reduce_sum(tf.random.uniform([3]) * 0.0) + x, 2.0),
    ],
)
def test_initial_values(initial, value):
    f, _, _ = once(initial)
    assert float(f(tf.constant(2.0))) == value + 2.0
    assert float(f(tf.constant(2.0))) == value + 4.0


def test_one_initial_value_may_depend_on_another():
    made = []

    @function
    def f(x):
        if not made:
            made.append(tf.Variable(x * 2.0))
            made.append(tf.Variable(made[0] + 1.0))
        return made[1] + x

    assert float(f(tf.constant(3.0))) == 10.0


def test_an_initial_value_of_a_spec_cannot_be_lifted():
    f, _, _ = once(lambda x: x * 2.0)
    with pytest.raises(UnliftableError, match=r"^Unable to lift tensor <tf.Tensor 'mul:0'.*mul"):
        f.get_concrete_function(tf.TensorSpec([]))
    g, holder, _ = once(lambda x: tf.constant(1.0) + 1.0)
    g.get_concrete_function(tf.TensorSpec([]))
    assert float(holder.v) == 2.0


def test_a_later_trace_must_not_create():
    made = {}

    @function
    def f(k):
        if k not in made:
            made[k] = tf.Variable(1.0)
        return made[k]

    f("a")
    with pytest.raises(ValueError, match=NOT_SINGLE):
        f("b")


def test_a_later_call_must_not_create():
    made = {}

    @function
    def f(k):
        if k == "b" and k not in made:
            made[k] = tf.Variable(1.0)
        return made.get(k, 0)

    f("a")
    with pytest.raises(ValueError, match=r"^Creating variables on a non-first call to a function"):
        f("b")
    assert float(f("b")) == 1.0


def test_an_inner_function_may_create():
    inner, holder, _ = once(lambda x: 3.0)
    outer = function(lambda x: inner(x))
    assert [float(outer(tf.constant(1.0))), float(outer(tf.constant(1.0)))] == [4.0, 5.0]
    assert float(inner(tf.constant(1.0))) == 6.0
    assert float(holder.v) == 6.0
