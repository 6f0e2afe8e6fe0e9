"""tf.train.Coordinator and LooperThread: threads that stop together."""

import threading

import pytest

import headrace as tf

Coordinator = tf.train.Coordinator


def test_asking_to_stop():
    coordinator = Coordinator()
    assert not coordinator.should_stop() and not coordinator.joined
    assert not coordinator.wait_for_stop(0)
    coordinator.request_stop()
    assert coordinator.should_stop() and coordinator.wait_for_stop()
    coordinator.clear_stop()
    assert not coordinator.should_stop()
    coordinator.join()
    assert coordinator.joined


def test_the_first_exception_is_raised_by_those_who_join():
    coordinator = Coordinator()

    def work():
        with coordinator.stop_on_exception():
            raise KeyError("k")

    thread = threading.Thread(target=work)
    thread.start()
    with pytest.raises(KeyError, match="k"):
        coordinator.join([thread])
    assert coordinator.joined and coordinator.should_stop()
    with pytest.raises(KeyError):
        coordinator.raise_requested_exception()
    with pytest.raises(TypeError, match="late"):
        coordinator.request_stop(TypeError("late"))
    coordinator.clear_stop()
    coordinator.join()


def test_what_may_be_stopped_with():
    for ex in (ValueError("boo"), (ValueError, ValueError("boo"), None)):
        coordinator = Coordinator()
        coordinator.request_stop(ex)
        coordinator.request_stop(KeyError("second"))
        with pytest.raises(ValueError, match="boo"):
            coordinator.join()
    with pytest.raises(TypeError, match="exceptions must derive from BaseException"):
        Coordinator().request_stop("no exception")


def test_ordinary_ends():
    coordinator = Coordinator()
    coordinator.request_stop(tf.errors.OutOfRangeError(None, None, "end"))
    coordinator.join()
    coordinator = Coordinator(clean_stop_exception_types=[KeyError])
    coordinator.request_stop(KeyError("k"))
    coordinator.join()
    with pytest.raises(TypeError, match="'int' object is not iterable"):
        Coordinator(clean_stop_exception_types=3)


def test_threads_that_do_not_end():
    end = threading.Event()
    thread = threading.Thread(target=end.wait, name="Slow")
    thread.start()
    text = "Coordinator stopped with threads still running: Slow"
    coordinator = Coordinator()
    coordinator.register_thread(thread)
    coordinator.request_stop()
    with pytest.raises(RuntimeError, match=text):
        coordinator.join(stop_grace_period_secs=0)
    coordinator.join([thread], stop_grace_period_secs=0, ignore_live_threads=True)
    end.set()
    coordinator.join([thread])


def test_consumers_of_a_queue_end_with_it():
    queue, coordinator, found = tf.queue.FIFOQueue(9, tf.int32), Coordinator(), []

    def consume():
        with coordinator.stop_on_exception():
            while not coordinator.should_stop():
                found.append(queue.dequeue().numpy())

    thread = threading.Thread(target=consume)
    thread.start()
    for i in range(5):
        queue.enqueue(i)
    queue.close()
    coordinator.join([thread])
    assert found == list(range(5))


def test_loops():
    Looper = tf.compat.v1.train.LooperThread
    coordinator, calls = Coordinator(), []

    def work(*args, **kwargs):
        calls.append((args, kwargs))
        if len(calls) == 3:
            coordinator.request_stop()

    looper = Looper.loop(coordinator, None, work, (1,), {"a": 2})
    assert looper.daemon
    coordinator.join()
    assert calls == [((1,), {"a": 2})] * 3
    coordinator, calls = Coordinator(), []
    Looper.loop(coordinator, 0.0, work).join()
    assert len(calls) == 3
    coordinator = Coordinator()
    Looper.loop(coordinator, None, lambda: 1 // 0)
    with pytest.raises(ZeroDivisionError):
        coordinator.join()
    with pytest.raises(ValueError, match="'coord' argument must be a Coordinator: 3"):
        Looper(3, None)
