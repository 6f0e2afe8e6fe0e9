"""tf.CriticalSection: one thread at a time, in eager mode and in functions."""

import threading

import pytest

import headrace as tf


def test_what_the_code_answers():
    section = tf.CriticalSection()
    assert section.execute(lambda: 1).numpy() == 1
    found = section.execute(lambda: {"a": tf.constant(2), "b": [3]})
    assert found["a"].numpy() == 2 and found["b"][0].numpy() == 3
    assert section.execute(lambda: None) is None
    with pytest.raises(ZeroDivisionError):
        section.execute(lambda: 1 // 0)
    assert section.execute(lambda: 4).numpy() == 4


def test_entering_again_would_wait_forever():
    section = tf.CriticalSection()
    text = r"Attempting to lock a CriticalSection .* in which we are already running"
    with pytest.raises(ValueError, match=text):
        section.execute(lambda: section.execute(lambda: 1))
    with pytest.raises(ValueError, match=text):
        tf.function(lambda: section.execute(lambda: section.execute(lambda: 1)))()
    shared = tf.CriticalSection(shared_name="one")
    again = tf.CriticalSection(shared_name="one")
    with pytest.raises(ValueError, match=text):
        shared.execute(lambda: again.execute(lambda: 1))
    assert shared.execute(lambda: section.execute(lambda: 1)).numpy() == 1


def test_in_a_function():
    section, count = tf.CriticalSection(), tf.Variable(0)

    @tf.function
    def go():
        return [section.execute(lambda: count.assign_add(1)) for _ in range(2)]

    assert [x.numpy() for x in go()] == [1, 2]
    assert [x.numpy() for x in go()] == [3, 4]
    types = [node.type for node in go.get_concrete_function().graph.get_operations()]
    assert types.count("MutexLock") == types.count("ConsumeMutexLock") == 2


def test_a_function_that_fails_gives_the_lock_back():
    section = tf.CriticalSection()

    @tf.function
    def go(x):
        def checked():
            tf.debugging.assert_positive(x)
            return x + 1

        return section.execute(checked)

    with pytest.raises(tf.errors.InvalidArgumentError):
        go(tf.constant(-1))
    assert go(tf.constant(1)).numpy() == 2
    assert section.execute(lambda: 3).numpy() == 3


def test_exclusive_access():
    one, other, count = tf.CriticalSection(), tf.CriticalSection(), tf.Variable(0)

    def both(is_exclusive):
        def add():
            return count.assign_add(1)

        first = one.execute(add, exclusive_resource_access=is_exclusive)
        return first, other.execute(add, exclusive_resource_access=is_exclusive)

    with pytest.raises(ValueError, match="requested exclusive resource access of this resource"):
        tf.function(both)(True)
    assert [x.numpy() for x in tf.function(both)(False)] == [1, 2]


def test_threads_take_turns():
    section, count = tf.CriticalSection(), tf.Variable(0)

    def add():
        seen = count.numpy()
        count.assign(seen + 1)
        return seen

    in_graph = tf.function(lambda: section.execute(lambda: count.assign(count + 1)))
    in_graph()

    def work(k):
        for _ in range(100):
            if k % 2:
                section.execute(add)
            else:
                in_graph()

    threads = [threading.Thread(target=work, args=(k,)) for k in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert count.numpy() == 401


def test_gradients_pass_through():
    section, x = tf.CriticalSection(), tf.Variable(3.0)

    @tf.function
    def go():
        with tf.GradientTape() as tape:
            y = section.execute(lambda: x * x)
        return tape.gradient(y, x)

    assert go().numpy() == 6.0


def test_refusals():
    with pytest.raises(ValueError, match="critical_section_def` is not supported"):
        tf.CriticalSection(critical_section_def=object())
    with pytest.raises(ValueError, match="critical_section_def=def and shared_name=b are mutually"):
        tf.CriticalSection("a", "b", "def")
    with pytest.raises(AttributeError):
        _ = tf.CriticalSection().name
