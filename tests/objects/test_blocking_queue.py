"""BlockingQueue: requests are served first come, first served; nothing is lost when a wait ends."""

import signal
import threading

import pytest

from headrace._src.core import errors
from headrace._src.objects.blocking_queue import (
    BlockingQueue,
    ByPriority,
    FirstInFirstOut,
    Shuffled,
)


def rows(*values):
    return [(value,) for value in values]


def queue_of(*values, capacity=10, order=None, reserve=0):
    queue = BlockingQueue("Queue 'q'", capacity, order or FirstInFirstOut(), reserve)
    queue.enqueue_many(rows(*values))
    return queue


class Waiting(threading.Thread):
    """A thread in a call that has to wait: `answer` or `error` is what comes of it."""

    def __init__(self, line, call, *args):
        super().__init__(daemon=True)
        self.call, self.args = call, args
        self.answer = self.error = None
        before = len(line)
        self.start()
        while len(line) == before and self.is_alive():
            self.join(0.001)

    def run(self):
        try:
            self.answer = self.call(*self.args)
        except errors.OpError as error:
            self.error = error

    def end(self):
        self.join(10)
        assert not self.is_alive()
        return self


def test_first_in_first_out():
    queue = queue_of(1, 2, 3)
    queue.enqueue((4,))
    assert queue.dequeue() == (1,)
    assert queue.dequeue_many(3) == rows(2, 3, 4)
    assert len(queue) == 0
    assert queue.dequeue_many(0) == []


def test_priorities_come_smallest_first_and_in_order_among_equals():
    queue = BlockingQueue("Queue 'q'", 10, ByPriority())
    queue.enqueue_many([(2, "c"), (1, "a"), (2, "d"), (1, "b")])
    assert [row[1] for row in queue.dequeue_many(4)] == ["a", "b", "c", "d"]


def test_shuffled_rows_are_each_drawn_once():
    numbers = iter([7, 1, 3, 0])
    queue = queue_of(*"abcd", order=Shuffled(numbers.__next__))
    assert queue.dequeue_many(4) == rows("d", "b", "c", "a")


def test_what_is_held_in_reserve_comes_out_when_closed():
    queue = queue_of(1, 2, 3, reserve=2)
    assert queue.dequeue() == (1,)
    waiting = Waiting(queue._going, queue.dequeue)
    assert len(queue) == 2
    queue.close()
    assert waiting.end().answer == (2,)
    assert queue.dequeue() == (3,)


def test_a_dequeue_waits_for_a_row():
    queue = queue_of()
    waiting = Waiting(queue._going, queue.dequeue)
    queue.enqueue((5,))
    assert waiting.end().answer == (5,)


def test_dequeues_are_served_in_their_order():
    queue = queue_of()
    first = Waiting(queue._going, queue.dequeue_many, 2)
    second = Waiting(queue._going, queue.dequeue)
    queue.enqueue((1,))
    assert len(queue) == 0  # it belongs to the first already
    queue.enqueue_many(rows(2, 3))
    assert first.end().answer == rows(1, 2)
    assert second.end().answer == (3,)


def test_a_long_enqueue_goes_on_as_there_is_room():
    queue = queue_of(capacity=2)
    waiting = Waiting(queue._coming, queue.enqueue_many, rows(1, 2, 3, 4, 5))
    after = Waiting(queue._coming, queue.enqueue, (6,))
    assert len(queue) == 2
    assert [queue.dequeue()[0] for _ in range(6)] == [1, 2, 3, 4, 5, 6]
    assert waiting.end().error is None
    assert after.end().error is None


def test_more_rows_than_fit_can_be_waited_for():
    queue = queue_of(1, 2, capacity=2)
    waiting = Waiting(queue._going, queue.dequeue_many, 5)
    queue.enqueue_many(rows(3, 4, 5, 6))
    assert waiting.end().answer == rows(1, 2, 3, 4, 5)
    assert queue.dequeue() == (6,)


def test_closing_waits_for_those_that_wait_for_room():
    queue = queue_of(1, capacity=1)
    enqueue = Waiting(queue._coming, queue.enqueue, (2,))
    close = Waiting(queue._coming, queue.close)
    late = Waiting(queue._coming, queue.enqueue, (3,))
    assert not queue.is_closed
    assert queue.dequeue() == (1,)
    assert enqueue.end().error is None
    assert close.end().error is None
    assert queue.is_closed
    assert type(late.end().error) is errors.CancelledError
    assert late.error.message == "Queue 'q' is closed."
    assert queue.dequeue() == (2,)


def test_closing_can_cancel_those_that_wait_for_room():
    queue = queue_of(capacity=2)
    waiting = Waiting(queue._coming, queue.enqueue_many, rows(1, 2, 3))
    queue.close(cancel_pending_enqueues=True)
    assert type(waiting.end().error) is errors.CancelledError
    assert waiting.error.message == "Enqueue operation was cancelled"
    assert queue.dequeue_many(2) == rows(1, 2)  # what was in stays in
    queue.close(cancel_pending_enqueues=True)
    with pytest.raises(errors.CancelledError, match="Queue 'q' is already closed"):
        queue.close()


def test_a_dequeue_that_cannot_be_served_puts_back_what_it_gathered():
    queue = queue_of(1, 2)
    waiting = Waiting(queue._going, queue.dequeue_many, 3)
    assert len(queue) == 0
    queue.close()
    assert type(waiting.end().error) is errors.OutOfRangeError
    assert waiting.error.message == (
        "Queue 'q' is closed and has insufficient elements (requested 3, current size 2)"
    )
    assert queue.dequeue_many(2) == rows(1, 2)


def test_a_lenient_dequeue_takes_what_is_left():
    queue = queue_of(1, 2)
    waiting = Waiting(queue._going, queue.dequeue_many, 3, True)
    queue.close()
    assert waiting.end().answer == rows(1, 2)
    with pytest.raises(errors.OutOfRangeError, match=r"requested 3, current size 0\)"):
        queue.dequeue_many(3, True)


def test_ctrl_c_ends_a_wait_and_loses_nothing():
    queue = queue_of(1)
    main = threading.main_thread().ident
    assert threading.get_ident() == main

    def interrupt():
        while not queue._going:
            threading.Event().wait(0.001)
        signal.pthread_kill(main, signal.SIGINT)

    thread = threading.Thread(target=interrupt)
    thread.start()
    with pytest.raises(KeyboardInterrupt):
        queue.dequeue_many(2)
    thread.join()
    assert not queue._going
    queue.enqueue((2,))
    assert queue.dequeue_many(2) == rows(1, 2)


def test_many_threads_lose_nothing_and_double_nothing():
    queue = BlockingQueue("Queue 'q'", 50, FirstInFirstOut())
    producers, consumers, count = 8, 8, 5000
    found = [[] for _ in range(consumers)]

    def produce(who):
        for k in range(count):
            queue.enqueue((who, k))

    def consume(mine):
        try:
            while True:
                mine.append(queue.dequeue())
        except errors.OutOfRangeError:
            return

    makers = [threading.Thread(target=produce, args=(i,)) for i in range(producers)]
    takers = [threading.Thread(target=consume, args=(mine,)) for mine in found]
    for thread in makers + takers:
        thread.start()
    for thread in makers:
        thread.join()
    queue.close()
    for thread in takers:
        thread.join()
    together = sorted(row for mine in found for row in mine)
    assert together == [(who, k) for who in range(producers) for k in range(count)]
    for mine in found:
        for who in range(producers):
            order = [k for owner, k in mine if owner == who]
            assert order == sorted(order)
