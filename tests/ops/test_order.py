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


# ---- in a function


def names(f, *specs):
    graph = tf.function(f, autograph=False).get_concrete_function(*specs).graph
    return {op.name: op for op in graph.get_operations()}


def test_where_ops_run():
    seen = []

    @tf.function
    def f(x):
        with tf.init_scope():
            seen.append((tf.executing_eagerly(), tf.inside_function()))
            once = tf.constant(2.0) * 3.0
            seen.append(type(once).__name__)
        seen.append((tf.executing_eagerly(), tf.inside_function()))
        return x * once

    assert float(f(tf.constant(2.0))) == 12.0
    assert seen == [(True, False), "EagerTensor", (False, True)]
    assert tf.executing_eagerly() and not tf.inside_function()
    with tf.Graph().as_default() as graph, tf.init_scope():
        tf.constant(1)
        assert not tf.executing_eagerly() and not tf.inside_function()
    assert [op.type for op in graph.get_operations()] == ["Const"]


def test_init_scope_makes_variables_in_a_name_scope():
    made = []

    @tf.function
    def f():
        with tf.name_scope("outer"), tf.init_scope():
            if not made:
                made.append(tf.Variable(1.0, name="v"))
        return made[0] + 1.0

    with tf.GradientTape() as tape:
        y = f()
    assert float(y) == 2.0 and made[0].name == "outer/v:0" and float(tape.gradient(y, made[0])) == 1


def test_control_edges():
    def f(x):
        one, other = tf.tuple([x + 1.0, x * 2.0], control_inputs=[x - 1.0])
        group = tf.group(one, [other], name="g")
        with tf.control_dependencies([group]):
            last = tf.no_op()
            with tf.control_dependencies(None):
                tf.no_op("free")
        assert last.control_inputs == [group]
        return one

    made = names(f, tf.TensorSpec([], tf.float32))
    assert [c.name for c in made["tuple/group_deps"].control_inputs] == ["add", "mul", "sub"]
    assert [c.name for c in made["tuple/control_dependency"].control_inputs] == ["tuple/group_deps"]
    assert len(made["g"].control_inputs) == 2 and made["free"].control_inputs == []


@pytest.mark.parametrize("depth", [1, 20])  # on the host, and compiled
def test_what_waits_for_a_failure_does_not_run(depth):
    v = tf.Variable(0.0)

    @tf.function
    def f(x):
        for _ in range(depth):
            x = tf.sin(x)
        with tf.control_dependencies([tf.debugging.Assert(x > 0, [x])]):
            v.assign_add(1.0)
        v.assign_add(10.0)
        return x

    with pytest.raises(tf.errors.InvalidArgumentError, match="assertion failed"):
        f(tf.constant(-1.0))
    assert float(v) == 10.0


def test_refusals_in_a_function():
    with pytest.raises(TypeError, match="'inputs' should be zero or more"):
        names(lambda: tf.group(3))
    with pytest.raises(ValueError, match="must have at least one Tensor"):
        names(lambda: tf.tuple([None]))
    with pytest.raises(ValueError, match="'a b' is not a valid root scope name"):
        names(lambda: tf.name_scope("a b").__enter__())
    with pytest.raises(TypeError, match="found return value of type Operation"):
        names(lambda: tf.no_op())


def test_name_scopes_are_numbered():
    def f(x):
        with tf.name_scope("a") as outer, tf.name_scope("b"):
            x = tf.add(x, x, name="one")
        with tf.name_scope("a") as second, tf.name_scope("b") as inner:
            x = tf.add(x, x, name="two")
        with tf.name_scope(outer), tf.name_scope("b") as again:
            x = tf.add(x, x, name="three")
        assert (outer, second, inner, again) == ("a/", "a_1/", "a_1/b/", "a/b_1/")
        return x

    made = names(f, tf.TensorSpec([], tf.float32))
    assert {"a/b/one", "a_1/b/two", "a/b_1/three"} <= made.keys()


def test_the_time_is_that_of_the_call():
    f = tf.function(tf.timestamp)
    first, second = f(), f()
    assert first.dtype == tf.float64 and 1e9 < first < second
