"""GradientTape: what it records, what it answers, and when it refuses. Values are by hand."""

import gc
import threading
import weakref

import numpy as np
import pytest

import headrace as tf


def gradient_of(f, *xs, **kwargs):
    with tf.GradientTape() as tape:
        for x in xs:
            tape.watch(x)
        y = f(*xs)
    return tape.gradient(y, xs if len(xs) > 1 else xs[0], **kwargs)


def test_a_constant_is_watched_only_when_asked():
    x = tf.constant(3.0)
    with tf.GradientTape() as tape:
        y = x * x
    assert tape.gradient(y, x) is None


def test_a_trainable_variable_is_watched_unasked_and_others_are_not():
    v, frozen = tf.Variable(3.0), tf.Variable(3.0, trainable=False)
    with tf.GradientTape() as tape:
        y = v * v * frozen
    assert tape.watched_variables() == (v,)
    got = tape.gradient(y, [v, frozen])
    assert float(got[0]) == 18.0
    assert got[1] is None


def test_watch_accessed_variables_false_leaves_the_choice_to_the_user():
    v, w = tf.Variable(2.0), tf.Variable(5.0)
    with tf.GradientTape(watch_accessed_variables=False) as tape:
        tape.watch(v)
        y = v * w
    got = tape.gradient(y, {"v": v, "w": w})
    assert float(got["v"]) == 5.0
    assert got["w"] is None


def test_gradients_have_the_structure_of_the_sources():
    x, y = tf.constant(2.0), tf.constant(3.0)
    with tf.GradientTape() as tape:
        tape.watch([x, y])
        z = x * y
    got = tape.gradient(z, {"a": x, "b": (y, [x])})
    assert float(got["a"]) == 3.0
    assert float(got["b"][0]) == 2.0
    assert float(got["b"][1][0]) == 3.0


def test_a_target_that_is_no_scalar_is_summed_and_output_gradients_weigh_it():
    x = tf.constant([1.0, 2.0])
    np.testing.assert_array_equal(gradient_of(tf.square, x), [2.0, 4.0])
    weights = tf.constant([10.0, 0.0])
    np.testing.assert_array_equal(gradient_of(tf.square, x, output_gradients=weights), [20.0, 0.0])


def test_several_targets_are_added():
    x = tf.constant(2.0)
    with tf.GradientTape() as tape:
        tape.watch(x)
        targets = [x * x, {"twice": 2.0 * x}]
    assert float(tape.gradient(targets, x)) == 6.0


def test_a_target_is_its_own_source():
    x = tf.constant(2.0)
    assert float(gradient_of(lambda x: x, x)) == 1.0


def test_a_source_may_lie_between():
    x = tf.constant(2.0)
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = x * x
        z = y * y
    got = tape.gradient(z, [x, y])
    assert [float(g) for g in got] == [32.0, 8.0]


def test_unconnected_gradients_are_none_or_zeros():
    x = tf.constant([1.0, 2.0])
    assert gradient_of(lambda _: tf.constant(1.0), x) is None
    zeros = gradient_of(lambda _: tf.constant(1.0), x, unconnected_gradients="zero")
    np.testing.assert_array_equal(zeros, [0.0, 0.0])
    with pytest.raises(ValueError, match="bogus"):
        gradient_of(tf.square, x, unconnected_gradients="bogus")


def test_a_used_up_tape_refuses_and_a_persistent_one_does_not():
    x = tf.constant(2.0)
    with tf.GradientTape(persistent=True) as tape:
        tape.watch(x)
        y = x * x
    assert float(tape.gradient(y, x)) == float(tape.gradient(y, x)) == 4.0
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = x * x
    tape.gradient(y, x)
    with pytest.raises(RuntimeError, match="can only be used to compute one set of gradients"):
        tape.gradient(y, x)


def test_orders_nest():
    x = tf.constant(2.0)
    with tf.GradientTape() as third, tf.GradientTape() as second, tf.GradientTape() as first:
        for tape in (first, second, third):
            tape.watch(x)
        y = x**5.0
        dy = first.gradient(y, x)
        ddy = second.gradient(dy, x)
    assert float(dy) == pytest.approx(80.0)
    assert float(ddy) == pytest.approx(160.0)
    assert float(third.gradient(ddy, x)) == pytest.approx(240.0)


def test_stop_recording_and_reset():
    x = tf.constant(2.0)
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = x * x
        with tape.stop_recording():
            unseen = x * y
        z = y + unseen
    assert float(tape.gradient(z, x)) == 4.0
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = x * x
        tape.reset()
        tape.watch(x)
        z = 3.0 * x
    assert tape.gradient([y, z], x).numpy() == 3.0


def test_a_tape_cannot_be_entered_twice():
    with tf.GradientTape() as tape, pytest.raises(ValueError, match="still recording"):
        tape.__enter__()


def test_watching_what_is_no_tensor_is_refused():
    with tf.GradientTape() as tape, pytest.raises(ValueError, match="of type 'float', not"):
        tape.watch(3.0)


def test_integers_stop_a_gradient():
    x = tf.constant(1.5)
    assert gradient_of(lambda x: tf.cast(tf.cast(x, tf.int32), tf.float32), x) is None


def test_a_lookup_has_a_sparse_gradient_and_two_stay_sparse():
    table = tf.Variable([[1.0], [2.0], [3.0]])
    with tf.GradientTape() as tape:
        y = tf.reduce_sum(tf.gather(table, [0, 0])) + tf.reduce_sum(tf.gather(table, [2]))
    got = tape.gradient(y, table)
    assert isinstance(got, tf.IndexedSlices)
    np.testing.assert_array_equal(tf.convert_to_tensor(got), [[2.0], [0.0], [1.0]])


def test_a_broadcast_is_undone():
    x, row, scalar = tf.ones([2, 3]), tf.ones([3]), tf.constant(2.0)
    got = gradient_of(lambda x, row, scalar: x * row + scalar, x, row, scalar)
    assert [g.shape for g in got] == [[2, 3], [3], []]
    assert float(got[2]) == 6.0


def test_jacobian_and_batch_jacobian():
    x = tf.constant([[1.0, 2.0], [3.0, 4.0]])
    with tf.GradientTape(persistent=True) as tape:
        tape.watch(x)
        y = x * x * tf.constant([1.0, 10.0])
    full = tape.jacobian(y, x)
    assert full.shape == [2, 2, 2, 2]
    batched = tape.batch_jacobian(y, x)
    np.testing.assert_array_equal(batched[0], [[2.0, 0.0], [0.0, 40.0]])
    np.testing.assert_array_equal(batched[1], [[6.0, 0.0], [0.0, 80.0]])
    np.testing.assert_array_equal(full.numpy()[0, 1, 0], [0.0, 40.0])
    with pytest.raises(ValueError, match="first dimension"):
        tape.batch_jacobian(y, tf.ones([3, 2]))


def test_a_hessian_is_a_jacobian_of_a_gradient():
    x = tf.constant([1.0, 2.0])
    with tf.GradientTape() as outer:
        outer.watch(x)
        with tf.GradientTape() as inner:
            inner.watch(x)
            y = x[0] ** 2.0 * x[1]
        slope = inner.gradient(y, x)
    np.testing.assert_allclose(outer.jacobian(slope, x), [[4.0, 2.0], [2.0, 0.0]])


def test_complex_gradients_are_conjugated():
    z = tf.constant(1.0 + 2.0j)
    assert gradient_of(lambda z: z * z, z).numpy() == np.conj(2 * (1 + 2j))


def test_an_assignment_is_no_part_of_a_computation():
    v = tf.Variable(3.0)
    with tf.GradientTape() as tape:
        y = v * v
        v.assign(100.0)
    assert float(tape.gradient(y, v)) == 6.0


def test_a_used_up_tape_keeps_nothing_alive():
    x = tf.constant([1.0])
    with tf.GradientTape() as tape:
        tape.watch(x)
        middle = tf.exp(x)
        y = tf.reduce_sum(middle * middle)
    seen = weakref.ref(middle)
    del middle
    assert seen() is not None
    tape.gradient(y, x)
    gc.collect()
    assert seen() is None


def test_a_tape_keeps_only_what_rules_name():
    x = tf.constant([1.0])
    with tf.GradientTape() as tape:
        tape.watch(x)
        summand = x * 2.0
        y = summand + x  # the rule of a sum needs neither
    seen = weakref.ref(summand)
    del summand
    assert seen() is None
    assert tape.gradient(y, x).numpy() == [3.0]


def train(seed: int) -> float:
    rng = np.random.default_rng(seed)
    x = tf.constant(rng.normal(size=(16, 4)), tf.float32)
    w = tf.Variable(tf.constant(rng.normal(size=(4, 1)), tf.float32), name=f"w{seed}")
    for _ in range(50):
        with tf.name_scope(f"thread{seed}"), tf.GradientTape() as tape:
            loss = tf.reduce_mean(tf.square(tf.tanh(x @ w) - 0.5))
        w.assign_sub(0.1 * tape.gradient(loss, w))
    return float(loss)


def test_eight_threads_train_as_one_after_the_other():
    alone = [train(seed) for seed in range(8)]
    together = [0.0] * 8

    def work(seed: int) -> None:
        together[seed] = train(seed)

    threads = [threading.Thread(target=work, args=(seed,)) for seed in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert alone == together


def test_a_tape_hears_its_own_thread_only():
    x = tf.constant(2.0)
    results = []
    with tf.GradientTape() as tape:
        tape.watch(x)
        other = threading.Thread(target=lambda: results.append(x * x))
        other.start()
        other.join()
    assert tape.gradient(results[0], x) is None


# ---- functions


M = tf.constant([[1.0, 2.0], [3.0, 4.0]])
SHAPES = [[2, 2], [None, 2], None]


def of_matrix(f, shape):
    return tf.function(f, input_signature=[tf.TensorSpec(shape, tf.float32)])


def squares(x):
    return tf.matmul(x, [[1.0, 2.0], [3.0, 5.0]]) ** 2


def jacobian(f):
    def run(x):
        with tf.GradientTape() as tape:
            tape.watch(x)
            y = f(x)
        return tape.jacobian(y, x)

    return run


def batch_jacobian(f):
    def run(x):
        with tf.GradientTape() as tape:
            tape.watch(x)
            y = f(x)
        return tape.batch_jacobian(y, x)

    return run


@pytest.mark.parametrize("shape", SHAPES)
def test_jacobian_in_a_function(shape):
    wanted = jacobian(squares)(M).numpy()
    assert np.allclose(of_matrix(jacobian(squares), shape)(M), wanted)
    assert np.allclose(of_matrix(jacobian(tf.function(squares)), shape)(M), wanted)
    assert np.allclose(jacobian(of_matrix(squares, shape))(M), wanted)
    wanted = batch_jacobian(squares)(M).numpy()
    assert np.allclose(batch_jacobian(of_matrix(squares, shape))(M), wanted)
    if shape is not None:
        traced = of_matrix(batch_jacobian(squares), shape)
        assert np.allclose(traced(M), wanted)
        assert np.allclose(traced(tf.concat([M, M], 0)[:2]), wanted)


def test_jacobian_of_what_does_not_depend():
    v = tf.Variable(2.0)

    @tf.function
    def f(x):
        with tf.GradientTape(persistent=True) as tape:
            tape.watch(x)
            y = tf.stack([v * v, v])
        return tape.jacobian(y, [x, v]), tape.jacobian(y, x, unconnected_gradients="zero")

    (none, rows), zeros = f(M)
    assert none is None and rows.numpy().tolist() == [4.0, 1.0]
    assert zeros.shape == [2, 2, 2] and not zeros.numpy().any()


def test_gradient_of_a_jacobian_in_a_function():
    @tf.function
    def f(x):
        with tf.GradientTape() as outer:
            outer.watch(x)
            rows = jacobian(lambda x: x**3)(x)
        return outer.gradient(rows, x)

    assert f(tf.constant([1.0, 2.0])).numpy().tolist() == [6.0, 12.0]


def test_a_call_is_one_thing():
    x = tf.constant(3.0)
    f = tf.function(lambda x: {"a": x * 2.0, "i": tf.cast(x, tf.int32), "c": tf.constant(4.0)})
    with tf.GradientTape(persistent=True) as tape:
        tape.watch(x)
        r = f(x)
    assert [float(tape.gradient(r[k], x)) for k in "aic"] == [2.0, 0.0, 0.0]


def test_the_second_derivative_with_respect_to_a_capture():
    for x in (tf.constant(2.0), tf.fill([200], 2.0)):  # a constant of the graph, and an input
        f = tf.function(lambda x=x: tf.reduce_sum(x * x * x))
        with tf.GradientTape() as outer:
            outer.watch(x)
            with tf.GradientTape() as inner:
                inner.watch(x)
                y = f()
            first = inner.gradient(y, x)
        assert np.all(first.numpy() == 12.0)
        assert np.all(outer.gradient(first, x).numpy() == 12.0)


def test_a_tape_inside_a_function():
    v = tf.Variable(2.0)

    @tf.function
    def f(x):
        with tf.GradientTape(persistent=True) as tape:
            tape.watch(x)
            with tape.stop_recording():
                a = x * x
            b = x * a
            tape.reset()
            tape.watch(x)
            c = x * b * v
        assert tape.watched_variables() == (v,)
        assert tape.gradient(c, b) is None
        return tape.gradient(c, x), tape.gradient(c, v)

    assert [float(g) for g in f(tf.constant(3.0))] == [54.0, 81.0]


def test_an_outer_tape_asked_in_a_function():
    x, v = tf.constant(3.0), tf.Variable(2.0)
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = x * x * v
    found = tf.function(lambda: tape.gradient(y, [x, v]))()
    assert [float(g) for g in found] == [12.0, 9.0]


def test_sparse_gradients_of_a_function():
    table = tf.Variable(tf.ones([4, 2]))
    f = tf.function(lambda i: tf.reduce_sum(tf.gather(table, i) ** 2))

    @tf.function
    def whole(i):
        with tf.GradientTape() as tape:
            y = f(i)
        return tape.gradient(y, table)

    i = tf.constant([0, 0, 3])
    with tf.GradientTape() as tape:
        y = f(i)
    for found in (tape.gradient(y, table), whole(i)):
        assert isinstance(found, tf.IndexedSlices)
        assert found.indices.numpy().tolist() == [0, 0, 3] and found.shape == [4, 2]


def test_no_gradient_is_registered():
    @tf.function
    def f(x):
        with tf.GradientTape() as tape:
            tape.watch(x)
            y = tf.unique(x).y
        return tape.gradient(y, x)

    with pytest.raises(Exception, match="gradient registry has no entry for: Unique"):
        f(tf.constant([1.0, 2.0]))
