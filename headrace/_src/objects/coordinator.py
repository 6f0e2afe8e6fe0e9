"""Coordinator: threads that are asked to stop together, and looped threads that listen.

The one idea: one event, "stop", and the first exception that somebody stopped with. Threads ask
`should_stop()` or wait for it; whoever joins them gets the exception.

Read next: objects/queues.py, whose closing ends the threads that wait for elements.
"""

import logging
import sys
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any

from headrace._src.core import errors

logger = logging.getLogger("tensorflow")

# How often `join` looks whether the threads have ended by themselves, in seconds.
_GLANCE = 0.05


class Coordinator:
    """What threads ask whether to stop.

    clean_stop_exception_types: exceptions that mean an ordinary end; by default
    tf.errors.OutOfRangeError, as of a closed queue.

    >>> coordinator = tf.train.Coordinator()
    >>> coordinator.request_stop()
    >>> coordinator.should_stop()
    True
    """

    def __init__(self, clean_stop_exception_types: Iterable[type] | None = None) -> None:
        if clean_stop_exception_types is None:
            clean_stop_exception_types = (errors.OutOfRangeError,)
        self._clean = tuple(clean_stop_exception_types)
        self._lock = threading.Lock()
        self._stop = threading.Event()
        self._exception: BaseException | None = None
        self._joined = False
        self._threads: set[Any] = set()

    @property
    def joined(self) -> bool:
        """Whether `join` has been called since the last `clear_stop`."""
        return self._joined

    def request_stop(self, ex: Any = None) -> None:
        """Asks the threads to stop.

        ex: the exception to stop with, or a tuple of `sys.exc_info()`, which `join` will raise; the
        first one counts. After `join` it is raised here. Raises TypeError for something else.
        """
        exception = ex[1] if isinstance(ex, tuple) else ex
        if exception is not None and not isinstance(exception, BaseException):
            raise TypeError("exceptions must derive from BaseException")
        if isinstance(exception, self._clean):
            exception = None
        with self._lock:
            if not self._joined:
                if not self._stop.is_set():
                    self._exception = exception
                    self._stop.set()
                return
        if exception is not None:
            raise exception

    def clear_stop(self) -> None:
        """As if nobody had asked to stop, or joined."""
        with self._lock:
            self._joined = False
            self._exception = None
            self._stop.clear()

    def should_stop(self) -> bool:
        """Whether somebody has asked to stop."""
        return self._stop.is_set()

    @contextmanager
    def stop_on_exception(self) -> Iterator[None]:
        """A block in which an exception asks all to stop, and goes no further itself."""
        try:
            yield
        except BaseException:
            self.request_stop(sys.exc_info())

    def wait_for_stop(self, timeout: float | None = None) -> bool:
        """Waits until somebody asks to stop, or `timeout` seconds; answers whether one has."""
        return self._stop.wait(timeout)

    def register_thread(self, thread: Any) -> None:
        """A thread more for `join` to wait for."""
        with self._lock:
            self._threads.add(thread)

    def join(
        self,
        threads: Iterable[Any] | None = None,
        stop_grace_period_secs: float = 120,
        ignore_live_threads: bool = False,
    ) -> None:
        """Waits for the registered threads and for `threads`; raises what they stopped with.

        stop_grace_period_secs: how long they may take to end after being asked to stop.
        ignore_live_threads: whether it is no RuntimeError if some do not.
        """
        with self._lock:
            waited = list({*self._threads, *(threads or ())})
        while any(thread.is_alive() for thread in waited) and not self.wait_for_stop(_GLANCE):
            pass
        deadline = time.monotonic() + stop_grace_period_secs
        for thread in waited:
            thread.join(max(0.0, deadline - time.monotonic()))
        alive = " ".join(thread.name for thread in waited if thread.is_alive())
        with self._lock:
            self._joined = True
            self._threads.clear()
        self.raise_requested_exception()
        if alive and not ignore_live_threads:
            raise RuntimeError(f"Coordinator stopped with threads still running: {alive}")
        if alive:
            logger.info("Coordinator stopped with threads still running: %s", alive)

    def raise_requested_exception(self) -> None:
        """Raises the exception that somebody stopped with, if there is one."""
        if self._exception is not None:
            raise self._exception


class LooperThread(threading.Thread):
    """A thread that calls a function again and again until its coordinator says stop.

    coord: the coordinator; an exception of the function stops it. timer_interval_secs: from call to
    call; None for no pause. target, args, kwargs: the function and its arguments; or override
    `run_loop`, and `start_loop` and `stop_loop` for what comes before and after.

    Raises ValueError for something else than a coordinator.
    """

    def __init__(
        self,
        coord: Coordinator,
        timer_interval_secs: float | None,
        target: Callable | None = None,
        args: Any = None,
        kwargs: Any = None,
    ) -> None:
        if not isinstance(coord, Coordinator):
            raise ValueError(f"'coord' argument must be a Coordinator: {coord}")
        super().__init__(daemon=True)
        self._coordinator = coord
        self._interval = timer_interval_secs
        self._function = target
        self._arguments = args or (), kwargs or {}
        coord.register_thread(self)

    @staticmethod
    def loop(
        coord: Coordinator,
        timer_interval_secs: float | None,
        target: Callable,
        args: Any = None,
        kwargs: Any = None,
    ) -> "LooperThread":
        """A thread that has been started."""
        looper = LooperThread(coord, timer_interval_secs, target, args, kwargs)
        looper.start()
        return looper

    def run(self) -> None:
        """The loop."""
        with self._coordinator.stop_on_exception():
            self.start_loop()
            if self._interval is None:
                while not self._coordinator.should_stop():
                    self.run_loop()
            else:
                due = time.monotonic()
                while not self._coordinator.wait_for_stop(max(0.0, due - time.monotonic())):
                    due += self._interval
                    self.run_loop()
            self.stop_loop()

    def start_loop(self) -> None:
        """Called before the loop."""

    def stop_loop(self) -> None:
        """Called after the loop."""

    def run_loop(self) -> None:
        """Called again and again."""
        if self._function is not None:
            args, kwargs = self._arguments
            self._function(*args, **kwargs)


for _class in (Coordinator, LooperThread):
    _class.__module__ = "tensorflow.python.training.coordinator"
